"""What the records tell of each topic and each group of agents, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.calibration.arrivals import arrival_profile, nhpp_test
from simulator.calibration.patience import patience
from simulator.calibration.presence import presence
from simulator.calibration.reactions import reaction
from simulator.calibration.rota import by_weekday, open_steps
from simulator.calibration.solo_work import silence, solo_work
from simulator.calibration.topics import ids_of
from simulator.calibration.within_day import period_spread
from simulator.calibration.wrapping_up import wrap_up
from simulator.metrics.uncertainty import NOT_NEGATIVE, mean_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.arrivals import ArrivalProfile, Spans
    from simulator.calibration.history import History
    from simulator.calibration.patience import Patience
    from simulator.calibration.reactions import Reaction
    from simulator.calibration.solo_work import Silence, SoloWork
    from simulator.calibration.within_day import PeriodSpread
    from simulator.calibration.wrapping_up import WrapUp
    from simulator.metrics.uncertainty import Estimate

__all__ = ["STEP_MIN", "AgentFit", "TopicFit", "agent_fits", "answers", "incidents", "topic_fits"]

STEP_MIN: Final = 30
"""The step of the forecast and the staffing."""
FLIGHT_SD: Final = 5.0
"""So many standard deviations more leavers than foretold are an incident."""
LEAST_ABSENT: Final = 0.02
"""Less is not told from chance."""
MOST_ABSENT: Final = 0.15
FEWEST_FREE: Final = 5
"""With fewer dates beyond one for each weekday nothing is said of absences."""


@dataclass(frozen=True, slots=True, eq=False)
class TopicFit:
    """What a topic's records tell."""

    id: int
    name: str
    profile: ArrivalProfile
    nhpp: pd.DataFrame
    """``nhpp_test``: a row per length of interval."""
    periods: PeriodSpread
    work: SoloWork
    patience: Patience
    reaction: Reaction
    silence: Silence
    handle_mean_s: Estimate
    """The naive beside the work: pickup to end, stretched by the chats held side by side."""


@dataclass(frozen=True, slots=True, eq=False)
class AgentFit:
    """What a group's records tell."""

    group: AgentGroup
    wrap_up: WrapUp
    present: pd.DataFrame
    """Agents present: rows weekdays (0 is Monday), columns minutes after midnight; nan: closed."""
    seen: pd.DataFrame
    """Agents seen at work, likewise."""
    absent: float
    """The share of agents away for a day, beyond what the weekday explains."""
    dates: int
    """On which the group was seen."""


def topic_fits(
    history: History, groups: tuple[AgentGroup, ...], names: Mapping[int, str]
) -> tuple[TopicFit, ...]:
    """The topics that a group answers, by id; the others have nobody to staff them."""
    answered = ids_of(sorted({topic for group in groups for topic in group.topics}), names)
    by_id = sorted(answered.items(), key=lambda item: item[1])
    return tuple(_topic_fit(history, groups, number, topic) for topic, number in by_id)


def _topic_fit(
    history: History, groups: tuple[AgentGroup, ...], number: int, topic: str
) -> TopicFit:
    profile = arrival_profile(history, topic, step_min=STEP_MIN)
    return TopicFit(
        id=number,
        name=topic,
        profile=profile,
        nhpp=nhpp_test(history, topic),
        periods=period_spread(history, topic, profile, step_min=STEP_MIN),
        work=solo_work(history, groups, topic),
        patience=patience(history.of_topic(topic)),
        reaction=reaction(history, groups, topic),
        silence=silence(history, topic, groups=groups),
        handle_mean_s=_handle_mean(history.of_topic(topic)),
    )


def _handle_mean(chats: pd.DataFrame) -> Estimate:
    handled = chats.loc[chats["outcome"] == "served", "handle_s"].dropna()
    return mean_interval(handled.to_numpy(dtype=np.float64), bounds=NOT_NEGATIVE)


# ------------------------------------------------------------------------------------ agents


def agent_fits(
    history: History, groups: tuple[AgentGroup, ...], topics: tuple[TopicFit, ...]
) -> tuple[AgentFit, ...]:
    """What the records tell of each group: what they do between chats, and when they are there."""
    reactions = {topic.name: topic.reaction for topic in topics}
    there = presence(history, groups, step_min=STEP_MIN)
    there["weekday"] = [day.weekday() for day in there["date"]]
    return tuple(
        _agent_fit(history, groups, group, topics, there[there["group"] == group.name], reactions)
        for group in groups
    )


def _agent_fit(
    history: History,
    groups: tuple[AgentGroup, ...],
    group: AgentGroup,
    topics: tuple[TopicFit, ...],
    there: pd.DataFrame,
    reactions: Mapping[str, Reaction],
) -> AgentFit:
    is_open = open_steps(_hours(group, topics), step_min=STEP_MIN)
    return AgentFit(
        group=group,
        wrap_up=wrap_up(history, groups, group, reactions=reactions),
        present=by_weekday(there, is_open, what="present"),
        seen=by_weekday(there, is_open, what="seen"),
        absent=_absent(there, pickups_a_day=_pickups_a_day(history, group)),
        dates=int(there.loc[there["seen"] > 0, "date"].nunique()),
    )


