"""The scenario that a calibration writes: one YAML file, its tables beside it, and its evidence.

Every estimate stands in the file with a comment that says what it rests on. The same estimates
give the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import textwrap
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from simulator.calibration.arrivals import Spans

__all__ = [
    "Draft",
    "GroupDraft",
    "TopicDraft",
    "clock",
    "evidence_path",
    "files",
    "week_order",
    "write_all",
]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WIDTH: Final = 98
EVIDENCE: Final = ".calibration.json"
SHELVES: Final = {"forecast": "forecasts", "staffing": "rosters", "patience": "patience"}
"""Where tables go if the scenario goes into a folder ``scenarios``: to its neighbours."""
LONGEST_SLUG: Final = 48
"""Letters of a name that stand in its table's file name: systems allow 255 bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class TopicDraft:
    """A topic as it is written; ``…_notation`` are mappings in the scenario's own notation."""

    id: int
    name: str
    opening_hours: Mapping[int, Spans]
    expected: pd.DataFrame
    """``weekday``, ``start_min``, ``end_min``, ``expected``."""
    work: Mapping[str, Any]
    day_factor: float | None = None
    period_factor: Mapping[str, Any] | None = None
    patience: Mapping[str, Any] | None = None
    patience_table: pd.DataFrame | None = None
    reaction: Mapping[str, Any] | None = None
    silent: Mapping[str, Any] | None = None
    words: Mapping[str, str] | None = None
    """Key of the scenario → what its estimate rests on."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupDraft:
    """A group of agents as it is written."""

    name: str
    topics: tuple[str, ...]
    cap: int
    output: tuple[str, ...]
    """r(1..cap) as decimals."""
    staffing: pd.DataFrame
    """``weekday``, ``start_min``, ``end_min``, ``agents``."""
    wrap_up: Mapping[str, Any] | None = None
    absent: float = 0.0
    words: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A scenario of one week."""

    name: str
    about: str
    heading: str
    """What it was estimated from: the comment on top."""
    timezone: str
    start: date
    topics: tuple[TopicDraft, ...]
    groups: tuple[GroupDraft, ...]
    interval_min: int


def files(draft: Draft, out: Path) -> dict[Path, str]:
    """Every file of the scenario with its text; the scenario itself, at ``out``, comes last."""
    by_topic, by_group = _topic_suffixes(draft), _group_suffixes(draft)
    tables = {
        _table_path(out, "forecast"): _forecast(draft.topics),
        **{
            _table_path(out, "patience", by_topic[topic.name]): _csv(topic.patience_table)
            for topic in draft.topics
            if topic.patience_table is not None
        },
        **{
            _table_path(out, "staffing", by_group[group.name]): _csv(
                _clocked(group.staffing, ["agents"])
            )
            for group in draft.groups
        },
    }
    return {**tables, out: _scenario(draft, out)}


def _topic_suffixes(draft: Draft) -> dict[str, str]:
    return _suffixes([topic.name for topic in draft.topics])


def _group_suffixes(draft: Draft) -> dict[str, str]:
    return _suffixes([group.name for group in draft.groups])


def evidence_path(out: Path) -> Path:
    """Where the evidence of a calibrated scenario stands: beside it."""
    return out.with_name(out.stem + EVIDENCE)


def write_all(texts: Mapping[Path, str], *, overwrite: bool) -> None:
    """Write every file to a temporary name, then rename them in their order; or change nothing.

    Raises:
        UsageError: one of them is there already and ``overwrite`` is False, or cannot be written.
    """
    there = [path for path in texts if path.exists()]
    if there and not overwrite:
        raise UsageError(f"{there[-1]} exists; give another --out, or --overwrite to replace it")
    try:
        with ExitStack() as undo:
            drafts = {path: _drafted(path, text, undo) for path, text in texts.items()}
            for path, draft in drafts.items():
                undo.callback(_restore, path, path.read_bytes() if path.exists() else None)
                draft.chmod(0o644)
                draft.replace(path)
            undo.pop_all()
    except OSError as error:
        raise UsageError(
            f"{[*texts][-1]} and its tables cannot be written: {error.strerror}; give another --out"
        ) from error


