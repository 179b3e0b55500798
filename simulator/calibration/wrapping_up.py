"""Wrap-up: what is left of the gaps between an agent's chats when the reaction is taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.durations import Fit, Fits, fit_durations
from simulator.calibration.families import FAMILIES
from simulator.calibration.gaps import Gaps, gaps
from simulator.calibration.reactions import reaction
from simulator.calibration.survival import Z95, steps
from simulator.distributions import Mixture
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.families import Family
    from simulator.calibration.history import History
    from simulator.calibration.reactions import Reaction
    from simulator.distributions import Distribution

__all__ = ["WrapUp", "wrap_up"]

NEARLY_NOBODY: Final = 0.0005
"""A smaller share of absences is said to be none."""
FEWEST: Final = 20
LEAST_S: Final = 1.0
"""A wrap-up with a shorter mean is none: the records know whole seconds at best."""
POORLY: Final = 0.1
"""A family further than this from the gaps is not written down; the gaps themselves are."""
VALUES: Final = 40
"""Of an empirical distribution."""
CELLS: Final = 1024
"""Of the grid on which reaction and wrap-up are added."""


@dataclass(frozen=True, slots=True, eq=False)
class WrapUp:
    """How long a slot is held after a chat."""

    group: str
    gaps: Gaps
    fits: Fits | None
    """Of the wrap-up; None if there is none to be seen. Where reactions are in the gaps,
    ``curves`` has the gaps and reaction + wrap-up, since wrap-ups alone were never seen."""
    mean_s: Estimate | None
    absence_s: float
    """Gaps above this are absence."""
    notation: dict[str, Any] | None
    """As written in a scenario: the best family, or values of the gaps where no family is near."""
    words: str


def wrap_up(
    history: History,
    groups: Sequence[AgentGroup],
    group: AgentGroup | str,
    *,
    reactions: Mapping[str, Reaction] | None = None,
) -> WrapUp:
    """The wrap-up of a group's agents, from the gaps in which somebody needed them (:func:`gaps`).

    A gap is the wrap-up and then the reaction to the chat that waits. Where a machine hands out
    the chats there is no reaction, and the gaps are the wrap-up. Elsewhere the reaction's own
    distribution is known (:func:`reaction`), wrap-up and reaction are independent, and a family
    for the wrap-up is fitted by the likelihood of the sum (Meister, *Deconvolution Problems in
    Nonparametric Statistics*, 2009, ch. 1, for one that is parametric). If the mean gap is not
    longer than the mean reaction beyond the error of both, there is no wrap-up to be seen.

    Args:
        history: the records.
        groups: of ``agent_groups``.
        group: one of them, or its name.
        reactions: by topic, of ``reaction``; made anew if left out.
    """
    mine = next(one for one in groups if group in (one, one.name))
    found = gaps(history, groups, mine)
    if found.kept_s.size < FEWEST:
        words = (
            f"Only {found.kept_s.size} times did an agent of {mine.name} end a chat when somebody "
            f"needed the slot; {FEWEST} are needed to tell the wrap-up."
        )
        return _none(mine, found, words)
    if reactions is None:
        reactions = {topic: reaction(history, groups, topic) for topic in mine.topics}
    known = _reaction_of(history, mine, reactions)
    if known is None and not _all_at_once(mine, reactions):
        words = f"The reaction is not known, so the gaps of {mine.name} do not tell the wrap-up."
        return _none(mine, found, words)
    return _alone(mine, found) if known is None else _without_reaction(mine, found, known)


def _none(group: AgentGroup, found: Gaps, words: str) -> WrapUp:
    return WrapUp(group.name, found, None, None, found.absence_s, None, words)


def _all_at_once(group: AgentGroup, reactions: Mapping[str, Reaction]) -> bool:
    return all(reactions[topic].at_once for topic in group.topics)


@dataclass(frozen=True, slots=True)
class _Known:
    """The reaction of a group's chats."""

    distribution: Distribution
    mean_s: float
    error_s: float