def _hours(group: AgentGroup, topics: tuple[TopicFit, ...]) -> dict[int, Spans]:
    """When one of the group's topics is open, by weekday."""
    hours: dict[int, Spans] = {}
    for topic in topics:
        if topic.name in group.topics:
            for weekday, spans in topic.profile.opening_hours.items():
                hours[weekday] = (*hours.get(weekday, ()), *spans)
    return hours


def _pickups_a_day(history: History, group: AgentGroup) -> float:
    chats = history.sessions[history.sessions["agent"].isin(group.agents)]
    days = chats["requested_at"].dt.date.nunique()
    return len(chats) / max(int(days), 1)


def _absent(presence: pd.DataFrame, *, pickups_a_day: float = np.inf) -> float:
    """The share of agents away for a day that spreads the days as the records do.

    Agent hours of a date against the mean of its weekday: with n agents of whom each is away with
    probability p, independently, their relative variance is p ÷ ((1 − p) n), and (1 − p) n are
    those seen at once. For predicting
    other days the sum of squares is divided by ν − 2 in place of ν, as the variance is itself
    estimated (Student's t).
    """
    hours = presence.groupby("date")["present"].sum()
    at_once = presence.groupby("date")["present"].max()
    if hours.empty:
        return 0.0
    weekday = pd.Series([day.weekday() for day in hours.index], index=hours.index)
    several = weekday.map(weekday.value_counts()) > 1
    kept = hours[several & (hours > 0)]
    freedom = len(kept) - weekday[kept.index].nunique()
    if freedom < FEWEST_FREE:
        return 0.0
    usual = kept.groupby(weekday[kept.index]).transform("mean")
    variance = float(((kept / usual - 1) ** 2).sum()) / (freedom - 2)
    # On a quiet desk chance decides who is seen, and for how long: about one part in the chats.
    absent = (variance - 1 / pickups_a_day) * float(at_once[kept.index].mean())
    return 0.0 if absent < LEAST_ABSENT else round(min(absent, MOST_ABSENT), 3)


def answers(
    history: History, agents: tuple[AgentFit, ...], topics: tuple[TopicFit, ...]
) -> pd.DataFrame:
    """Rows groups, columns topics: the share of the group's pickups that each topic takes."""
    names = [topic.name for topic in topics]
    group_of = {name: fit.group.name for fit in agents for name in fit.group.agents}
    chats = history.sessions.dropna(subset=["agent"])
    group = chats["agent"].astype(str).map(group_of)
    counts = pd.crosstab(group, chats["topic"].astype(str))
    counts = counts.reindex(index=[fit.group.name for fit in agents], columns=names, fill_value=0)
    return counts.div(counts.sum(axis=1).clip(lower=1), axis=0)


def incidents(history: History, topics: tuple[TopicFit, ...]) -> pd.DataFrame:
    """Steps that say nothing of the staffing: ``topic``, ``date``, ``start_min``, ``why``.

    A rush of arrivals that no other day shows, or more customers who left than the time they
    waited explains (a line that broke down, a message that sent them away).
    """
    frames = [
        frame.assign(topic=topic.name)
        for topic in topics
        for frame in (
            topic.profile.incidents.assign(why="a rush of arrivals"),
            _flights(history.of_topic(topic.name), topic.patience),
        )
    ]
    found = pd.concat(frames, ignore_index=True)[["topic", "date", "start_min", "why"]]
    found["date"] = pd.to_datetime(found["date"]).dt.date
    return found.drop_duplicates(["topic", "date", "start_min"], ignore_index=True)


def _flights(chats: pd.DataFrame, found: Patience) -> pd.DataFrame:
    """Steps with far more leavers than all time waited ÷ mean patience foretells."""
    mean_s = found.exponential_mean_s.value
    if mean_s is None:
        return pd.DataFrame(columns=["date", "start_min", "why"])
    requested = chats["requested_at"]
    keys = {
        "date": requested.dt.date,
        "start_min": (requested.dt.hour * 60 + requested.dt.minute) // STEP_MIN * STEP_MIN,
    }
    left = chats["outcome"].isin(["abandoned", "silent"])
    steps = chats.assign(**keys, left=left).groupby(list(keys))[["wait_s", "left"]].sum()
    expected = steps["wait_s"] / mean_s
    far = steps["left"] > expected + FLIGHT_SD * np.sqrt(expected.clip(lower=1))
    found_at = steps.index[far & (steps["left"] > 2 * expected)].to_frame(index=False)
    flights: pd.DataFrame = found_at.assign(why="more left than their waits explain")
    return flights
