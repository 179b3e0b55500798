"""When a call that was turned away is sent again, if it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.replay.outcomes import Verdict

__all__ = ["TRIES", "wait_s"]

TRIES: Final = 4
"""Times that a call is sent at most, while it is turned away."""

_FIRST_WAIT_S: Final = 0.5


def wait_s(verdict: Verdict, tries: int, left_s: float) -> float | None:
    """Seconds to wait before the next try after ``tries``; None if there is to be none.

    The tenant's Retry-After is obeyed to the full or the call is given up: it is never cut short.
    Where none is named: 0.5 s, 1 s, 2 s. ``left_s``: what is left of the run's time.
    """
    if not verdict.may_retry or tries >= TRIES:
        return None
    asked = verdict.retry_after_s
    pause = _FIRST_WAIT_S * 2 ** (tries - 1) if asked is None else asked
    return pause if pause < left_s else None
