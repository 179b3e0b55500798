"""Durations and times of day as people write them: ``7m30s``, ``08:00``, ``24:00``, ``06:00+1``."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

__all__ = [
    "DAY_US",
    "checked_span",
    "clock_text",
    "duration_text",
    "microseconds",
    "parse_clock",
    "parse_duration",
    "parse_span",
    "span_text",
]

DAY_US = 86_400_000_000

SECONDS = {
    "us": Decimal("0.000001"),
    "µs": Decimal("0.000001"),
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "min": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
"""A duration's units and their length."""

_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|µs|ms|min|s|m|h|d)\s*")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(\+1)?")


def parse_duration(text: str) -> Decimal:
    """Seconds, exactly as written; a ValueError tells the rule.

    >>> parse_duration("7m30s"), parse_duration("1.5h"), parse_duration("-3m")
    (Decimal('450'), Decimal('5400.0'), Decimal('-180'))
    """
    written = text.strip()
    sign, body = (-1, written[1:]) if written[:1] in ("-", "−") else (1, written)
    position, total = 0, Decimal(0)
    while position < len(body) and (part := _PART.match(body, position)):
        total += Decimal(part[1]) * SECONDS[part[2]]
        position = part.end()
    if body and position == len(body):
        return sign * total
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise ValueError(f"is {text!r}; give a duration such as 20s, 7m30s or 1h") from None
    if number == 0:
        return Decimal(0)
    raise ValueError(f"is {text}, which has no unit; write {text}s, {text}m or {text}h")


def duration_text(seconds: Decimal) -> str:
    """The duration in its plainest form.

    >>> duration_text(Decimal(450)), duration_text(Decimal("0.25")), duration_text(Decimal(0))
    ('7m30s', '0.25s', '0s')
    """
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(hours)}h"] * bool(hours) + [f"{int(minutes)}m"] * bool(minutes)
    if rest or not parts:
        digits = f"{rest:f}"
        parts.append((digits.rstrip("0").rstrip(".") if "." in digits else digits) + "s")
    return ("-" if seconds < 0 else "") + "".join(parts)


def microseconds(seconds: Decimal) -> int:
    """The nearest whole microsecond.

    >>> microseconds(Decimal("0.0000004"))
    0
    """
    return round(seconds * 1_000_000)


def parse_clock(text: str) -> int:
    """A time of day as microseconds after local midnight; ``+1`` means on the next day.

    >>> parse_clock("08:00") // 60_000_000, parse_clock("06:00+1") // 60_000_000
    (480, 1800)
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"is {text!r}; give a time of day such as 08:00, 24:00 or 06:00+1")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    fraction = int((found[4] or "").ljust(6, "0"))
    of_day = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
    if minutes > 59 or seconds > 59 or of_day > DAY_US:
        raise ValueError(f"is {text!r}; give a time of day from 00:00 to 24:00")
    return of_day + (DAY_US if found[5] else 0)


def clock_text(wall_us: int) -> str:
    """The inverse of ``parse_clock``; seconds only where there are any.

    >>> clock_text(parse_clock("06:00+1")), clock_text(parse_clock("24:00"))
    ('06:00+1', '24:00')
    """
    next_day = wall_us > DAY_US
    seconds, fraction = divmod(wall_us - next_day * DAY_US, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if seconds or fraction:
        text += f":{seconds:02d}"
    if fraction:
        text += f".{fraction:06d}".rstrip("0")
    return text + "+1" * next_day


def parse_span(text: str) -> tuple[int, int]:
    """``08:00-18:00`` as microseconds after midnight; an end of ``00:00`` is the day's end.

    >>> [us // 3_600_000_000 for us in parse_span("22:00-06:00+1")]
    [22, 30]
    """
    starts, dash, ends = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"is {text!r}; give a span such as 08:00-18:00")
    return checked_span(parse_clock(starts), parse_clock(ends))


def checked_span(start: int, end: int) -> tuple[int, int]:
    """Checked: the end after the start, the start within the day, at most 24 hours long."""
    end = DAY_US if end == 0 else end
    if start >= DAY_US:
        raise ValueError(f"starts at {clock_text(start)}; give a start before 24:00")
    if end <= start:
        if end == start:
            raise ValueError(f"starts and ends at {clock_text(start)}; give a later end")
        raise ValueError(
            f"ends at {clock_text(end)}, before it starts at {clock_text(start)}; give a later "
            f"end, or {clock_text(end)}+1 if it is on the next day"
        )
    if end - start > DAY_US:
        raise ValueError(
            f"is longer than a day ({clock_text(start)} to {clock_text(end)}); split it"
        )
    return start, end


def span_text(bounds: tuple[int, int]) -> str:
    """The inverse of ``parse_span``."""
    return f"{clock_text(bounds[0])}-{clock_text(bounds[1])}"
