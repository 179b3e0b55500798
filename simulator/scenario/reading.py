"""A scenario file and its tables become a Scenario: checked, resolved into instants, frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from simulator.errors import ScenarioError
from simulator.scenario import documents, notation
from simulator.scenario.arriving import arrivals
from simulator.scenario.checking import Checked, checked
from simulator.scenario.complaints import Complaints, known_names
from simulator.scenario.days import WEEKDAYS, Calendar, parse_date
from simulator.scenario.durations import microseconds
from simulator.scenario.hours import WeekHours, openings
from simulator.scenario.localtime import LocalTime
from simulator.scenario.shapes import distribution
from simulator.scenario.source import Frame, Source
from simulator.scenario.staff import crew, numbered
from simulator.scenario.world import (
    Agent,
    Group,
    OfflineForm,
    Retry,
    Scenario,
    ServiceLevel,
    Topic,
)
from simulator.scenario.writing import resolved_text

if TYPE_CHECKING:
    from decimal import Decimal

    from simulator.distributions import Distribution
    from simulator.scenario.documents import Entry, KeyPath

__all__ = ["Reading", "from_tree", "load", "loads", "read", "schema"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A scenario and what was read for it."""

    scenario: Scenario
    tables: tuple[tuple[str, int], ...]
    """(path, rows) of each table file, in order of reading."""


def load(path: Path | str) -> Scenario:
    """The scenario in a YAML file, with its tables read beside it.

    Raises ScenarioError with every complaint: value, rule, remedy, and file:line.
    """
    return read(path).scenario


def loads(text: str, *, folder: Path | str | None = None) -> Scenario:
    """The scenario in a YAML text; paths in it start from ``folder`` (left out: from here).

    >>> desk = loads('''
    ... name: tiny
    ... timezone: UTC
    ... start: 2026-03-23
    ... days: 1
    ... topics:
    ...   - {id: 1, name: Sales, arrivals: {rate_per_hour: 6}, work: {exponential: {mean: 8m}}}
    ... agents:
    ...   - {group: Desk, count: 2, topics: [Sales]}
    ... ''')
    >>> desk.topics[0].work, [agent.name for agent in desk.agents]
    (Exponential(mean=480.0), ['Desk 1', 'Desk 2'])
    """
    base = Path() if folder is None else Path(folder)
    return _read(documents.parse(text, file="<text>", folder=base)).scenario


def read(path: Path | str) -> Reading:
    """As ``load``, with an account of the tables."""
    return _read(documents.read(Path(path)))


def from_tree(root: Entry) -> Scenario:
    """The scenario that a tree describes: one from ``documents.read``, perhaps changed since."""
    return _read(root).scenario


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    found = notation.ScenarioNotation.model_json_schema()
    definitions, properties = found["$defs"], found["properties"]
    merged = {}
    for items, kind, key in (("topics", "Topic", "name"), ("agents", "Group", "group")):
        override = {**definitions[f"{kind}Notation"], "required": [key]}
        definitions[f"{kind}Override"] = override
        merged[items] = {"type": "array", "items": {"$ref": f"#/$defs/{kind}Override"}}
    complete = {items: properties[items] for items in merged}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pickup Lab scenario",
        "description": found["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": properties | dict.fromkeys(merged, True),
        # A file that extends another need only say what differs.
        "if": {"required": ["extends"]},
        "then": {"properties": merged},
        "else": {"properties": complete, "required": found["required"]},
        "$defs": definitions,
    }


def _read(root: Entry) -> Reading:
    complaints = Complaints()
    source = Source(root, complaints)
    found = checked(root, complaints)
    frame = None if found is None else _frame(found.notation, source)
    if found is None or frame is None:
        complaints.raise_if_any()
        raise ScenarioError("the scenario cannot be read", root.place)
    scenario = _scenario(found, frame, source)
    complaints.raise_if_any()
    text = resolved_text(found.notation, source.inlined)
    tables = tuple((path, len(table.rows)) for path, table in source.tables.items())
    return Reading(replace(scenario, resolved=text), tables)


def _frame(written: notation.ScenarioNotation, source: Source) -> Frame | None:
    start = datetime.fromisoformat(written.start)
    try:
        local = LocalTime(ZoneInfo(written.timezone), start)
    except ValueError as error:
        source.complain(("start",), f"is no instant: {error}")
        return None
    horizon = _end(start + timedelta(days=written.days), local)
    last = local.moment(horizon - 1).date()
    dates = tuple(start.date() + timedelta(days=i) for i in range((last - start.date()).days + 1))
    holidays = {
        parse_date(day): None if goes_like == "closed" else WEEKDAYS.index(goes_like)
        for day, goes_like in (written.holidays or {}).items()
    }
    return Frame(local, Calendar(holidays), dates, horizon)