def _reaction_of(
    history: History, group: AgentGroup, reactions: Mapping[str, Reaction]
) -> _Known | None:
    """The reactions of its topics, mixed as its agents pick them up; None if none is known."""
    picked_up = history.sessions.loc[history.sessions["agent"].isin(group.agents), "topic"]
    shares, parts = [], []
    for topic in group.topics:
        fits = reactions[topic].fits
        if fits is not None and math.isfinite(fits.best.mean_s):
            shares.append(float((picked_up == topic).sum()))
            parts.append(fits)
    if not parts or not sum(shares):
        return None
    weights = np.array(shares) / sum(shares)
    means = np.array([fits.best.mean_s for fits in parts])
    errors = np.array([_error(fits.mean_s) for fits in parts])
    mixed = Mixture(tuple(weights.tolist()), tuple(fits.best.distribution for fits in parts))
    return _Known(mixed, float(weights @ means), float(np.sqrt(weights**2 @ errors**2)))


def _error(estimate: Estimate) -> float:
    """The standard error behind an interval."""
    if estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2 * Z95)


# -------------------------------------------------------------------- where chats are handed out


def _alone(group: AgentGroup, found: Gaps) -> WrapUp:
    fits = fit_durations(found.kept_s, found.kept_censored_s)
    curve = steps(found.kept_s, found.kept_censored_s)
    mean = _mean_if_no_absence(found)
    if mean.value is None or mean.value < LEAST_S:
        return _none(group, found, f"{_people(group)} take the next chat at once.")
    poor = fits.best.ks > POORLY
    words = (
        f"{_people(group)} take {mean.value:.1f} s between two chats while somebody waits "
        f"({found.kept_s.size:,} gaps, {_absent(found)}). Chats are handed out at once, so all of "
        "it is wrap-up."
    )
    if poor:
        words += " No family is near these gaps, so they are taken as they were."
    notation = _values(curve.time_s, curve.survival) if poor else fits.best.notation
    return WrapUp(group.name, found, fits, mean, found.absence_s, notation, words)


def _people(group: AgentGroup) -> str:
    return "Agents" if group.name == "Agents" else f"Agents of {group.name}"


def _absent(found: Gaps) -> str:
    by_then = found.curve[found.curve["time_s"] <= found.absence_s]
    away = float(by_then["survival"].iloc[-1]) if len(by_then) else 1.0
    if away < NEARLY_NOBODY:
        return f"none of them longer than {found.absence_s:.0f} s, which would be absence"
    return f"{100 * away:.1f} % of them longer than {found.absence_s:.0f} s, which is absence"


def _mean_if_no_absence(found: Gaps) -> Estimate:
    """The mean of Kaplan and Meier's distribution up to the absence.

    The error is that of :func:`_restricted_mean`.
    """
    curve = steps(found.kept_s, found.kept_censored_s)
    left = np.append(1.0, curve.survival)
    value = float(curve.time_s @ -np.diff(left) / (1 - left[-1]))
    half = Z95 * _error(_restricted_mean(found))
    return Estimate(value, max(value - half, 0.0), value + half, found.kept_s.size)


def _restricted_mean(found: Gaps) -> Estimate:
    """The area under the gaps' Kaplan–Meier curve, up to the longest (Greenwood's variance)."""
    curve = steps(found.kept_s, found.kept_censored_s)
    at = np.append(0.0, curve.time_s)
    left = np.append(1.0, curve.survival)
    areas = left[:-1] * np.diff(at)
    beyond = np.append(areas[::-1].cumsum()[::-1], 0.0)[1:]
    events = curve.at_risk * (1 - left[1:] / np.maximum(left[:-1], 1e-300))
    room = np.maximum(curve.at_risk * (curve.at_risk - events), 1.0)
    variance = float((beyond**2 * events / room).sum())
    value = float(areas.sum())
    half = Z95 * math.sqrt(variance)
    return Estimate(value, max(value - half, 0.0), value + half, found.kept_s.size)


def _values(time_s: NDArray[np.float64], survival: NDArray[np.float64]) -> dict[str, Any]:
    """Evenly weighted quantiles of those that end, as an empirical distribution is written."""
    shares = (np.arange(VALUES) + 0.5) / VALUES * (1 - survival[-1])
    place = np.minimum(np.searchsorted(1 - survival, shares), len(time_s) - 1)
    return {"empirical": {"values": [float(f"{v:.4g}") for v in time_s[place]], "unit": "s"}}


