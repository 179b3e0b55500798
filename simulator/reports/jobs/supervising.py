"""One run of a job, watched: lock, time limit, log, ``latest``, retention, and the hook."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from simulator.errors import (
    GuardError,
    JobError,
    PickupError,
    TargetMissedError,
    UsageError,
)
from simulator.files import unwritten
from simulator.locking import holder, lock, sign
from simulator.reports.index import write_index
from simulator.reports.jobs.hook import call_hook
from simulator.reports.jobs.log import Log, now
from simulator.reports.jobs.process import Worker
from simulator.reports.jobs.working import LATEST, Errand
from simulator.reports.shelf import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from simulator.reports.jobs.job_file import Job

__all__ = ["JobRun", "run_job"]

Status = Literal["ok", "missed", "failed", "timeout"]

LOCK_FILE = ".lock"
LOG_FILE = "log.jsonl"
RECORD_FILE = "job.json"


@dataclass(slots=True)
class JobRun:
    """How a run of a job went."""

    job: str
    day: str
    """ISO date of its folder."""
    folder: str
    log: str
    began_at: str
    ended_at: str = ""
    status: Status = "failed"
    message: str = ""
    """What is wrong, in lines; empty if nothing is."""
    reports: list[dict[str, Any]] = field(default_factory=list)
    """Title, page, status, scenario, notebook, reasons and so on of each."""
    lost: list[str] = field(default_factory=list)
    """What could not be made at all, and why."""

    @property
    def exit_code(self) -> int:
        """What the command line ends with: a failure comes before a missed target."""
        return {"ok": 0, "missed": 3}.get(self.status, 1)

    def raise_if_unwell(self) -> None:
        """Tell by an error what is wrong, if anything is.

        Raises:
            TargetMissedError: a gate was not met, and that is all.
            JobError: a report failed or is not there, or the time was up.
        """
        if self.status == "missed":
            raise TargetMissedError(self.message)
        if self.status != "ok":
            raise JobError(self.message)


def run_job(
    job: Job,
    *,
    anew: bool = False,
    heard: Callable[[str], None] | None = None,
    today: date | None = None,
) -> JobRun:
    """Run a job once, and leave its reports, its log and its record.

    Args:
        job: from :func:`simulator.reports.jobs.read_job`.
        anew: make also what stands already.
        heard: told in words what happens.
        today: the date of the run; that of the job's time zone if left out.

    Returns:
        How it went; a run that did not go well is told by ``raise_if_unwell``.

    Raises:
        GuardError: another run of the job is at work.
        UsageError: its folder cannot be written.
    """
    day = today or datetime.now(job.timezone).date()
    errand = Errand(str(job.file), day, anew)
    folder = job.folder / day.isoformat()
    with _claimed(job) as held:
        log = Log(folder / LOG_FILE, secrets.token_hex(4), heard)
        run = JobRun(job.name, day.isoformat(), str(folder), str(folder / LOG_FILE), began_at=now())
        try:
            _make_room(folder, run)
            log.write("began", job=str(job.file), pid=os.getpid(), limit_s=job.time_limit_s)
            _watched(job, errand, held, run, log)
            _settle(job, run, folder, log)
        except BaseException as error:
            log.write("interrupted", by=type(error).__name__)
            raise
        finally:
            log.close()
    return run


@contextmanager
def _claimed(job: Job) -> Iterator[IO[str]]:
    """The job's folder for this run alone."""
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        file = (job.folder / LOCK_FILE).open("a+", encoding="ascii")
    except OSError as error:
        raise UsageError(
            f"nothing can be written in {job.folder} ({error.strerror}); give the job another "
            f"folder with out ({job.file})"
        ) from error
    with file:
        if not lock(file):
            raise GuardError(
                f"{holder(file)} runs the job '{job.name}' in {job.folder}; wait for it, or stop it"
            )
        sign(file)
        yield file


def _make_room(folder: Path, run: JobRun) -> None:
    """The date's folder, without the record of a run before."""
    try:
        folder.mkdir(exist_ok=True)
        (folder / RECORD_FILE).unlink(missing_ok=True)
    except OSError as error:
        run.lost.append(f"{folder} could not be made: {unwritten(error)}")


