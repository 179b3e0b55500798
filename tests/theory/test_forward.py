"""Days that change as they go: rows D1, D3, the eight-hour day, and the trap."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from simulator.errors import ParameterError
from simulator.theory import (
    Stretch,
    erlang_a,
    fewest_agents,
    forward_equations,
    mmc,
    offered_load,
    one_day,
    poisson_queue,
)


@pytest.mark.parametrize(
    ("t", "all_busy", "queue"),
    [  # D1
        (1, 0.000412, 0.000826),
        (2, 0.555811, 4.560417),
        (5, 0.091618, 0.377115),
        (10, 0.627431, 5.668637),
        (12, 0.078398, 0.311537),
    ],
)
def test_a_hundred_agents_under_a_wave(t: float, all_busy: float, queue: float) -> None:
    load = offered_load(lambda u: 100 + 20 * math.sin(u), service_rate=1, at=t)
    assert load == pytest.approx(
        100 * (1 - math.exp(-t)) + 10 * (math.sin(t) - math.cos(t)) + 10 * math.exp(-t)
    )
    assert poisson_queue(load, agents=100) == pytest.approx((all_busy, queue), abs=5.1e-7, rel=0)


def test_the_wave_by_the_forward_equations() -> None:
    # the last stretch is short enough to hold one instant: t = 2
    *_, last = forward_equations(
        lambda u: 100 + 20 * math.sin(u),
        service_rate=1,
        patience_rate=1,
        staffing=[(0, 100), (1.999, 100)],
        until=2.001,
    )
    assert last.p_wait == pytest.approx(0.555811, abs=2e-6)
    assert last.queue_length == pytest.approx(4.560417, abs=1e-5)


def hourly_rate(t: float) -> float:
    """D3: arrivals per hour."""
    return 30 + 20 * math.sin(2 * math.pi * (t - 6) / 24)


def mean_rate(begins: float, ends: float) -> float:
    angle = 2 * math.pi / 24
    risen = math.cos(angle * (ends - 6)) - math.cos(angle * (begins - 6))
    return 30 - 20 * risen / (angle * (ends - begins))


BY_THE_HOUR = [fewest_agents(mean_rate(h, h + 1) / 2, p_wait=0.2) for h in range(24)]
HALF_AN_HOUR_EARLIER = [
    fewest_agents(mean_rate(h - 0.5, h + 0.5) / 2, p_wait=0.2) for h in range(24)
]


@cache
def second_day(staffing: tuple[int, ...], surplus: str) -> list[Stretch]:
    """The day after a day, so that midnight carries on from midnight."""
    both = list(enumerate(staffing * 2))
    return forward_equations(
        hourly_rate,
        service_rate=2,
        staffing=both,
        until=48,
        surplus=surplus,  # type: ignore[arg-type]
    )[24:]


def p_wait_of_day(day: list[Stretch]) -> float:
    arrivals = sum(hour.arrivals for hour in day)
    return sum(hour.p_wait * hour.arrivals for hour in day) / arrivals


def test_staffing_by_erlang_c_hour_by_hour() -> None:
    # fmt: off
    assert BY_THE_HOUR == [8, 9, 11, 13, 16, 18, 21, 24, 27, 29, 30, 31,
                           31, 30, 29, 27, 24, 21, 18, 16, 13, 11, 9, 8]
    # fmt: on
    assert sum(HALF_AN_HOUR_EARLIER) == 479


def test_the_hours_after_the_peak_miss_the_target() -> None:
    # figures of the literature's M/M/c(t), min(n, c(t)) in service: whoever is surplus drops a chat
    day = second_day(tuple(BY_THE_HOUR), "drops")
    shares = [hour.p_wait for hour in day]
    assert p_wait_of_day(day) == pytest.approx(0.1825, abs=5e-5)
    assert max(shares) == pytest.approx(0.3551, abs=5e-5)
    assert shares.index(max(shares)) == 18
    assert [h for h, share in enumerate(shares) if share > 0.21] == list(range(15, 24))
    assert [h for h, share in enumerate(shares) if 0.20 < share <= 0.21] == [0, 13, 14]


def test_staffing_from_the_rate_half_an_hour_earlier_meets_it() -> None:
    day = second_day(tuple(HALF_AN_HOUR_EARLIER), "drops")
    assert max(hour.p_wait for hour in day) == pytest.approx(0.1899, abs=5e-5)


def test_surplus_agents_who_finish_their_chat_shorten_the_waits() -> None:
    # the model's rule: the same hours miss, each by a little less
    finishing = [hour.p_wait for hour in second_day(tuple(BY_THE_HOUR), "finishes")]
    dropping = [hour.p_wait for hour in second_day(tuple(BY_THE_HOUR), "drops")]
    assert max(finishing) == pytest.approx(0.349359, abs=1e-6)
    assert all(a <= b + 1e-12 for a, b in zip(finishing, dropping, strict=True))
    assert [h for h, share in enumerate(finishing) if share > 0.21] == list(range(15, 24))
    assert p_wait_of_day(second_day(tuple(BY_THE_HOUR), "finishes")) == pytest.approx(
        0.181056, abs=1e-6
    )


def test_while_the_headcount_rises_both_rules_agree() -> None:
    rising = [(0.0, 2), (1.0, 3), (2.0, 5)]
    one, other = (
        forward_equations(
            lambda _: 4.0,
            service_rate=1,
            staffing=rising,
            until=3,
            patience_rate=0.5,
            surplus=surplus,
        )
        for surplus in ("finishes", "drops")
    )
    assert [s.p_wait for s in one] == pytest.approx([s.p_wait for s in other])


def test_surplus_agents_alone_die_out_like_pure_service() -> None:
    # ten agents are filled, then nobody comes and the headcount falls to one
    day = forward_equations(
        lambda t: 1e3 if t < 0.5 else 0.0,
        service_rate=1,
        staffing=[(0, 10), (0.5, 1), (0.6, 1)],
        until=0.7,
        waiting_places=None,
        patience_rate=50.0,
    )
    begun = float(day[1].spent.sum())
    assert begun == pytest.approx(0.1)
    # of ten busy, about 10·e^(−0.15) are still busy on average over the last stretch
    assert 10 * math.exp(-0.2) < day[2].busy < 10 * math.exp(-0.1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [  # the eight-hour day of A4
        (
            {},
            {"in_time": 1815.272, "of_all": 0.900432, "asa": 0.100681, "occupancy": 0.696934},
        ),
        ({"patience_rate": 1.0}, {"abandoned": 59.263, "in_time": 1906.719, "asa": 0.023825}),
        ({"waiting_places": 5}, {"blocked": 18.863, "in_time": 1854.069}),
    ],
)
def test_an_eight_hour_day(options: dict[str, float], expected: dict[str, float]) -> None:
    day = one_day(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=12,
        length=480,
        threshold=1 / 3,
        **options,  # type: ignore[arg-type]
    )
    assert day.arrivals == pytest.approx(2016)
    assert day.served + day.abandoned + day.blocked == pytest.approx(2016)
    for name, figure in expected.items():
        digits = 3 if figure > 1 else 6
        assert round(getattr(day, name), digits) == pytest.approx(figure)


def test_a_very_long_day_is_the_steady_state() -> None:
    day = one_day(
        arrival_rate=1.0, service_rate=0.5, agents=3, length=2_000, threshold=1, patience_rate=0.3
    )
    steady = erlang_a(arrival_rate=1.0, service_rate=0.5, agents=3, patience_rate=0.3, threshold=1)
    assert day.of_all == pytest.approx(steady.of_all, rel=1e-3)
    assert day.asa == pytest.approx(steady.mean_wait_served, rel=5e-3)
    assert day.occupancy == pytest.approx(steady.occupancy, rel=5e-3)


def test_a_stretch_after_a_long_run_is_steady() -> None:
    _, last = forward_equations(
        lambda _: 4.2, service_rate=0.5, staffing=[(0, 12), (300, 12)], until=310
    )
    a4 = mmc(arrival_rate=4.2, service_rate=0.5, agents=12)
    assert last.p_wait == pytest.approx(a4.p_wait, rel=1e-7)
    assert last.queue_length == pytest.approx(a4.queue_length, rel=1e-7)
    assert last.busy / 12 == pytest.approx(a4.occupancy, rel=1e-7)


def test_the_trap_of_asking_for_the_next_gap_at_the_rate_of_now() -> None:
    # 8 h at 1/600 per minute, then 1/10: expected arrivals are areas under the rate
    slow, quick = 480, 960
    assert slow / 600 + quick / 10 == pytest.approx(96.8)
    assert pytest.approx(6.0) == 60 / 10
    # the idiom draws the gap that spans the change at the slow rate: it ends u after the change
    u = np.linspace(0, quick, 960_001)
    reached = np.exp(-u / 600) / 600
    day = slow / 600 + np.trapezoid(reached * (1 + (quick - u) / 10), u)
    hour = u <= 60
    first = np.trapezoid(reached[hour] * (1 + (60 - u[hour]) / 10), u[hour])
    assert day == pytest.approx(49.7, abs=0.05)
    assert first == pytest.approx(0.39, abs=0.005)


def test_staffing_must_begin_at_the_beginning() -> None:
    with pytest.raises(ParameterError, match="beginning at 0"):
        forward_equations(lambda _: 1.0, service_rate=1, staffing=[(1, 2)], until=2)


def test_waiting_places_go_with_one_headcount() -> None:
    with pytest.raises(ParameterError, match="single staffing entry"):
        forward_equations(
            lambda _: 1.0, service_rate=1, staffing=[(0, 2), (1, 3)], until=2, waiting_places=4
        )
