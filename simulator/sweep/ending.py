"""When a study has simulated enough: a figure known well, or the best case known surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulator.spelling import did_you_mean
from simulator.sweep.known_figures import FIGURES

if TYPE_CHECKING:
    from simulator.scenario.keys import Keys

__all__ = ["Choose", "Stop", "choose_of", "stop_of"]

AT_LEAST = 20
CONFIDENCE = 0.95
GOALS: dict[int, Literal["max", "min"]] = {1: "max", -1: "min"}
"""By which way of a figure is better."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Every case is simulated until the 95 % interval of a figure is narrow enough."""

    figure: str
    half_width: float
    """In the figure's unit."""
    at_least: int
    """Replications before anything is judged."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Which case is best: cases that cannot be are dropped on the way."""

    figure: str
    goal: Literal["max", "min"]
    indifference: float
    """The smallest difference worth detecting, in the figure's unit."""
    confidence: float
    at_least: int
    """Replications of each case before the first is dropped."""


def stop_of(keys: Keys, most: int) -> Stop | None:
    """What stands under ``stop``; ``most`` replications are simulated of a case."""
    own = keys.below("stop", ("figure", "half_width", "at_least"))
    if own is None:
        return None
    return Stop(_figure(own), own.number("half_width"), _at_least(own, most))


def choose_of(keys: Keys, most: int) -> Choose | None:
    """What stands under ``choose``; the goal may be left out where the figure tells it."""
    known = ("figure", "goal", "indifference", "confidence", "at_least")
    own = keys.below("choose", known)
    if own is None:
        return None
    figure = _figure(own)
    return Choose(
        figure,
        own.choice("goal", ("max", "min"), default=_goal_of(figure)),
        own.number("indifference"),
        own.number("confidence", above=0.5, below=1, default=CONFIDENCE),
        _at_least(own, most),
    )


def _at_least(keys: Keys, most: int) -> int:
    least = keys.whole("at_least", least=2, default=min(AT_LEAST, max(most, 2)))
    if least > most:
        keys.complain("at_least", f"is {least}, above the {most} replications; give fewer")
    return least


def _figure(keys: Keys) -> str:
    name = keys.text("figure")
    if name and name not in FIGURES:
        hint = did_you_mean(name, FIGURES)
        keys.complain("figure", f"is '{name}'{hint}; give one of {', '.join(FIGURES)}")
    return name


def _goal_of(figure: str) -> Literal["max", "min"] | None:
    """Which way is better, where the figure itself tells."""
    return GOALS.get(FIGURES[figure].better) if figure in FIGURES else "max"
