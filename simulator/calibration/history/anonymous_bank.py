"""The call records of the Anonymous Bank (Technion, SEELab; as Miller reprinted them) as sessions.

A row per call; ``0:00:00`` means that there is no value, and the clock is that of Israel. What is
known of these calls: Brown et al., *Statistical Analysis of a Telephone Call Center*, JASA
100(469), 2005. What asks for an agent is a chat here: the request is where the announcements end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from simulator.calibration.history.complaints import places, shown
from simulator.calibration.history.dates import NO_OFFSET, Dates, instants
from simulator.calibration.history.table import OUTCOMES
from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from simulator.calibration.history.complaints import Complaints
    from simulator.calibration.history.typed import Names

__all__ = ["COLUMNS", "CREDIT", "ZONE", "bank_rows"]

CREDIT: Final = (
    'The records are those of the "Anonymous Bank", which the SEELab of the Technion published '
    "(Guedj and Mandelbaum), as Miller reprinted them; what is known of them: Brown et al., "
    '"Statistical Analysis of a Telephone Call Center", JASA 100(469), 2005. None is kept here.'
)
"""Whom a scenario estimated from them owes it to."""

COLUMNS: Final = (
    *("call_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time"),
    *("q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server"),
)
ZONE: Final = ZoneInfo("Asia/Jerusalem")
TOPIC: Final = "Banking"
CLOCKS: Final = ("vru_entry", "vru_exit", "q_start", "q_exit", "ser_start", "ser_exit")
SPANS: Final = ("vru_time", "q_time", "ser_time")
DAY_S: Final = 86_400


def bank_rows(path: Path, zone: ZoneInfo, names: Names, complaints: Complaints) -> pd.DataFrame:
    """The calls that asked for an agent, in the columns that ``cleaning.cleaned`` returns.

    The wait is that recorded, but for calls whose wait was begun before they came in (to put them
    ahead): those wait from their entry. A pickup is the request and its wait, and an end the
    pickup and the recorded service, so services go on over midnight. ``call_id`` repeats in these
    records; the id of a session is its row.

    Raises:
        DataError: the file has other columns, or no calls.
    """
    raw = _table(path)
    complaints.rows_read += len(raw)
    raw = _real(raw, path, complaints)
    clock = {name: _seconds(raw[name]) for name in CLOCKS}
    raw, clock = _readable(raw, clock, path, complaints)
    return _rows(raw, clock, zone, names, complaints, path.name)


def _table(path: Path) -> pd.DataFrame:
    try:
        raw = pd.read_csv(path, dtype="string", keep_default_na=False)
    except ValueError as error:
        raise DataError(f"the table cannot be read: {error}", Place(path)) from error
    missing = [name for name in COLUMNS if name not in raw.columns]
    if missing:
        raise DataError(
            f"there is no column {', '.join(missing)}; the records of the Anonymous Bank have "
            f"the columns {', '.join(COLUMNS)}",
            Place(path, 1),
        )
    return raw.assign(row=np.arange(2, len(raw) + 2))


def _real(raw: pd.DataFrame, path: Path, complaints: Complaints) -> pd.DataFrame:
    """Without what was no call, or asked for no agent."""
    no_queue = raw["q_start"] == "0:00:00"
    bad = {
        "PHANTOM: no call": ("outcome", raw["outcome"] == "PHANTOM"),
        "hung up in the announcements: no agent was asked for": (
            "outcome",
            (raw["outcome"] == "HANG") & no_queue,
        ),
        "an outcome other than AGENT, HANG and PHANTOM": (
            "outcome",
            ~raw["outcome"].isin(["AGENT", "HANG", "PHANTOM"]),
        ),
    }
    for reason, (column, these) in bad.items():
        where = places(path.name, raw.loc[these, "row"].tolist(), column)
        complaints.leave_out(reason, int(these.sum()), where)
    none = np.logical_or.reduce([these for _, these in bad.values()])
    real: pd.DataFrame = raw[~none].reset_index(drop=True)
    return real


def _seconds(times: pd.Series[str]) -> NDArray[np.float64]:
    """Seconds after midnight; nan for 0:00:00, which means that there is no value; −1: no time."""
    spans = pd.to_timedelta(times, errors="coerce").dt.total_seconds()
    seconds = spans.fillna(-1.0).to_numpy(dtype=np.float64)
    return np.where(seconds == 0, np.nan, seconds)


def _readable(
    raw: pd.DataFrame, clock: dict[str, Any], path: Path, complaints: Complaints
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Without rows in which a time, a length or the date is none; lengths are numbers after it."""
    good = np.ones(len(raw), np.bool_)
    lengths = {name: pd.to_numeric(raw[name], errors="coerce").astype(float) for name in SPANS}
    day = pd.to_datetime(raw["date"], format="%y%m%d", errors="coerce").astype("datetime64[us]")
    checks = [
        *(("not a time of day", name, clock[name] == -1) for name in CLOCKS),
        *(("not a whole number", name, each.isna().to_numpy()) for name, each in lengths.items()),
        ("not a date", "date", day.isna().to_numpy()),
        ("no end of the announcements", "vru_exit", np.isnan(clock["vru_exit"])),
        ("a negative wait", "q_time", (lengths["q_time"] < 0).to_numpy()),
        ("ended before started", "ser_time", (lengths["ser_time"] < 0).to_numpy()),
    ]
    for reason, column, bad in checks:
        these = bad & good
        values = [shown(each) for each in raw.loc[these, column].head(100)]
        where = places(path.name, raw.loc[these, "row"].tolist(), column, values)
        complaints.leave_out(reason, int(these.sum()), where)
        good &= ~these
    raw = raw.assign(day=day, **lengths)[good].reset_index(drop=True)
    return raw, {name: seconds[good] for name, seconds in clock.items()}


