"""The records of a day, as far as they are there: read, and what is missing said in sentences.

A report that is made every morning meets files that are late, cut off, empty or not there. None of
that is an error: the page says so and compares what can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from simulator.calibration.daily.dates import said
from simulator.calibration.history import read_history
from simulator.calibration.topics import known_by
from simulator.errors import DataError, UsageError
from simulator.files import files_within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from simulator.calibration.daily.predicting import Prediction
    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario

__all__ = ["Records", "State", "plain", "read_records", "state_of"]

UNNAMED: Final = "Chat"
"""The topic of a history whose files tell of none."""
QUIET: Final = 0.01
"""Fewer replications than this share are as silent at an end of the day: records are missing."""
LONGEST_NAME: Final = 60

Kind = Literal["whole", "partial", "late", "empty", "closed", "future", "unread"]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What could be read."""

    history: History | None
    """With the scenario's topics alone, on the scenario's clock; None if nothing was read."""
    notes: tuple[str, ...] = ()
    """Files and sessions that are not in it, in sentences."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether the day's records are all there."""

    kind: Kind
    sentence: str
    since: pd.Timestamp | None = None
    """Records are known from here on; None: from the day's beginning."""
    until: pd.Timestamp | None = None

    @property
    def is_compared(self) -> bool:
        """Whether there is anything to compare."""
        return self.kind in ("whole", "partial")


def plain(text: str) -> str:
    r"""A text from a file as part of a sentence: no control characters, not too long.

    >>> plain("Sa\x1bles\n2")
    'Sa\ufffdles\ufffd2'
    """
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def read_records(
    files: Sequence[Path], world: Scenario, *, kind: str = "auto", zone: ZoneInfo | None = None
) -> Records:
    """The sessions in these files and folders; a file that cannot be read is left out and told.

    Args:
        files: history files, or folders of them.
        world: whose topics and clock they are put on.
        kind: as ``read_history`` takes it.
        zone: in which dates without an offset were written; the scenario's if left out.
    """
    left, notes = [file for given in files for file in files_within(given)], []
    if not left:
        notes.append("There is no file of records: no path was given, or the folder is empty.")
    while left:
        try:
            history = read_history(left, kind=kind, zone=zone or world.timezone)
        except UsageError as error:
            notes.append(_told(error))
            bad = None if error.place is None else error.place.file
            if not isinstance(error, DataError) or bad not in left:
                return Records(None, tuple(notes))
            left = [file for file in left if file != bad]
            continue
        known, strangers = _of_scenario(history, world)
        return Records(known, (*notes, *strangers))
    return Records(None, tuple(notes))


def _told(error: UsageError) -> str:
    place = error.place
    where = "" if place is None or place.file is None else plain(str(place.file).split("/")[-1])
    return f"{where or 'The records'} could not be read: {plain_sentence(error.message)}."


def plain_sentence(text: str) -> str:
    """An error's message without control characters and its full stop."""
    letters = (letter if letter.isprintable() else " " for letter in text.strip())
    return "".join(letters).rstrip(".")


def _of_scenario(history: History, world: Scenario) -> tuple[History, list[str]]:
    """The sessions of its topics, by its clock, and what the others are."""
    named = known_by(history, {topic.id: topic.name for topic in world.topics})
    topic = named.sessions["topic"].astype(str)
    names = [each.name for each in world.topics]
    if len(names) == 1 and not topic.isin(names).any():
        topic = topic.replace({UNNAMED: names[0]})
    ours = topic.isin(names)
    clocks = {
        name: named.sessions[name].dt.tz_convert(world.timezone)
        for name in ("requested_at", "picked_up_at", "ended_at", "last_poll_at")
    }
    sessions = named.sessions.assign(**clocks, topic=topic.astype("category"))[ours]
    kept = replace(history, sessions=sessions.reset_index(drop=True), zone=world.timezone)
    strangers = topic[~ours].value_counts()
    notes = [
        f"{count:,} sessions of topic '{plain(str(name))}' are not compared: the scenario does "
        "not simulate it."
        for name, count in list(strangers.items())[:5]
    ]
    if len(strangers) > 5:
        notes.append(f"Nor are those of {len(strangers) - 5} more topics.")
    return kept, notes


