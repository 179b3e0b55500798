"""The Anonymous Bank of 1999: from its call records to the scenario ``bank_1999``.

``python -m simulator.calibration.anonymous_bank CALLS.csv --out data`` reads the records of the
Technion's SEELab in the form in which Miller reprinted them (a row per call) and writes the
scenario with its forecast, patience and staffing tables. Only estimates are written. What is
known of these calls: Brown et al., *Statistical Analysis of a Telephone Call Center*, JASA
100(469), 2005.

What asks for an agent is a chat here; the one agent of a call is an agent with one slot. A
caller who hangs up in the recorded announcements never asked for an agent and is no arrival.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.errors import DataError, Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "AvailableShare",
    "Busyness",
    "Calls",
    "HandleTime",
    "Patience",
    "agents_seen",
    "available_share",
    "busyness",
    "forecast",
    "handle_time",
    "main",
    "patience",
    "read_calls",
    "staffing",
    "write_scenario",
]

COLUMNS: Final = (
    *("call_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time"),
    *("q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server"),
)
DAY_S: Final = 86_400
HALF_HOUR_S: Final = 1_800
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK: Final = (6, 0, 1, 2, 3, 4, 5)
"""The weekdays (0 is Monday) in the order of this country's week."""
KINDS_OF_DAY: Final = {
    "sun-thu": ((6, 0, 1, 2, 3), 14, 48),
    "fri": ((4,), 14, 28),
    "sat": ((5,), 40, 48),
}
"""Days with the same opening hours: weekdays (0 is Monday), first half-hour, end half-hour."""
SHORT_S: Final = 10
"""Services below this are no conversations: agents hung up to get a rest (Brown et al.)."""
INCIDENT_SD: Final = 6.0
"""A half-hour this many standard deviations above the usual is an incident, not a forecast."""
INCIDENTS: Final = "half-hours of incidents, replaced by the usual"
PATIENCE_S: Final = (*range(5, 60, 5), *range(60, 300, 15), *range(300, 601, 30))
"""Where the survival curve is written down; beyond, too few were still waiting."""
PATIENCE_TAIL_S: Final = 300
"""The exponential tail has the hazard of all waiting beyond this."""


