"""Days that begin and end: the eight-hour day, D1, D3, A20, and the trap of the next gap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import poisson

from simulator import theory, workload
from simulator.desk.codes import ABANDONED, FORM_AT_ARRIVAL
from simulator.metrics.chats import instants_us
from simulator.scenario import loads
from tests.validation.estimates import Sure, controlled_ratio, controlled_sum
from tests.validation.replications import (
    CONTROL,
    HOUR,
    MINUTE,
    Replication,
    controls_of,
    endless_desk,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.validation.conftest import Row
    from tests.validation.replications import Totals

    Floats = NDArray[np.float64]

pytestmark = pytest.mark.validation

DAY = 24 * HOUR


def excess(load: float, agents: int) -> float:
    """E (N − agents)⁺ of a Poisson number."""
    return theory.poisson_queue(load, agents=agents)[1]


# ------------------------------------------------------------------------ the eight-hour day

EIGHT_HOURS = """
name: eight hours
timezone: UTC
start: 2026-01-05T00:00
days: {days}
interval: 8h
topics:
  - id: 1
    name: Chat
    opening_hours: {{mon-sun: ["00:00-08:00"]}}
    arrivals: {{rate_per_hour: 252}}
    work: {{exponential: {{mean: 2m}}}}
    {more}
agents:
  - group: Desk
    count: 12
    hours: {{mon-sun: ["00:00-08:00"]}}
    topics: [Chat]
    cap: 1
    output: [1]
closing: serve_out
service_level: {{threshold: 20s}}
"""


@dataclass(frozen=True)
class EightHours:
    """Totals of each day, with the endless desk that starts empty as control."""

    as_full: float
    """Expected arrivals of a day who find 12 or more on the endless desk."""
    above: float
    """Expected sum of how many more."""

    def __call__(self, replication: Replication) -> Totals:
        chat, drawn = replication.chats, replication.workload
        assert chat.finished.all()
        days = len(replication.scenario.dates)

        def per_day(mask: NDArray[np.bool_], weights: Floats | None = None) -> Floats:
            day = chat.requested_us[mask] // DAY
            chosen = None if weights is None else weights[mask]
            return np.bincount(day, chosen, minlength=days).astype(np.float64)

        everybody = np.ones_like(chat.served)
        present = endless_desk(drawn.requested_us, drawn.work_us)
        work = drawn.work_us / MINUTE - 2
        begun = instants_us(replication.scenario, replication.agents["interval_start"])
        opened = begun % DAY == 0

        def while_open(column: str) -> Floats:
            seconds = replication.agents[column].to_numpy() * opened
            return np.bincount(begun // DAY, seconds).astype(np.float64)

        return {
            "arrivals": per_day(everybody),
            "served": per_day(chat.served),
            "wait": per_day(chat.served, chat.wait_s / 60),
            "in time": per_day(chat.served & (chat.wait_s <= 20)),
            "abandoned": per_day(chat.outcome == ABANDONED),
            "blocked": per_day(chat.outcome == FORM_AT_ARRIVAL),
            "busy": while_open("open_1_s"),
            "on duty": while_open("on_duty_s"),
            f"{CONTROL}arrivals": per_day(everybody) - 2016,
            f"{CONTROL}work": per_day(everybody, work),
            f"{CONTROL}endless desk as full": per_day(present >= 12) - self.as_full,
            f"{CONTROL}endless desk above": per_day(everybody, np.maximum(present - 12.0, 0))
            - self.above,
        }


@pytest.mark.parametrize(
    ("more", "options", "replications"),
    [
        pytest.param("", {}, 16, id="patient"),
        pytest.param(
            "patience: {exponential: {mean: 1m}}", {"patience_rate": 1.0}, 8, id="impatient"
        ),
        pytest.param(
            "offline_form: {queue_length: 5, taken_by: 1}", {"waiting_places": 5}, 8, id="5_places"
        ),
    ],
)
def test_eight_hours_of_a4(
    row: Row, tmp_path: Path, more: str, options: dict[str, float], replications: int
) -> None:
    def load(t: float) -> float:
        return 8.4 * -math.expm1(-t / 2)

    as_full, _ = quad(lambda t: 4.2 * poisson.sf(11, load(t)), 0, 480, limit=200)
    above, _ = quad(lambda t: 4.2 * excess(load(t), 12) if t else 0.0, 0, 480, limit=200)
    scenario = loads(EIGHT_HOURS.format(days=40, more=more), folder=tmp_path)
    total = row.totals(scenario, EightHours(as_full, above), replications=replications)
    exact = theory.one_day(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=12,
        length=480,
        threshold=1 / 3,
        **options,  # type: ignore[arg-type]
    )
    controls = controls_of(total)
    row.compare("in target", exact.in_time, controlled_sum(total["in time"], controls))
    row.compare("ASA", exact.asa, controlled_ratio(total["wait"], total["served"], controls))
    row.compare(
        "occupancy", exact.occupancy, controlled_ratio(total["busy"], total["on duty"], controls)
    )
    if exact.abandoned:
        abandoned = controlled_sum(total["abandoned"], controls)
        row.compare("abandoned", exact.abandoned, abandoned)
    elif exact.blocked:
        # a share of .009 of the arrivals, so a probability under .05
        row.compare(
            "blocked", exact.blocked, controlled_sum(total["blocked"], controls), within=0.10
        )
    else:
        assert total["served"].sum() == total["arrivals"].sum()
    row.judge()


# ---------------------------------------------------------------------------------------- D1

WAVE = """
name: wave
timezone: UTC
start: 2026-01-05T00:00
days: {days}
interval: 24h
topics:
  - id: 1
    name: Chat
    arrivals: {{forecast: wave.csv, shape: linear}}
    work: {{exponential: {{mean: 1m}}}}
    patience: {{exponential: {{mean: 1m}}}}
