"""From rows as they were recorded to sessions that can have happened.

Each step takes the frame that ``typed`` gives and returns one with fewer rows or fuller ones; what
it did goes to ``Complaints``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.history.complaints import PER_REASON, places
from simulator.calibration.history.table import OUTCOMES
from simulator.entity import ChatSessionStatus as Status

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from simulator.calibration.history.complaints import Complaints

__all__ = ["cleaned", "numbered", "tidy"]

ENDED: Final = [Status.Finished, Status.Closed, Status.RequestPosted]
IN_CHAT: Final = [Status.CustomerLast, Status.UserLast]
NEVER_QUEUED: Final = [Status.PreChatForm, Status.Faq]
TOLERANCE_S: Final = 1.0
"""Exports cut dates to the second, and so a duration may differ from theirs by one."""


def cleaned(
    rows: pd.DataFrame, files: list[str], complaints: Complaints, *, ids: bool = True
) -> pd.DataFrame:
    """The rows that can have happened, each once, with what can be told from the rest of the row.

    ``files``: names by number. ``ids``: the files number their sessions.
    """
    desk = _Desk(files, complaints)
    rows = desk.without(
        rows,
        rows["status"].isin([each.value for each in NEVER_QUEUED]),
        "still in the form or the FAQ before the queue: no agent was asked for",
        "status",
    )
    rows = _filled(rows, desk)
    for earlier, later in _IN_ORDER:
        reason = f"{_SAID[later]} before {_SAID[earlier]}"
        rows = desk.without(rows, rows[later] < rows[earlier], reason, later)
    rows = desk.without(
        rows,
        rows["status"].eq(Status.Finished.value)
        & rows["picked_up_at"].isna()
        & rows["ended_at"].isna(),
        "finished without a start or an end",
        "ended_at",
    )
    rows = _once(rows, desk) if ids else _numbered(rows, desk)
    return _told(_contradicting(_positioned(rows, desk), desk), desk)


_IN_ORDER: Final = (
    ("requested_at", "picked_up_at"),
    ("picked_up_at", "ended_at"),
    ("requested_at", "ended_at"),
)
_SAID: Final = {"requested_at": "requested", "picked_up_at": "started", "ended_at": "ended"}


class _Desk:
    """Where complaints go, with the names of the files."""

    def __init__(self, files: list[str], complaints: Complaints) -> None:
        self._files = files
        self._complaints = complaints

    def without(self, rows: pd.DataFrame, bad: Any, reason: str, column: str) -> pd.DataFrame:
        """The rows that are not ``bad``."""
        if not bad.any():
            return rows
        self._complaints.leave_out(reason, int(bad.sum()), self._where(rows[bad], column))
        kept: pd.DataFrame = rows[~bad]
        return kept

    def put_right(self, rows: pd.DataFrame, these: Any, what: str, column: str) -> None:
        """Say what was done to ``these``."""
        if these.any():
            where = self._where(rows[these], column)
            self._complaints.put_it_right(what, int(these.sum()), where)

    def _where(self, rows: pd.DataFrame, column: str) -> list[Any]:
        first = rows.head(PER_REASON)
        shows = column in _SHOWN and column in rows.columns
        values = [None] * len(first) if not shows else [_text(each) for each in first[column]]
        numbered = zip(first["file"], first["row"], values, strict=True)
        return [
            place
            for file, row, value in numbered
            for place in places(self._files[file], [row], column, [value])
        ]


_SHOWN: Final = (
    *("requested_at", "picked_up_at", "ended_at", "last_poll_at", "session_id"),
    *("time_in_queue_s", "duration_s", "queue_pos"),
)


def _text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return f"{value.isoformat()}Z" if isinstance(value, pd.Timestamp) else str(value)


# ---------------------------------------------------------------------------------- durations


def _filled(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """Starts and ends that are missing, from the durations beside them."""
    if "time_in_queue_s" in rows:
        rows = _with_waits(rows, desk)
    if "duration_s" in rows:
        rows = _with_lengths(rows, desk)
    return rows


def _with_waits(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    left = rows["requested_at"] + _span(rows["time_in_queue_s"])
    picked_up = [each.value for each in (Status.Finished, *IN_CHAT)]
    start = rows["picked_up_at"].isna() & rows["status"].isin(picked_up) & left.notna()
    desk.put_right(rows, start, "start missing: request + time in queue", "picked_up_at")
    gave_up = rows["status"].eq(Status.ClosedFromQueue.value)
    end = rows["ended_at"].isna() & gave_up & left.notna()
    desk.put_right(rows, end, "end missing: request + time in queue", "ended_at")
    return rows.assign(
        picked_up_at=rows["picked_up_at"].where(~start, left),
        ended_at=rows["ended_at"].where(~end, left),
    )


def _with_lengths(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    since = rows[_length_begins(rows)]
    end = since + _span(rows["duration_s"])
    missing = rows["ended_at"].isna() & rows["status"].isin([each.value for each in ENDED])
    missing &= end.notna()
    desk.put_right(rows, missing, f"end missing: {_SAID[str(since.name)]} + duration", "ended_at")
    return rows.assign(ended_at=rows["ended_at"].where(~missing, end))


def _length_begins(rows: pd.DataFrame) -> str:
    """From when a file's durations count: from the pickup, unless most count from the request."""
    fits = {
        name: (_seconds(rows["ended_at"] - rows[name]) - rows["duration_s"]).abs() <= TOLERANCE_S
        for name in ("picked_up_at", "requested_at")
    }
    apart = rows["picked_up_at"] > rows["requested_at"]
    from_request = (fits["requested_at"] & apart).sum() > (fits["picked_up_at"] & apart).sum()
    return "requested_at" if from_request else "picked_up_at"