# ------------------------------------------------------------------------ with the reaction in it


def _without_reaction(group: AgentGroup, found: Gaps, known: _Known) -> WrapUp:
    whole = _restricted_mean(found)
    rest = float(whole.value or 0.0) - known.mean_s
    error = math.hypot(_error(whole), known.error_s)
    said = (
        f"Between two chats, while somebody waits, {_people(group)} take {whole.value:.0f} s "
        f"({found.kept_s.size:,} gaps, {_absent(found)}), of which {known.mean_s:.0f} s are the "
        "reaction to the next"
    )
    if rest < LEAST_S or rest - Z95 * error <= 0:
        return _none(group, found, f"{said}: no wrap-up to be seen.")
    fits = _Sum(found, known).fits()
    return WrapUp(
        group=group.name,
        gaps=found,
        fits=fits,
        mean_s=fits.mean_s,
        absence_s=found.absence_s,
        notation=fits.best.notation,
        words=f"{said}; the rest, {fits.best.mean_s:.0f} s, is wrap-up.",
    )


class _Sum:
    """The likelihood of gaps as a wrap-up of some family plus the known reaction.

    Both are put on one grid; a wrap-up in a cell and a reaction in a cell add up to the sum of
    their middles. Gaps are known to be below the absence.
    """

    def __init__(self, found: Gaps, known: _Known) -> None:
        self.found, self.known = found, known
        self.cell_s = max(found.absence_s / CELLS, 0.25)
        self.edges = np.arange(0.0, found.absence_s + self.cell_s, self.cell_s)
        self.reaction = np.diff(known.distribution.cdf(self.edges))

    def cdf(self, wrap: Distribution) -> NDArray[np.float64]:
        """Of the sum at the grid's edges."""
        from scipy.signal import fftconvolve

        parts = np.diff(wrap.cdf(self.edges))
        parts[0] += float(wrap.cdf(np.zeros(1))[0])
        total = np.cumsum(np.maximum(fftconvolve(parts, self.reaction), 0.0))
        # The sum of two cells' middles lies on an edge: half of it is below.
        whole = np.concatenate([[0.0, 0.0], total])[: len(self.edges)]
        after = np.concatenate([[0.0], total])[: len(self.edges)]
        return np.asarray((whole + after) / 2)

    def log_likelihood(self, wrap: Distribution) -> float:
        """Of the gaps, each known to the second, given that none is an absence."""
        cdf = self.cdf(wrap)
        kept, cut = self.found.kept_s, self.found.kept_censored_s
        upper, lower = (np.interp(kept + shift, self.edges, cdf) for shift in (0.5, -0.5))
        left = cdf[-1] - np.interp(cut, self.edges, cdf)
        most = max(float(cdf[-1]), 1e-300)
        logs = (
            np.log(np.maximum(upper - lower, 1e-12)).sum() + np.log(np.maximum(left, 1e-12)).sum()
        )
        return float(logs - (kept.size + cut.size) * math.log(most))

    def fits(self) -> Fits:
        """All families, the best by AIC first."""
        fitted = sorted((self._fit(family) for family in FAMILIES.values()), key=lambda f: f.aic)
        best = fitted[0]
        return Fits(
            best=best,
            all=tuple(fitted),
            observed=self.found.kept_s.size,
            censored=self.found.kept_censored_s.size,
            mean_s=self._mean(best),
            apart=0.0,
            table=_table(fitted),
            curves=self._curves(fitted),
        )

    def _fit(self, family: Family) -> Fit:
        from scipy.optimize import minimize

        guess = np.maximum(self.found.kept_s - self.known.mean_s, 1.0)
        start = family.start(_Guess(guess))

        def loss(theta: NDArray[np.float64]) -> float:
            return -self._of(family, theta)

        least = minimize(
            loss,
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-4, "fatol": 1e-4, "maxiter": 400},
        )
        theta = np.asarray(least.x, dtype=np.float64)
        wrap = family.distribution(theta)
        half = Z95 * np.sqrt(np.diag(self._covariance(family, theta)))
        low, high = family.parameters(theta - half), family.parameters(theta + half)
        return Fit(
            family=family.name,
            parameters=family.parameters(theta),
            mean_s=wrap.mean,
            cv=wrap.cv,
            log_likelihood=-float(least.fun),
            aic=2 * len(theta) + 2 * float(least.fun),
            ks=self._distance(wrap),
            notation={family.name: family.notation(theta)},
            distribution=wrap,
            errors={name: (low[name], high[name]) for name in low},
        )

    def _of(self, family: Family, theta: NDArray[np.float64]) -> float:
        bounded = np.clip(theta, -8.0, 12.0)
        with np.errstate(all="ignore"):
            return self.log_likelihood(family.distribution(bounded)) - float(
                np.abs(theta - bounded).sum()
            )

    def _covariance(self, family: Family, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inverse of the observed information; nan where it has none."""
        size, step = len(theta), 0.02
        moved = step * np.eye(size)
        matrix = np.empty((size, size))
        for i in range(size):
            for j in range(size):
                corners = ((1, 1), (1, -1), (-1, 1), (-1, -1))
                matrix[i, j] = -sum(
                    a * b * self._of(family, theta + a * moved[i] + b * moved[j])
                    for a, b in corners
                ) / (4 * step**2)
        if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix)[0] <= 0:
            return np.full((size, size), np.nan)
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)

    def _mean(self, best: Fit) -> Estimate:
        """Of the wrap-up: the delta method, with the error of the mean reaction."""
        family = FAMILIES[best.family]
        theta = family.free(best.parameters)
        moved = 1e-4 * np.eye(len(theta))
        ups = [
            family.distribution(theta + d).mean - family.distribution(theta - d).mean for d in moved
        ]
        slope = np.array(ups) / 2e-4
        own = math.sqrt(float(slope @ self._covariance(family, theta) @ slope))
        if not math.isfinite(own):
            return Estimate(best.mean_s, None, None, self.found.kept_s.size)
        half = Z95 * math.hypot(own, self.known.error_s)
        low, high = max(best.mean_s - half, 0.0), best.mean_s + half
        return Estimate(best.mean_s, low, high, self.found.kept_s.size)

    def _distance(self, wrap: Distribution) -> float:
        """Kolmogorov's, between Kaplan–Meier of the gaps and the fitted sum."""
        curve = steps(self.found.kept_s, self.found.kept_censored_s)
        cdf = self.cdf(wrap) / max(float(self.cdf(wrap)[-1]), 1e-300)
        middle = np.interp(curve.time_s + 0.5, self.edges, cdf)
        return float(np.abs(middle - (1 - curve.survival)).max())

    def _curves(self, fitted: Sequence[Fit]) -> pd.DataFrame:
        """The gaps, and reaction + wrap-up by family."""
        grid = np.linspace(0.0, float(self.found.kept_s.max()), 200)
        curve = steps(self.found.kept_s, self.found.kept_censored_s)
        shares = {"data": 1 - curve.at(grid)}
        for fit in fitted:
            cdf = self.cdf(fit.distribution)
            shares[fit.family] = np.interp(grid, self.edges, cdf / max(float(cdf[-1]), 1e-300))
        return pd.concat(
            [
                pd.DataFrame({"series": name, "time_s": grid, "share": share})
                for name, share in shares.items()
            ],
            ignore_index=True,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Guess:
    """Durations as a family's start wants them."""

    observed: NDArray[np.float64]

    @property
    def observed_weights(self) -> NDArray[np.float64]:
        return np.ones(len(self.observed))

    @property
    def censored(self) -> NDArray[np.float64]:
        return np.zeros(0)

    @property
    def censored_weights(self) -> NDArray[np.float64]:
        return np.zeros(0)


def _table(fitted: Sequence[Fit]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "family": fit.family,
                "parameters": ", ".join(f"{k} {v:.4g}" for k, v in fit.parameters.items()),
                "mean_s": fit.mean_s,
                "cv": fit.cv,
                "log_likelihood": fit.log_likelihood,
                "aic": fit.aic,
                "delta_aic": fit.aic - fitted[0].aic,
                "ks": fit.ks,
                "chosen": number == 0,
            }
            for number, fit in enumerate(fitted)
        ]
    )