def _end(end: datetime, local: LocalTime) -> int:
    """The instant of this local time; where the clocks leap over it, the leap."""
    wall_us = (end - datetime.combine(end.date(), time())) // timedelta(microseconds=1)
    if wall_us == 0:
        return local.bounds(end.date())[0]
    try:
        return local.instant(end.date(), wall_us)
    except ValueError:
        return local.elapsed(end.date(), 0, wall_us)[-1][1]


def _scenario(found: Checked, frame: Frame, source: Source) -> Scenario:
    written = found.notation
    names = _topic_names(source)
    topics = tuple(
        _with_factor(_topic(topic, names, frame, ("topics", at), source), written)
        for topic, at in zip(written.topics, found.topics, strict=True)
    )
    _complain_of_twins(found, source)
    groups, agents = _groups(found, names, frame, source)
    _complain_of_unanswered(found, groups, source)
    level = written.service_level
    return Scenario(
        name=written.name,
        about=written.about,
        timezone=frame.local.zone,
        start=frame.local.start,
        horizon_us=frame.horizon_us,
        dates=frame.dates,
        study=written.study,
        warm_up_us=_warm_up(written, frame, source),
        topics=topics,
        groups=groups,
        agents=agents,
        routing=written.routing,
        queue_position=written.queue_position,
        closing=written.closing,
        service_level=ServiceLevel(microseconds(level.threshold), level.definition, level.target),
        shared_day_factor_shape=_shared_factor(written, source),
        interval_us=microseconds(written.interval),
    )


def _topic_names(source: Source) -> list[str]:
    """The names of all topics in the file, those with errors included."""
    items = documents.where(source.root, ("topics",)).value
    names = []
    for item in items if isinstance(items, list) else []:
        name = item.value.get("name") if isinstance(item.value, dict) else None
        names.append(str(name.value) if name is not None else "")
    return names


def _with_factor(topic: Topic, written: notation.ScenarioNotation) -> Topic:
    """A shared factor stands on the scenario alone; one that is not goes to topics without."""
    factor, own = written.day_factor, topic.arrivals.day_factor_shape
    if written.shared or (factor is not None and factor.shared):
        shape = None
    elif own is None and factor is not None:
        shape = factor.gamma_shape
    else:
        return topic
    return replace(topic, arrivals=replace(topic.arrivals, day_factor_shape=shape))


def _topic(
    written: notation.TopicNotation, names: list[str], frame: Frame, path: KeyPath, source: Source
) -> Topic:
    hours = WeekHours(written.opening_hours)

    def shape(key: str) -> Distribution | None:
        given = getattr(written, key)
        return None if given is None else distribution(given, (*path, key), source)

    work = distribution(written.work, (*path, "work"), source)
    for key, kind in (("work", work), ("reaction", shape("reaction"))):
        if kind is not None and not math.isfinite(kind.mean):
            source.complain((*path, key), "may never end; give it a tail that does")
    silent, warnings = written.silent, written.warnings
    return Topic(
        id=written.id,
        name=written.name,
        openings=openings(hours, frame, (*path, "opening_hours"), source),
        arrivals=arrivals(written, hours, frame, path, source),
        work=work,
        patience=shape("patience"),
        reaction=shape("reaction"),
        silent_share=0.0 if silent is None else silent.share,
        silent_timeout_us=0 if silent is None else microseconds(silent.timeout),
        offline_form=_offline_form(written.offline_form),
        retry=_retry(written.retry, (*path, "retry"), source),
        transfer=_transfer(written, names, (*path, "transfer", "to"), source),
        warn_agents_us=_us(None if warnings is None else warnings.agents_after),
        warn_managers_us=_us(None if warnings is None else warnings.managers_after),
    )


def _us(duration: Decimal | None) -> int | None:
    return None if duration is None else microseconds(duration)


def _offline_form(written: notation.OfflineFormNotation | None) -> OfflineForm | None:
    if written is None:
        return None
    return OfflineForm(
        after_us=_us(written.after),
        queue_length=written.queue_length,
        join=written.join,
        taken_by=written.taken_by,
    )


def _retry(written: notation.RetryNotation | None, path: KeyPath, source: Source) -> Retry | None:
    if written is None:
        return None
    delay = distribution(written.delay, (*path, "delay"), source)
    return Retry(written.probability, delay, written.at_most)


def _transfer(
    topic: notation.TopicNotation, names: list[str], path: KeyPath, source: Source
) -> tuple[tuple[int, float], ...]:
    targets = []
    for name, probability in ({} if topic.transfer is None else topic.transfer.to).items():
        if name == topic.name:
            source.complain((*path, name), "is the topic itself; name another one")
        elif name in names:
            targets.append((names.index(name), probability))
        else:
            source.complain((*path, name), f"is an unknown topic{known_names(name, names)}")
    return tuple(targets)


