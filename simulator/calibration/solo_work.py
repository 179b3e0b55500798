"""How much work a chat is: the time it would take its agent with no other chat at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.agent_groups import agent_groups
from simulator.calibration.durations import fit_durations
from simulator.calibration.levels import held_chats
from simulator.calibration.moments import moments
from simulator.calibration.output import LEAST_WORK_S, share_of_agent
from simulator.calibration.survival import Z95
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.durations import Fits
    from simulator.calibration.history import History
    from simulator.calibration.levels import Held

__all__ = ["Silence", "SoloWork", "silence", "solo_work"]

SHORT_S: Final = (5.0, 10.0, 15.0, 20.0, 30.0)
"""Where chats that were no conversations are looked for: all shorter than one of these."""
CLEARLY: Final = 10.0
"""AIC must fall by more than this for the short ones to stand apart."""
SHORT_SHARE: Final = 0.01
"""Fewer short ones are left in the family."""
MANY: Final = 10_000
"""Values on which the short ones are looked for."""
FEWEST: Final = 200
"""With fewer chats nothing is looked for among the short ones."""


@dataclass(frozen=True, slots=True, eq=False)
class SoloWork:
    """The work of a topic's chats, in seconds at solo speed."""

    topic: str
    work_s: NDArray[np.float64]
    """Of each served chat."""
    censored_s: NDArray[np.float64]
    """Done so far in chats that were open still at the end of the records."""
    fits: Fits | None
    """None where no chat was served."""
    mean_s: Estimate | None
    """With the uncertainty of r(k), which the fit takes as known."""
    short_s: float | None
    """Chats shorter than this stand apart, as a share of the mixture; None if none do."""
    short_share: float
    words: str


def solo_work(
    history: History,
    groups: Sequence[AgentGroup],
    topic: str,
    *,
    short_s: float | None = None,
) -> SoloWork:
    """The work of each served chat, ``Σ T(k) r(k)/k`` over its time with k chats open, and its fit.

    Silent leavers' chats are left out: what they took is a time-out, not work. Where agents hold
    one chat at a time, work is the handle time, and pickups of unknown agents count too.

    Args:
        history: the records.
        groups: of :func:`agent_groups`.
        topic: its name.
        short_s: chats shorter than this stand apart; 0 for none. Left out: looked for
            (agents who hang up to get a rest, chats opened and closed by mistake).
    """
    served, censored, slope_s, error_s2 = _works(history, groups, topic)
    if not served.size:
        words = f"No chat of {topic} was served, so nothing is known of its work."
        return SoloWork(topic, served, censored, None, None, None, 0.0, words)
    limit = _short(served) if short_s is None else short_s or None
    fits = fit_durations(served, censored, short_s=limit)
    share = float((served < limit).mean()) if limit else 0.0
    return SoloWork(
        topic=topic,
        work_s=served,
        censored_s=censored,
        fits=fits,
        mean_s=_widened(fits.mean_s, error_s2),
        short_s=limit,
        short_share=share,
        words=_words(topic, served, limit, share, slope_s),
    )