# ------------------------------------------------------------------------------- completeness


def state_of(
    records: Records, day: date, today: date, predicted: Prediction | None, column: int = 0
) -> State:
    """Whether the day's records are all there, judged by what the scenario lets expect.

    Args:
        records: all that was read.
        day: the local date looked back on.
        today: by the desk's clock.
        predicted: of dates among which the day is; None if the scenario cannot tell.
        column: which of them.
    """
    if day > today:
        return State("future", f"{said(day)} has not been yet: here is what to expect of it.")
    if records.history is None:
        return State("unread", f"No records could be read, so {said(day)} is not compared.")
    requested = records.history.sessions["requested_at"]
    mine = requested[requested.dt.date == day]
    volumes = None if predicted is None else _volumes(predicted, column)
    if mine.empty:
        return _without(records.history, day, volumes)
    first, last = mine.min(), mine.max()
    since = first if _is_cut(volumes, first, requested.min(), before=True) else None
    until = last if day == today or _is_cut(volumes, last, requested.max(), before=False) else None
    if since is None and until is None:
        return State("whole", f"The records of {said(day)} are complete, as far as can be seen.")
    return State("partial", _partly(day, since, until, len(mine), today), since, until)


_Volumes = tuple[pd.DatetimeIndex, "NDArray[np.float64]"]


def _volumes(predicted: Prediction, column: int) -> _Volumes:
    """When the day's intervals begin, and how many ask in each, (replications, intervals)."""
    grid = predicted.grid
    mine = slice(column * grid.slots, (column + 1) * grid.slots)
    return grid.starts[mine], predicted.totals["asked"][:, 0, mine]


def _without(history: History, day: date, volumes: _Volumes | None) -> State:
    """Nobody asked that day, it seems."""
    expected = None if volumes is None else float(volumes[1].sum(axis=1).mean())
    if expected is not None and expected < 0.5:
        return State("closed", f"The desk was closed on {said(day)}, and nobody asked.")
    hoped = "" if expected is None else f", where {expected:,.0f} chats were predicted"
    dates = history.dates
    if dates and dates[-1] < day:
        last = history.sessions["requested_at"].max()
        return State(
            "late",
            f"The records of {said(day)} are not there yet{hoped}: the last chat in the files was "
            f"asked for on {said(last.date())} at {last:%H:%M}.",
        )
    span = f", though the files hold {dates[0]} to {dates[-1]}" if dates else ""
    return State(
        "empty",
        f"Not one chat is recorded on {said(day)}{hoped}{span}. Either the desk was closed or out "
        "of order, or the records are lost; a day without records is not taken for a day "
        "without chats.",
    )


def _is_cut(
    volumes: _Volumes | None, end: pd.Timestamp, edge: pd.Timestamp, *, before: bool
) -> bool:
    """Whether records are missing before (after) the day's first (last) one.

    They are not where the files hold sessions on the other side of it: then nobody asked.
    """
    if volumes is None or end != edge:
        return False
    starts, asked = volumes
    step = starts[1] - starts[0] if len(starts) > 1 else pd.Timedelta(days=1)
    outside = starts + step <= end if before else starts > end
    silent = asked[:, np.asarray(outside)].sum(axis=1) == 0
    return bool(silent.mean() < QUIET)


def _partly(
    day: date,
    since: pd.Timestamp | None,
    until: pd.Timestamp | None,
    count: int,
    today: date,
) -> str:
    chats = f"{count:,} chat{'s' * (count != 1)}"
    if day == today:
        return (
            f"{said(day)} is not over: the files hold {chats} up to {until:%H:%M}, and what was "
            "over by then is compared."
        )
    parts = [f"begin at {since:%H:%M}"] if since is not None else []
    parts += [f"end at {until:%H:%M}"] if until is not None else []
    return (
        f"The records of {said(day)} {' and '.join(parts)}, where the scenario lets expect chats "
        f"{'before and after' if len(parts) == 2 else 'after' if until is not None else 'before'}: "
        f"they are not all there yet. The files hold {chats}; what they cover is compared."
    )