def _groups(
    found: Checked, topics: list[str], frame: Frame, source: Source
) -> tuple[tuple[Group, ...], tuple[Agent, ...]]:
    groups: list[Group] = []
    agents: list[Agent] = []
    for written, at in zip(found.notation.agents, found.groups, strict=True):
        path: KeyPath = ("agents", at)
        people = crew(written, _colleagues(written, found.notation), frame, path, source)
        wrap_up = written.wrap_up
        groups.append(
            Group(
                name=written.group,
                first_agent=len(agents),
                agent_count=len(people.names),
                topics=_answered(written, topics, path, source),
                cap=written.cap,
                output=tuple(written.output or ("1",)),
                wrap_up=None
                if wrap_up is None
                else distribution(wrap_up, (*path, "wrap_up"), source),
                absent=written.absent,
                headcount=people.headcount,
            )
        )
        for name, duty in zip(people.names, people.duty, strict=True):
            agents.append(Agent(len(agents) + 1, name, len(groups) - 1, duty))
    _complain_of_namesakes(agents, found, source)
    return tuple(groups), tuple(agents)


def _colleagues(written: notation.GroupNotation, scenario: notation.ScenarioNotation) -> list[str]:
    """The names in other groups, since several groups may share one roster."""
    return [
        name
        for other in scenario.agents
        if other is not written
        for name in (other.names or numbered(other.group, other.count or 0))
    ]


def _answered(
    written: notation.GroupNotation, topics: list[str], path: KeyPath, source: Source
) -> tuple[int, ...]:
    found: list[int] = []
    for position, name in enumerate(written.topics):
        here = (*path, "topics", position)
        if name not in topics:
            source.complain(here, f"is '{name}', an unknown topic{known_names(name, topics)}")
        elif topics.index(name) in found:
            source.complain(here, f"is '{name}' for the second time; keep one")
        else:
            found.append(topics.index(name))
    return tuple(found)


def _complain_of_twins(found: Checked, source: Source) -> None:
    """Ids and names stand for one topic or group each."""
    for key, items, positions in (
        ("id", [str(topic.id) for topic in found.notation.topics], found.topics),
        ("name", [topic.name for topic in found.notation.topics], found.topics),
        ("group", [group.group for group in found.notation.agents], found.groups),
    ):
        of_list = "agents" if key == "group" else "topics"
        for index, item in enumerate(items):
            if item in items[:index]:
                first = documents.where(source.root, (of_list, positions[items.index(item)], key))
                source.complain(
                    (of_list, positions[index], key),
                    f"is {item}, as in line {first.place.line}; give each its own",
                )


def _complain_of_namesakes(agents: list[Agent], found: Checked, source: Source) -> None:
    seen: dict[str, int] = {}
    for agent in agents:
        if agent.name in seen:
            first = found.notation.agents[seen[agent.name]].group
            source.complain(
                ("agents", found.groups[agent.group]),
                f"has an agent '{agent.name}', and so has the group '{first}' before; "
                "give each agent a name of their own",
            )
        seen.setdefault(agent.name, agent.group)


def _complain_of_unanswered(found: Checked, groups: tuple[Group, ...], source: Source) -> None:
    """Every topic wants a group that may answer it.

    Groups with errors were left out, and a name that no topic has may be meant for any: then
    nothing is said.
    """
    items = documents.where(source.root, ("agents",)).value
    if not isinstance(items, list) or len(items) > len(groups):
        return
    answered = {name for group in found.notation.agents for name in group.topics}
    if not answered.issubset(_topic_names(source)):
        return
    for topic, at in zip(found.notation.topics, found.topics, strict=True):
        if topic.name not in answered:
            source.complain(("topics", at), "is answered by no group; name it in the topics of one")


def _warm_up(
    written: notation.ScenarioNotation, frame: Frame, source: Source
) -> int | Literal["mser5"] | None:
    if written.study == "terminating":
        return None
    if written.warm_up is None or written.warm_up == "mser5":
        return "mser5"
    warm_up = microseconds(written.warm_up)
    if warm_up >= frame.horizon_us:
        source.complain(("warm_up",), "is as long as the simulated time; give less")
    return warm_up


def _shared_factor(written: notation.ScenarioNotation, source: Source) -> float | None:
    """The shape of the one day factor for all topics, or None when each has its own or none."""
    own = {t.arrivals.day_factor.gamma_shape for t in written.topics if t.arrivals.day_factor}
    if written.day_factor is not None and written.day_factor.shared:
        if own - {written.day_factor.gamma_shape}:
            source.complain(
                ("day_factor",), "is shared, but a topic has another of its own; keep one"
            )
        return written.day_factor.gamma_shape
    if not written.shared:
        return None
    if len(own) != 1:
        source.complain(
            ("shared",),
            f"is true, but the topics' day factors have {len(own)} shapes; "
            "give one gamma_shape (day_factor: {gamma_shape: 60} on the scenario does it)",
        )
        return None
    return own.pop()