def _works(
    history: History, groups: Sequence[AgentGroup], topic: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Work of the served, and of the unfinished; how much longer than the work the chats took.

    And the variance of the mean work that comes from r.
    """
    alone = all(group.cap == 1 for group in groups if topic in group.topics)
    if alone:
        return _handle_times(history, topic)
    held = held_chats(history)
    of_topic = held.topic == list(history.sessions["topic"].cat.categories).index(topic)
    names = list(history.sessions["agent"].cat.categories)
    work, censored, handle, variance = [], [], 0.0, 0.0
    for group in groups:
        mine = of_topic & np.isin(held.agent, [names.index(agent) for agent in group.agents])
        served, still_open = mine & held.counts_as_served, mine & held.unfinished
        work.append(work_of(held, served, group))
        censored.append(work_of(held, still_open, group))
        handle += float((held.end_s - held.start_s)[served].sum())
        slope = _slope(held, served, group)
        variance += float(slope @ np.nan_to_num(group.covariance) @ slope)
    all_work = np.concatenate(work)
    count = max(all_work.size, 1)
    stretched = (handle - float(all_work.sum())) / count
    return all_work, np.concatenate(censored), stretched, variance / count**2


def _handle_times(
    history: History, topic: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    seen = moments(history)
    lasted = np.maximum(seen.ended_s - seen.picked_up_s, LEAST_WORK_S)
    of_topic = seen.among((topic,)) & ~np.isnan(lasted)
    served = of_topic & np.isin(seen.outcome, ("served", "unknown")) & ~seen.unfinished
    return lasted[served], lasted[of_topic & seen.unfinished], 0.0, 0.0


def work_of(held: Held, rows: NDArray[np.bool_], group: AgentGroup) -> NDArray[np.float64]:
    """The work done in these chats of a group's agents, seconds at solo speed."""
    shared = share_of_agent(held.time_at_s[rows], group.cap)
    return np.maximum(shared @ np.exp(group.log_output), LEAST_WORK_S)


def _slope(held: Held, rows: NDArray[np.bool_], group: AgentGroup) -> NDArray[np.float64]:
    """How the summed work of these chats changes with ln r(1 … cap)."""
    shared = share_of_agent(held.time_at_s[rows], group.cap).sum(axis=0)
    return np.asarray(shared * np.exp(group.log_output), dtype=np.float64)


def _short(work_s: NDArray[np.float64]) -> float | None:
    """Below what length there are more than any family has, by AIC of the whole mixture."""
    if work_s.size < FEWEST:
        return None
    some = work_s[:: max(work_s.size // MANY, 1)]
    scores = {0.0: fit_durations(some).best.aic - CLEARLY}
    for limit in SHORT_S:
        short = int((some < limit).sum())
        if SHORT_SHARE * some.size <= short <= some.size / 2:
            scores[limit] = _mixture_aic(some, limit, short)
    return min(scores, key=lambda limit: scores[limit]) or None


def _mixture_aic(work_s: NDArray[np.float64], limit: float, short: int) -> float:
    """Of uniform(0, limit) with the weight of the short ones and the best family for the rest.

    The family is not cut off below the limit, as the simulator does not; the little of it that
    lies there is taken from its density.
    """
    rest = work_s.size - short
    best = fit_durations(work_s[work_s >= limit]).best
    weight = short / work_s.size
    log_likelihood = short * math.log(weight / limit) + rest * math.log(1 - weight)
    return best.aic + 2 - 2 * log_likelihood


def _widened(mean_s: Estimate, variance: float) -> Estimate:
    """The interval with the variance that comes from r(k) added."""
    if mean_s.value is None or mean_s.low is None or mean_s.high is None:
        return mean_s
    own = (mean_s.high - mean_s.low) / (2 * Z95)
    half = Z95 * math.sqrt(own**2 + variance)
    return Estimate(mean_s.value, max(mean_s.value - half, 0.0), mean_s.value + half, mean_s.n)


def _words(
    topic: str, work_s: NDArray[np.float64], limit: float | None, share: float, stretch_s: float
) -> str:
    said = [
        f"{work_s.size:,} served chats of {topic} took {work_s.mean():.0f} s of work on average."
    ]
    if stretch_s > 0.5:
        said.append(
            f"From pickup to end they took {work_s.mean() + stretch_s:.0f} s, stretched by the "
            "other chats their agents had open."
        )
    if limit is not None:
        said.append(
            f"{share:.1%} took less than {limit:g} s, more than any family has: they stand apart."
        )
    return " ".join(said)


# ------------------------------------------------------------------------------ silent leavers


@dataclass(frozen=True, slots=True)
class Silence:
    """Customers who lose patience and do not say so."""

    share: Estimate | None
    """Of those who lose patience; None where the records cannot tell."""
    timeout_s: float | None
    """The solo work that such a chat takes: the median; None if there was none."""
    quartiles_s: tuple[float, float] | None
    """How constant that is: half of them took between these."""
    words: str


NOT_HELD: Final = (
    "The file does not hold when the customer's client last polled: chats abandoned in silence "
    "are counted as served, and shorten the work."
)
CONSTANT: Final = 0.1
"""With quartiles within this share of the median the time-out is called fixed."""


def silence(history: History, topic: str, *, groups: Sequence[AgentGroup] | None = None) -> Silence:
    """How many of those who lose patience leave silently, and how long their chats take.

    The share is silent ÷ (silent + abandoned), with Wilson's interval (JASA 22, 1927).

    Args:
        history: the records.
        topic: its name.
        groups: of :func:`agent_groups`; made anew if left out.
    """
    sessions = history.of_topic(topic)
    outcome = sessions["outcome"].astype(str)
    silent, abandoned = int((outcome == "silent").sum()), int((outcome == "abandoned").sum())
    if not silent and not history.sessions["last_poll_at"].notna().any():
        return Silence(None, None, None, NOT_HELD)
    if not silent + abandoned:
        return Silence(None, None, None, f"Nobody lost patience with {topic}.")
    share = _wilson(silent, silent + abandoned)
    work = _silent_work(history, agent_groups(history) if groups is None else groups, topic)
    lost = f"{silent + abandoned:,} customers of {topic} who lost patience"
    said = f"{silent:,} of {lost} left silently."
    if not work.size:
        return Silence(share, None, None, said)
    low, middle, high = (float(value) for value in np.quantile(work, [0.25, 0.5, 0.75]))
    even = high - low <= 2 * CONSTANT * middle
    said += f" Their chats took {middle:.0f} s of work" + (
        ", always about the same." if even else f", half of them {low:.0f} to {high:.0f} s."
    )
    return Silence(share, middle, (low, high), said)


def _silent_work(history: History, groups: Sequence[AgentGroup], topic: str) -> NDArray[np.float64]:
    held = held_chats(history)
    names = list(history.sessions["agent"].cat.categories)
    code = list(history.sessions["topic"].cat.categories).index(topic)
    silent = (held.topic == code) & (held.outcome == "silent") & ~held.unfinished
    works = [
        work_of(held, silent & np.isin(held.agent, [names.index(a) for a in group.agents]), group)
        for group in groups
    ]
    return np.concatenate([np.zeros(0), *works])


def _wilson(part: int, whole: int) -> Estimate:
    share, z2 = part / whole, Z95**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    spread = share * (1 - share) / whole + z2 / (4 * whole**2)
    half = Z95 * math.sqrt(spread) / (1 + z2 / whole)
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0), whole)