def _watched(job: Job, errand: Errand, held: IO[str], run: JobRun, log: Log) -> None:
    """Have the work done, and take down what is told of it."""
    until = None if job.time_limit_s is None else time.monotonic() + job.time_limit_s
    worked = False
    try:
        with Worker(errand, held) as worker:
            for told in worker.events(until):
                worked |= _heard(told, run, log)
            code = worker.exit_code
    except TimeoutError:
        run.status = "timeout"
        run.lost.append(
            f"the time limit of {job.time_limit_s:g} s was reached; what was not finished is not "
            "there. Raise time_limit, or give the job fewer reports"
        )
        return
    if not worked:
        run.lost.append(
            f"the job's process ended by itself ({_told_end(code)}); the log has its last words"
        )


def _told_end(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {-code}, often for want of memory"
    return f"exit code {code}"


def _heard(told: dict[str, Any], run: JobRun, log: Log) -> bool:
    """Take down one event; whether it is the last."""
    event = told.pop("event")
    if event == "worked":
        return True
    log.write(event, **told)
    if event == "report":
        run.reports.append(told)
    elif event == "lost":
        what, message = told["what"], told["message"]
        run.lost.append(message if message.startswith(what) else f"{what}: {message}")
    return False


def _settle(job: Job, run: JobRun, folder: Path, log: Log) -> None:
    """Judge the run, leave its record, and do what comes after it; the hook in any case."""
    run.ended_at = now()
    _judge(run)
    lost = len(run.lost)
    _left(run, "the record of the run", lambda: _leave_record(run, folder))
    if run.reports and not lost:
        _left(run, LATEST, lambda: _point(job.folder / LATEST, folder))
    if job.keep is not None:
        _clean(job, log)
    _left(run, "the index", lambda: write_index(job.out))
    if len(run.lost) > lost:
        _judge(run)
        with suppress(OSError):
            _leave_record(run, folder)
    log.write("ended", status=run.status, exit_code=run.exit_code)
    if run.status != "ok" and job.hook:
        wrong = call_hook(job.hook, job.file.parent, json.loads(_record(run)))
        log.write("hook", called=list(job.hook), **({"message": wrong} if wrong else {}))


def _left(run: JobRun, what: str, write: Callable[[], object]) -> None:
    """Write it, or note why it is not there."""
    try:
        write()
    except OSError as error:
        run.lost.append(f"{what} could not be written: {unwritten(error, Path(run.folder))}")


def _leave_record(run: JobRun, folder: Path) -> None:
    write_whole(folder / RECORD_FILE, _record(run))


def _judge(run: JobRun) -> None:
    if run.status != "timeout":
        run.status = _status(run)
    run.message = _message(run)


def _status(run: JobRun) -> Status:
    states = {report["status"] for report in run.reports}
    if run.lost or "failed" in states:
        return "failed"
    return "missed" if "missed" in states else "ok"


def _message(run: JobRun) -> str:
    """A failure comes first; of a missed target every figure is told."""
    failed = [
        reason for each in run.reports if each["status"] == "failed" for reason in each["reasons"]
    ]
    missed = [
        f"{each['scenario']}: {reason}"
        for each in run.reports
        if each["status"] == "missed"
        for reason in each["reasons"]
    ]
    lines = [*run.lost, *failed, *(f"target missed: {each}" for each in dict.fromkeys(missed))]
    return "\n".join(lines)


def _record(run: JobRun) -> str:
    told = {name: getattr(run, name) for name in run.__slots__} | {"exit_code": run.exit_code}
    return json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"


def _point(link: Path, folder: Path) -> None:
    """Make ``latest`` show a date's folder: a link, or a copy where the system has none."""
    draft = link.with_name(f".draft-{secrets.token_hex(4)}-{link.name}")
    try:
        draft.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        shutil.copytree(folder, draft)
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    draft.replace(link)


def _clean(job: Job, log: Log) -> None:
    """Retention; that it fails must not hide how the reports went."""
    from simulator.reports.retention import carry_out, plan

    if job.keep is None:
        return
    try:
        doomed = plan(
            job.folder, keep=job.keep.runs, days=job.keep.days, now=datetime.now().astimezone()
        )
        log.write("cleaned", bytes=carry_out(doomed), reports=len(doomed.doomed))
    except (PickupError, OSError) as error:
        log.write("not cleaned", message=f"old reports could not be deleted: {error}")
