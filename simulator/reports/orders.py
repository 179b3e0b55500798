"""Carrying out: each order becomes one report, side by side in processes, whatever befalls one."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from simulator.errors import NotebookError, PickupError
from simulator.files import file_sha256, unwritten
from simulator.reports.caching import content_key, standing
from simulator.reports.provenance import (
    Manifest,
    Source,
    Subject,
    key_figures,
    to_json,
    versions,
)
from simulator.reports.shelf import Spot, drafting, put
from simulator.versioning import git_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from simulator.reports.gates import Verdict
    from simulator.reports.planning import Plan

    Progress: TypeAlias = Callable[[int, int], None]

__all__ = ["Lost", "Order", "Report", "carry_out", "ordered"]

CAN_FORK: Final = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Order:
    """All that another process needs to make one report."""

    plan: Plan
    subject: Subject
    verdicts: tuple[Verdict, ...]
    spot: Spot
    key: str
    job: str | None = None
    pdf: bool = False
    index: str = "../index.html"
    """Where the index stands, from the page."""
    before: Spot | None = None
    """Where else the same report may stand already."""

    @property
    def name(self) -> str:
        """For people."""
        return f"notebook '{self.plan.notebook.stem}' on {self.subject.name}"


@dataclass(frozen=True, slots=True)
class Report:
    """One report that stands."""

    page: Path
    manifest: Manifest
    reused: bool = False
    """It stood already, made of the same things."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An order of which nothing came, not even a page that tells how far."""

    order: Order
    error: PickupError


def ordered(
    plan: Plan, subject: Subject, verdicts: Sequence[Verdict], spot: Spot, **more: object
) -> Order:
    """An order with its content key; ``more`` are the other fields of :class:`Order`."""
    key = content_key(plan, subject, verdicts)
    return replace(Order(plan, subject, tuple(verdicts), spot, key), **more)  # type: ignore[arg-type]


def carry_out(
    orders: Sequence[Order],
    *,
    workers: int,
    anew: bool = False,
    progress: Progress | None = None,
    told: Callable[[Report | Lost], None] | None = None,
) -> list[Report | Lost]:
    """What came of the orders, in their order.

    Args:
        orders: What to make.
        workers: Processes at most. One report is made in this process.
        anew: Make also what stands already.
        progress: Called with (done, total): reports, or the cells of an only report.
        told: Called with each as it comes.
    """
    results: dict[int, Report | Lost] = {}

    def came(number: int, result: Report | Lost) -> None:
        results[number] = result
        if told:
            told(result)

    for number, order in enumerate(orders):
        if found := None if anew else _reused(order):
            came(number, found)
    left = {number: each for number, each in enumerate(orders) if number not in results}
    by_cell = progress if len(orders) == 1 else None
    made = (
        ((number, _tried(order, by_cell)) for number, order in left.items())
        if min(workers, len(left)) <= 1
        else _made_in_processes(left, min(workers, len(left)))
    )
    for number, result in made:
        came(number, result)
        if progress and not by_cell:
            progress(len(results), len(orders))
    return [results[number] for number in range(len(orders))]


def _reused(order: Order) -> Report | None:
    """The report that stands already in its place, or in the other one and is copied from there."""
    manifest = standing(order.spot, order.key)
    if manifest is None and order.before is not None:
        manifest = standing(order.before, order.key)
        if manifest is not None:
            manifest = _copied(order, order.before, manifest)
    if manifest is None:
        return None
    if order.pdf and not order.spot.pdf.is_file():
        _print(order.spot.page, order.spot.pdf)
    return Report(order.spot.page, manifest, reused=True)


def _copied(order: Order, source: Spot, manifest: Manifest) -> Manifest:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    manifest = replace(manifest, checked_at=now)
    with drafting(order.spot) as draft:
        shutil.copyfile(source.page, draft.page)
        shutil.copyfile(source.notebook, draft.notebook)
        if order.pdf and source.pdf.is_file():
            shutil.copyfile(source.pdf, draft.pdf)
        draft.manifest.write_text(to_json(manifest), encoding="utf-8", newline="\n")
        put(draft, order.spot)
    return manifest