agents:
  - {{group: Desk, count: 100, topics: [Chat], cap: 1, output: [1]}}
"""


def wave_table(minutes: int) -> str:
    """Expected chats under 100 + 20 sin t, a knot every tenth of a minute, then nobody."""
    rows = ["weekday,start,end,Chat"]
    for k in range(10 * minutes):
        begins, ends = k / 10, (k + 1) / 10
        expected = 10 - 20 * (math.cos(ends) - math.cos(begins))
        clock = [f"00:{s // 60:02}:{s % 60:02}" for s in (6 * k, 6 * k + 6)]
        rows.append(f"mon-sun,{clock[0]},{clock[1]},{expected:.9f}")
    rows.append(f"mon-sun,00:{minutes:02}:00,24:00,0")
    return "\n".join(rows)


def wave_load(t: float) -> float:
    return 100 * -math.expm1(-t) + 10 * (math.sin(t) - math.cos(t)) + 10 * math.exp(-t)


@dataclass(frozen=True)
class NumberInSystem:
    """Each day's number in the system at these minutes, and what the endless desk would hold."""

    minutes: tuple[float, ...]

    def __call__(self, replication: Replication) -> Totals:
        chat, drawn = replication.chats, replication.workload
        left = np.sort(chat.ended_us)
        served_at_once = np.sort(drawn.requested_us + drawn.work_us)
        found: Totals = {}
        for t in self.minutes:
            at = DAY * np.arange(len(replication.scenario.dates)) + round(t * MINUTE)
            come = np.searchsorted(chat.requested_us, at, side="right")
            load = wave_load(t)
            endless = come - np.searchsorted(served_at_once, at, side="right")
            all_busy, queue = theory.poisson_queue(load, agents=100)
            found |= {
                f"present {t}": (come - np.searchsorted(left, at, side="right")).astype(float),
                f"{CONTROL}endless {t}": endless.astype(np.float64) - load,
                f"{CONTROL}endless full {t}": (endless >= 100).astype(np.float64) - all_busy,
                f"{CONTROL}endless above {t}": np.maximum(endless - 100.0, 0) - queue,
            }
        return found