def _contradicting(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """The rows without the durations; those that the dates contradict are told."""
    if "time_in_queue_s" in rows:
        left = rows["picked_up_at"].fillna(rows["ended_at"])
        _differing(rows, _seconds(left - rows["requested_at"]), "time_in_queue_s", desk)
    if "duration_s" in rows:
        since = rows[_length_begins(rows)]
        _differing(rows, _seconds(rows["ended_at"] - since), "duration_s", desk)
    return rows.drop(columns=["time_in_queue_s", "duration_s"], errors="ignore")


def _differing(rows: pd.DataFrame, by_dates: Any, column: str, desk: _Desk) -> None:
    differs = (by_dates - rows[column]).abs() > TOLERANCE_S
    said = "time in queue" if column == "time_in_queue_s" else "duration"
    desk.put_right(rows, differs, f"{said} contradicts the dates: the dates are taken", column)


def _span(seconds: pd.Series[float]) -> Any:
    return pd.to_timedelta((seconds * 1e6).round(), unit="us").astype("timedelta64[us]")


def _seconds(span: Any) -> Any:
    return span / pd.Timedelta(seconds=1)


# ---------------------------------------------------------------------------------- each once


def _once(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """One row per id: of identical ones the first, of contradicting ones the last."""
    repeated = rows["session_id"].duplicated(keep=False)
    if not repeated.any():
        return rows
    content = [name for name in rows.columns if name not in ("file", "row")]
    same = pd.Series(data=False, index=rows.index)
    same[repeated] = rows.loc[repeated, content].duplicated(keep="first")
    rows = desk.without(rows, same, "the same session again", "session_id")
    older = rows["session_id"].duplicated(keep="last")
    said = "the same id with other values, of which the last counts"
    return desk.without(rows, older, said, "session_id")


def numbered(rows: pd.DataFrame, files: list[str], complaints: Complaints) -> pd.DataFrame:
    """Rows without ids, numbered from 1, those that an earlier file has as well left out."""
    return _numbered(rows, _Desk(files, complaints))


def _numbered(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    # Within a file the same row twice may be two chats: seconds are compared with seconds.
    content = [name for name in rows.columns if name not in ("file", "row", "session_id")]
    if rows["file"].min() != rows["file"].max():
        number = rows.groupby([*content, "file"], dropna=False).cumcount()
        again = rows[content].assign(number=number).duplicated(keep="first")
        said = "the same row in an earlier file, without an id to tell them apart"
        rows = desk.without(rows, again, said, "requested_at")
    return rows.assign(session_id=np.arange(1, len(rows) + 1))


# ---------------------------------------------------------------------------------- what it tells


def _positioned(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """With ``initial_queue_pos``, from 1; the archive's queue length is that, or one less."""
    if "queue_pos" in rows:
        position = rows["queue_pos"]
    elif "queue_length" in rows:
        queued = rows["status"].ne(Status.OfflineForm.value) & rows["queue_length"].notna()
        before = bool((rows.loc[queued, "queue_length"] == 0).any())
        said = (
            "the number before it: position − 1, as it is 0 for some" if before else "the position"
        )
        desk.put_right(rows, queued, f"queue length taken as {said}", "queue_length")
        position = rows["queue_length"].where(queued) + int(before)
    else:
        position = pd.Series(pd.NA, index=rows.index, dtype="Int32")
    rows = rows.drop(columns=["queue_pos", "queue_length"], errors="ignore")
    return rows.assign(initial_queue_pos=position.where(position > 0).astype("Int32"))


def _told(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """With ``outcome``, ``wait_s`` and ``handle_s``, as ``sessions.recorded`` has them."""
    early = rows["last_poll_at"] < rows["requested_at"]
    desk.put_right(rows, early, "last poll before the request: not taken", "last_poll_at")
    rows = rows.assign(last_poll_at=rows["last_poll_at"].where(~early))
    rows = rows.assign(outcome=_outcome(rows))
    unended = rows["outcome"].isin(["served", "abandoned"]) & rows["ended_at"].isna()
    desk.put_right(rows, unended, "no end: how long it took is unknown", "ended_at")
    untold = rows["outcome"].eq("unknown") & rows["status"].ne(_NONE)
    desk.put_right(rows, untold, "a status that does not tell the outcome: unknown", "status")
    handle = _seconds(rows["ended_at"] - rows["picked_up_at"])
    return rows.assign(wait_s=_wait_s(rows), handle_s=handle)


_NONE: Final = -1


def _outcome(rows: pd.DataFrame) -> Any:
    """How it ended, by the status and the dates."""
    status, picked_up = rows["status"], rows["picked_up_at"]
    answered = status.isin([each.value for each in ENDED]) & picked_up.notna()
    posted = status == Status.RequestPosted.value
    open_ = [each.value for each in (Status.InQueue, *IN_CHAT)]
    rules = {
        "silent": answered & (rows["last_poll_at"] < picked_up),
        "served": answered,
        "closed": status == Status.Closed.value,
        "form_at_arrival": posted & (rows["ended_at"] == rows["requested_at"]),
        "form_in_queue": posted,
        "form_closed": status == Status.OfflineForm.value,
        "abandoned": status == Status.ClosedFromQueue.value,
        "unfinished": status.isin(open_),
    }
    codes = [np.int8(OUTCOMES.index(name)) for name in rules]
    found = np.select([*rules.values()], codes, np.int8(OUTCOMES.index("unknown")))
    return pd.Categorical.from_codes(found, pd.Index(OUTCOMES))


def _wait_s(rows: pd.DataFrame) -> Any:
    """Request to pickup or to leaving the queue; nan where that is not known."""
    outcome, requested = rows["outcome"], rows["requested_at"]
    left = rows["picked_up_at"].where(
        ~outcome.isin(["abandoned", "closed", "form_in_queue"]) | rows["picked_up_at"].notna(),
        rows["ended_at"],
    )
    left = left.where(outcome != "silent", rows["last_poll_at"])
    return _seconds(left - requested).mask(outcome.isin(["form_closed", "form_at_arrival"]), 0.0)


# --------------------------------------------------------------------------------- the frame


def tidy(rows: pd.DataFrame, zone: ZoneInfo, topics: list[str]) -> pd.DataFrame:
    """The sessions as a History holds them, in the order of their requests."""
    rows = rows.sort_values(["requested_at", "session_id"], ignore_index=True)
    times = {
        name: rows[name].dt.tz_localize("UTC").dt.tz_convert(zone)
        for name in ("requested_at", "picked_up_at", "ended_at", "last_poll_at")
    }
    return pd.DataFrame(
        {
            "session_id": rows["session_id"].astype(np.int64),
            "topic": _topics(rows["topic"], topics),
            **times,
            "wait_s": rows["wait_s"],
            "handle_s": rows["handle_s"],
            "outcome": rows["outcome"],
            "agent": _agents(rows),
            "initial_queue_pos": rows["initial_queue_pos"],
        }
    )


def _topics(codes: pd.Series[int], topics: list[str]) -> Any:
    met = pd.Categorical.from_codes(codes.to_numpy(), pd.Index(topics))
    return met.remove_unused_categories()


def _agents(rows: pd.DataFrame) -> Any:
    """Agent 1 picked up first; whoever picked up nothing is nobody."""
    picked_up = rows.loc[
        rows["picked_up_at"].notna() & (rows["agent"] >= 0), ["picked_up_at", "agent"]
    ]
    order = picked_up.sort_values("picked_up_at", kind="stable")["agent"].unique()
    numbers = np.full(int(rows["agent"].max() if len(rows) else -1) + 2, -1)
    numbers[order] = np.arange(len(order))
    codes = np.where(rows["picked_up_at"].notna(), numbers[rows["agent"]], -1)
    return pd.Categorical.from_codes(
        codes, pd.Index([f"Agent {number + 1}" for number in range(len(order))])
    )
