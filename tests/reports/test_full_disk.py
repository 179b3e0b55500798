"""A full disk: a clear error, what stood before still stands, and nothing half-made does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulator.reports.index import entries
from simulator.reports.retention import plan
from tests.reports.conftest import write_small_run
from tests.reports.test_killed import assert_whole
from tests.reports.test_retention import NOW, files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Disk:
    """A small disk of its own."""

    path: Path

    @property
    def out(self) -> Path:
        return self.path / "reports"

    def fill(self, *, but: int = 0) -> None:
        """Leave so many bytes."""
        filler = self.path / "filler"
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
        os.truncate(filler, filler.stat().st_size - but)

    def clear(self) -> None:
        (self.path / "filler").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Of 600 kB: an index and some reports, but not a big one."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted by this user")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)


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
    for word in (*words, "could not be written: ", " MB are free at ", "`pickup clean`"):
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