@pytest.mark.parametrize(
    ("minutes", "instants", "replications"),
    [pytest.param(5, (2, 5), 28, id="to_5"), pytest.param(10, (10,), 4, id="to_10")],
)
def test_d1_a_wave_over_a_hundred_agents(
    row: Row, tmp_path: Path, minutes: int, instants: tuple[int, ...], replications: int
) -> None:
    (tmp_path / "wave.csv").write_text(wave_table(minutes), encoding="utf-8")
    scenario = loads(WAVE.format(days=250), folder=tmp_path)
    total = row.totals(scenario, NumberInSystem(instants), replications=replications)
    for t in instants:
        all_busy, queue = theory.poisson_queue(wave_load(t), agents=100)
        present = total[f"present {t}"]
        controls = [values for name, values in total.items() if name.endswith(f" {t}")][1:]
        full = controlled_sum((present >= 100).astype(float), controls)
        row.compare(f"P(N≥100) at {t}", all_busy, full, within=0.10)
        waiting = controlled_sum(np.maximum(present - 100, 0), controls)
        row.compare(f"E[queue] at {t}", queue, waiting, within=0.10)
    row.judge()


# ---------------------------------------------------------------------------------------- D3

# fmt: off
BY_THE_HOUR = (8, 9, 11, 13, 16, 18, 21, 24, 27, 29, 30, 31,
               31, 30, 29, 27, 24, 21, 18, 16, 13, 11, 9, 8)
# fmt: on

SINE = """
name: sine
timezone: UTC
start: 2026-01-05T00:00
days: {days}
study: steady
interval: 24h
topics:
  - id: 1
    name: Chat
    arrivals: {{forecast: sine.csv, shape: linear}}
    work: {{exponential: {{mean: 30m}}}}
agents:
  - {{group: Desk, staffing: staffing.csv, topics: [Chat], cap: 1, output: [1]}}
"""


def hourly_rate(t: float) -> float:
    return 30 + 20 * math.sin(2 * math.pi * (t - 6) / 24)


def sine_table() -> str:
    """Expected chats every six minutes."""
    rows = ["weekday,start,end,Chat"]
    angle = 2 * math.pi / 24
    for k in range(240):
        risen = math.cos(angle * ((k + 1) / 10 - 6)) - math.cos(angle * (k / 10 - 6))
        expected = 3 - 20 / angle * risen
        clock = [f"{m // 60:02}:{m % 60:02}" for m in (6 * k, 6 * k + 6)]
        rows.append(f"mon-sun,{clock[0]},{clock[1]},{expected:.9f}")
    return "\n".join(rows)


@dataclass(frozen=True)
class ByHour:
    """Who waited, by hour of the day, for stretches of five days after the first."""

    as_full: tuple[float, ...]
    above: tuple[float, ...]

    def __call__(self, replication: Replication) -> Totals:
        chat, drawn = replication.chats, replication.workload
        present = endless_desk(drawn.requested_us, drawn.work_us)
        agents = np.array(BY_THE_HOUR)
        hour = chat.requested_us // HOUR
        beyond = np.maximum(present - agents[hour % 24], 0)
        as_full = present >= agents[hour % 24]

        def folded(weights: NDArray[np.generic]) -> Floats:
            """(stretches, 24): the sum by hour, without the first day and the last."""
            days = len(replication.scenario.dates)
            by_hour = np.bincount(hour, weights, minlength=24 * days).reshape(days, 24)
            stretches: Floats = by_hour[1:-1].reshape(-1, 5, 24).sum(axis=1).astype(np.float64)
            return stretches

        return {
            "arrivals": folded(np.ones_like(chat.served)),
            "waited": folded(chat.waited_at_arrival),
            "as full": folded(as_full) - 5 * np.array(self.as_full),
            "above": folded(beyond) - 5 * np.array(self.above),
        }


def test_d3_staffing_by_the_hour(row: Row, tmp_path: Path) -> None:
    staffing = ["weekday,start,end,agents"]
    staffing += [f"mon-sun,{h:02}:00,{h + 1:02}:00,{c}" for h, c in enumerate(BY_THE_HOUR)]
    (tmp_path / "staffing.csv").write_text("\n".join(staffing), encoding="utf-8")
    (tmp_path / "sine.csv").write_text(sine_table(), encoding="utf-8")
    scenario = loads(SINE.format(days=52), folder=tmp_path)

    total = row.totals(scenario, ByHour(*expected_of_endless_desk()), replications=38)
    exact = theory.forward_equations(
        hourly_rate, service_rate=2, staffing=list(enumerate(BY_THE_HOUR * 2)), until=48
    )[24:]

    def compare(figure: str, hours: list[int], before: list[int]) -> None:
        """The share who waited in these hours; each of the hours before has a say in it."""
        arrivals = sum(exact[h].arrivals for h in hours)
        share = sum(exact[h].p_wait * exact[h].arrivals for h in hours) / arrivals
        spans = [hours, *([hour] for hour in before)]
        controls = [
            total[name][:, span].sum(axis=1) for span in spans for name in ("as full", "above")
        ]
        waited, came = (total[name][:, hours].sum(axis=1) for name in ("waited", "arrivals"))
        row.compare(figure, share, controlled_ratio(waited, came, controls))

    compare("P(W>0)", list(range(24)), list(range(14, 20)))
    compare("P(W>0) 18-19", [18], [14, 15, 16, 17])
    row.judge()


