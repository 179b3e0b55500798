"""A calibration's account: every figure with its interval, and what the records cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.calibration.drafting import clock
from simulator.calibration.opening import WEEKDAY_NAMES
from simulator.metrics.uncertainty import NOT_NEGATIVE, Estimate, mean_interval

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from simulator.calibration.effective import EffectiveStaffing
    from simulator.calibration.fits import AgentFit, TopicFit
    from simulator.calibration.history import History

__all__ = ["cannot_tell", "estimates", "reading"]

HALF = 0.5
"""Of the chats, in hours that fit; with less the staffing is no plan's ground."""
FEW_DATES = 14
"""With fewer the weekdays are seen once or twice."""


def estimates(topics: Iterable[TopicFit], agents: Iterable[AgentFit]) -> pd.DataFrame:
    """Every figure with its interval: the rows of ``Calibration.estimates``."""
    rows = [row for topic in topics for row in _topic_rows(topic)]
    rows += [row for fit in agents for row in _agent_rows(fit)]
    columns = ["what", "of", "value", "low", "high", "unit", "n", "method"]
    return pd.DataFrame(rows, columns=columns)


Row = tuple[str, str, float | None, float | None, float | None, str, int, str]


def _row(what: str, of: str, estimate: Estimate | None, unit: str, method: str) -> Row:
    if estimate is None:
        return (what, of, None, None, None, unit, 0, method)
    return (what, of, estimate.value, estimate.low, estimate.high, unit, estimate.n, method)


def _topic_rows(topic: TopicFit) -> list[Row]:
    name, patience_, counts = topic.name, topic.patience, topic.profile.day_counts["count"]
    naive = Estimate(patience_.naive_mean_s, None, None, patience_.events)
    rows = [
        _row(
            "arrivals a day",
            name,
            _mean_of(counts),
            "chats",
            "mean of the days' counts, t interval",
        ),
        _row(
            "day factor, Gamma shape",
            name,
            topic.profile.day_factor.gamma_shape,
            "",
            "moments of daily counts against the weekday's",
        ),
        _row(
            "period factor, Gamma shape",
            name,
            topic.periods.gamma_shape,
            "",
            "moments of hourly counts, each day foretold by the others",
        ),
        _row("work, mean", name, topic.work.mean_s, "s", "solo speed"),
        _row(
            "handle time, naive mean",
            name,
            topic.handle_mean_s,
            "s",
            "pickup to end, stretched by the chats held beside it",
        ),
        _row(
            "patience, mean if without memory",
            name,
            patience_.exponential_mean_s,
            "s",
            "all time waited ÷ customers who left",
        ),
        _row("patience, median", name, patience_.median_s, "s", "Kaplan–Meier, log-log band"),
        _row(
            "patience, naive mean",
            name,
            naive,
            "s",
            "mean wait of those who left: not patience, as the patient were answered first",
        ),
        _row("silent share", name, topic.silence.share, "", "of those who lost patience, Wilson"),
    ]
    reaction = topic.reaction.fits
    rows.append(
        _row(
            "reaction, mean",
            name,
            None if reaction is None else reaction.mean_s,
            "s",
            "pickups by idle agents, censored by what comes between",
        )
    )
    return rows


def _mean_of(counts: pd.Series[int]) -> Estimate:
    return mean_interval(counts.to_numpy(dtype=np.float64), bounds=NOT_NEGATIVE)


def _agent_rows(fit: AgentFit) -> list[Row]:
    group = fit.group
    levels = [
        _row(
            f"output with {k} chats open", group.name, r, "solo speeds", "likelihood of the records"
        )
        for k, r in enumerate(group.output[1:], start=2)
    ]
    wrap_up = _row(
        "wrap-up, mean", group.name, fit.wrap_up.mean_s, "s", "gaps while somebody waits"
    )
    absent = Estimate(fit.absent, None, None, fit.dates)
    return [
        *levels,
        wrap_up,
        _row("absent for a day", group.name, absent, "", "spread of agent hours over the dates"),
    ]


def cannot_tell(
    history: History,
    staffing: EffectiveStaffing,
    incidents: pd.DataFrame,
    *,
    topics: Iterable[str],
) -> Iterable[str]:
    """What a reader must not take from the scenario, in sentences.

    Args:
        history: of the fitted dates.
        staffing: that was fitted.
        incidents: ``topic``, ``date``, ``start_min``, ``why``.
        topics: that the scenario has.
    """
    yield from _few_hours_fit(staffing)
    weekdays = {day.weekday() for day in history.dates}
    missing = [WEEKDAY_NAMES[day] for day in range(7) if day not in weekdays]
    if missing:
        yield f"No {', '.join(missing)} in the history: the scenario is closed on such days."
    if len(history.dates) < FEW_DATES:
        yield (
            f"{len(history.dates)} days show most weekdays once or twice: what is a habit of a "
            "weekday and what was that day's luck cannot be told apart well."
        )
    if history.holes:
        yield (
            f"No session on {_listed([str(day) for day in history.holes])}: taken for holes in the "
            "records, not for quiet days."
        )
    yield (
        "The records tell who was answered, not who was able to answer: staffing is an effective "
        "number that reproduces the waits, not a head count."
    )
    yield "Customers carry no identity here, so a second attempt counts as a new customer."
    topics = tuple(topics)
    yield from _topics_left_out(history, topics)
    yield from _patience_unknown(history, topics)
    if history.sessions["last_poll_at"].isna().all():
        yield (
            "Nothing tells when the customers' clients last polled: who left in silence cannot be "
            "told from who was served."
        )
    outcome = history.sessions["outcome"]
    forms = int(outcome.isin(["form_in_queue", "form_at_arrival"]).sum())
    if forms:
        yield (
            f"{forms:,} sessions ended in the offline form; when it is offered and who takes it is "
            "not estimated, and the scenario has none."
        )
    unknown = int((outcome == "unknown").sum())
    if unknown:
        yield f"{unknown:,} sessions have a status that does not tell how they ended."
    nobody = history.sessions["picked_up_at"].notna() & history.sessions["agent"].isna()
    if nobody.any():
        yield f"{nobody.sum():,} answered chats name no agent and are left out of what agents do."
    if len(incidents):
        first = incidents.iloc[0]
        yield (
            f"{len(incidents)} half-hours of incidents (the first on {first['date']} at "
            f"{clock(int(first['start_min']))}: {first['why']}) are left aside where staffing is "
            "fitted; the scenario has no such days."
        )
    yield from _hours_that_do_not_fit(staffing.judged)


