"""A calibration for the eye: each estimate as a card beside its data, a card per topic or group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from simulator import charts
from simulator.calibration.account import reading
from simulator.calibration.backtesting import OVERALL
from simulator.calibration.fits import STEP_MIN
from simulator.calibration.presence import presence, presence_over_the_day
from simulator.charts import arriving, effective, fitting, working
from simulator.charts import backtesting as bands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.calibration.backtesting import Backtest
    from simulator.calibration.evidence import Evidence
    from simulator.calibration.fits import AgentFit, TopicFit
    from simulator.calibration.fitting import Estimates
    from simulator.calibration.history import History
    from simulator.charts.display import Displayed

__all__ = [
    "agents_over_the_day",
    "arrivals",
    "busy_days",
    "coverage",
    "errors",
    "estimates",
    "fans",
    "gaps",
    "hazard",
    "output",
    "patience",
    "poisson",
    "reactions",
    "staffing",
    "verdict",
    "what_was_read",
    "work",
]

FANNED: Final = ("volume", "mean_wait_s", "abandonment")


def what_was_read(history: History) -> Displayed:
    """What was read, left out and put right."""
    return charts.table_card(reading(history), caption="What the records hold, and where.")


def verdict(held: Backtest) -> Displayed:
    """Whether the scenario can be trusted: the sentence, and what it rests on."""
    first, *grounds = held.verdict
    return charts.stacked(
        charts.prose(first), charts.table_card(pd.DataFrame({"what it rests on": grounds}))
    )


def estimates(told: Evidence) -> Displayed:
    """Every figure with its interval, the naive ones among them, and what is not known."""
    table = told.estimates.astype({"value": float, "low": float, "high": float})
    return charts.stacked(
        charts.table_card(table, caption="– where the records cannot tell.", decimals=2),
        charts.prose("What the records cannot tell:", *(f"• {line}" for line in told.cannot_tell)),
    )


# ---------------------------------------------------------------------------------- arrivals


def arrivals(found: Estimates) -> Displayed:
    """Expected arrivals by weekday and time of day on the counts that they come from."""
    zone = found.history.zone.key
    return charts.stacked(
        *(
            charts.show(
                arriving.arrivals_by_weekday(
                    topic.profile.expected, topic.profile.slot_counts, zone=zone
                ),
                alt=f"{topic.name}: expected arrivals by weekday and time of day, with the counts.",
                table=topic.profile.expected,
                caption=f"{topic.name}. {' '.join(topic.profile.words)}",
                decimals=2,
            )
            for topic in found.topics
        )
    )


def busy_days(found: Estimates) -> Displayed:
    """Counts by date against what the weekday lets expect, and the spread in words."""
    return _with_words(
        (
            charts.show(
                arriving.arrivals_by_date(topic.profile.day_counts),
                alt=f"{topic.name}: arrivals by date beside what their weekday lets expect.",
                table=topic.profile.day_counts,
                caption=topic.name,
            ),
            f"{topic.profile.day_factor.words} {topic.periods.words}",
        )
        for topic in found.topics
    )


def poisson(found: Estimates) -> Displayed:
    """The test whether arrivals within an interval are Poisson."""
    return charts.stacked(
        *(
            charts.show(
                arriving.poisson_test(topic.nhpp),
                alt=f"{topic.name}: p-values of the test for Poisson arrivals by interval length.",
                table=topic.nhpp,
                caption=f"{topic.name}. After Brown et al. (2005), times spread in their second.",
                decimals=3,
            )
            for topic in found.topics
        )
    )


# -------------------------------------------------------------------------------------- work


def work(found: Estimates) -> Displayed:
    """Work at solo speed and the fitted families."""
    return _with_words(
        (
            charts.show(
                fitting.duration_fits(fits.curves, fits.table, what=f"Work of {topic.name}"),
                alt=f"{topic.name}: the distribution of work at solo speed beside the families.",
                table=fits.table,
                decimals=3,
            ),
            topic.work.words,
        )
        for topic in found.topics
        for fits in (topic.work.fits,)
        if fits is not None
    )


def output(found: Estimates) -> Displayed:
    """What agents get done with 1, 2 … chats open."""
    return _with_words(
        (
            _levels_of(fit) if fit.group.cap > 1 else None,
            fit.group.words or f"{fit.group.name}: one chat at a time, so work is the handle time.",
        )
        for fit in found.agents
    )


def _levels_of(fit: AgentFit) -> Displayed:
    return charts.show(
        working.output_by_open_chats(fit.group.levels, group=fit.group.name),
        alt=f"{fit.group.name}: chats ended an hour, and output, by open chats.",
        table=fit.group.levels,
        caption=fit.group.name,
        decimals=2,
    )


# ---------------------------------------------------------------------------------- patience


def patience(found: Estimates) -> Displayed:
    """Kaplan–Meier's curve with its band, the families, and the naive mean beside the median."""
    return _with_words(
        (_patience(topic), f"{topic.patience.words} {topic.silence.words}")
        for topic in found.topics
    )


def _patience(topic: TopicFit) -> Displayed:
    told = topic.patience
    return charts.show(
        fitting.patience_fits(
            told.curve,
            None if told.fits is None else told.fits.curves,
            naive_mean_s=told.naive_mean_s,
            median_s=told.median_s.value,
        ),
        alt=f"{topic.name}: the share still willing to wait, with its band and the families.",
        table=told.curve,
        caption=topic.name,
        decimals=3,
    )


