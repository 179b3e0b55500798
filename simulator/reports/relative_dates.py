"""Dates that a job names by the day on which it runs: ``yesterday``, ``{today-7d:%d.%m.%Y}``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from simulator.errors import ParameterError
from simulator.spelling import did_you_mean

__all__ = ["date_of", "dated"]

_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
_FORM: Final = re.compile(r"(?P<day>[a-z]+)(?:\s*(?P<by>[+-]\s*\d{1,4})\s*d(?:ays?)?)?")
_IN_TEXT: Final = re.compile(r"\{(?P<day>[a-z][^{}:]*)(?::(?P<form>[^{}]*%[^{}]*))?\}")


def date_of(text: str, today: date) -> date | None:
    """The date that a relative one means; None if the text is none.

    >>> date_of("yesterday", date(2026, 3, 1)), date_of("today-7d", date(2026, 3, 1))
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 22))
    >>> date_of("tomorrow never dies", date(2026, 3, 1))
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is None or found["day"] not in _DAYS:
        return None
    by = int("".join((found["by"] or "0").split()))
    return today + timedelta(days=_DAYS[found["day"]] + by)


def dated(text: str, today: date) -> str:
    """The text with its relative dates resolved.

    A text that is one as a whole becomes an ISO date; inside a text one stands in braces, with a
    form of ``strftime`` behind a colon if another than ISO is meant.

    >>> dated("today+1d", date(2026, 3, 1)), dated("chats-{yesterday:%d.%m.}.csv", date(2026, 3, 1))
    ('2026-03-02', 'chats-28.02..csv')

    Raises:
        ParameterError: there is something else in braces.
    """
    whole = date_of(text, today)
    if whole is not None:
        return whole.isoformat()
    return _IN_TEXT.sub(lambda found: _spelled(found, today), text)


def _spelled(found: re.Match[str], today: date) -> str:
    day = date_of(found["day"], today)
    if day is None:
        raise ParameterError(
            f"'{found[0]}' is no date{did_you_mean(found['day'], _DAYS)}; write {{yesterday}}, "
            "{today} or {today-7d}, with a form such as {yesterday:%d.%m.%Y} if it is to be "
            "another than 2026-03-31"
        )
    return day.strftime(found["form"]) if found["form"] else day.isoformat()