def _rows(
    raw: pd.DataFrame,
    clock: dict[str, NDArray[np.float64]],
    zone: ZoneInfo,
    names: Names,
    complaints: Complaints,
    file: str,
) -> pd.DataFrame:
    served = (raw["outcome"] == "AGENT").to_numpy()
    # A caller of high priority is put ahead by a wait that begins in the past, in a few records
    # before the call itself: then the request is the call's entry.
    backdated = (raw["vru_time"] < 0).to_numpy() & ~np.isnan(clock["vru_entry"])
    requested_s = np.where(backdated, clock["vru_entry"], clock["vru_exit"])
    left_s = clock["vru_exit"] + raw["q_time"].to_numpy()
    left_s = np.maximum(left_s, requested_s)
    ended_s = np.where(served, left_s + raw["ser_time"].to_numpy(), left_s)
    unnamed = served & (raw["server"] == "NO_SERVER").to_numpy()
    _tell(
        raw, clock, {"served": served, "backdated": backdated, "unnamed": unnamed}, complaints, file
    )
    return pd.DataFrame(
        {
            "file": np.int16(names.files.setdefault(file, len(names.files))),
            "row": raw["row"].astype(np.int32),
            "session_id": raw["row"] - 1,
            "requested_at": _at(raw["day"], requested_s, zone),
            "picked_up_at": _at(raw["day"], np.where(served, left_s, np.nan), zone),
            "ended_at": _at(raw["day"], ended_s, zone),
            "last_poll_at": np.full(len(raw), "NaT", "datetime64[us]"),
            "topic": np.int32(names.topics.setdefault(TOPIC, len(names.topics))),
            "agent": _agent(raw["server"].where(served & ~unnamed), names),
            "wait_s": left_s - requested_s,
            "handle_s": np.where(served, raw["ser_time"], np.nan),
            "outcome": pd.Categorical(np.where(served, "served", "abandoned"), list(OUTCOMES)),
            "initial_queue_pos": pd.array([pd.NA] * len(raw), dtype="Int32"),
        }
    )


def _at(day: Any, seconds: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.datetime64]:
    """The instants so many seconds after local midnight by the clock on the wall."""
    missing = np.isnan(seconds)
    of_day = np.where(missing, 0, seconds * 1e6).astype(np.int64)
    wall = np.where(missing, 0, day.astype(np.int64).to_numpy() + of_day)
    none = np.zeros(len(wall), np.bool_)
    dates = Dates(wall, np.full(len(wall), NO_OFFSET), missing, none)
    at = instants(dates, zone).utc_us.astype("datetime64[us]")
    return np.where(missing, np.datetime64("NaT", "us"), at)


def _agent(servers: Any, names: Names) -> NDArray[np.int32]:
    codes, known = pd.factorize(servers)
    numbers = [names.agents.setdefault(f"name:{name}", len(names.agents)) for name in known]
    found: NDArray[np.int32] = np.array([*numbers, -1], np.int32)[codes]
    return found


def _tell(
    raw: pd.DataFrame,
    clock: dict[str, NDArray[np.float64]],
    these: dict[str, NDArray[np.bool_]],
    complaints: Complaints,
    file: str,
) -> None:
    """What is not taken as it stands."""
    served = these["served"]
    untimed = served & np.isnan(clock["ser_start"])
    difference = clock["ser_exit"] - clock["ser_start"] - raw["ser_time"].to_numpy()
    over = served & ~untimed & (difference == -DAY_S)
    differs = served & ~untimed & (difference != 0) & ~over
    queued = clock["q_exit"] - clock["q_start"] - raw["q_time"].to_numpy()
    done = {
        "wait begun before the call: counted from the call's entry": (
            "vru_time",
            these["backdated"],
        ),
        "NO_SERVER: agent unknown": ("server", these["unnamed"]),
        "service without times: its recorded length taken": ("ser_start", untimed),
        "service over midnight": ("ser_exit", over),
        "service that is not end − start: its recorded length taken": ("ser_time", differs),
        "wait that is not end − start: its recorded length taken": (
            "q_time",
            (np.nan_to_num(queued) != 0) & (np.nan_to_num(queued) != -DAY_S),
        ),
    }
    for what, (column, which) in done.items():
        where = places(file, raw.loc[which, "row"].tolist(), column)
        complaints.put_it_right(what, int(which.sum()), where)