def _listed(texts: list[str], *, at_most: int = 5) -> str:
    more = f" and {len(texts) - at_most} more dates" if len(texts) > at_most else ""
    return ", ".join(texts[:at_most]) + more


def _topics_left_out(history: History, topics: Iterable[str]) -> Iterable[str]:
    counts = history.sessions["topic"].astype(str).value_counts(sort=False)
    for topic, count in counts.drop(list(topics), errors="ignore").items():
        yield (
            f"No agent is seen to answer {topic}: its sessions ({count:,}) are left out, and the "
            "scenario has no such topic."
        )


def _patience_unknown(history: History, topics: Iterable[str]) -> Iterable[str]:
    left = history.sessions["outcome"].isin(["abandoned", "silent"])
    leavers = set(history.sessions.loc[left, "topic"].astype(str))
    for topic in topics:
        if topic not in leavers:
            yield (
                f"Nobody left the queue of {topic}, so their patience is unknown: in the scenario "
                "everybody waits as long as it takes."
            )


def _few_hours_fit(staffing: EffectiveStaffing) -> Iterable[str]:
    """The warning that comes first, where it must."""
    few = int(staffing.bands["few"].sum())
    if staffing.judged.empty:
        yield "Too few waited in any hour to judge the staffing by: do not plan with it."
    elif staffing.share_within < HALF:
        yield (
            "The staffing does NOT reproduce the recorded waits in most hours: do not plan with it "
            "before more days, or more --chats, make it do so."
        )
    if few:
        yield f"Not judged, as fewer than 30 queued: {few} hour{'s' * (few > 1)} of the day."


def _hours_that_do_not_fit(judged: pd.DataFrame) -> Iterable[str]:
    off = judged[~judged["within"]]
    luck = _by_luck(off)
    if luck.any():
        yield (
            f"In {luck.sum()} of {len(judged)} hours the simulation is more than 25 % off, but no "
            "further than the days themselves differ: more days, not other agents, would tell."
        )
    for row in off[~luck].to_dict(orient="records"):
        yield (
            f"{row['topic']}, {row['hour']:02d}–{row['hour'] + 1:02d} h: simulated wait "
            f"{row['simulated_wait_s']:.0f} s and abandonment {row['simulated_abandonment']:.1%} "
            f"against {row['observed_wait_s']:.0f} s and {row['observed_abandonment']:.1%} "
            f"recorded: {_why_off(row)}."
        )


def _why_off(row: dict[Hashable, Any]) -> str:
    wait = row["simulated_wait_s"] - row["observed_wait_s"]
    left = row["simulated_abandonment"] - row["observed_abandonment"]
    if wait * left < 0:
        return "no number of agents gives both"
    more = "more" if wait > 0 else "fewer"
    return f"whole agents come no nearer, or the search ended too soon ({more} agents wanted)"


def _by_luck(hours: pd.DataFrame) -> pd.Series[bool]:
    """Whether both simulated figures lie in the 95 % intervals of the recorded ones."""
    inside = pd.Series(data=True, index=hours.index)
    for figure, unit in (("wait", "_s"), ("abandonment", "")):
        simulated = hours[f"simulated_{figure}{unit}"]
        low, high = (hours[f"observed_{figure}_{end}{unit}"] for end in ("low", "high"))
        inside &= simulated.between(low, high)
    return inside


def reading(history: History) -> pd.DataFrame:
    """What was read, left out and put right, for people: ``what``, ``rows``, ``where``."""
    problems = history.problems
    rows = [
        (f"read from {source.file} ({source.kind})", source.rows, "") for source in history.sources
    ]
    for reason, count in problems.left_out.items():
        listed = problems.listed[problems.listed["reason"] == reason].head(3)
        places = [f"{row['file']}:{row['row']}" for row in listed.to_dict(orient="records")]
        rows.append((f"left out: {reason}", count, ", ".join(places)))
    rows += [(f"put right: {what}", count, "") for what, count in problems.put_right.items()]
    rows.append(("sessions used", len(history.sessions), ""))
    return pd.DataFrame(rows, columns=["what", "rows", "where"])