def _made_in_processes(
    orders: dict[int, Order], workers: int
) -> Iterator[tuple[int, Report | Lost]]:
    """What came of the orders, by their numbers, as they come.

    Processes and not threads, for papermill keeps its working directory and its file handlers
    for the whole process. A process that dies takes the others of its pool with it; what was
    not finished then gets a process of its own, one after the other, so that it is known whose
    fault it was.
    """
    left = dict(orders)
    largest_first = sorted(orders, key=lambda number: -_size(orders[number]))
    with _pool(workers) as pool:
        futures = {
            pool.submit(_tried, orders[number], warm=CAN_FORK): number for number in largest_first
        }
        for future in as_completed(futures):
            try:
                result = future.result()
            except BrokenProcessPool:
                continue
            del left[futures[future]]
            yield futures[future], result
    for number, order in left.items():
        with _pool(1) as alone:
            try:
                yield number, alone.submit(_tried, order, warm=CAN_FORK).result()
            except BrokenProcessPool:
                yield number, Lost(order, _died(order))


def _pool(workers: int) -> ProcessPoolExecutor:
    """Where forks are safe, each report has a fork of its own, with the imports done."""
    if not CAN_FORK:
        spawning = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=spawning, initializer=_leave_ctrl_c)
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["simulator.reports.preloaded"])
    return ProcessPoolExecutor(
        workers, mp_context=forking, initializer=_leave_ctrl_c, max_tasks_per_child=1
    )


def _size(order: Order) -> int:
    return order.plan.notebook.stat().st_size


def _leave_ctrl_c() -> None:
    """A terminal sends ctrl-C to every process; only the first one is to act on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _died(order: Order) -> NotebookError:
    return NotebookError(
        f"{order.name} could not be made: its process was ended from outside, often for want of "
        "memory; make it alone, or with a smaller run"
    )


def _tried(order: Order, progress: Progress | None = None, *, warm: bool = False) -> Report | Lost:
    """The report, or why there is none; what is wrong with one must not stop the others."""
    try:
        return _make(order, progress, warm=warm)
    except PickupError as error:
        return Lost(order, error)
    except OSError as error:
        return Lost(order, _unwritten(order, error))
    except Exception as error:  # noqa: BLE001 - told in full, and the run ends with exit code 1
        told = f"{order.name} could not be made: {type(error).__name__}: {error}"
        return Lost(order, NotebookError(told))


def _unwritten(order: Order, error: OSError) -> NotebookError:
    return NotebookError(
        f"{order.name} could not be written, and nothing was left of it: "
        f"{unwritten(error, order.spot.folder)}"
    )


def _make(order: Order, progress: Progress | None, *, warm: bool) -> Report:
    """Execute, render, and move page, notebook and manifest into place together."""
    from simulator.reports.execution import execute
    from simulator.reports.page import page, render

    plan, subject, spot = order.plan, order.subject, order.spot
    made_at = datetime.now().astimezone()
    with drafting(spot) as draft:
        run = execute(
            plan.notebook,
            {**subject.given, **plan.parameters},
            draft.notebook,
            progress=progress,
            warm=warm,
        )
        began = time.perf_counter()
        failure = run.failure
        rendered = render(
            run.notebook, name=plan.notebook.stem, failed_cell=failure.cell if failure else None
        )
        manifest = Manifest(
            title=rendered.title,
            made_at=made_at.isoformat(timespec="seconds"),
            notebook=Source(
                plan.notebook.stem, file_sha256(plan.notebook), git_commit(plan.notebook)
            ),
            parameters=plan.parameters,
            run=subject,
            failure=asdict(failure) if failure else None,
            gates=order.verdicts,
            figures=key_figures(subject),
            versions=versions(),
            seconds={"execute": round(run.seconds, 3)},
            files={},
            content_key=order.key,
            job=order.job,
        )
        text = page(
            rendered,
            manifest,
            notebook_file=spot.notebook.name,
            manifest_file=spot.manifest.name,
            index_link=order.index,
        )
        draft.page.write_text(text, encoding="utf-8", newline="\n")
        if order.pdf:
            _print(draft.page, draft.pdf)
        manifest = replace(
            manifest,
            seconds=manifest.seconds | {"render": round(time.perf_counter() - began, 3)},
            files={
                file.name: file_sha256(file)
                for file in (draft.page, draft.notebook, draft.pdf)
                if file.is_file()
            },
        )
        draft.manifest.write_text(to_json(manifest), encoding="utf-8", newline="\n")
        put(draft, spot)
    return Report(spot.page, manifest)


def _print(page: Path, pdf: Path) -> None:
    from simulator.reports.printing import print_pdf

    print_pdf(page, pdf)
