"""Effective staffing: how many agents always at hand would give the waits that were observed.

Agents seen at work are not agents available: they are away between chats for reasons that no
record tells. So the number on duty is fitted. It starts from the agents present (between their
absences) by weekday and interval, and one factor for each group and hour of the day is moved until
the simulated wait and abandonment of the fitted days agree with the observed ones, hour by hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator import engines
from simulator.metrics.uncertainty import NOT_NEGATIVE, SHARE, ratio_intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.engines import EngineName
    from simulator.scenario.world import Scenario
    from simulator.study import Spread

__all__ = ["CHATS", "EffectiveStaffing", "Observed", "effective_staffing", "observed_waiting"]

TOLERANCE: Final = 0.25
"""How far the simulated wait and abandonment of an hour may lie from the observed ones."""
FEW_LEFT: Final = 20
"""With fewer customers who left, abandonment counts for less than the wait does."""
FEW_QUEUED: Final = 30
"""Hours with fewer waits are not judged, and move the staffing mostly with the whole day."""
ROUNDS: Final = (*[(0.15, 1)] * 4, *[(0.1, 1)] * 4, *[(0.06, 2)] * 6)
"""(gain, effort) of each round. Gain: how far it goes, of the logarithm of observed over
simulated; a desk near its capacity answers one per cent of staff with some six per cent of wait,
so more would swing. Effort: chats simulated, in units of ``chats``."""
AVERAGED: Final = 6
"""The last rounds, whose mean is taken (Polyak and Juditsky, 1992)."""
CORRECTIONS: Final = 6
"""At most so many times the mean is put right by a judgement of many chats."""
CORRECTION_GAIN: Final = 0.08
JUDGED: Final = 8
"""The effort of a judgement."""
EFFORT_IN_ALL: Final = sum(effort for _, effort in ROUNDS) + JUDGED * (CORRECTIONS + 1)
"""Of a search, at most."""
CHATS: Final = 60_000
"""Simulated in a round of effort 1, unless told otherwise."""
SOFTEN_S: Final = 1.0
"""Added to both waits before they are divided, so that hours without a wait make no noise."""
STAGE: Final = 1_000_000
"""Replications of different rounds are this far apart."""
GOLDEN: Final = 0.6180339887
DAY_MIN: Final = 1440
HOURS: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What waiting was like, as arrays over (topic, date, step of the day)."""

    topics: tuple[str, ...]
    weekday: NDArray[np.int64]
    """(dates,), 0 is Monday."""
    step_min: int
    counted: NDArray[np.bool_]
    """(topics, dates, steps): False for incidents, which say nothing about the staffing."""
    queued: NDArray[np.float64]
    wait_s: NDArray[np.float64]
    """Sums over the queued."""
    left: NDArray[np.float64]
    """Who gave up, silently or not."""


