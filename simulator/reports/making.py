"""Making reports: of every run with every notebook, in place, indexed, and judged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import NotebookError, PickupError, TargetMissedError
from simulator.files import unwritten
from simulator.reports.gates import judge
from simulator.reports.orders import Lost, Order, Report, carry_out, ordered
from simulator.reports.provenance import subject_of
from simulator.reports.shelf import spot_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simulator.reports.gates import Bound, Gate
    from simulator.reports.planning import Plan
    from simulator.reports.provenance import Reported

__all__ = ["make_reports", "raise_for"]


def make_reports(
    runs: Iterable[Reported],
    plans: Sequence[Plan],
    *,
    out: Path | str = "reports",
    gates: Sequence[Gate] = (),
    gate_on: Bound = "value",
    pdf: bool = False,
    anew: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Report]:
    """Make a report of every run with every notebook, and the index of all reports.

    A report that stands already, made of the same things, is left as it is. A notebook that fails
    keeps its page, marked, and the others go on; :func:`raise_for` turns that and missed gates
    into the error that tells it.

    Args:
        runs: What the reports are about.
        plans: From :func:`simulator.reports.plan_notebooks`.
        out: The folder of all reports.
        gates: Judged on every run before a kernel starts.
        gate_on: The estimate, or the bound of its interval, that the gates judge.
        pdf: Print each page to a PDF beside it, by the machine's Chromium.
        anew: Make also what stands already.
        jobs: Processes at most; one per core if left out. One report is made in this process.
        progress: Called with (done, total): reports, or the cells of an only report.

    Raises:
        UsageError: A gate names no figure, nothing can be written in ``out``, or a PDF is asked
            for where there is no Chromium.
        NotebookError: A report could not be made at all; the others are.
    """
    out = Path(out)
    if pdf:
        _check_printer()
    orders = [
        order
        for run in runs
        for order in orders_of(run, plans, out=out, gates=gates, gate_on=gate_on, pdf=pdf)
    ]
    results = carry_out(orders, workers=jobs or os.cpu_count() or 1, anew=anew, progress=progress)
    errors = [result.error for result in results if isinstance(result, Lost)]
    raise_all([*errors, *_index_anew(out, results)])
    return [result for result in results if isinstance(result, Report)]


def orders_of(
    run: Reported,
    plans: Sequence[Plan],
    *,
    out: Path,
    gates: Sequence[Gate],
    gate_on: Bound,
    pdf: bool,
) -> list[Order]:
    """The orders of one run's reports, with the verdicts of the gates on it.

    Raises:
        UsageError: A gate names no figure.
    """
    subject = subject_of(run)
    verdicts = [judge(gate, subject.figures, on=gate_on) for gate in gates]
    return [
        ordered(
            plan,
            subject,
            verdicts,
            spot_for(out, subject, plan.notebook.stem, plan.parameters),
            pdf=pdf,
        )
        for plan in plans
    ]


def _index_anew(out: Path, results: Sequence[Report | Lost]) -> list[PickupError]:
    """Write the index if any report is new, or there is no index; why it could not be."""
    is_new = not all(isinstance(result, Report) and result.reused for result in results)
    if (is_new or not (out / "index.html").is_file()) and out.is_dir():
        from simulator.reports.index import write_index

        try:
            write_index(out)
        except OSError as error:
            return [PickupError(f"the index could not be written: {unwritten(error, out)}")]
    return []


def raise_all(errors: Iterable[PickupError]) -> None:
    """The error itself if there is one alone, otherwise one that names them all."""
    found = list({str(error): error for error in errors}.values())
    if len(found) == 1:
        raise found[0]
    if found:
        raise NotebookError("\n".join(map(str, found)))


def raise_for(reports: Iterable[Report]) -> None:
    """Tell by an error what went wrong with the reports, if anything did.

    Raises:
        NotebookError: A notebook failed; this comes before a missed gate.
        TargetMissedError: A gate was not met.
    """
    reports = list(reports)
    failed = [report for report in reports if report.manifest.failure]
    if failed:
        raise NotebookError("\n".join(told_failure(report) for report in failed))
    missed = {
        f"{report.manifest.run.name}: {verdict}": None
        for report in reports
        for verdict in report.manifest.gates
        if not verdict.met
    }
    if missed:
        raise TargetMissedError("target missed: " + "\n".join(missed))


def told_failure(report: Report) -> str:
    """In which cell a report's notebook failed, why, and where to look."""
    failure: dict[str, Any] = report.manifest.failure or {}
    first = (failure["message"].strip().splitlines() or [""])[0]
    return (
        f"notebook '{report.manifest.notebook.name}' on {report.manifest.run.name} failed in cell "
        f"{failure['cell']}: {failure['error']}: {first}\n"
        f"  as far as it came: {report.page}"
    )


def _check_printer() -> None:
    from simulator.reports.printing import check_printer

    check_printer()
