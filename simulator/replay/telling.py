"""What a replay says: how far it is, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.replay.accounts import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.replay.accounts import Account
    from simulator.replay.driver import Snapshot
    from simulator.replay.journal import Outcome

__all__ = ["account_lines", "pickup_line", "progress_line"]


def progress_line(now: Snapshot) -> str:
    """How far a run is, in a line.

    >>> from simulator.replay.driver import Snapshot
    >>> progress_line(Snapshot(400, 121, {"done": 119, "empty": 2}, 3, 0, 5, 2.4))
    '121 of 400 calls, lag p99 2.4 ms, 119 done, 2 empty, 3 in flight, queue 5'
    """
    parts = [f"{now.settled:,} of {now.planned:,} calls", f"lag p99 {now.lag_p99_ms:.1f} ms"]
    parts += [f"{number:,} {cls}" for cls, number in now.counts.items()]
    parts.append(f"{now.in_flight} in flight")
    if now.waiting:
        parts.append(f"{now.waiting:,} waiting")
    if now.queue is not None:
        parts.append(f"queue {now.queue}")
    return ", ".join(parts)


def account_lines(account: Account) -> Iterator[str]:
    """The account, a line for each kind of call and one for all.

    >>> from simulator.replay.accounts import Account
    >>> made = Account()
    >>> made.planned["pickup"] = 3
    >>> made.counts["pickup", "done"] = 2
    >>> list(account_lines(made))
    ['pickup: 3 planned = 2 done + 1 left', 'all: 3 planned = 2 done + 1 left']
    """
    for kind, row in account.as_dict().items():
        yield f"{kind}: {_sum(row)}"
    total = {"planned": account.planned.total()}
    total |= {cls: number for cls in CLASSES if (number := account.of_class(cls))}
    yield f"all: {_sum(total | ({'left': account.left} if account.left else {}))}"


def _sum(row: dict[str, int]) -> str:
    parts = [f"{number:,} {cls}" for cls, number in row.items() if cls != "planned"]
    return f"{row['planned']:,} planned = {' + '.join(parts) or '0'}"


def pickup_line(outcome: Outcome) -> str:
    """What one pickup came to: shown of a canary.

    >>> from simulator.replay.journal import Outcome
    >>> pickup_line(Outcome("done", 200, session_id=813, topic_id=101, position=2, rank=1))
    'the first pickup: done, HTTP 200, session 813 of topic 101, position 2, rank 1'
    """
    parts = [outcome.cls]
    if outcome.http is not None:
        parts.append(f"HTTP {outcome.http}")
    if outcome.session_id is not None:
        parts.append(f"session {outcome.session_id} of topic {outcome.topic_id}")
    if outcome.position is not None:
        parts.append(f"position {outcome.position}")
    if outcome.rank is not None:
        parts.append(f"rank {outcome.rank}")
    if outcome.reason:
        parts.append(outcome.reason)
    return f"the first pickup: {', '.join(parts)}"
