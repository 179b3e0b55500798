"""A job, run as every morning: watched from outside, with its lock, limit, log and hook."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import GuardError, JobError, TargetMissedError, UsageError
from simulator.reports.index import entries
from simulator.reports.jobs import read_job, run_job, supervising
from simulator.reports.jobs.log import Log
from tests.reports.conftest import write_small_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.reports.jobs.supervising import JobRun

DAY = date(2026, 3, 31)
QUICK = ("# Quick", "threshold_s")
TELL = (
    f"hook: ['{sys.executable}', -c, \"import sys; "
    "open('told.jsonl', 'a').write(sys.stdin.read().replace(chr(10), ' ') + chr(10))\"]\n"
)


@pytest.fixture
def desk(tmp_path: Path, write_notebook: Callable[..., Path]) -> Callable[..., Path]:
    """``desk(*cells, more=…)``: a folder with a run, a notebook and a job file; its path."""
    write_small_run(tmp_path / "run")

    def made(*cells: str, more: str = "", gates: str = "[]", notebooks: str = "") -> Path:
        write_notebook(tmp_path / "own.ipynb", *(cells or QUICK))
        path = tmp_path / "morning.yaml"
        path.write_text(
            f"reports:\n  - notebooks: [own.ipynb{notebooks}]\n"
            f"    runs: [run]\n    gates: {gates}\n{more}{TELL}",
            encoding="utf-8",
        )
        return path

    return made


def told(folder: Path) -> list[dict[str, Any]]:
    """What the hook was told, by call."""
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ran(path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> JobRun:
    monkeypatch.chdir(path.parent)
    return run_job(read_job(path), today=DAY, **options)


def logged(run: JobRun) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(run.log).read_text().splitlines()]


@pytest.mark.slow
def test_reports_stand_in_the_folder_of_the_date_and_latest_shows_them(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk(gates="[asa_s < 60]")
    run = ran(path, monkeypatch)
    run.raise_if_unwell()
    folder = tmp_path / "reports" / "morning" / "2026-03-31"
    page = Path(run.reports[0]["page"])
    assert page.is_file()
    assert page == folder / "corner-shop" / "own.html"
    assert 'href="../../../index.html"' in page.read_text(encoding="utf-8")
    assert (folder.parent / "latest").resolve() == folder.resolve()
    record = json.loads((folder / "job.json").read_text())
    assert (record["status"], record["exit_code"], record["day"]) == ("ok", 0, "2026-03-31")
    assert [event["event"] for event in logged(run)] == ["began", "planned", "report", "ended"]
    assert told(tmp_path) == []
    found, damaged = entries(tmp_path / "reports")
    assert (len(found), damaged) == (1, [])
    assert found[0].manifest.job == "morning"


@pytest.mark.slow
def test_an_unchanged_report_is_taken_over_from_the_day_before(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = read_job(desk())
    monkeypatch.chdir(tmp_path)
    first, second = (run_job(job, today=date(2026, 3, day)) for day in (30, 31))
    assert [run.reports[0]["reused"] for run in (first, second)] == [False, True]
    pages = [Path(run.reports[0]["page"]) for run in (first, second)]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    manifests = [json.loads(Path(f"{p.with_suffix('')}.manifest.json").read_text()) for p in pages]
    assert manifests[0]["checked_at"] is None
    assert manifests[1]["checked_at"] >= manifests[1]["made_at"] == manifests[0]["made_at"]
    assert (tmp_path / "reports/morning/latest").readlink() == Path("2026-03-31")


@pytest.mark.slow
def test_a_missed_target_is_told_with_its_figure_and_the_hook_is_called_once(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ran(desk(gates="[asa_s < 40, abandonment < 1]"), monkeypatch)
    with pytest.raises(TargetMissedError, match=r"corner shop: asa_s is 41\.5, asked for asa_s<40"):
        run.raise_if_unwell()
    (call,) = told(tmp_path)
    assert (call["status"], call["exit_code"], call["job"]) == ("missed", 3, "morning")
    assert call["reports"][0]["reasons"] == ["asa_s is 41.5, asked for asa_s<40"]


@pytest.mark.slow
def test_a_failure_comes_before_a_missed_target_and_the_others_go_on(
    desk: Callable[..., Path],
    write_notebook: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_notebook(tmp_path / "good.ipynb", *QUICK)
    path = desk("# Broken", "1 / 0", gates="[asa_s < 40]", notebooks=", good.ipynb")
    text = path.read_text().replace(
        "reports:\n", "reports:\n  - notebooks: [good.ipynb]\n    runs: [nowhere]\n"
    )
    path.write_text(text)
    run = ran(path, monkeypatch)
    assert sorted(report["status"] for report in run.reports) == ["failed", "missed"]
    with pytest.raises(JobError) as caught:
        run.raise_if_unwell()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("reports[0]: there is no folder")
    assert "failed in cell 4: ZeroDivisionError: division by zero" in lines[1]
    assert lines[-1].startswith("target missed: corner shop: asa_s is 41.5")
    assert [call["exit_code"] for call in told(tmp_path)] == [1]
    assert not (tmp_path / "reports/morning/latest").exists()


@pytest.mark.slow
def test_the_time_limit_ends_everything_and_is_told(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = "import os, time\nfrom pathlib import Path\nPath('pid').write_text(str(os.getpid()))"
    run = ran(desk("# Long", f"{asleep}\ntime.sleep(600)", more="time_limit: 15s\n"), monkeypatch)
    with pytest.raises(JobError, match="the time limit of 15 s was reached"):
        run.raise_if_unwell()
    assert (run.status, [call["status"] for call in told(tmp_path)]) == ("timeout", ["timeout"])
    assert run.reports == []
    assert [path.name for path in (tmp_path / "reports").rglob("*.html")] == ["index.html"]
    if (tmp_path / "pid").exists():  # it came so far
        assert is_gone(int((tmp_path / "pid").read_text()))


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{path.name} has not come in a minute")


def is_gone(pid: int) -> bool:
    """Whether the process has ended, within the while that a kernel takes to see it is alone."""
    for _ in range(300):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_a_process_that_is_killed_is_told_and_nothing_half_stands(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(60)"
    run = ran(desk("# Kills its maker", kill), monkeypatch)
    with pytest.raises(JobError, match=r"ended by itself \(signal 9, often for want of memory\)"):
        run.raise_if_unwell()
    assert [call["status"] for call in told(tmp_path)] == ["failed"]
    assert list((tmp_path / "reports").rglob("*.manifest.json")) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a signal of its own kind there")
def test_whoever_watches_may_be_killed_and_the_work_ends_with_the_lock(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk("# Long", "import os\nopen('pid', 'w').write(str(os.getpid()))\n"
                "import time\ntime.sleep(600)")  # fmt: skip
    command = [sys.executable, "-m", "simulator.cli", "report", "--job", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watcher:
        wait_for(tmp_path / "pid")
        with pytest.raises(GuardError, match=f"process {watcher.pid} runs the job 'morning'"):
            ran(path, monkeypatch)
        watcher.send_signal(signal.SIGKILL)
    assert is_gone(int((tmp_path / "pid").read_text()))
    for _ in range(300):
        try:
            run = ran(desk(), monkeypatch)
        except GuardError:
            time.sleep(0.1)
        else:
            break
    assert run.status == "ok"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a signal of its own kind there")
def test_ctrl_c_ends_the_work_and_leaves_the_log(desk: Callable[..., Path], tmp_path: Path) -> None:
    path = desk("# Long", "open('begun', 'w').close()\nimport time\ntime.sleep(600)")
    command = [sys.executable, "-m", "simulator.cli", "report", "--job", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watcher:
        wait_for(tmp_path / "begun")
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait() == 130
    (log,) = (tmp_path / "reports/morning").glob("*/log.jsonl")
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["event"], last["by"]) == ("interrupted", "KeyboardInterrupt")
    assert told(tmp_path) == []
    assert list((tmp_path / "reports").rglob("*.html")) == []


@pytest.mark.slow
def test_a_hook_that_fails_does_not_hide_how_it_went(
    desk: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk(gates="[asa_s < 40]")
    for hook, word in (("[./no-such-thing]", "could not be called"), ("['false']", "ended with 1")):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:-1], f"hook: {hook}", ""]))
        heard: list[str] = []
        run = ran(path, monkeypatch, heard=heard.append)
        assert run.exit_code == 3
        assert any(word in text for text in heard)
        assert logged(run)[-1]["event"] == "hook"


def test_a_folder_that_cannot_be_written_is_told(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(UsageError, match="give the job another folder with out"):
        ran(desk(), monkeypatch)


def test_a_job_says_all_there_is_to_say(desk: Callable[..., Path]) -> None:
    command = [sys.executable, "-m", "simulator.cli", "report", "--job", str(desk()), "--pdf"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "--job was given with pdf; the job file says all of that" in asked.stderr


def test_a_log_that_cannot_be_written_says_so_once_and_things_go_on(tmp_path: Path) -> None:
    said: list[str] = []
    log = Log(tmp_path / "none" / "log.jsonl", "4711", said.append)
    log.write("began")
    log.write("lost", message="one report is lost")
    log.close()
    lacking, lost = said
    assert lacking.startswith("the log lacks events: No such file or directory")
    assert lost == "one report is lost"


def test_an_index_that_cannot_be_written_is_a_failure_that_the_hook_hears_of(
    desk: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(out: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / "index.html"))

    monkeypatch.setattr(supervising, "write_index", full)
    run = ran(desk(), monkeypatch)
    assert (run.status, run.exit_code, len(run.reports)) == ("failed", 1, 1)
    assert run.message.startswith(f"the index could not be written: {os.strerror(errno.ENOSPC)}")
    (heard,) = told(tmp_path)
    assert heard["message"] == run.message
    record = json.loads((Path(run.folder) / "job.json").read_text(encoding="utf-8"))
    assert (record["status"], record["message"]) == ("failed", run.message)