# --------------------------------------------------------------------------------- records


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that were real, and how often each oddity of the records was met."""

    rows: pd.DataFrame
    """A row per call::

        date        requested_s  queued  wait_s  outcome     service_s  server
        1999-02-01      29362.0    True     5.0  abandoned         NaN    <NA>
        1999-02-01      27115.0   False     0.0  served            5.0    <NA>

    ``requested_s``: when an agent was asked for, seconds after local midnight. ``outcome``:
    served, abandoned, or unasked (hung up in the announcements). ``server`` of a service is
    missing where the records name none.
    """
    oddities: dict[str, int]

    @property
    def requests(self) -> pd.DataFrame:
        """The calls that asked for an agent."""
        return self.rows[self.rows["outcome"] != "unasked"]


def read_calls(path: Path) -> Calls:
    """Read the records, drop what was no call, and put right what can be put right.

    Raises:
        DataError: the file has other columns, or values that are no times.
    """
    raw = _read_table(path)
    phantom = raw["outcome"] == "PHANTOM"
    raw = raw[~phantom].reset_index(drop=True)
    try:
        clock = {name: _seconds(raw[name]) for name in raw.columns if name.endswith(_CLOCK)}
        rows, oddities = _rows(raw, clock)
    except ValueError as error:
        raise DataError(f"{error}; give times of day as h:mm:ss", Place(path)) from error
    return Calls(rows, {"phantom rows dropped": int(phantom.sum()), **oddities})


_CLOCK: Final = ("_entry", "_exit", "_start")


def _read_table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError("there is no such file; give the records as CSV", Place(path))
    try:
        raw = pd.read_csv(path, dtype={"date": "string"})
    except ValueError as error:
        raise DataError(f"the file cannot be read ({error}); give CSV", Place(path)) from error
    missing = [name for name in COLUMNS if name not in raw.columns]
    if missing:
        raise DataError(
            f"there is no column {', '.join(missing)}; the records of the Anonymous Bank have "
            f"the columns {', '.join(COLUMNS)}",
            Place(path),
        )
    unknown = sorted(set(raw["outcome"]) - {"AGENT", "HANG", "PHANTOM"})
    if unknown:
        raise DataError(f"outcome {unknown[0]!r} is none of AGENT, HANG, PHANTOM", Place(path))
    return raw


def _seconds(times: pd.Series[str]) -> NDArray[np.float64]:
    """Seconds after midnight; nan for 0:00:00, which means that there is no value."""
    seconds = pd.to_timedelta(times).dt.total_seconds().to_numpy(dtype=np.float64)
    return np.where(seconds == 0, np.nan, seconds)


def _rows(
    raw: pd.DataFrame, clock: dict[str, NDArray[np.float64]]
) -> tuple[pd.DataFrame, dict[str, int]]:
    served = (raw["outcome"] == "AGENT").to_numpy()
    queued = ~np.isnan(clock["q_start"])
    backdated = (raw["vru_time"] < 0).to_numpy()
    unnamed = (raw["server"] == "NO_SERVER").to_numpy()
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(raw["date"], format="%y%m%d"),
            # A caller of high priority is put ahead by a start of the wait that lies in the past,
            # in a few records before the call itself.
            "requested_s": np.where(backdated, clock["vru_entry"], clock["vru_exit"]),
            "queued": queued,
            "backdated": backdated,
            "wait_s": raw["q_time"].astype(float),
            "outcome": np.select([served, queued], ["served", "abandoned"], "unasked"),
            "started_s": np.where(served, clock["ser_start"], np.nan),
            "service_s": np.where(served, raw["ser_time"].astype(float), np.nan),
            "server": raw["server"].where(served & ~unnamed),
        }
    )
    oddities = {
        "calls that hung up in the announcements, no request": int((~served & ~queued).sum()),
        "requests backdated before the call, left out of patience": int(backdated.sum()),
        "services of no named server, left out of the servers seen": int((served & unnamed).sum()),
        **_midnights("services", raw["ser_time"], clock["ser_start"], clock["ser_exit"]),
        **_midnights("waits", raw["q_time"], clock["q_start"], clock["q_exit"]),
    }
    return rows, oddities


def _midnights(
    what: str, duration: pd.Series[int], start: NDArray[np.float64], end: NDArray[np.float64]
) -> dict[str, int]:
    """Durations that are not end − start: over midnight, or for no reason."""
    difference = end - start
    differs = ~np.isnan(difference) & (difference != duration)
    over = differs & (np.mod(difference, DAY_S) == duration)
    return {
        f"{what} over midnight": int(over.sum()),
        f"{what} whose length is not end − start, taken as recorded": int((differs & ~over).sum()),
    }


# ------------------------------------------------------------------------- who comes, and when


def forecast(calls: Calls) -> tuple[pd.DataFrame, dict[str, int]]:
    """Expected requests by weekday and half-hour, and what was left out of them.

    Two weeks show a weekday twice, so its figures borrow from the other days with the same
    opening hours: a half-hour's usual count (all those days) times the weekday's own ratio,
    shrunk to 1 as an empirical Bayes estimate of a Gamma–Poisson ratio is (Marshall 1991). A
    weekday's level cannot be told from its days' luck and is left to the day factor.

    ::

        weekday start  end    Banking
        sun     07:00  07:30    13.61
        sun     07:30  08:00    22.85
    """
    counts = half_hour_counts(calls.requests)
    tables, incidents, outside = [], 0, int(counts.to_numpy().sum())
    for kind in _kinds_of_day(counts):
        usual, flagged = _without_incidents(kind.astype(float))
        tables.append(_expected_by_weekday(usual))
        incidents += flagged
        outside -= int(kind.to_numpy().sum())
    left_out = {
        "requests outside the opening hours, left out of the forecast": outside,
        INCIDENTS: incidents,
    }
    return _long(pd.concat(tables), "Banking", decimals=2), left_out


def _kinds_of_day(by_date: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each kind of day, with the half-hours of its opening hours."""
    weekday = _weekday(by_date)
    missing = [WEEKDAYS[day] for day in WEEK if day not in weekday]
    if missing:
        raise DataError(f"the records show no {missing[0]}; a week needs every weekday once")
    return [
        by_date.loc[weekday.isin(weekdays), first : end - 1]
        for weekdays, first, end in KINDS_OF_DAY.values()
    ]


