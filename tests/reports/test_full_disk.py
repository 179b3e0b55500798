"""A full disk: a clear error, what stood before still stands, and nothing half-made does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.reports.index import entries
from simulator.reports.retention import plan
from tests.disks import Disk, small_disk
from tests.reports.conftest import write_small_run
from tests.reports.test_killed import assert_whole
from tests.reports.test_retention import NOW, files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.sessions import Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="disks of a size are mounted by Linux"),
]

BIG = "import os; print(os.urandom(150_000).hex())"
LIMITED = (
    "import resource, sys; from simulator.cli import main; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); "
    "sys.argv = ['pickup', *sys.argv[1:]]; main()"
)
"""``pickup`` in a process that cannot write a file of more than 150 kB."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Of 600 kB: an index and some reports, but not a big one."""
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def notebook(tmp_path: Path, write_notebook: Callable[..., Path]) -> Callable[..., Path]:
    """``notebook(*cells)``: the notebook ``own``, written anew."""

    def written(*cells: str) -> Path:
        return write_notebook(tmp_path / "own.ipynb", "# Own", *cells)

    return written


def pickup(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def report(run: Run, notebook: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return pickup("report", run.path, "--notebook", notebook, "--out", out)


def assert_told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One error in words, with what, why, where, how much is free and what to do."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = ("could not be written, and nothing was left of it: ", " MB are free at ")
    for word in (*words, *told, "`pickup clean`"):
        assert word in done.stderr


def assert_no_drafts(out: Path) -> None:
    assert not [path for path in out.rglob("*") if path.name.startswith(".draft-")]


def test_a_report_that_does_not_fit_is_told_and_nothing_of_it_stands(
    disk: Disk, run: Run, notebook: Callable[..., Path]
) -> None:
    done = report(run, notebook(BIG), disk.out)
    assert_told(done, "notebook 'own' on corner shop, seed 7", "No space left on device")
    assert done.stdout == ""
    assert files(disk.out) == {disk.out / "index.html"}
    assert assert_whole(disk.out) == 0


def test_the_report_before_stands_when_the_new_one_does_not_fit(
    disk: Disk, run: Run, notebook: Callable[..., Path]
) -> None:
    assert report(run, notebook("1 + 1"), disk.out).returncode == 0
    before = {path: path.read_bytes() for path in files(disk.out) if path.name != "index.html"}
    assert_told(report(run, notebook(BIG), disk.out))
    assert {path: path.read_bytes() for path in before} == before
    assert_no_drafts(disk.out)
    assert assert_whole(disk.out) == 1
    assert len(entries(disk.out)[0]) == 1


def test_one_that_does_not_fit_does_not_hinder_the_others(
    disk: Disk, run: Run, notebook: Callable[..., Path], write_notebook: Callable[..., Path]
) -> None:
    small = write_notebook(notebook(BIG).with_name("small.ipynb"), "# Small", "1 + 1")
    both = ("--notebook", small.with_name("own.ipynb"), "--notebook", small)
    done = pickup("report", run.path, *both, "--out", disk.out)
    assert_told(done, "notebook 'own' on corner shop, seed 7")
    assert [entry.notebook for entry in entries(disk.out)[0]] == ["small"]
    assert_no_drafts(disk.out)
    assert assert_whole(disk.out) == 1


def test_cleaning_makes_room_on_a_disk_without_any(
    disk: Disk, run: Run, notebook: Callable[..., Path], tmp_path: Path
) -> None:
    earlier = write_small_run(tmp_path / "earlier", seed=6)
    for each in (earlier, run):
        assert report(each, notebook("print('x' * 60_000)"), disk.out).returncode == 0
    disk.fill()
    done = pickup("clean", disk.out, "--keep", 1, "--yes", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["bytes"] > 120_000
    (left,) = entries(disk.out)[0]
    assert left.manifest.run.seed == 7
    assert left.links.manifest in (disk.out / "index.html").read_text(encoding="utf-8")
    assert "seed6" not in (disk.out / "index.html").read_text(encoding="utf-8")
    assert assert_whole(disk.out) == 1
    assert report(run, notebook("2 + 2"), disk.out).returncode == 0


def test_a_file_that_may_not_grow_so_large_is_the_same(
    run: Run, notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """As by ``ulimit -f``, without a disk of its own."""
    out = tmp_path / "reports"
    command = ["report", str(run.path), "--notebook", str(notebook(BIG)), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *command], capture_output=True, text=True, check=False
    )
    assert_told(done, "notebook 'own' on corner shop, seed 7", "File too large")
    assert files(out) == {out / "index.html"}
    assert plan(out, keep=None, days=None, now=NOW).doomed == ()


TELL = "open('told.jsonl', 'a').write(sys.stdin.read().replace(chr(10), ' ') + chr(10))"


@pytest.fixture
def job(disk: Disk, run: Run, notebook: Callable[..., Path], tmp_path: Path) -> Path:
    """A job whose reports go to the small disk, and whose hook writes elsewhere."""
    notebook("1 + 1")
    path = tmp_path / "morning.yaml"
    told = {
        "out": str(disk.out),
        "reports": [{"notebooks": ["own.ipynb"], "runs": [str(run.path)]}],
        "hook": [sys.executable, "-c", f"import sys; {TELL}"],
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def told_by(job: Path) -> list[dict[str, Any]]:
    """What the hook was told, by call."""
    path = job.with_name("told.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("earlier", [False, True], ids=["first", "with one before"])
def test_a_job_on_a_full_disk_calls_its_hook_and_goes_on_the_next_morning(
    disk: Disk, job: Path, earlier: bool
) -> None:
    if earlier:
        assert pickup("report", "--job", job).returncode == 0
    else:
        (disk.out / "morning").mkdir(parents=True)
    disk.fill()
    done = pickup("report", "--job", job, "--anew")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr
    (told,) = told_by(job)
    assert (told["status"], told["exit_code"]) == ("failed", 1)
    assert "notebook 'own' on corner shop, seed 7 could not be written" in told["message"]
    assert_no_drafts(disk.out)
    assert assert_whole(disk.out) == earlier
    disk.clear()
    assert pickup("report", "--job", job, "--anew").returncode == 0
    assert len(told_by(job)) == 1
    assert len(list(disk.out.glob("morning/latest/*/own.html"))) == 1


@pytest.mark.parametrize(
    "words",
    [("simulate", "chat_desk.yaml", "-n", "1", "-o", "disk/run"), ("init", "disk/new")],
    ids=["simulate", "init"],
)
def test_whatever_does_not_fit_is_told_in_words_and_leaves_nothing(
    disk: Disk, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk.path.parent)
    assert pickup("init", ".").returncode == 0
    Path("scenario.yaml").rename("chat_desk.yaml")
    disk.fill()
    done = pickup(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        "Error: what was to be written could not be: No space left on device; make room, for one "
        "with `pickup clean`, and do it again\n"
    )
    assert [path for path in disk.path.rglob("*") if path.is_file()] == [disk.path / "filler"]


def test_output_that_does_not_fit_is_told_too(disk: Disk) -> None:
    disk.fill()
    with (disk.path / "schema.json").open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "simulator.cli", "schema"],
            stdout=file, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Error: what was to be written could not be: No space left")
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr
