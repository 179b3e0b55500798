"""The output r(k) of agents with k chats open, from records of overlapping chats.

An agent with k open chats works on each at the rate r(k)/k, so a chat that spent the times
``T(1), T(2), …`` at these levels got the work ``W = Σ T(k) r(k)/k``. Work is drawn independently of
the levels (which depend on the past alone), so the records have the likelihood

    Π f(W_i; θ) · r(k_i)/k_i   over the ended,   Π S(W_i; θ)   over those open still,

with k_i the level just before the end: an accelerated failure time model with a time-varying
covariate (Cox and Oakes, *Analysis of Survival Data*, 1984, §5.2 and ch. 8; Andersen, Borgan, Gill
and Keiding, *Statistical Models Based on Counting Processes*, 1993, §III.2, for levels that depend
on the past). r(1) = 1 makes work the seconds a chat takes alone. Each topic has its own θ, and the
family that AIC prefers. For exponential work the estimate of r(k)/r(1) is nearly that of counting:
the agent's completions per hour at level k over those at level 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.families import FAMILIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.families import Family

__all__ = ["Exposure", "Output", "fit_output", "share_of_agent"]

LEAST_WORK_S: Final = 0.5
"""Chats that begin and end within a rounded second have had this much."""
FEWEST: Final = 30
"""Topics with fewer ended chats share one distribution."""
ENOUGH: Final = 20_000
"""Chats on which the families are compared, and from which the search starts."""
STEP: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What chats of one group say about r; a row per chat."""

    time_s: NDArray[np.float64]
    """(chats, cap): time open at level k, divided by k; levels above the cap count as the cap."""
    level: NDArray[np.intp]
    """Just before the end, at most the cap."""
    ended: NDArray[np.bool_]
    """False: open still, or ended for another reason than that the work was done."""
    topic: NDArray[np.intp]
    """0, 1, …, those with too few chats to stand alone put together."""

    def every(self, step: int) -> Exposure:
        """Every n-th chat."""
        return self.of(np.arange(0, len(self.level), step))

    def of(self, rows: NDArray[np.intp]) -> Exposure:
        """Some of the chats."""
        return Exposure(self.time_s[rows], self.level[rows], self.ended[rows], self.topic[rows])

    def work_s(self, log_output: NDArray[np.float64]) -> NDArray[np.float64]:
        """Work under an output, by its logarithms for k = 1 … cap."""
        work: NDArray[np.float64] = self.time_s @ np.exp(log_output)
        return np.maximum(work, LEAST_WORK_S)


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """The output r(1 … cap) as estimated."""

    log_output: NDArray[np.float64]
    """(cap,), 0 first."""
    covariance: NDArray[np.float64]
    """(cap, cap), of the logarithms; zero for r(1), nan where the records do not tell."""
    families: tuple[str, ...]
    """Of each topic's work."""


def share_of_agent(time_at_s: NDArray[np.float64], cap: int) -> NDArray[np.float64]:
    """The times at levels 1, 2 … divided by the level, the levels above the cap put to it."""
    levels = np.arange(1, time_at_s.shape[1] + 1)
    shared = time_at_s / levels
    inside = shared[:, :cap].copy()
    inside[:, -1] += shared[:, cap:].sum(axis=1)
    return inside


def fit_output(exposure: Exposure, start: NDArray[np.float64]) -> Output:
    """The output by maximum likelihood; unknown with fewer than 30 ended chats.

    Args:
        exposure: of the group's chats.
        start: a first guess of r(1 … cap).
    """
    cap = exposure.time_s.shape[1]
    if cap == 1 or exposure.ended.sum() < FEWEST:
        unknown = np.full((cap, cap), np.nan)
        unknown[0, 0] = 0.0
        return Output(np.zeros(cap), unknown, ())
    exposure = _with_few_together(exposure)
    some = exposure.every(max(len(exposure.level) // ENOUGH, 1))
    names, found = _families(some, np.log(start[1:]))
    whole = _Likelihood(exposure, [FAMILIES[name] for name in names])
    found = whole.greatest(found)
    covariance = np.zeros((cap, cap))
    covariance[1:, 1:] = whole.covariance(found)[: cap - 1, : cap - 1]
    return Output(np.append(0.0, found[: cap - 1]), covariance, names)


def _with_few_together(exposure: Exposure) -> Exposure:
    """Topics numbered anew: those with few ended chats are one.

    If these are few even together, they join the largest.
    """
    ended = np.bincount(exposure.topic[exposure.ended], minlength=exposure.topic.max() + 1)
    few = ended < FEWEST
    number = np.where(few, -1, np.cumsum(~few) - 1)
    if ended[few].sum() >= FEWEST or few.all():
        number[few] = number.max() + 1
    else:
        number[few] = number[ended.argmax()]
    return Exposure(exposure.time_s, exposure.level, exposure.ended, number[exposure.topic])


def _families(
    exposure: Exposure, log_output: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The family of each topic's work by AIC, each tried for all topics at once."""
    topics = int(exposure.topic.max()) + 1
    aic, parts = np.empty((len(FAMILIES), topics)), []
    for place, family in enumerate(FAMILIES.values()):
        trial = _Likelihood(exposure, [family] * topics)
        found = trial.greatest(trial.start(log_output))
        aic[place] = 2 * len(family.names) - 2 * trial.by_topic(found)
        parts.append((found[: len(log_output)], trial.split(found)))
    best = aic.argmin(axis=0)
    first = parts[int(aic.sum(axis=1).argmin())][0]
    theta = [parts[place][1][topic] for topic, place in enumerate(best)]
    names = list(FAMILIES)
    return tuple(names[place] for place in best), np.concatenate([first, *theta])


class _Likelihood:
    """The log-likelihood of ln r(2 … cap) and every topic's θ, in one vector."""

    def __init__(self, exposure: Exposure, families: list[Family]) -> None:
        self.free = exposure.time_s.shape[1] - 1
        self.families = families
        rows = [np.flatnonzero(exposure.topic == topic) for topic in range(len(families))]
        self.parts = [exposure.of(at) for at in rows]
        self.ended = max(int(exposure.ended.sum()), 1)

    def start(self, log_output: NDArray[np.float64]) -> NDArray[np.float64]:
        """θ as if the output were known."""
        theta = []
        for family, part in zip(self.families, self.parts, strict=True):
            work = part.work_s(np.append(0.0, log_output))
            theta.append(family.start(_Counted(work[part.ended], work[~part.ended])))
        return np.concatenate([log_output, *theta])

    def split(self, at: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Each topic's θ."""
        ends = np.cumsum([len(family.names) for family in self.families])
        return np.split(at[self.free :], ends[:-1])

    def by_topic(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each topic's log-likelihood."""
        log_output = np.append(0.0, at[: self.free])
        with np.errstate(all="ignore"):
            pairs = zip(self.families, self.parts, self.split(at), strict=True)
            return np.array([_log_likelihood(*pair, log_output) for pair in pairs])

    def loss(self, at: NDArray[np.float64]) -> float:
        """The mean negative log-likelihood, large where it has no value."""
        value = -float(self.by_topic(at).sum()) / self.ended
        return value if np.isfinite(value) else 1e10

    def gradient(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the loss: by the chain rule in ln r, by central differences in θ."""
        slope = np.zeros(len(at))
        log_output = np.append(0.0, at[: self.free])
        place = self.free
        for family, part, theta in zip(self.families, self.parts, self.split(at), strict=True):
            with np.errstate(all="ignore"):
                slope[: self.free] += _output_slope(family, part, theta, log_output)
                for each in np.eye(len(theta)) * STEP:
                    up = _log_likelihood(family, part, theta + each, log_output)
                    down = _log_likelihood(family, part, theta - each, log_output)
                    slope[place] = (up - down) / (2 * STEP)
                    place += 1
        return -np.nan_to_num(slope) / self.ended

    def greatest(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the likelihood is greatest."""
        from scipy.optimize import minimize

        found = minimize(
            self.loss,
            start,
            jac=self.gradient,
            method="BFGS",
            options={"gtol": 1e-6, "maxiter": 200},
        )
        return np.asarray(found.x, dtype=np.float64)

    def covariance(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inverse of the observed information; nan where it has none."""
        steps = np.eye(len(at)) * 10 * STEP
        rows = [(self.gradient(at + s) - self.gradient(at - s)) / (20 * STEP) for s in steps]
        information = np.array(rows) * self.ended
        information = (information + information.T) / 2
        if np.linalg.eigvalsh(information)[0] <= 0:
            return np.full(information.shape, np.nan)
        return np.asarray(np.linalg.inv(information), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Each duration once, as a family's start wants them."""

    observed: NDArray[np.float64]
    censored: NDArray[np.float64]

    @property
    def observed_weights(self) -> NDArray[np.float64]:
        return np.ones(len(self.observed))

    @property
    def censored_weights(self) -> NDArray[np.float64]:
        return np.ones(len(self.censored))


def _log_likelihood(
    family: Family, part: Exposure, theta: NDArray[np.float64], log_output: NDArray[np.float64]
) -> float:
    work, ended = part.work_s(log_output), part.ended
    seen = family.log_density(theta, work[ended]).sum() + log_output[part.level[ended] - 1].sum()
    return float(seen + family.log_survival(theta, work[~ended]).sum())


def _output_slope(
    family: Family, part: Exposure, theta: NDArray[np.float64], log_output: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The derivative in ln r(2 … cap): of the rate at the end, and through the work."""
    work, ended = part.work_s(log_output), part.ended
    by_work = np.empty(len(work))
    for rows, function in ((ended, family.log_density), (~ended, family.log_survival)):
        step = STEP * work[rows]
        up, down = function(theta, work[rows] + step), function(theta, work[rows] - step)
        by_work[rows] = (up - down) / (2 * step)
    reached = by_work @ (part.time_s * np.exp(log_output))
    ends = np.bincount(part.level[ended], minlength=len(log_output) + 1)[1:]
    slope: NDArray[np.float64] = (reached + ends)[1:]
    return slope
