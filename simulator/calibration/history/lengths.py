"""Columns of durations in every form that an export writes, as seconds.

Plain seconds, ``h:mm:ss``, ``m:ss``, .NET's ``d.hh:mm:ss``, the archive's ``[TS:123]``, ISO 8601's
``PT1H5M``, and words: ``1 h 5 min``, ``1 t 5 min``, ``5 Min. 3 Sek.``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.calibration.history.shapes import Shaped, by_shape, is_blank

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["parse_lengths"]

_SIGN: Final = r"(?P<sign>-)?"
_SECONDS: Final = re.compile(rf"{_SIGN}(?P<whole>0{{1,15}})(?:[.,](?P<part>0{{1,15}}))?")
_MARKED: Final = re.compile(rf"\[TS:\s*{_SIGN}(?P<whole>0{{1,15}})(?:\.(?P<part>0{{1,15}}))?\]")
_CLOCK: Final = re.compile(
    rf"{_SIGN}(?:(?P<days>0{{1,5}})(?:\.| days?,?\s+))?"
    r"(?:(?P<hours>0{1,5}):)?(?P<minutes>0{1,4}):(?P<whole>00)(?:[.,](?P<part>0{1,9}))?"
)
_ISO: Final = re.compile(
    rf"{_SIGN}P(?:(?P<days>0{{1,5}})D)?(?:T(?:(?P<hours>0{{1,6}})H)?(?:(?P<minutes>0{{1,8}})M)?"
    r"(?:(?P<whole>0{1,10})(?:[.,](?P<part>0{1,9}))?S)?)?"
)
_NUMBERED: Final = (_SECONDS, _MARKED, _CLOCK, _ISO)
_LONG: Final = {"days": 86_400, "hours": 3_600, "minutes": 60}

_WORD: Final = re.compile(r"(?P<whole>0{1,9})(?:[.,](?P<part>0{1,6}))?\s*(?P<unit>[a-z]+)\.?,?\s*")
_AND: Final = re.compile(r"(?:and|og|och|und|en)\s+")
_WORDS: Final = {
    86_400: "d day days dag dage dager dagar dagen tag tage tagen",
    3_600: "h hr hrs hour hours t time timer timme timmar std stunde stunden u uur uren",
    60: "m min mins minute minutes minut minutt minutter minuter minuten minuut",
    1: "s sec secs second seconds sek sekund sekunder sekunde sekunden seconde seconden",
}
UNITS: Final = {word: seconds for seconds, words in _WORDS.items() for word in words.split()}
"""A unit's word in any of the languages, and how many seconds it is."""


def parse_lengths(texts: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Seconds, nan where none stand, and which texts are no duration.

    ``5:30`` is five and a half minutes, and a bare number is seconds.
    """
    seconds = np.full(len(texts), np.nan)
    unreadable = ~is_blank(texts)
    for shaped in by_shape(texts):
        match = _match(shaped.shape)
        found = _worded(shaped) if match is None else _numbered(shaped, match)
        if found is not None:
            seconds[shaped.rows] = found
            unreadable[shaped.rows] = np.isnan(found)
    return seconds, unreadable


def _match(shape: str) -> re.Match[str] | None:
    found = (form.fullmatch(shape) for form in _NUMBERED)
    return next((match for match in found if match is not None), None)


def _numbered(shaped: Shaped, match: re.Match[str]) -> NDArray[np.float64] | None:
    if "0" not in shaped.shape:  # a bare "PT"
        return None
    named = match.groupdict()
    total: Any = shaped.decimal(match, "whole", "part")
    for name, seconds in _LONG.items():
        if name in named:
            total = total + shaped.number(match, name) * seconds
    return np.where(_is_clock(shaped, match), total, np.nan) * (-1 if match["sign"] else 1)


def _is_clock(shaped: Shaped, match: re.Match[str]) -> NDArray[np.bool_]:
    """Whether minutes and seconds stay below 60 where something larger stands before them."""
    fits = np.ones(len(shaped.rows), np.bool_)
    if match.re is _CLOCK:
        fits &= shaped.number(match, "whole") < 60
        if match["hours"] is not None:
            fits &= shaped.number(match, "minutes") < 60
    return fits


def _worded(shaped: Shaped) -> NDArray[np.float64] | None:
    total: Any = None
    shape, position = shaped.shape.lower(), 0
    while match := _WORD.match(shape, position):
        if match["unit"] not in UNITS:
            return None
        part = shaped.decimal(match, "whole", "part") * UNITS[match["unit"]]
        total = part if total is None else total + part
        position = joined.end() if (joined := _AND.match(shape, match.end())) else match.end()
    return total if position == len(shape) else None
