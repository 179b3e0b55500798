"""Which day is meant, and in which zone: what people write, resolved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.errors import ParameterError
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["day_meant", "said", "today_in", "zone_named"]

RELATIVE: Final[dict[str, int]] = {"yesterday": -1, "today": 0}


def day_meant(text: str, today: date) -> date:
    """The date that a parameter names.

    >>> day_meant("yesterday", date(2026, 3, 1)), day_meant("2026-02-03", date(2026, 3, 1))
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 3))

    Args:
        text: ``yesterday``, ``today`` or a date as in 2026-03-31.
        today: by the desk's own clock.

    Raises:
        ParameterError: it is none of these.
    """
    asked = text.strip().lower()
    if asked in RELATIVE:
        return today + timedelta(days=RELATIVE[asked])
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise ParameterError(
            f"day is '{text}'{did_you_mean(asked, RELATIVE)}; give yesterday, today or a date "
            "that exists, as in 2026-03-31"
        ) from error


def zone_named(name: str, fallback: ZoneInfo) -> ZoneInfo:
    """The time zone of that name, or the fallback if none was given.

    Raises:
        ParameterError: there is no such zone.
    """
    if not name.strip():
        return fallback
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(
            f"zone '{name}' is no time zone; give an IANA name, such as Europe/Oslo"
        ) from error


def today_in(zone: ZoneInfo, now: Callable[[ZoneInfo], datetime] = datetime.now) -> date:
    """The local date."""
    return now(zone).date()


def said(day: date) -> str:
    """A date as one says it.

    >>> said(date(2026, 4, 1))
    'Wednesday 1 April 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"
