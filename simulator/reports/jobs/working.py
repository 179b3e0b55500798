"""The work of a job: every part's reports, whatever becomes of one of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from simulator.errors import PickupError
from simulator.files import unwritten
from simulator.reports.jobs.job_file import Job, Part, plans_of, read_job
from simulator.reports.making import orders_of, told_failure
from simulator.reports.orders import Lost, Report, carry_out
from simulator.reports.relative_dates import dated
from simulator.reports.remembered_days import day_of_records
from simulator.reports.shelf import Spot, folder_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simulator.reports.orders import Order
    from simulator.reports.provenance import Reported

    Tell: TypeAlias = Callable[..., None]

__all__ = ["LATEST", "Errand", "work"]

LATEST = "latest"
"""The link to the newest date's folder."""

_OWN_DAY = ("day", "zone", "kind")
"""Parameters of a part on records that say which records."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One run of a job."""

    file: str
    """The job file."""
    today: date
    """By the job's time zone, when it began."""
    anew: bool

    def to_json(self) -> str:
        """On one line."""
        return json.dumps({"file": self.file, "today": self.today.isoformat(), "anew": self.anew})

    @staticmethod
    def from_json(text: str) -> Errand:
        """What ``to_json`` gave."""
        told = json.loads(text)
        return Errand(told["file"], date.fromisoformat(told["today"]), told["anew"])


def work(errand: Errand, tell: Tell) -> None:
    """Make all the reports of a job; what fails is told, and the rest goes on.

    Args:
        errand: which job, when.
        tell: called with an event and what there is to tell of it.
    """
    job = read_job(Path(errand.file))
    orders: list[Order] = []
    for part in job.parts:
        try:
            orders += _orders(job, part, errand.today, tell)
        except PickupError as error:
            tell("lost", what=f"reports[{part.number - 1}]", message=str(error))
        except OSError as error:
            message = unwritten(error, job.folder)
            tell("lost", what=f"reports[{part.number - 1}]", message=message)
    orders = _placed(orders, job, errand.today)
    tell("planned", reports=len(orders))
    carry_out(
        orders,
        workers=job.processes or os.cpu_count() or 1,
        anew=errand.anew,
        told=lambda result: _tell(result, tell),
    )


def _orders(job: Job, part: Part, today: date, tell: Tell) -> list[Order]:
    """What a part asks for, in places that a single command would take."""
    out = job.folder / today.isoformat()
    parameters = {name: dated(text, today) for name, text in _parameters(part).items()}
    plans = plans_of(job, part, parameters)
    return [
        replace(order, job=job.name, index="../../../index.html")
        for subject in _subjects(job, part, today, tell)
        for order in orders_of(
            subject, plans, out=out, gates=part.gates, gate_on=job.gate_on, pdf=job.pdf
        )
    ]


def _placed(orders: Sequence[Order], job: Job, today: date) -> list[Order]:
    """The orders in places whose names are the same every day, as far as they tell them apart.

    So ``latest/bank_1999/service_report.html`` is a link to keep. Where two orders have the same
    scenario and notebook, both keep the names that a single command gives.
    """
    plain = [_plain_spot(order, job.folder / today.isoformat()) for order in orders]
    placed = []
    for order, spot in zip(orders, plain, strict=True):
        place = spot if plain.count(spot) == 1 else order.spot
        before = Spot(job.folder / LATEST / place.folder.name, place.stem)
        placed.append(replace(order, spot=place, before=before))
    return placed


def _plain_spot(order: Order, folder: Path) -> Spot:
    return Spot(folder / folder_name(order.subject.scenario), order.plan.notebook.stem)


def _parameters(part: Part) -> dict[str, str]:
    """Those that go to the notebooks, and not to the records."""
    own = _OWN_DAY if part.is_of_records else ()
    return {name: text for name, text in part.parameters.items() if name not in own}


def _subjects(job: Job, part: Part, today: date, tell: Tell) -> Iterator[Reported]:
    if part.is_of_records:
        yield _recorded_day(job, part, today, tell)
        return
    from simulator.reports.subjects import open_subject

    for path in part.runs:
        yield open_subject(path)
    for path in part.scenarios:
        folder = _simulated(job, part, path)
        tell("simulated", scenario=path.name, folder=str(folder))
        yield open_subject(folder)


def _simulated(job: Job, part: Part, path: Path) -> Path:
    from simulator import scenario, study

    world = scenario.load(path)
    return study.simulate(
        world,
        replications=part.replications,
        seed=part.seed,
        jobs=job.processes or study.cores(),
        out=job.runs / study.default_folder(world, part.seed).name,
        overwrite=True,
    )


def _recorded_day(job: Job, part: Part, today: date, tell: Tell) -> Reported:
    files = [Path(dated(text, today)) for text in part.history]
    if part.pull is not None:
        from simulator.reports.jobs.pulling import pulled

        files.append(pulled(part.pull, job, part, today, tell))
    found = day_of_records(
        part.scenarios[0],
        files,
        day=dated(part.parameters.get("day", "yesterday"), today),
        kind=part.parameters.get("kind", "auto"),
        zone=part.parameters.get("zone", ""),
    )
    tell("records", day=found.subject.day, state=found.state, note=found.sentence)
    return found.subject


def _tell(result: Report | Lost, tell: Tell) -> None:
    if isinstance(result, Lost):
        tell("lost", what=result.order.name, message=str(result.error))
        return
    manifest = result.manifest
    reasons = [str(verdict) for verdict in manifest.gates if not verdict.met]
    tell(
        "report",
        title=manifest.title,
        page=str(result.page),
        status=manifest.status,
        scenario=manifest.run.scenario,
        notebook=manifest.notebook.name,
        reused=result.reused,
        seconds=manifest.seconds,
        reasons=[told_failure(result)] if manifest.failure else reasons,
    )
