"""Two executions of a notebook, held against each other: what each cell showed and shows."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, Literal

from simulator.reports.shown import Display, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simulator.reports.shown import Piece, Shown

__all__ = ["Difference", "Differences", "differences", "same_in_value"]

NOTHING: Final = "(nothing)"
LONGEST: Final = 300
_NUMBER: Final = re.compile(
    r"[-+−]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
)
_WORDS_TO: Final = 1e-9
_SHAPES_TO: Final = 1e-6
"""Relative distance at which two numbers are the same: rounding of the last bits."""

Kind = Literal["figure", "drawing"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was."""

    cell: int
    """Its place in the executed notebook, from 1."""
    heading: str
    """That it stands under."""
    what: str
    was: str
    now: str

    def __str__(self) -> str:
        """Three lines: where, what it was, what it is."""
        under = f" ({self.heading})" if self.heading else ""
        return f"cell {self.cell}{under}, {self.what}\n  was  {self.was}\n  is   {self.now}"


@dataclass(frozen=True, slots=True)
class Differences:
    """All of them."""

    compared: int
    """Cells that show anything, then or now."""
    figures: tuple[Difference, ...]
    """Words and numbers, and images that have no data beside them."""
    redrawn: tuple[Difference, ...]
    """Charts whose words and numbers are the same but whose shapes are not."""


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Differences:
    """What two executed notebooks show differently, by cell.

    Cells are paired by their code; where that was changed, by their order.

    Args:
        was: an executed notebook.
        now: the other.
    """
    figures: list[Difference] = []
    redrawn: list[Difference] = []
    compared = 0
    for before, after in _paired(shown(was), shown(now)):
        here = after or before
        if here is None or not any(each and each.displays for each in (before, after)):
            continue
        compared += 1
        for kind, what, old, new in _of_cell(before, after):
            found = Difference(here.number, here.heading, what, _short(old), _short(new))
            (figures if kind == "figure" else redrawn).append(found)
    return Differences(compared, tuple(figures), tuple(redrawn))


def same_in_value(was: str, now: str, *, to: float = _WORDS_TO) -> bool:
    """Two texts are equal, or but for the spelling and the last bits of their numbers.

    >>> same_in_value("0.30000000000000004 s", "0.3 s"), same_in_value("1,200", "1200.0")
    (True, True)
    >>> same_in_value("81 %", "82 %"), same_in_value("81 %", "81 s")
    (False, False)

    Args:
        was: a text.
        now: the other.
        to: relative distance at which two numbers are the same.
    """
    if was == now:
        return True
    if _NUMBER.sub("#", was) != _NUMBER.sub("#", now):
        return False
    return all(
        math.isclose(old, new, rel_tol=to, abs_tol=to)
        for old, new in zip(_numbers(was), _numbers(now), strict=True)
    )


def _numbers(text: str) -> list[float]:
    return [float(each.replace(",", "").replace("−", "-")) for each in _NUMBER.findall(text)]


def _paired(
    was: Sequence[Shown], now: Sequence[Shown]
) -> Iterator[tuple[Shown | None, Shown | None]]:
    codes = [each.source for each in was], [each.source for each in now]
    matcher = SequenceMatcher(None, *codes, autojunk=False)
    for _, first, last, begin, end in matcher.get_opcodes():
        yield from zip_longest(was[first:last], now[begin:end])


def _of_cell(was: Shown | None, now: Shown | None) -> Iterator[tuple[Kind, str, str, str]]:
    nothing = Display((), ())
    pairs = zip_longest(was.displays if was else (), now.displays if now else (), fillvalue=nothing)
    for before, after in pairs:
        yield from _of_display(before, after)


def _of_display(was: Display, now: Display) -> Iterator[tuple[Kind, str, str, str]]:
    """Words and numbers; where none differs, the drawing, or what only a terminal shows."""
    found = list(_differing(_words(was.rich), _words(now.rich), _WORDS_TO))
    if not found:
        found = list(_differing(was.plain, now.plain, _WORDS_TO))
    yield from (("figure", *each) for each in found)
    has_data = bool(_words(was.rich)) and bool(_words(now.rich))
    if not found or not has_data:
        kind: Kind = "drawing" if has_data else "figure"
        for what, old, new in _differing(_drawn(was.rich), _drawn(now.rich), _SHAPES_TO):
            yield kind, what, _told_shape(old), _told_shape(new)


def _words(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if not piece.is_drawing]


def _drawn(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.is_drawing]


def _told_shape(text: str) -> str:
    return text if text == NOTHING else f"{len(text.splitlines())} shapes" if "\n" in text else text


def _differing(
    was: Iterable[Piece], now: Iterable[Piece], to: float
) -> Iterator[tuple[str, str, str]]:
    """What, what it was, what it is; pieces are paired by what they are and the how-manieth."""
    old, new = _numbered(was), _numbered(now)
    for name in {**old, **new}:
        before = old[name].text if name in old else NOTHING
        after = new[name].text if name in new else NOTHING
        if not same_in_value(before, after, to=to):
            label = (new.get(name) or old[name]).label
            yield f"{name} of {label}" if label else name, before, after


def _numbered(pieces: Iterable[Piece]) -> dict[str, Piece]:
    count: Counter[str] = Counter()
    found = {}
    for piece in pieces:
        count[piece.what] += 1
        number = count[piece.what]
        found[piece.what if number == 1 else f"{piece.what} (no. {number})"] = piece
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
