"""From the fits to the scenario that is written: every estimate with the words that stand by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.calibration import drafting
from simulator.calibration.drafting import Draft, GroupDraft, TopicDraft
from simulator.calibration.fits import STEP_MIN
from simulator.calibration.history.anonymous_bank import CREDIT
from simulator.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.durations import Fits
    from simulator.calibration.effective import EffectiveStaffing
    from simulator.calibration.fits import AgentFit, TopicFit
    from simulator.calibration.history import History
    from simulator.calibration.solo_work import Silence, SoloWork
    from simulator.metrics.uncertainty import Estimate

__all__ = ["drawn_up", "staffed", "with_staffing_words"]


def staffed(draft: Draft, tables: Mapping[str, pd.DataFrame]) -> Draft:
    """The draft with these staffing tables, by group."""
    groups = tuple(replace(group, staffing=tables[group.name]) for group in draft.groups)
    return replace(draft, groups=groups)


def drawn_up(
    history: History,
    topics: tuple[TopicFit, ...],
    agents: tuple[AgentFit, ...],
    *,
    name: str,
    about: str | None = None,
) -> Draft:
    """Everything but the staffing, which stays empty."""
    dates = history.dates
    return Draft(
        name=name,
        about=about or f"As recorded from {dates[0]} to {dates[-1]}",
        heading=_heading(history, name),
        timezone=history.zone.key,
        start=_start(history, topics),
        topics=tuple(_topic_draft(topic) for topic in topics),
        groups=tuple(_group_draft(fit) for fit in agents),
        interval_min=STEP_MIN,
    )


def _heading(history: History, name: str) -> str:
    dates = history.dates
    files = ", ".join(source.file for source in history.sources) or "a history"
    counted = (
        f"Estimated by `pickup calibrate` from {len(history.sessions):,} sessions of "
        f"{len(dates)} days, {dates[0]} to {dates[-1]} ({files})."
    )
    evidence = drafting.evidence_path(Path(f"{name}.yaml")).name
    grounds = f"All grounds and intervals: {evidence}. Intervals in brackets are 95 %."
    lines = [counted, grounds]
    if any(source.kind == "anonymous_bank" for source in history.sources):
        lines.append(CREDIT)
    return "\n".join(lines)


def _start(history: History, topics: tuple[TopicFit, ...]) -> date:
    """The first date after the history on which a week begins that ends when all is closed."""
    hours: dict[int, list[tuple[int, int]]] = {}
    for topic in topics:
        for weekday, spans in topic.profile.opening_hours.items():
            hours.setdefault(weekday, []).extend(spans)
    first = drafting.week_order({day: tuple(spans) for day, spans in hours.items()})[0]
    after = history.dates[-1] + timedelta(days=1)
    return after + timedelta(days=(first - after.weekday()) % 7)


def _topic_draft(topic: TopicFit) -> TopicDraft:
    profile = topic.profile
    reaction, silent = topic.reaction.fits, topic.silence
    return TopicDraft(
        id=topic.id,
        name=topic.name,
        opening_hours=profile.opening_hours,
        expected=profile.expected,
        day_factor=_day_shape(topic),
        period_factor=topic.periods.notation,
        work=_fitted(topic.work).best.notation,
        patience=topic.patience.notation,
        patience_table=topic.patience.table,
        reaction=None if reaction is None else reaction.best.notation,
        silent=_silent(silent),
        words={
            "forecast": _forecast_words(topic),
            "day_factor": _day_words(topic),
            "period_factor": topic.periods.words,
            "work": _work_words(topic.work),
            "patience": topic.patience.words,
            "reaction": topic.reaction.words,
            "silent": silent.words,
        },
    )


def _day_words(topic: TopicFit) -> str:
    words, written = topic.profile.day_factor.words, _day_shape(topic)
    if written is None:
        return words
    return f"{words} Written is {written:g}: for other days, less what the hours below add."


def _day_shape(topic: TopicFit) -> float | None:
    """The shape for predicting other days, less what the period factor adds to a day's spread."""
    shape = topic.profile.day_factor.planning_shape
    if shape is None:
        return None
    left = 1 / shape - topic.periods.day_variance
    return _digits(1 / left) if left > 0 else None


def _silent(silence: Silence) -> dict[str, Any] | None:
    if silence.share is None or not silence.share.value or silence.timeout_s is None:
        return None
    return {"share": _digits(silence.share.value), "timeout": f"{max(silence.timeout_s, 1):.0f}s"}


def _fitted(work: SoloWork) -> Fits:
    if work.fits is None:  # a topic that nobody answered is no topic of a scenario
        raise DataError(f"{work.words} Leave the topic out")
    return work.fits


def _forecast_words(topic: TopicFit) -> str:
    counts = topic.profile.day_counts
    left_aside = len(topic.profile.incidents)
    words = (
        f"Expected arrivals by weekday and {STEP_MIN} minutes, from {counts['count'].sum():,} on "
        f"{len(counts)} days; weekdays with the same hours lend each other strength."
    )
    if left_aside:
        words += f" {left_aside} intervals of incidents are left aside."
    return words


def _work_words(work: SoloWork) -> str:
    fits, mean = _fitted(work), work.mean_s or _fitted(work).mean_s
    return (
        f"{fits.observed:,} chats, mean {mean.value:.1f} s at solo speed"
        f"{_bracket(mean, '.1f')}; {fits.best.family} by AIC, distance {fits.best.ks:.4f}."
        + (f" {work.words}" if work.words else "")
    )


def _bracket(estimate: Estimate, spec: str) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" ({estimate.low:{spec}} to {estimate.high:{spec}})"


def _digits(value: float | None) -> float:
    """Three digits are more than any of these estimates knows."""
    return float(f"{value or 0.0:.3g}")


def _group_draft(fit: AgentFit) -> GroupDraft:
    group = fit.group
    return GroupDraft(
        name=group.name,
        topics=group.topics,
        cap=group.cap,
        output=tuple(f"{_digits(r.value):g}" for r in group.output),
        staffing=pd.DataFrame(columns=["weekday", "start_min", "end_min", "agents"]),
        wrap_up=fit.wrap_up.notation,
        absent=fit.absent,
        words={
            "output": _output_words(group),
            "wrap_up": fit.wrap_up.words,
            "absent": (
                "Days spread more than the weekdays explain; so many away for a day would do it."
                if fit.absent
                else ""
            ),
        },
    )


def _output_words(group: AgentGroup) -> str:
    if group.cap == 1:
        return "One chat at a time."
    told = ", ".join(
        f"r({k}) = {r.value:.2f}{_bracket(r, '.2f')}" for k, r in enumerate(group.output, start=1)
    )
    return f"Output with k chats open, solo speed 1: {told}."


def with_staffing_words(draft: Draft, found: EffectiveStaffing) -> Draft:
    """The draft with what is to be known of its staffing."""
    bands = found.judged
    words = (
        "Effective agents by weekday and time, fitted so that the simulated wait and abandonment "
        f"of the fitted days agree with the observed ones: within 25 % in {bands['within'].sum()} "
        f"of {len(bands)} hours, which hold {found.share_within:.0%} of the chats."
    )
    groups = tuple(
        replace(group, words={**(group.words or {}), "staffing": _with_factor(words, group, found)})
        for group in draft.groups
    )
    return replace(draft, groups=groups)


def _with_factor(words: str, group: GroupDraft, found: EffectiveStaffing) -> str:
    factors = found.factors[found.factors["group"] == group.name]["factor"] / (1 - group.absent)
    return (
        f"{words} By hour they are {factors.min():.0%} to {factors.max():.0%} of the agents "
        "present between their absences."
    )