def hazard(found: Estimates) -> Displayed:
    """Customers who leave per minute of waiting, by time waited."""
    return charts.stacked(
        *(
            charts.show(
                fitting.hazard_of_leaving(topic.patience.hazard),
                alt=f"{topic.name}: customers who leave per minute of waiting, by time waited.",
                table=topic.patience.hazard,
                caption=topic.name,
                decimals=3,
            )
            for topic in found.topics
        )
    )


# ------------------------------------------------------------------------------------ agents


def reactions(found: Estimates) -> Displayed:
    """Time from arrival to pickup while an agent is idle."""
    return _with_words((_reaction(topic), topic.reaction.words) for topic in found.topics)


def _reaction(topic: TopicFit) -> Displayed | None:
    fits = topic.reaction.fits
    if fits is None:
        return None
    return charts.show(
        working.reaction_times(
            fits.curves, topic=topic.name, family=fits.best.family, mean_s=fits.best.mean_s
        ),
        alt=f"{topic.name}: time from arrival to pickup while an agent is idle, and its fit.",
        table=fits.table,
        decimals=3,
    )


def gaps(found: Estimates) -> Displayed:
    """Gaps between chats while somebody waits: wrap-up, and what is absence."""
    return _with_words((_gaps(fit), fit.wrap_up.words) for fit in found.agents)


def _gaps(fit: AgentFit) -> Displayed:
    told = fit.wrap_up.gaps
    return charts.show(
        working.gaps_between_chats(
            told.curve, told.hazard, group=fit.group.name, absence_s=fit.wrap_up.absence_s
        ),
        alt=f"{fit.group.name}: gaps between chats while somebody waits, and the cut-off.",
        table=told.hazard,
        caption=fit.group.name,
        decimals=3,
    )


def agents_over_the_day(found: Estimates) -> Displayed:
    """Agents seen, present and busy by time of day."""
    zone = found.history.zone.key
    there = presence(found.history, [fit.group for fit in found.agents], step_min=STEP_MIN)
    frames = {fit.group.name: presence_over_the_day(there, fit.group.name) for fit in found.agents}
    return charts.stacked(
        *(
            charts.show(
                working.agents_there(frame, group=name, zone=zone, step_h=STEP_MIN / 60),
                alt=f"{name}: agents seen, present and with a chat open, by time of day.",
                table=frame,
                decimals=2,
            )
            for name, frame in frames.items()
        )
    )


def staffing(told: Evidence, *, zone: str) -> Displayed:
    """Recorded and simulated wait and abandonment by hour, with the staffing that was found."""
    waits = (
        charts.show(
            effective.fitted_waiting(own, topic=topic, zone=zone),
            alt=f"{topic}: recorded and simulated wait and abandonment by hour of the day.",
            table=own,
            decimals=3,
        )
        for topic, own in _parts(told.hours, "topic")
    )
    agents = (
        charts.show(
            effective.effective_agents(own, group=group, zone=zone, step_h=STEP_MIN / 60),
            alt=f"{group}: agents seen, present and effective by time of day.",
            table=own,
            decimals=2,
        )
        for group, own in _parts(told.agents, "group")
    )
    return charts.stacked(*waits, *agents)


def _parts(frame: pd.DataFrame, by: str) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), frame[frame[by] == name]) for name in frame[by].unique()]


# ---------------------------------------------------------------------------------- backtest


def fans(held: Backtest) -> Displayed:
    """Recorded figures by hour on the predicted bands, a panel per day."""
    hourly = held.bands[held.bands["topic"] == OVERALL]
    step_h = held.by_min / 60
    return charts.stacked(
        *(
            charts.show(
                bands.prediction_fan(hourly, figure=figure, step_h=step_h, zone=held.zone),
                alt=f"Recorded {figure} by hour on the predicted bands, a panel per day.",
                table=hourly[hourly["figure"] == figure],
                decimals=2,
            )
            for figure in FANNED
        )
    )


def coverage(held: Backtest) -> Displayed:
    """How many recorded hours the bands hold, and where the records rank among the simulated."""
    hourly = _overall(held.coverage)
    return charts.stacked(
        charts.show(
            bands.coverage_of_bands(hourly),
            alt="The share of recorded hours inside the 50, 80 and 95 % bands.",
            table=hourly,
            decimals=3,
        ),
        charts.show(
            bands.rank_histogram(held.ranks[held.ranks["topic"] == OVERALL]),
            alt="Histograms of the rank of the recorded hour among the simulated ones.",
            table=held.ranks,
            caption="Flat if the bands are right; a hill if too wide, a bowl if too narrow.",
            decimals=3,
        ),
    )


def _overall(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["topic"] == OVERALL) & (frame["by"] == "interval")]


def errors(held: Backtest) -> Displayed:
    """How far off the predictions are, beside naive ones."""
    overall = held.errors[held.errors["topic"] == OVERALL].copy()
    shares = overall["unit"] == "pp"  # the errors are in points, so the figures are shown so too
    overall.loc[shares, ["actual", "predicted"]] *= 100
    overall["unit"] = overall["unit"].mask(shares, "%")
    columns = ["by", "figure", "unit", "intervals", "actual", "predicted", "mae", "naive_mae"]
    return charts.table_card(
        overall[[*columns, "skill"]].rename(
            columns={"mae": "mean error", "naive_mae": "naive mean error"}
        ),
        caption="Mean absolute errors. Naive: the same weekday and hour of other days. Skill: "
        "1 − error ÷ naive error.",
        decimals=2,
    )


def _with_words(cards: Iterable[tuple[Displayed | None, str]]) -> Displayed:
    """Each card with what is to be said of it below."""
    stack: list[Displayed] = []
    for card, words in cards:
        stack += [] if card is None else [card]
        stack += [charts.prose(words)] if words.strip() else []
    return charts.stacked(*stack)
