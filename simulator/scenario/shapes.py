"""Distributions from their notation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.distributions import (
    Empirical,
    Erlang,
    Exponential,
    Fixed,
    Gamma,
    Hyperexponential,
    Lognormal,
    Mixture,
    Survival,
    Uniform,
    Weibull,
)
from simulator.errors import ScenarioError, UsageError
from simulator.scenario.durations import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from simulator.distributions import Distribution
    from simulator.scenario import notation as written
    from simulator.scenario.documents import KeyPath
    from simulator.scenario.source import Source
    from simulator.scenario.tables import Table

__all__ = ["distribution"]


def distribution(
    notation: written.DistributionNotation, path: KeyPath, source: Source
) -> Distribution:
    """The distribution in seconds; errors are complained of, and Fixed(1) stands in for it."""
    try:
        for kind, make in _MAKERS.items():
            if getattr(notation, kind) is not None:
                return make(getattr(notation, kind), (*path, kind), source)
    except ScenarioError as error:
        source.note(error)
    except UsageError as error:
        source.complain(path, f"cannot be: {error.message}")
    return Fixed(1.0)


def _s(duration: Decimal | None) -> float:
    """Seconds; the notation has seen to it that what is asked for is there."""
    if duration is None:
        raise UsageError("a duration is missing; write it")
    return float(duration)


def _exponential(n: written.ExponentialNotation, *_: object) -> Distribution:
    return Exponential(_s(n.mean) if n.rate_per_hour is None else 3600 / n.rate_per_hour)


def _gamma(n: written.GammaNotation, *_: object) -> Distribution:
    if n.shape is not None:
        return Gamma.by_shape(n.shape, _s(n.scale))
    return Gamma(_s(n.mean), n.cv or 0.0)


def _lognormal(n: written.LognormalNotation, *_: object) -> Distribution:
    if n.log_mean is None or n.unit is None:
        return Lognormal.by_mean(_s(n.mean), n.cv or 0.0)
    return Lognormal(n.log_mean + math.log(SECONDS[n.unit]), n.log_sd or 0.0)


def _weibull(n: written.WeibullNotation, *_: object) -> Distribution:
    if n.shape is None:
        return Weibull.by_cv(_s(n.mean), n.cv or 0.0)
    return Weibull(_s(n.scale), n.shape) if n.mean is None else Weibull.by_mean(_s(n.mean), n.shape)


def _empirical(n: written.EmpiricalNotation, path: KeyPath, source: Source) -> Distribution:
    values, weights = n.values or [], n.weights or []
    if n.file is not None:
        table = source.table(n.file, (*path, "file"))
        table.require("value")
        table.allow_only(("value", "weight"), source.complaints)
        values = _numbers(table, "value", source)
        weights = _numbers(table, "weight", source) if "weight" in table.columns else []
        inline = n.model_copy(update={"file": None, "values": values, "weights": weights or None})
        source.inlined[path] = inline.model_dump(exclude_none=True)
    unit = float(SECONDS[n.unit])
    return Empirical(tuple(value * unit for value in values), tuple(weights))


def _survival(n: written.SurvivalNotation, path: KeyPath, source: Source) -> Distribution:
    curve = [(time, left) for time, left in n.curve or []]
    if n.file is not None:
        table = source.table(n.file, (*path, "file"))
        table.require("time", "survival")
        times, left = (_numbers(table, column, source) for column in ("time", "survival"))
        curve = list(zip(times, left, strict=True))
        inline = n.model_copy(update={"file": None, "curve": curve})
        source.inlined[path] = inline.model_dump(exclude_none=True)
    if curve and curve[0] == (0.0, 1.0):
        curve = curve[1:]
    unit = float(SECONDS[n.unit])
    return Survival(
        tuple(time * unit for time, _ in curve),
        tuple(survival for _, survival in curve),
        tail=n.tail,
        tail_mean=None if n.tail_mean is None else float(n.tail_mean),
        between=n.between,
    )


def _numbers(table: Table, column: str, source: Source) -> list[float]:
    numbers = []
    for row in table.rows:
        try:
            numbers.append(float(row.number_in(column)))
        except ValueError as error:
            source.complaints.add(str(error), row.place(column))
            numbers.append(0.0)
    return numbers


def _mixture(n: list[written.MixturePart], path: KeyPath, source: Source) -> Distribution:
    parts = tuple(distribution(part, (*path, i), source) for i, part in enumerate(n))
    return Mixture(tuple(part.weight for part in n), parts)


_MAKERS: dict[str, Callable[..., Distribution]] = {
    "fixed": lambda seconds, *_: Fixed(float(seconds)),
    "exponential": _exponential,
    "erlang": lambda n, *_: Erlang(n.k, _s(n.mean)),
    "gamma": _gamma,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "hyperexponential": lambda n, *_: Hyperexponential(_s(n.mean), n.cv),
    "uniform": lambda n, *_: Uniform(_s(n.low), _s(n.high)),
    "empirical": _empirical,
    "survival": _survival,
    "mixture": _mixture,
}
