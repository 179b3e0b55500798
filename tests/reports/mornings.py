"""Reports of many mornings as they stand on disk: made-up figures, stub files."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.reports.gates import Verdict
from simulator.reports.provenance import Manifest, Source, Subject, to_json
from simulator.reports.shelf import Spot, drafting, put

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = Subject(
    folder="/runs/a",
    scenario="Bank / 1999",
    seed=3,
    replications=20,
    engine="simpy",
    package="0.1.0",
    scenario_sha256="ab" * 32,
    summary_sha256="0123456789" * 6,
    figures={},
)
MANIFEST = Manifest(
    title="A title",
    made_at="2026-01-05T08:00:00+00:00",
    notebook=Source("service_report", "cd" * 32, None),
    parameters={},
    run=SUBJECT,
    failure=None,
    gates=(Verdict("asa_s<60", "asa_s", "value", 41.5, met=True),),
    figures={
        "service_level.of_all": {"value": 0.812, "low": 0.79, "high": 0.834, "n": 20},
        "asa_s": {"value": 41.52, "low": None, "high": None, "n": 1},
        "abandonment": {"value": None, "low": None, "high": None, "n": 0},
    },
    versions={"python": "3.11"},
    seconds={"execute": 1.0},
    files={},
)
LOST = ["sweep_report on staffing: there is no folder data/runs/staffing; check the name"]
FAILURE = {"cell": 4, "error": "KeyError", "message": "'wait'\nand more"}


def stand(out: Path, folder: str, manifest: Manifest = MANIFEST, *, pdf: bool = False) -> Spot:
    """A report as it stands after it was made."""
    spot = Spot(out / folder, manifest.notebook.name)
    with drafting(spot) as draft:
        draft.page.write_text("<p>page</p>")
        draft.notebook.write_text("{}")
        draft.manifest.write_text(to_json(manifest), encoding="utf-8")
        if pdf:
            draft.pdf.write_bytes(b"%PDF-1.7")
        put(draft, spot)
    return spot


def about(manifest: Manifest = MANIFEST, **changed: Any) -> Manifest:
    """The manifest with another subject."""
    return replace(manifest, run=replace(manifest.run, **changed))


def figure(value: float | None, half: float | None = None) -> dict[str, Any]:
    """An estimate, with an interval if it has a half-width."""
    if value is None or half is None:
        return {"value": value, "low": None, "high": None, "n": 1}
    return {"value": value, "low": value - half, "high": value + half, "n": 20}


def figures(level: float | None, asa_s: float | None, abandonment: float | None) -> dict[str, Any]:
    """Key figures without intervals."""
    values = {"service_level.of_all": level, "asa_s": asa_s, "abandonment": abandonment}
    return {name: figure(value) for name, value in values.items()}


def mornings(out: Path, days: int = 60, *, seed: int = 1) -> None:
    """What a job of three reports leaves in that many mornings, weekends quieter, some of them bad.

    A simulated run of the bank with its gate, the records of the chat desk day by day, and the
    desk explored; and a report made by hand.
    """
    chance = random.Random(seed)
    first = datetime(2026, 9, 24, 6, 0, 12, tzinfo=UTC)
    for number in range(days):
        at = first + timedelta(days=number)
        folder = f"morning/{at.date()}"
        last = number == days - 1
        for name, manifest in _of_a_morning(chance, at, number, last=last).items():
            stand(out, f"{folder}/{name}", manifest, pdf=True)
        (out / folder / "log.jsonl").write_text("{}\n")
        record = {"status": "failed" if last else "ok", "ended_at": at.isoformat(), "lost": LOST}
        (out / folder / "job.json").write_text(json.dumps(record))
    by_hand = about(scenario="bank_1999 with one more agent, and chats that are answered in turn")
    by_hand = replace(by_hand, title="Bank with one more agent", gates=(), parameters={"by_min": 5})
    stand(out, "bank-seed3-01234567", replace(by_hand, made_at=first.isoformat()))


def _of_a_morning(
    chance: random.Random, at: datetime, number: int, *, last: bool
) -> dict[str, Manifest]:
    made = replace(MANIFEST, made_at=at.isoformat(), job="morning")
    busy = 0.05 if at.weekday() < 5 else 0.0
    level = min(0.99, 0.82 - busy + 0.0006 * number + chance.gauss(0, 0.015))
    asa_s = 60 - 40 * level + chance.gauss(0, 1.5)
    run = about(made, scenario="bank_1999", summary_sha256=f"{number:064x}")
    verdict = Verdict(
        "service_level.of_all>=0.8", "service_level.of_all", "value", level, met=level >= 0.8
    )
    bank = replace(
        run,
        title=f"{level:.0%} of chats are answered within 20 s",
        gates=(verdict,),
        figures={
            "service_level.of_all": figure(level, 0.018),
            "asa_s": figure(asa_s, 2.2),
            "abandonment": figure(0.3 * (1 - level), 0.006),
        },
    )
    explored = replace(
        about(made, scenario="chat_desk"),
        title="The tables of a run",
        notebook=Source("explore", "ef" * 32, None),
        failure=FAILURE if number % 17 == 5 else None,
        gates=(),
        figures=figures(0.871, 22.4, 0.031),
    )
    day = (at - timedelta(days=1)).date()
    missing = number % 23 == 9
    recorded = about(
        made, scenario="chat_desk", kind="records", day=day.isoformat(), seed=0, replications=0
    )
    chats = chance.randint(480, 620)
    seen = 0.88 - 2 * busy + chance.gauss(0, 0.03)
    daily = replace(
        recorded,
        title=f"{day:%A} was as expected: {chats} chats, {seen:.0%} within a minute",
        notebook=Source("daily_report", "12" * 32, None),
        gates=(),
        figures={}
        if missing
        else figures(seen, 90 * (1 - seen), 0.25 * (1 - seen)) | {"counts.offered": figure(chats)},
    )
    if last:
        explored = replace(explored, failure=FAILURE)
    return {"bank_1999-seed3-aa": bank, "chat_desk-seed3-bb": explored, f"chat_desk-{day}": daily}