def expected_of_endless_desk() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """By hour: the arrivals who find as many as there are agents, and the sum of how many more."""
    angle = 2 * math.pi / 24

    def load(t: float) -> float:
        # m' = λ − 2m with the rate of the sine: its lasting solution
        phase = angle * (t - 6)
        return 15 + 20 * (2 * math.sin(phase) - angle * math.cos(phase)) / (4 + angle**2)

    def over_the_hour(h: int, figure: Callable[[float], float]) -> float:
        value, _ = quad(lambda t: hourly_rate(t) * figure(load(t)), h, h + 1)
        return float(value)

    as_full = tuple(
        over_the_hour(h, lambda m, c=c: theory.poisson_queue(m, agents=c)[0])  # type: ignore[misc]
        for h, c in enumerate(BY_THE_HOUR)
    )
    above = tuple(
        over_the_hour(h, lambda m, c=c: theory.poisson_queue(m, agents=c)[1])  # type: ignore[misc]
        for h, c in enumerate(BY_THE_HOUR)
    )
    return as_full, above


# -------------------------------------------------------------------------- arrivals by themselves

COUNTS = """
name: counts
timezone: UTC
start: 2026-01-05T00:00
days: 1000
topics:
  - id: 1
    name: Chat
    arrivals: {{{arrivals}}}
    work: {{fixed: 1s}}
agents:
  - {{group: Desk, count: 1, topics: [Chat], cap: 1, output: [1]}}
"""


def arrivals_of(arrivals: str, folder: Path, seed: int, replication: int) -> NDArray[np.int64]:
    """The instants of a thousand days; no desk is needed to count them."""
    scenario = loads(COUNTS.format(arrivals=arrivals), folder=folder)
    return workload.sample(scenario, seed, replication).requested_us


@pytest.mark.parametrize(("shape", "replications"), [(10, 9), (400, 9)])
def test_a20_counts_of_days(row: Row, tmp_path: Path, shape: int, replications: int) -> None:
    written = f"rate_per_hour: {1660 / 24!r}, day_factor: {{gamma_shape: {shape}}}"
    counts = np.concatenate(
        [
            np.bincount(arrivals_of(written, tmp_path, row.seed, k + 1) // DAY, minlength=1000)
            for k in range(replications)
        ]
    )
    variance = controlled_sum((counts - 1660.0) ** 2)
    sd = math.sqrt(variance.value)
    exact = theory.count_sd(1660, gamma_shape=shape)
    row.compare("sd", exact, Sure(sd, variance.half_width / (2 * sd)))
    row.judge()


def test_the_first_busy_hour_has_its_six_arrivals(row: Row, tmp_path: Path) -> None:
    table = ["weekday,start,end,Chat", "mon-sun,00:00,08:00,0.8", "mon-sun,08:00,24:00,96"]
    (tmp_path / "trap.csv").write_text("\n".join(table), encoding="utf-8")
    instants = np.concatenate(
        [
            arrivals_of("forecast: trap.csv", tmp_path, row.seed, k + 1) + 1000 * k * DAY
            for k in range(10)
        ]
    )
    day = np.bincount(instants // DAY, minlength=10_000).astype(float)
    hour = np.bincount(instants // HOUR, minlength=10_000 * 24)[8::24].astype(float)
    row.compare("arrivals of a day", 96.8, controlled_sum(day))
    row.compare("of the first busy hour", 6.0, controlled_sum(hour))
    row.judge()
