"""A worked example: two hours of the shipped desk as a tenant without faults would have them.

No tenant is there: the journal is written as if one had answered, after a few milliseconds each,
and one answer in fifty had been lost and was found again by reading. It counts its queues by the
creates, pickups and leaves that it gets, and so knows nothing of the simulation's positions.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.replay import planning, proposal
from simulator.replay.endpoint.allowed import Allowed
from simulator.replay.endpoint.guard import checked_target
from simulator.replay.folder import make_folder
from simulator.replay.journal import Journal, Outcome

if TYPE_CHECKING:
    from simulator.replay.calls import Call
    from simulator.replay.plan import Plan
    from simulator.sessions import Run

__all__ = ["replay_at", "worked_example"]

DESK: Final = Path(__file__).parents[3] / "data/scenarios/chat_desk.yaml"
BEGIN: Final = datetime(2026, 3, 23, 10)  # noqa: DTZ001 - on the desk's own clock
WARP: Final = 60.0
LOST: Final = 0.02
DATES: Final = datetime(2026, 3, 23, 9, tzinfo=UTC)


def worked_example(folder: Path) -> Path:
    """The replay's folder, made within ``folder`` in a second or two; it needs no network."""
    from simulator import scenario, study
    from simulator.sessions import open_run

    day = folder / "one_day.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    day.write_text(f"extends: {DESK.resolve()}\ndays: 1\n", encoding="utf-8")
    run = open_run(study.simulate(scenario.load(day), replications=1, seed=1, out=folder / "run"))
    plan = _plan(run, folder)
    replay = make_folder(folder / "replay", plan)
    head = {"plan": plan.hash, "part": [1, 1], "example": True}
    with Journal.create(replay.journal((1, 1)), head) as journal:
        journal.note("begun", at=DATES.isoformat())
        _write(plan, run, journal)
        journal.note("ended", ended="done", reason="")
    return replay.path


def _plan(run: Run, folder: Path) -> Plan:
    desk = run.scenario
    topics = "".join(f"{topic.name}: {100 + topic.id}\n" for topic in desk.topics)
    (folder / "topics.yaml").write_text(topics, encoding="utf-8")
    agents = "".join(f"  {agent.name}: {{env: EXAMPLE}}\n" for agent in desk.agents)
    (folder / "agents.yaml").write_text(f"agents:\n{agents}", encoding="utf-8")
    return proposal.propose(
        run,
        checked_target("http://127.0.0.1", "example", Allowed()),
        replication=1,
        topics_map=folder / "topics.yaml",
        agents_map=folder / "agents.yaml",
        window=planning.Window(BEGIN, BEGIN + timedelta(hours=2)),
        caps=proposal.Caps(10_000, 100.0, 3600.0),
        manner=proposal.Manner(mode="full", warp=WARP),
        now=DATES,
    )


def _write(plan: Plan, run: Run, journal: Journal) -> None:
    """INTENT and OUTCOME of every call, in the order of the plan."""
    rng = np.random.default_rng(1)
    sessions = run.sessions[run.sessions["replication"] == plan.head.replication]
    ranks = sessions.set_index("chat_session_id")["rank"].fillna(0).astype(int)
    queued: Counter[int] = Counter()
    known: dict[int, tuple[int, int, int]] = {}
    for call in plan.calls:
        if call.kind == "create":
            queued[call.topic] += 1
            topic_id = plan.head.topics[str(call.topic)]["topic_id"]
            known[call.chat] = len(known) + 1, topic_id, queued[call.topic]
        elif call.kind in ("pickup", "leave"):
            queued[call.topic] -= 1
        lag_us, service_us = rng.lognormal(6.5, 0.7), rng.lognormal(7.8, 0.6)
        is_lost = bool(rng.random() < LOST)
        _answer(
            journal, call, known[call.chat],
            rank=int(ranks.loc[call.chat]), due_us=round(call.due_us / plan.head.warp),
            lag_us=int(lag_us), service_us=int(service_us), is_lost=is_lost,
        )  # fmt: skip


def _answer(
    journal: Journal,
    call: Call,
    session: tuple[int, int, int],
    *,
    rank: int,
    due_us: int,
    lag_us: int,
    service_us: int,
    is_lost: bool,
) -> None:
    sent_us = due_us + lag_us
    at_us = int(DATES.timestamp() * 1e6) + sent_us
    session_id, topic_id, position = session
    journal.intent(call.number, 1, at_us)
    journal.outcome(
        call.number,
        Outcome(
            cls="recovered" if is_lost else "done",
            http=None if is_lost else 200,
            reason="broken off (ReadError)" if is_lost else "",
            tries=1,
            session_id=session_id,
            topic_id=topic_id,
            position=position,
            rank=rank or None,
            status=call.status,
            intended_us=due_us,
            dispatched_us=sent_us,
            first_byte_us=sent_us + 50,
            answered_us=sent_us + service_us,
            sent_at_us=at_us,
        ),
    )


def replay_at(path: str) -> Path | None:
    """The replay's folder that a path leads to; None where it is empty or leads to a single run."""
    return None if not path or (Path(path) / "workload.parquet").is_file() else Path(path)
