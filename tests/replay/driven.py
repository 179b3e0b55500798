"""A plan made by hand, driven against a scripted server."""

from __future__ import annotations

import asyncio
from collections import Counter

from simulator.replay.calls import CUSTOMERS, Call
from simulator.replay.course import Surroundings, drive
from simulator.replay.endpoint.client import Endpoint
from simulator.replay.endpoint.credentials import Credential, Credentials, Refreshing
from simulator.replay.endpoint.hidden import Secret
from simulator.replay.endpoint.target import Target
from simulator.replay.journal import Journal
from simulator.replay.plan import Plan, PlanHead
from simulator.replay.stopping import Stopping

ASSOCIATES = {"Ada": 11, "Bo": 12, "Cy": 13, CUSTOMERS: 10}

LANES = (*ASSOCIATES, *(f"L{number}" for number in range(20)))

BREAKER = {"unknown_in_a_row": 3, "unknown_share": 0.02, "of_last": 100, "error_share": 0.5}
CALM = {"unknown_in_a_row": 999, "unknown_share": 1.0, "of_last": 100, "error_share": 1.0}


def head(**facts) -> PlanHead:
    caps = {"max_pickups": 1000, "max_rate": 1000.0, "max_duration_s": 60.0}
    caps |= facts.pop("caps", {})
    told = {
        "made_at": "2026-03-23T07:00:00+00:00", "expires_at": "2099-03-24T07:00:00+00:00",
        "run": "/nowhere", "run_hash": "", "scenario": "made", "replication": 1,
        "base": "http://127.0.0.1:1", "context": "Cust1", "mode": "full", "warp": 1.0,
        "first_at": "2026-03-23T08:00:00+01:00", "timezone": "Europe/Oslo",
        "topics": {"1": {"name": "Sales", "topic_id": 101}}, "lanes": {},
        "late": {"policy": "fire", "after_s": 5.0}, "min_gap_s": 0.0, "breaker": CALM,
        "wire": {"create": "topic", "end": "put", "leave": "put"}, "duration_s": 1.0,
        "counts": {}, "left_out": {}, "carried": [], "warnings": [], "inputs": {},
    }  # fmt: skip
    return PlanHead(caps=caps, **{**told, **facts})


def planned(*calls: tuple, **facts) -> Plan:
    """A plan of (due in ms, kind, chat, lane[, what else]), numbered as they come."""
    made = []
    for number, (due_ms, kind, chat, lane, *more) in enumerate(calls, start=1):
        told = {"touches": (), "status": _STATUS.get(kind, ""), **(more[0] if more else {})}
        made.append(Call(number, round(due_ms * 1000), kind, chat, 1, lane=lane, agent=1, **told))
    return Plan(head(**facts), tuple(made))


_STATUS = {"end": "Finished", "leave": "ClosedFromQueue"}


def pickups(many: int, *, lanes=("Ada", "Bo"), every_ms=1.0, **facts) -> Plan:
    """Pickups of the lanes by turns."""
    calls = [(n * every_ms, "pickup", n + 1, lanes[n % len(lanes)]) for n in range(many)]
    return planned(*calls, **facts)


def chats(many: int, *, every_ms=2.0, lanes=("Ada", "Bo"), **facts) -> Plan:
    """Chats that are created, picked up and ended, and every fifth leaves the queue."""
    calls = []
    for n in range(1, many + 1):
        at, lane = n * every_ms, lanes[n % len(lanes)]
        calls.append((at, "create", n, CUSTOMERS, {"touches": (1,)}))
        if n % 5 == 0:
            calls.append((at + 1, "leave", n, CUSTOMERS, {"touches": (1,)}))
        else:
            calls += [(at + 2, "pickup", n, lane, {"touches": (1,)}), (at + 3, "end", n, lane)]
    return planned(*sorted(calls, key=lambda call: call[0]), min_gap_s=0.05, **facts)


def endpoint(url, timeout_s, refresh=False) -> Endpoint:
    """A client of the stub, with a token for each lane, and a refresh token if asked for."""
    target = Target(url, "Cust1", url, is_loopback=True)
    how = Refreshing(f"{url}/login/common/oauth/tokens", "app", Secret("s"), Secret("r"))
    lanes = {
        lane: Credential("Bearer", Secret(f"token-{lane}"), refreshing=how if refresh else None)
        for lane in LANES
    }
    return Endpoint(target, Credentials(lanes), timeout_s=timeout_s)


def run(
    plan,
    stub,
    folder,
    *,
    calls=None,
    stopping=None,
    timeout_s=2.0,
    during=None,
    refresh=False,
    **around,
):
    """Drive a plan over the journal in ``folder``, made or gone on with; the course."""
    path = folder / "journal-1-of-1.jsonl"
    around = {"principals": ASSOCIATES, "timeout_s": timeout_s, "skew_s": 0.1, **around}

    async def main():
        asked = stopping or Stopping()
        opened = Journal.open(path) if path.exists() else Journal.create(path, {"plan": plan.hash})
        async with endpoint(stub.url, timeout_s, refresh) as made:
            with opened as journal:
                extra = [asyncio.ensure_future(during(asked))] if during else []
                try:
                    return await drive(
                        plan, calls or plan.calls, journal, made, Surroundings(**around),
                        stopping=asked,
                    )  # fmt: skip
                finally:
                    for each in extra:
                        each.cancel()
                    await asyncio.gather(*extra, return_exceptions=True)

    return asyncio.run(main())


def classes(course) -> Counter:
    """How many calls came to each class."""
    counted = Counter()
    for (_, cls), number in course.account.counts.items():
        counted[cls] += number
    return +counted