def observed_waiting(
    history: History, topics: tuple[str, ...], *, step_min: int, incidents: pd.DataFrame
) -> Observed:
    """Count the history by topic, date and step.

    Args:
        history: of the fitted dates.
        topics: by name, in the order of the first axis.
        step_min: length of a step, minutes.
        incidents: ``topic``, ``date``, ``start_min`` of steps to leave aside.
    """
    chats = history.sessions
    wait = chats["wait_s"]
    outcome = chats["outcome"].astype(str)
    waits = (
        outcome.isin(["served", "abandoned", "silent", "form_in_queue", "closed"]) & wait.notna()
    )
    chats, outcome = chats[waits], outcome[waits]
    dates = history.dates
    steps = DAY_MIN // step_min
    requested = chats["requested_at"]
    day = pd.Index(dates).get_indexer(pd.Index(requested.dt.date))
    step = (requested.dt.hour * 60 + requested.dt.minute).to_numpy() // step_min
    topic = pd.Index(topics).get_indexer(pd.Index(chats["topic"].astype(str)))
    cell = (topic * len(dates) + day) * steps + step
    shape = (len(topics), len(dates), steps)

    def counted(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        kept = topic >= 0
        sums = np.bincount(cell[kept], weights[kept], minlength=int(np.prod(shape)))
        return sums.astype(np.float64).reshape(shape)

    left = outcome.isin(["abandoned", "silent"]).to_numpy(dtype=np.float64)
    return Observed(
        topics=topics,
        weekday=np.array([date.weekday() for date in dates], dtype=np.int64),
        step_min=step_min,
        counted=_without(incidents, topics, dates, shape, step_min),
        queued=counted(np.ones(len(chats))),
        wait_s=counted(chats["wait_s"].to_numpy(dtype=np.float64)),
        left=counted(np.asarray(left, dtype=np.float64)),
    )


def _without(
    incidents: pd.DataFrame,
    topics: tuple[str, ...],
    dates: Iterable[object],
    shape: tuple[int, int, int],
    step_min: int,
) -> NDArray[np.bool_]:
    counted = np.ones(shape, dtype=np.bool_)
    topic = pd.Index(topics).get_indexer(pd.Index(incidents["topic"]))
    day = pd.Index(list(dates)).get_indexer(pd.Index(incidents["date"]))
    step = incidents["start_min"].to_numpy(dtype=np.int64) // step_min
    known = (topic >= 0) & (day >= 0)
    counted[topic[known], day[known], step[known]] = False
    # Who could not be served then goes on waiting: the step after it suffers too.
    after = np.minimum(step + 1, shape[2] - 1)
    counted[topic[known], day[known], after[known]] = False
    return counted


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveStaffing:
    """The staffing tables that were found, and how the waits of their simulation fit."""

    tables: dict[str, pd.DataFrame]
    """By group: ``weekday`` (0 is Monday), ``start_min``, ``end_min``, ``agents``."""
    factors: pd.DataFrame
    """``group``, ``hour``, ``factor``: effective agents ÷ agents present."""
    bands: pd.DataFrame
    """A row per topic and hour of the day with anybody waiting in the counted time::

        topic    hour  queued  observed_wait_s  low  high  simulated_wait_s  …  within
        Banking     7     316             21.9  …    …                 22.4  …  True

    ``observed_…`` with 95 % intervals over dates, ``simulated_…`` over replications; ``within``:
    both ratios lie within 25 % of 1, or of a second or a customer where there is next to none.
    ``few``: fewer than 30 queued, so the hour is not judged.
    """
    rounds: pd.DataFrame
    """``round``, ``within``, ``hours``, ``off``: the search; ``off`` is the root of the mean
    squared log ratio."""

    @property
    def judged(self) -> pd.DataFrame:
        """The hours with enough chats to be judged."""
        return self.bands[~self.bands["few"]]

    @property
    def share_within(self) -> float:
        """Of the chats that queued, how many did so in an hour that fits."""
        return _share_within(self.bands)


def effective_staffing(
    world: Callable[[Mapping[str, pd.DataFrame]], Scenario],
    present: Mapping[str, pd.DataFrame],
    observed: Observed,
    answers: pd.DataFrame,
    *,
    spread: Spread,
    seed: int = 1,
    chats: int = CHATS,
    absent: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> EffectiveStaffing:
    """Fit a factor for each group and hour of the day to the agents present.

    A stochastic approximation (Robbins and Monro, 1951): in each round, on new chance, the hour's
    factor is divided by a power of (observed ÷ simulated), the mean of the logarithms for wait and
    abandonment, with gains that fall; the mean of the last rounds is taken, judged on many more
    chats and put right by that judgement a few times; the best is kept and
    judged again on other chance.

    Args:
        world: the scenario of one week with these staffing tables.
        present: by group: agents present, rows weekdays (0 is Monday), columns steps (minutes
            after midnight); nan where the group is not needed.
        observed: the waits to meet.
        answers: rows groups, columns topics: share of the group's pickups, rows sum to 1.
        spread: runs the replications (``study.spread``).
        seed: of the simulations.
        chats: simulated in a round of effort 1, about.
        absent: by group: the share of agents away for a day, on top of whom the tables count.
        progress: called with (rounds done, rounds).
    """
    search = _Search(world, present, observed, answers, spread, seed, chats, absent or {})
    total = len(ROUNDS) + 1 + CORRECTIONS
    told = progress or _say_nothing
    factors, rounds, path = search.start(), [], []
    for number, (gain, effort) in enumerate(ROUNDS):
        told(number, total)
        bands = search.bands(factors, effort=effort, stage=number)
        rounds.append(_round(number + 1, bands))
        factors = search.moved(factors, bands, gain)
        path.append(np.log(factors))
    factors = np.exp(np.mean(path[-AVERAGED:], axis=0))
    bands = search.bands(factors, effort=JUDGED, stage=len(ROUNDS))
    best, judged = factors, bands
    rounds.append(_round(len(ROUNDS) + 1, bands))
    for correction in range(CORRECTIONS):
        told(len(ROUNDS) + 1 + correction, total)
        if (judged["within"] | judged["few"]).all():
            break
        factors = search.moved(factors, bands, CORRECTION_GAIN)
        bands = search.bands(factors, effort=JUDGED, stage=len(ROUNDS))
        rounds.append(_round(len(ROUNDS) + 2 + correction, bands))
        if _score(bands) > _score(judged):
            best, judged = factors, bands
    if rounds[-1][0] > len(ROUNDS) + 1:  # chosen among several: judged once more, on other chance
        judged = search.bands(best, effort=JUDGED, stage=len(ROUNDS) + 1)
        rounds.append(_round(int(rounds[-1][0]) + 1, judged))
    told(total, total)
    return EffectiveStaffing(
        tables=search.tables(best),
        factors=search.factor_table(best),
        bands=judged,
        rounds=pd.DataFrame(rounds, columns=["round", "within", "hours", "off"]),
    )


def _say_nothing(done: int, total: int, /) -> None:
    """Nobody asked."""


def _round(number: int, bands: pd.DataFrame) -> tuple[int, int, int, float]:
    judged = bands[~bands["few"]]
    return number, int(judged["within"].sum()), len(judged), (-_score(bands)[1]) ** 0.5


def _score(bands: pd.DataFrame) -> tuple[float, float]:
    """(share of the queued in hours that fit, minus the mean square of the log ratios)."""
    if bands.empty:
        return 0.0, 0.0
    off = _log_ratios(bands)
    weights = np.maximum(bands["queued"].to_numpy(), 1)
    return round(_share_within(bands), 2), -float(np.average((off**2).sum(axis=0), weights=weights))


def _share_within(bands: pd.DataFrame) -> float:
    judged = bands[~bands["few"]]
    queued = judged["queued"]
    return float(queued[judged["within"]].sum() / max(queued.sum(), 1))


def _log_ratios(bands: pd.DataFrame) -> NDArray[np.float64]:
    """(2, bands): ln(observed ÷ simulated) of wait and abandonment, softened.

    The second is weighed down where few left.
    """
    figures = {name: bands[name].to_numpy(dtype=np.float64) for name in bands if name != "topic"}
    waits = [figures[f"{which}_wait_s"] + SOFTEN_S for which in ("observed", "simulated")]
    soft = 1 / np.maximum(figures["queued"], 1)
    left = [figures[f"{which}_abandonment"] + soft for which in ("observed", "simulated")]
    few = np.minimum(figures["left"] / FEW_LEFT, 1.0)
    ratios: NDArray[np.float64] = np.stack(
        [np.log(waits[0] / waits[1]), np.log(left[0] / left[1]) * few]
    )
    return ratios


class _Search:
    """What stays the same from round to round."""

    def __init__(
        self,
        world: Callable[[Mapping[str, pd.DataFrame]], Scenario],
        present: Mapping[str, pd.DataFrame],
        observed: Observed,
        answers: pd.DataFrame,
        spread: Spread,
        seed: int,
        chats: int,
        absent: Mapping[str, float],
    ) -> None:
        self.world, self.present, self.observed = world, present, observed
        self.answers = answers.reindex(index=list(present), columns=list(observed.topics))
        self.spread, self.seed, self.absent = spread, seed, absent
        weeks = max(len(observed.weekday) / 7, 1)
        self.replications = int(np.clip(chats * weeks / max(observed.queued.sum(), 1), 2, 400))
        self.engine = engines.prepared("auto", EFFORT_IN_ALL * chats)

    def start(self) -> NDArray[np.float64]:
        """(groups, 24), all 1."""
        return np.ones((len(self.present), HOURS))

    def tables(self, factors: NDArray[np.float64]) -> dict[str, pd.DataFrame]:
        alone = len(self.present) == 1
        return {
            group: _whole_agents(
                present,
                factors[index] / (1 - self.absent.get(group, 0.0)),
                step_min=self.observed.step_min,
                at_least=1 if alone else 0,
            )
            for index, (group, present) in enumerate(self.present.items())
        }

    def factor_table(self, factors: NDArray[np.float64]) -> pd.DataFrame:
        needed = {
            group: sorted({int(start) // 60 for start in present.columns[present.notna().any()]})
            for group, present in self.present.items()
        }
        rows = [
            (group, hour, float(factors[index, hour]))
            for index, group in enumerate(self.present)
            for hour in needed[group]
        ]
        return pd.DataFrame(rows, columns=["group", "hour", "factor"])

    def bands(self, factors: NDArray[np.float64], *, effort: int, stage: int) -> pd.DataFrame:
        """Observed beside simulated, by topic and hour of the day; each stage has its own luck."""
        scenario = self.world(self.tables(factors))
        tasks = (
            (scenario, self.seed, stage * STAGE + number, self.observed.step_min, self.engine)
            for number in range(1, effort * self.replications + 1)
        )
        return _beside(self.observed, np.stack(list(self.spread(waiting_by_weekday, tasks))))

    def moved(
        self, factors: NDArray[np.float64], bands: pd.DataFrame, gain: float
    ) -> NDArray[np.float64]:
        """Less staff where the observed customers fared worse than the simulated ones."""
        off = _log_ratios(bands).mean(axis=0).clip(-1, 1)
        queued = bands["queued"].to_numpy(dtype=np.float64)
        whole_day = float(np.average(off, weights=np.maximum(queued, 1))) if len(off) else 0.0
        sure = queued / (queued + FEW_QUEUED)
        toward = np.full((len(self.observed.topics), HOURS), whole_day)
        topic = pd.Index(self.observed.topics).get_indexer(pd.Index(bands["topic"]))
        toward[topic, bands["hour"]] = sure * off + (1 - sure) * whole_day
        by_group = self.answers.to_numpy(dtype=np.float64) @ toward
        moved: NDArray[np.float64] = np.clip(factors * np.exp(-gain * by_group), 0.05, 20)
        return moved


def _whole_agents(
    present: pd.DataFrame, factor: NDArray[np.float64], *, step_min: int, at_least: int
) -> pd.DataFrame:
    """Whole numbers whose running sum follows that of the fractions, each weekday by itself.

    Half an agent is an agent in every second step; the weekdays begin at different fractions, so
    that no step of the day is always rounded up.
    """
    rows = []
    for weekday, numbers in present.iterrows():
        wanted = numbers.dropna()
        hours = wanted.index.to_numpy(dtype=np.int64) // 60
        exact = wanted.to_numpy(dtype=np.float64) * factor[hours]
        offset = (int(weekday) * GOLDEN) % 1  # type: ignore[call-overload]
        running = np.floor(np.concatenate([[offset], offset + np.cumsum(exact)]) + 1e-9)
        agents = np.maximum(np.diff(running), at_least).astype(int)
        rows += [
            (int(weekday), int(start), int(start) + step_min, int(count))  # type: ignore[call-overload]
            for start, count in zip(wanted.index, agents, strict=True)
        ]
    return pd.DataFrame(rows, columns=["weekday", "start_min", "end_min", "agents"])


def waiting_by_weekday(
    scenario: Scenario, seed: int, replication: int, step_min: int, engine: EngineName
) -> NDArray[np.float64]:
    """One replication's (3, topics, 7, steps): queued, waits (s) and customers who left."""
    from simulator import workload
    from simulator.desk import codes

    drawn = workload.sample(scenario, seed, replication)
    on_duty = workload.on_duty(scenario, seed, replication)
    course = engines.engine(engine)(scenario, drawn, on_duty)
    topic = drawn.topic[course.row]
    outcome = course.outcome
    picked = np.isin(outcome, [codes.SERVED])
    silent = outcome == codes.SILENT
    gave_up = outcome == codes.ABANDONED
    other = np.isin(outcome, [codes.FORM_IN_QUEUE, codes.CLOSED])
    queue_left = np.where(picked, course.picked_up_us, course.ended_us)
    queue_left = np.where(silent, course.requested_us + drawn.patience_us[course.row], queue_left)
    waits = picked | silent | gave_up | other
    weekday, minute = _on_the_clock(scenario, course.requested_us)
    steps = DAY_MIN // step_min
    shape = (len(scenario.topics), 7, steps)
    cell = np.ravel_multi_index((topic[waits], weekday[waits], minute[waits] // step_min), shape)
    wait_s = (queue_left - course.requested_us)[waits] / 1e6
    left = (silent | gave_up)[waits].astype(np.float64)
    sums = [np.bincount(cell, w, minlength=np.prod(shape)) for w in (None, wait_s, left)]
    return np.stack(sums).astype(np.float64).reshape(3, *shape)


def _on_the_clock(
    scenario: Scenario, us: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Weekday (0 is Monday) and minutes after midnight, as the desk's clock showed them."""
    start = pd.Timestamp(scenario.start).tz_convert("UTC").as_unit("us")
    local = (start + pd.to_timedelta(us, unit="us")).tz_convert(scenario.timezone)
    minute = local.hour.to_numpy() * 60 + local.minute.to_numpy()
    return local.day_of_week.to_numpy(dtype=np.int64), minute.astype(np.int64)


def _beside(observed: Observed, simulated: NDArray[np.float64]) -> pd.DataFrame:
    """Totals by topic and hour, each simulated weekday as often as it was fitted."""
    weeks = _dates_counted(observed)
    dates = [
        _by_hour(np.where(observed.counted, figure, 0.0).swapaxes(0, 1))
        for figure in (observed.queued, observed.wait_s, observed.left)
    ]
    replications = [_by_hour((figure * weeks).sum(axis=2)) for figure in simulated.swapaxes(0, 1)]
    columns = {
        **_waits_and_abandonment("observed", *dates),
        **_waits_and_abandonment("simulated", *replications),
    }
    topics, hours = len(observed.topics), HOURS
    bands = pd.DataFrame(
        {
            "topic": np.repeat(np.array(observed.topics, dtype=object), hours),
            "hour": np.tile(np.arange(hours), topics),
            "queued": dates[0].sum(axis=0).ravel().astype(np.int64),
            "left": dates[2].sum(axis=0).ravel().astype(np.int64),
            **columns,
        }
    )
    somebody = (bands["queued"] > 0) & bands["simulated_wait_s"].notna()
    bands = bands[somebody].reset_index(drop=True)
    return bands.assign(within=_within(bands), few=bands["queued"] < FEW_QUEUED)


def _dates_counted(observed: Observed) -> NDArray[np.float64]:
    """(topics, 7, steps): on how many fitted dates of each weekday the step counts."""
    is_weekday = observed.weekday[:, None] == np.arange(7)
    counted: NDArray[np.float64] = np.einsum(
        "tds,dw->tws", observed.counted * 1.0, is_weekday * 1.0
    )
    return counted


def _by_hour(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, topics, steps) to (n, topics · 24)."""
    n, topics, count = steps.shape
    by_hour: NDArray[np.float64] = steps.reshape(n, topics, HOURS, count // HOURS).sum(axis=3)
    return by_hour.reshape(n, topics * HOURS)


def _waits_and_abandonment(
    which: str,
    queued: NDArray[np.float64],
    wait_s: NDArray[np.float64],
    left: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    waits = ratio_intervals(wait_s, queued, bounds=NOT_NEGATIVE)
    abandonment = ratio_intervals(left, queued, bounds=SHARE)
    return {
        **waits.columns(f"{which}_wait", "_s"),
        **abandonment.columns(f"{which}_abandonment"),
    }


def _within(bands: pd.DataFrame) -> NDArray[np.bool_]:
    wait = _near(bands["observed_wait_s"], bands["simulated_wait_s"], next_to_none=1.0)
    one_customer = 1 / bands["queued"]
    left = _near(
        bands["observed_abandonment"], bands["simulated_abandonment"], next_to_none=one_customer
    )
    near: NDArray[np.bool_] = (wait & left).to_numpy()
    return near


def _near(
    observed: pd.Series[float],
    simulated: pd.Series[float],
    *,
    next_to_none: pd.Series[float] | float,
) -> pd.Series[bool]:
    off = (simulated - observed).abs()
    return (off <= TOLERANCE * observed) | (off <= next_to_none)