def _weekday(by_date: pd.DataFrame) -> pd.Index[int]:
    return pd.DatetimeIndex(by_date.index).day_of_week


def half_hour_counts(requests: pd.DataFrame) -> pd.DataFrame:
    """Requests by date (rows) and half-hour of the day (columns 0 to 47), zeros included."""
    half_hour = requests["requested_s"].floordiv(HALF_HOUR_S).astype(int)
    counts = pd.crosstab(requests["date"], half_hour)
    return counts.reindex(columns=range(48), fill_value=0)


def _without_incidents(counts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The counts with those far above the usual (median, at the day's level) brought down to it.

    What is as high on every date of a weekday is a habit of that weekday, and stays.
    """
    level = _level(counts)
    usual = pd.DataFrame(
        np.outer(level, counts.div(level, axis=0).median()), counts.index, counts.columns
    )
    high = counts > usual + INCIDENT_SD * np.sqrt(usual.clip(lower=1))
    incident = high & ~high.groupby(_weekday(counts)).transform("all")
    return counts.where(~incident, usual), int(incident.to_numpy().sum())


def _level(counts: pd.DataFrame) -> pd.Series[float]:
    """How busy each date was, mean 1."""
    totals = counts.sum(axis=1)
    return totals / totals.mean()


def _expected_by_weekday(counts: pd.DataFrame) -> pd.DataFrame:
    profile = counts.mean()
    weekday = _weekday(counts)
    seen = counts.groupby(weekday).sum()
    expected = np.outer(_level(counts).groupby(weekday).sum(), profile)
    variance = _ratio_variance(seen.to_numpy(), expected)
    ratio = (1 + variance * seen).div(1 + variance * expected)
    return ratio.mul(profile, axis="columns")


def _ratio_variance(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Variance of the ratios (mean 1) behind Poisson counts, by moments; 0 if chance will do."""
    beyond_chance = float(((seen - expected) ** 2 - expected).sum())
    return max(beyond_chance, 0.0) / float((expected**2).sum())


def _long(by_half_hour: pd.DataFrame, name: str, *, decimals: int) -> pd.DataFrame:
    """A row per weekday and half-hour, as the tables of a scenario are written."""
    week = by_half_hour.reindex(index=WEEK, columns=range(48)).to_numpy(dtype=np.float64)
    rows = [
        (WEEKDAYS[day], _clock(half_hour), _clock(half_hour + 1), value)
        for day, values in zip(WEEK, week.round(decimals), strict=True)
        for half_hour, value in enumerate(values)
        if not np.isnan(value)
    ]
    return pd.DataFrame(rows, columns=["weekday", "start", "end", name])


def _clock(half_hour: int) -> str:
    return f"{half_hour // 2:02d}:{half_hour % 2 * 30:02d}"


@dataclass(frozen=True, slots=True)
class Busyness:
    """How the calls of a day spread over the days Sunday to Thursday."""

    mean: float
    variance_to_mean: float
    gamma_shape: float
    """a in Var(count) = m + m²/a."""


def busyness(calls: pd.DataFrame) -> Busyness:
    """By moments, from the calls of each Sunday to Thursday; a row per call with its ``date``.

    Raises:
        DataError: fewer than two such days, or days no more spread than Poisson counts.
    """
    weekdays = KINDS_OF_DAY["sun-thu"][0]
    totals = calls[calls["date"].dt.day_of_week.isin(weekdays)].groupby("date").size()
    if len(totals) < 2 or totals.var() <= totals.mean():
        raise DataError(
            f"the {len(totals)} days Sunday to Thursday spread no more than chance does; "
            "a day factor needs more days"
        )
    mean, variance = float(totals.mean()), float(totals.var())
    return Busyness(mean, variance / mean, mean**2 / (variance - mean))


# ------------------------------------------------------------------- how long it takes, who waits


@dataclass(frozen=True, slots=True)
class HandleTime:
    """Short services as a share, the others lognormal."""

    services: int
    mean_s: float
    short_share: float
    log_mean: float
    log_sd: float


def handle_time(calls: Calls) -> HandleTime:
    """Mean and deviation of the logarithms; services below ten seconds stand apart."""
    services = calls.rows["service_s"].dropna().to_numpy()
    long = np.log(services[services >= SHORT_S])
    return HandleTime(
        services=services.size,
        mean_s=float(services.mean()),
        short_share=float((services < SHORT_S).mean()),
        log_mean=float(long.mean()),
        log_sd=float(long.std(ddof=1)),
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long callers would wait, from waits that ended in a hang-up or, sooner, in a pickup."""

    waits: int
    hang_ups: int
    curve: pd.DataFrame
    """``time`` (s) and ``survival`` (Kaplan–Meier), a row per point of PATIENCE_S."""
    exponential_mean_s: float
    """If patience had no memory: all time waited ÷ hang-ups."""
    tail_mean_s: float
    """The same beyond PATIENCE_TAIL_S."""


def patience(calls: Calls) -> Patience:
    """From all who were put in the queue; a pickup says only that patience was longer.

    Raises:
        DataError: nobody hung up after more than PATIENCE_TAIL_S.
    """
    from scipy import stats

    waited = calls.rows[calls.rows["queued"] & ~calls.rows["backdated"]]
    wait_s = waited["wait_s"].to_numpy()
    hung_up = (waited["outcome"] == "abandoned").to_numpy()
    late = hung_up & (wait_s > PATIENCE_TAIL_S)
    if not late.any():
        raise DataError(f"nobody hung up after {PATIENCE_TAIL_S} s; patience needs longer waits")
    data = stats.CensoredData(uncensored=wait_s[hung_up], right=wait_s[~hung_up])
    survival = stats.ecdf(data).sf.evaluate(np.array(PATIENCE_S, dtype=float))
    return Patience(
        waits=wait_s.size,
        hang_ups=int(hung_up.sum()),
        curve=pd.DataFrame({"time": PATIENCE_S, "survival": survival.round(4)}),
        exponential_mean_s=float(wait_s.sum() / hung_up.sum()),
        tail_mean_s=float(np.maximum(wait_s - PATIENCE_TAIL_S, 0).sum() / late.sum()),
    )


# ------------------------------------------------------------------------------- who answers


def agents_seen(calls: Calls) -> pd.DataFrame:
    """Mean number of servers at work in some part of each half-hour, by weekday.

    Rows are weekdays (0 is Monday), columns half-hours; nan when closed.
    """
    services = calls.rows.dropna(subset=["server", "started_s"])
    first = services["started_s"].floordiv(HALF_HOUR_S).astype(int)
    last_s = services["started_s"] + services["service_s"].clip(lower=1) - 1
    last = last_s.floordiv(HALF_HOUR_S).astype(int).clip(upper=47)
    spread = services.loc[services.index.repeat(last - first + 1), ["date", "server"]]
    spread["half_hour"] = first.loc[spread.index] + spread.groupby(level=0).cumcount()
    at_work = spread.drop_duplicates()
    dates = calls.rows["date"].drop_duplicates()
    seen = pd.crosstab(at_work["date"], at_work["half_hour"])
    seen = seen.reindex(index=pd.DatetimeIndex(dates), columns=range(48), fill_value=0)
    kinds = _kinds_of_day(seen)
    return pd.concat([kind.groupby(_weekday(kind)).mean() for kind in kinds])


def staffing(seen: pd.DataFrame, share: float) -> pd.DataFrame:
    """The staffing table: this share of the servers seen, rounded, and at least one.

    ::

        weekday start  end    agents
        sun     07:00  07:30       2
    """
    agents = (seen * share + 0.5).apply(np.floor).clip(lower=1).where(seen.notna())
    return _long(agents, "agents", decimals=0).astype({"agents": int})


@dataclass(frozen=True, slots=True)
class AvailableShare:
    """How much of the half-hours in which they were seen agents were available, and its fit."""

    share: float
    observed_abandonment: float
    observed_wait_s: float
    """Mean over all requests, those answered at once included."""
    simulated_abandonment: float
    simulated_wait_s: float


def available_share(
    folder: Path, calls: Calls, seen: pd.DataFrame, *, weeks: int = 16
) -> AvailableShare:
    """The share, to the hundredth, whose simulated abandonment is nearest to the observed.

    The scenario stands in ``folder`` and its staffing table is written anew for each share tried.
    """
    requests = calls.requests
    abandonment = float((requests["outcome"] == "abandoned").mean())
    low, high = 50, 150
    tried: dict[int, tuple[float, float]] = {}
    while high - low > 1:
        middle = (low + high) // 2
        tried[middle] = _simulated(folder, staffing(seen, middle / 100), weeks)
        low, high = (middle, high) if tried[middle][0] > abandonment else (low, middle)
    best = min(tried, key=lambda percent: (abs(tried[percent][0] - abandonment), percent))
    return AvailableShare(best / 100, abandonment, float(requests["wait_s"].mean()), *tried[best])


def _simulated(folder: Path, table: pd.DataFrame, weeks: int) -> tuple[float, float]:
    """Abandonment and mean wait (s) of all who queued, with this staffing table."""
    from simulator import scenario, workload
    from simulator.desk import codes
    from simulator.engines import simpy_engine

    _write_csv(table, folder / STAFFING)
    bank = scenario.load(folder / SCENARIO)
    abandoned, waits = 0, []
    for week in range(weeks):
        customers = workload.sample(bank, SEED, week)
        course = simpy_engine.run(bank, customers, workload.on_duty(bank, SEED, week))
        served, gave_up = course.outcome == codes.SERVED, course.outcome == codes.ABANDONED
        left_queue = np.where(served, course.picked_up_us, course.ended_us)
        waits.append((left_queue - course.requested_us)[served | gave_up])
        abandoned += int(gave_up.sum())
    wait_s = np.concatenate(waits) / 1e6
    return abandoned / wait_s.size, float(wait_s.mean())


# ---------------------------------------------------------------------------------- files

SEED: Final = 1999
SCENARIO: Final = Path("scenarios/bank_1999.yaml")
FORECAST: Final = Path("forecasts/bank_1999.csv")
STAFFING: Final = Path("rosters/bank_1999.csv")
PATIENCE: Final = Path("patience/bank_1999.csv")

TEMPLATE: Final = """\
# The call centre of an Israeli bank in February 1999, as its records show it.
#
# Written by `python -m simulator.calibration.anonymous_bank`; change that, not this file.
# Every figure is estimated from the calls of 1 to 14 February 1999 of the "Anonymous Bank", which
# the SEELab of the Technion published (Guedj and Mandelbaum); what is known of them: Brown et al.,
# "Statistical Analysis of a Telephone Call Center", JASA 100(469), 2005. No record is kept here.
name: bank_1999
about: The call centre of an Israeli bank in February 1999, one call at a time per agent
timezone: Asia/Jerusalem
start: 1999-02-06T00:00      # a Saturday: Friday closes early, so no call is cut by the end
days: 7
study: terminating           # the desk opens and closes
topics:
  - id: 1
    name: Banking
    opening_hours: {{sun-thu: ["07:00-24:00"], fri: ["07:00-14:00"], sat: ["20:00-24:00"]}}
    arrivals:
      # Of {calls:,} calls {requests:,} asked for an agent; the others hung up in the announcements
      # and are no arrivals. Their counts by weekday and half-hour, shrunk to what the days with
      # the same opening hours have in common, half-hours of incidents ({incidents}) replaced.
      forecast: ../forecasts/bank_1999.csv
      # Calls of a day Sunday to Thursday: mean {day_mean:.1f}, variance/mean {day_ratio:.1f}.
      day_factor: {{gamma_shape: {day_shape:.1f}}}
    work:
      # {services:,} services, mean {service_mean:.1f} s. Those below ten seconds were agents who
      # hung up on the caller; the others are lognormal, by mean and deviation of ln(seconds).
      mixture:
        - weight: {short:.4f}
          uniform: {{low: 0s, high: {short_s}s}}
        - weight: {long:.4f}
          lognormal: {{log_mean: {log_mean:.4f}, log_sd: {log_sd:.4f}, unit: s}}
    patience:
      # Kaplan-Meier from {waits:,} waits, of which {hang_ups:,} ended in a hang-up and the others,
      # sooner than patience, in a pickup. (Without memory: exponential, mean {mean:.0f} s.)
      # Beyond the curve: the hazard of all waiting past {tail_from} s.
      survival:
        file: ../patience/bank_1999.csv
        unit: s
        tail: exponential
        tail_mean: {tail:.0f}s
agents:
  - group: Agents
    # Servers seen at work in a half-hour times {share:.2f}: those seen were not there all of it.
    # The share is the one whose simulated abandonment is nearest to the observed.
    # {fit}
    staffing: ../rosters/bank_1999.csv
    topics: [Banking]
    cap: 1
    output: [1]
routing: longest_idle
"""


@dataclass(frozen=True, slots=True)
class _Estimates:
    """All that goes into the files but the available share."""

    calls: Calls
    forecast: pd.DataFrame
    left_out: dict[str, int]
    busyness: Busyness
    handle_time: HandleTime
    patience: Patience
    seen: pd.DataFrame


def _estimates(calls: Calls) -> _Estimates:
    expected, left_out = forecast(calls)
    return _Estimates(
        calls=calls,
        forecast=expected,
        left_out=left_out,
        busyness=busyness(calls.rows),
        handle_time=handle_time(calls),
        patience=patience(calls),
        seen=agents_seen(calls),
    )


def write_scenario(calls: Calls, out: Path) -> AvailableShare:
    """Write the scenario and its tables under the folder ``out``, and tell how the staffing fits.

    The same records give the same bytes.
    """
    found = _estimates(calls)
    with tempfile.TemporaryDirectory() as trial:
        _write_files(found, 1.0, "On trial.", Path(trial))
        fitted = available_share(Path(trial), calls, found.seen)
    _write_files(found, fitted.share, _fit_text(fitted), out)
    return fitted


def _fit_text(fitted: AvailableShare) -> str:
    return (
        f"When simulated {fitted.simulated_abandonment:.1%} abandon and all requests wait "
        f"{fitted.simulated_wait_s:.1f} s on average;\n"
        f"    # observed were {fitted.observed_abandonment:.1%} and {fitted.observed_wait_s:.1f} s."
    )


def _write_files(found: _Estimates, share: float, fit: str, out: Path) -> None:
    _write_csv(found.forecast, out / FORECAST)
    _write_csv(found.patience.curve, out / PATIENCE)
    _write_csv(staffing(found.seen, share), out / STAFFING)
    _write_text(_scenario_text(found, share, fit), out / SCENARIO)


def _scenario_text(found: _Estimates, share: float, fit: str) -> str:
    service, waiting, days = found.handle_time, found.patience, found.busyness
    return TEMPLATE.format(
        calls=len(found.calls.rows),
        requests=len(found.calls.requests),
        incidents=found.left_out[INCIDENTS],
        day_mean=days.mean,
        day_ratio=days.variance_to_mean,
        day_shape=days.gamma_shape,
        services=service.services,
        service_mean=service.mean_s,
        short=service.short_share,
        short_s=SHORT_S,
        long=1 - service.short_share,
        log_mean=service.log_mean,
        log_sd=service.log_sd,
        waits=waiting.waits,
        hang_ups=waiting.hang_ups,
        mean=waiting.exponential_mean_s,
        tail_from=PATIENCE_TAIL_S,
        tail=waiting.tail_mean_s,
        share=share,
        fit=fit,
    )


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    _write_text(table.to_csv(index=False, lineterminator="\n"), path)


def _write_text(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


# -------------------------------------------------------------------------------- command


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the records, write the scenario, and say on stderr what was met on the way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("calls", type=Path, help="the records, a row per call")
    parser.add_argument("--out", type=Path, default=Path("data"), help="default: %(default)s")
    given = parser.parse_args(arguments)
    try:
        calls = read_calls(given.calls)
        fitted = write_scenario(calls, given.out)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stderr.write(_summary(calls, fitted))
    return 0


def _summary(calls: Calls, fitted: AvailableShare) -> str:
    oddities = calls.oddities | forecast(calls)[1]
    lines = [f"{len(calls.rows):>7,}  calls, {len(calls.requests):,} of them asked for an agent"]
    lines += [f"{count:>7,}  {what}" for what, count in oddities.items()]
    lines.append(f"{fitted.share:>7.2f}  of the servers seen in a half-hour were available")
    lines.append(
        f"{fitted.simulated_abandonment:>7.1%}  abandon when simulated, "
        f"{fitted.observed_abandonment:.1%} observed"
    )
    lines.append(
        f"{fitted.simulated_wait_s:>6.1f}s  mean wait when simulated, "
        f"{fitted.observed_wait_s:.1f} s observed"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