def _drafted(path: Path, text: str, undo: ExitStack) -> Path:
    """The text under a temporary name in the folder of ``path``."""
    for folder in reversed([each for each in path.parents if not each.exists()]):
        folder.mkdir()
        undo.callback(folder.rmdir)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".pickup-")
    undo.callback(Path(name).unlink, missing_ok=True)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return Path(name)


def _restore(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(before)


def _table_path(out: Path, kind: str, suffix: str = "") -> Path:
    """``desk.forecast.csv`` beside ``desk.yaml``; in ``data/scenarios`` on its kind's shelf."""
    if out.parent.name == "scenarios":
        return out.parent.parent / SHELVES[kind] / f"{out.stem}{suffix}.csv"
    return out.with_name(f"{out.stem}.{kind}{suffix}.csv")


def _suffixes(names: Sequence[str]) -> dict[str, str]:
    """What tells the tables of these names apart in their files' names.

    >>> _suffixes(["Agents"]), _suffixes(["Sales", "Sales + Support", "sales"])
    ({'Agents': ''}, {'Sales': '.sales', 'Sales + Support': '.sales-support', 'sales': '.sales-3'})
    """
    if len(names) == 1:
        return {names[0]: ""}
    found: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        slug = "." + re.sub(r"[^\w]+", "-", name).strip("-").lower()[:LONGEST_SLUG]
        while slug in found.values():
            slug += f"-{number}"
        found[name] = slug
    return found


def _beside(out: Path, table: Path) -> str:
    return Path(os.path.relpath(table, out.parent)).as_posix()


# ------------------------------------------------------------------------------------ tables


def clock(minutes: int) -> str:
    """A time of day.

    >>> clock(450), clock(1440)
    ('07:30', '24:00')
    """
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def week_order(opening_hours: Mapping[int, Spans]) -> tuple[int, ...]:
    """The weekdays, beginning after the one that closes first: no chat is cut by the week's end.

    >>> week_order({day: ((480, 1080),) for day in range(5)})
    (0, 1, 2, 3, 4, 5, 6)
    """
    closes = {
        day: max((end for _, end in opening_hours.get(day, ())), default=0) for day in range(7)
    }
    # Of days that close equally early the last in the calendar week, as people write weeks.
    last = min(closes, key=lambda day: (closes[day], -day))
    return tuple((last + 1 + step) % 7 for step in range(7))


def _clocked(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Weekdays and minutes in words."""
    return pd.DataFrame(
        {
            "weekday": [WEEKDAYS[day] for day in table["weekday"]],
            "start": [clock(minute) for minute in table["start_min"]],
            "end": [clock(minute) for minute in table["end_min"]],
            **{name: table[name] for name in columns},
        }
    )


def _forecast(topics: tuple[TopicDraft, ...]) -> str:
    key = ["weekday", "start_min", "end_min"]
    columns = [
        topic.expected.set_index(key)["expected"].rename(topic.name).astype(float)
        for topic in topics
    ]
    table = pd.concat(columns, axis=1).sort_index().fillna(0.0).round(2).reset_index()
    return _csv(_clocked(table, [topic.name for topic in topics]))


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n"))


# ---------------------------------------------------------------------------------- scenario


def _scenario(draft: Draft, out: Path) -> str:
    lines = [
        *_comment(draft.heading, 0),
        f"name: {_scalar(draft.name)}",
        f"about: {_scalar(draft.about)}",
        f"timezone: {draft.timezone}",
        f"start: {draft.start.isoformat()}T00:00",
        "days: 7",
        "study: terminating",
        f"interval: {draft.interval_min}m",
        "topics:",
    ]
    for topic in draft.topics:
        lines += _topic(topic, draft, out)
    lines.append("agents:")
    for group in draft.groups:
        lines += _group(group, draft, out)
    alone = all(group.cap == 1 for group in draft.groups)
    lines.append(f"routing: {'longest_idle' if alone else 'least_loaded'}")
    return "\n".join(lines) + "\n"


def _topic(topic: TopicDraft, draft: Draft, out: Path) -> list[str]:
    words = topic.words or {}
    patience = topic.patience
    if patience is not None and topic.patience_table is not None:
        suffix = _topic_suffixes(draft)[topic.name]
        table = _beside(out, _table_path(out, "patience", suffix))
        patience = {"survival": {"file": table, **patience["survival"]}}
    return [
        f"  - id: {topic.id}",
        f"    name: {_scalar(topic.name)}",
        f"    opening_hours: {_flow(_hours(topic.opening_hours))}",
        "    arrivals:",
        *_comment(words.get("forecast", ""), 6),
        f"      forecast: {_scalar(_beside(out, _table_path(out, 'forecast')))}",
        *_entry(
            "day_factor",
            None if topic.day_factor is None else {"gamma_shape": topic.day_factor},
            words,
            6,
        ),
        *_entry("period_factor", topic.period_factor, words, 6),
        *_entry("work", topic.work, words, 4),
        *_entry("patience", patience, words, 4),
        *_entry("reaction", topic.reaction, words, 4),
        *_entry("silent", topic.silent, words, 4),
    ]


def _group(group: GroupDraft, draft: Draft, out: Path) -> list[str]:
    words = group.words or {}
    table = _table_path(out, "staffing", _group_suffixes(draft)[group.name])
    return [
        f"  - group: {_scalar(group.name)}",
        *_comment(words.get("staffing", ""), 4),
        f"    staffing: {_scalar(_beside(out, table))}",
        *_entry("absent", group.absent or None, words, 4),
        f"    topics: {_flow(list(group.topics))}",
        *_comment(words.get("output", ""), 4),
        f"    cap: {group.cap}",
        f"    output: [{', '.join(group.output)}]",
        *_entry("wrap_up", group.wrap_up, words, 4),
    ]


def _entry(key: str, value: object, words: Mapping[str, str], indent: int) -> list[str]:
    """A key with its comment above it; where there is no value, the comment alone says why."""
    said = _comment(words.get(key, ""), indent)
    if value is None:
        return said
    lines = textwrap.wrap(
        f"{' ' * indent}{key}: {_flow(value)}",
        WIDTH,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [*said, *lines]


def _comment(text: str, indent: int) -> list[str]:
    start = " " * indent + "# "
    return [
        line.rstrip()
        for paragraph in text.splitlines()
        for line in textwrap.wrap(paragraph, WIDTH, initial_indent=start, subsequent_indent=start)
        or [start]
    ]


def _hours(opening_hours: Mapping[int, Spans]) -> dict[str, list[str]]:
    """Neighbouring weekdays with the same spans together, round the week's end too.

    >>> _hours({6: ((420, 1440),), 0: ((420, 1440),), 4: ((420, 840),)})
    {'sun-mon': ['07:00-24:00'], 'fri': ['07:00-14:00']}
    """
    runs: list[list[int]] = []
    for day in week_order(opening_hours):
        if day not in opening_hours:
            continue
        touches = bool(runs) and (runs[-1][-1] + 1) % 7 == day
        if touches and opening_hours[runs[-1][0]] == opening_hours[day]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return {
        "-".join(dict.fromkeys((WEEKDAYS[run[0]], WEEKDAYS[run[-1]]))): [
            f"{clock(opens)}-{clock(closes)}" for opens, closes in opening_hours[run[0]]
        ]
        for run in runs
    }


def _flow(value: object) -> str:
    """YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


PLAIN: Final = re.compile(r"[A-Za-z_][\w./-]*( [\w./-]+)*|\d+(\.\d+)?(ms|s|m|h)")
KEYWORDS: Final = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def _scalar(value: object) -> str:
    """A text quoted only where YAML would read something else.

    >>> _scalar("Sales"), _scalar("07:00-24:00"), _scalar("yes"), _scalar(0.25), _scalar("20s")
    ('Sales', '"07:00-24:00"', '"yes"', '0.25', '20s')
    """
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in KEYWORDS
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
