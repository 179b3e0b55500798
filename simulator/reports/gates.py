"""Gates: what a figure must be for a morning to count as good, as ``service_level>=0.8``.

Figures are named as in ``summary.json`` with dots: those of ``overall`` as they are
(``asa_s``, ``wait_s.p90``), a topic's with its name (``topics.Billing.asa_s``). A bare
``service_level`` is ``service_level.of_all``.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from simulator.errors import UsageError
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Bound", "Figure", "Gate", "Verdict", "figures", "judge", "parse"]

Bound: TypeAlias = Literal["value", "low", "high"]
Figure: TypeAlias = dict[str, Any]
"""One leaf of the summary: ``{"value": 0.81, "low": 0.79, "high": 0.83, "n": 20}``."""

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_FORM = re.compile(
    r"\s*(?P<figure>\S.*?)\s*(?P<relation>>=|<=|>|<)\s*(?P<limit>[^\s%]+)\s*(?P<percent>%?)\s*"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand on one figure."""

    figure: str
    relation: str
    limit: float

    def __str__(self) -> str:
        """As one would type it."""
        return f"{self.figure}{self.relation}{self.limit:g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate found."""

    gate: str
    figure: str
    on: Bound
    found: float | None
    """The figure's estimate or bound; None where nobody was there to measure it on."""
    met: bool

    def __str__(self) -> str:
        """One line for people: what was found and what was asked."""
        bound = {"value": "", "low": " (lower bound)", "high": " (upper bound)"}[self.on]
        found = (
            "not defined (no chats to measure it on)" if self.found is None else f"{self.found:.4g}"
        )
        return f"{self.figure}{bound} is {found}, asked for {self.gate}"


def parse(text: str) -> Gate:
    """The gate that a text spells; ``80%`` is 0.8.

    >>> parse("service_level >= 80%")
    Gate(figure='service_level.of_all', relation='>=', limit=0.8)

    Raises:
        UsageError: It is not a figure, a relation and a number.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise _malformed(text)
    try:
        limit = float(match["limit"])
    except ValueError as error:
        raise _malformed(text) from error
    if limit != limit or limit in {float("inf"), float("-inf")}:
        raise _malformed(text)
    figure = "service_level.of_all" if match["figure"] == "service_level" else match["figure"]
    return Gate(figure, match["relation"], limit / 100 if match["percent"] else limit)


def figures(summary: Mapping[str, Any]) -> dict[str, Figure]:
    """Every figure of a summary by its dotted name: overall ones bare, topics' with their path."""
    named = dict(_leaves(summary["overall"], ""))
    for topic, part in summary.get("topics", {}).items():
        named.update(_leaves(part, f"topics.{topic}."))
    return named


def judge(gate: Gate, known: Mapping[str, Figure], *, on: Bound = "value") -> Verdict:
    """Whether the figure's estimate, or the bound asked for, meets the gate.

    A figure without a value (nobody was there to measure it on) does not meet any gate.

    Raises:
        UsageError: There is no such figure, or it has no interval to judge a bound of.
    """
    name = gate.figure.removeprefix("overall.")
    if name not in known:
        raise UsageError(
            f"gate '{gate}' names no figure of the summary{did_you_mean(name, known)}\n"
            f"Figures: {', '.join(n for n in known if not n.startswith('topics.'))}; "
            "a topic's as topics.NAME.FIGURE"
        )
    figure = known[name]
    found = figure[on]
    if found is None and figure["value"] is not None:
        raise UsageError(
            f"gate '{gate}' on the {on} bound: {name} has no interval from {figure['n']} "
            "replication(s); simulate at least two, or judge the estimate (--gate-on value)"
        )
    met = found is not None and _RELATIONS[gate.relation](found, gate.limit)
    return Verdict(str(gate), name, on, found, met)


def _malformed(text: str) -> UsageError:
    return UsageError(
        f"gate '{text}' cannot be read; write a figure, one of >= <= > <, and a number, "
        "for example service_level>=0.8 or asa_s<=60"
    )


def _leaves(part: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Figure]]:
    for name, value in part.items():
        if not isinstance(value, dict):
            continue
        if "value" in value:
            yield prefix + name, value
        else:
            yield from _leaves(value, f"{prefix}{name}.")
