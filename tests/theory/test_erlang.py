"""Erlang's formulas: rows A3–A11 of the validation table, and sizes at which naive sums fail."""

from __future__ import annotations

import math

import pytest

from simulator.errors import ParameterError
from simulator.theory import erlang_a, erlang_b, erlang_c, fewest_agents, mmc, mmc_k


def six_digits(value: float) -> object:
    """Equal to a printed figure of six decimals."""
    return pytest.approx(value, abs=5.1e-7, rel=0)


@pytest.mark.parametrize(
    ("agents", "load", "lost"),
    [  # A6
        (10, 5, 0.01838457),
        (12, 8.4, 0.06331687),
        (20, 15, 0.04559322),
        (100, 100, 0.07570045),
    ],
)
def test_erlang_b(agents: int, load: float, lost: float) -> None:
    assert erlang_b(agents, load) == pytest.approx(lost, abs=5.1e-9, rel=0)


@pytest.mark.parametrize("agents", [0.25, 0.5, 1.5, 7.3, 40.9])
@pytest.mark.parametrize("load", [0.01, 1.0, 8.4, 300.0])
def test_erlang_b_between_whole_agents_is_the_integral(agents: float, load: float) -> None:
    from scipy.integrate import quad

    inverse, _ = quad(lambda y: math.exp(-y) * (1 + y / load) ** agents, 0, math.inf, limit=500)
    assert erlang_b(agents, load) == pytest.approx(1 / inverse, rel=1e-7)


def test_erlang_b_between_whole_agents_survives_a_load_that_underflows() -> None:
    # nearly every customer is lost: B = 1 − c/a to first order
    assert erlang_b(0.5, 2000.0) == pytest.approx(1 - 0.5 / 2000, rel=1e-6)


def test_erlang_b_of_a_million_agents_keeps_its_digits() -> None:
    # at load = agents the share lost tends to √(2 ÷ π·c)
    assert erlang_b(10**6, 10**6) == pytest.approx(math.sqrt(2 / (math.pi * 10**6)), rel=1e-3)


def test_erlang_c_is_one_where_the_desk_cannot_keep_up() -> None:
    assert erlang_c(5, 5) == 1.0
    assert erlang_c(5, 7) == 1.0


def test_a_hundred_agents_at_ninety_nine_percent() -> None:
    a5 = mmc(arrival_rate=99, service_rate=1, agents=100)
    assert erlang_c(100, 99) == six_digits(0.882768)
    assert a5.p_wait == six_digits(0.882768)
    assert a5.mean_wait == six_digits(0.882768)


def test_fewest_agents_is_the_first_that_meets_the_share() -> None:
    agents = fewest_agents(12.5, p_wait=0.2)
    assert erlang_c(agents, 12.5) <= 0.2 < erlang_c(agents - 1, 12.5)


def test_mmc_fourteen_agents() -> None:
    a3 = mmc(arrival_rate=100 / 30, service_rate=1 / 3, agents=14, threshold=1 / 3)
    assert a3.p_wait == six_digits(0.174132)
    assert a3.of_served == six_digits(0.888350)
    assert a3.occupancy == six_digits(0.714286)
    assert a3.mean_wait == six_digits(0.130599)


def test_mmc_twelve_agents() -> None:
    a4 = mmc(arrival_rate=4.2, service_rate=0.5, agents=12, threshold=1 / 3)
    assert a4.p_wait == six_digits(0.183889)
    assert a4.mean_wait == six_digits(0.102160)
    assert a4.of_all == six_digits(0.899080)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (12, 8.4), (200, 190.0), (3000, 2990.0)])
def test_mmc_is_erlang_c(agents: int, load: float) -> None:
    figures = mmc(arrival_rate=load, service_rate=1, agents=agents, threshold=0.1)
    p_wait = erlang_c(agents, load)
    assert figures.p_wait == pytest.approx(p_wait, rel=1e-10)
    assert figures.mean_wait == pytest.approx(p_wait / (agents - load), rel=1e-10)
    assert figures.of_all == pytest.approx(1 - p_wait * math.exp(-(agents - load) * 0.1), rel=1e-10)


def test_five_waiting_places() -> None:
    a8 = mmc_k(arrival_rate=4.2, service_rate=0.5, agents=12, waiting_places=5, threshold=1 / 3)
    assert a8.p_block == six_digits(0.009477)
    assert a8.mean_wait == six_digits(0.061124)
    assert a8.of_served == six_digits(0.927558)


def test_no_waiting_place_is_erlang_b() -> None:
    none = mmc_k(arrival_rate=4.2, service_rate=0.5, agents=12, waiting_places=0)
    assert none.p_block == pytest.approx(erlang_b(12, 8.4), rel=1e-12)
    assert (none.p_wait, none.mean_wait) == (0.0, 0.0)


def test_a_thousand_waiting_places_are_endless() -> None:
    many = mmc_k(arrival_rate=4.2, service_rate=0.5, agents=12, waiting_places=1000, threshold=0.2)
    endless = mmc(arrival_rate=4.2, service_rate=0.5, agents=12, threshold=0.2)
    assert many.of_all == pytest.approx(endless.of_all, rel=1e-10)
    assert many.mean_wait == pytest.approx(endless.mean_wait, rel=1e-10)


def test_twelve_agents_with_one_minute_of_patience() -> None:
    a9 = erlang_a(arrival_rate=4.2, service_rate=0.5, agents=12, patience_rate=1, threshold=1 / 3)
    assert a9.p_wait == six_digits(0.127372)
    assert a9.p_abandon == six_digits(0.029679)
    assert a9.mean_wait == six_digits(0.029679)
    assert a9.mean_wait_served == six_digits(0.024060)
    assert a9.mean_wait_abandoned == six_digits(0.213381)
    assert a9.of_served == six_digits(0.974182)
    assert a9.of_all == six_digits(0.945270)
    assert a9.excl_short_abandons == six_digits(0.967872)
    assert a9.occupancy == six_digits(0.679225)


def test_thirteen_agents_with_five_minutes_of_patience() -> None:
    a10 = erlang_a(
        arrival_rate=100 / 30, service_rate=1 / 3, agents=13, patience_rate=0.2, threshold=1 / 3
    )
    assert a10.p_wait == six_digits(0.225797)
    assert a10.p_abandon == six_digits(0.024963)
    # printed as 0.124817, which is 0.12481652 rounded
    assert a10.mean_wait == six_digits(0.124817)
    assert a10.of_all == six_digits(0.858178)
    assert a10.occupancy == six_digits(0.750028)


def test_fifty_agents_with_two_minutes_of_patience() -> None:
    a11 = erlang_a(arrival_rate=48, service_rate=1, agents=50, patience_rate=0.5)
    assert a11.p_abandon == six_digits(0.030912)
    assert a11.mean_wait == six_digits(0.061824)
    assert a11.queue_length == six_digits(2.967576)
    assert a11.occupancy == six_digits(0.930324)
    assert a11.p_wait == six_digits(0.467774)


def erlang_a_by_its_chain(
    arrival_rate: float, service_rate: float, agents: int, patience_rate: float
) -> tuple[float, float]:
    """P(W>0) and P(abandon) from the birth–death chain, in logarithms."""
    import numpy as np

    present = np.arange(1, agents + 20_000)
    rates = service_rate * np.minimum(present, agents) + patience_rate * np.maximum(
        present - agents, 0
    )
    logs = np.concatenate([[0.0], np.cumsum(np.log(arrival_rate / rates))])
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    queue = float(shares @ np.maximum(np.arange(shares.size) - agents, 0))
    return float(shares[agents:].sum()), patience_rate * queue / arrival_rate


@pytest.mark.parametrize(
    ("arrival_rate", "agents", "patience_rate"),
    [
        (4.2, 12, 1.0),
        (0.01, 1, 3.0),
        (5000.0, 5000, 0.5),  # large and balanced
        (3000.0, 1000, 0.25),  # three times overloaded: the density peaks far from 0
        (50.0, 400, 1.0),  # Erlang B underflows
    ],
)
def test_erlang_a_agrees_with_its_chain(
    arrival_rate: float, agents: int, patience_rate: float
) -> None:
    figures = erlang_a(
        arrival_rate=arrival_rate, service_rate=1, agents=agents, patience_rate=patience_rate
    )
    p_wait, p_abandon = erlang_a_by_its_chain(arrival_rate, 1, agents, patience_rate)
    assert figures.p_wait == pytest.approx(p_wait, rel=1e-9, abs=1e-200)
    assert figures.p_abandon == pytest.approx(p_abandon, rel=1e-9, abs=1e-200)


def test_an_overloaded_desk_with_patient_customers_is_refused() -> None:
    with pytest.raises(ParameterError, match="give more agents, or a patience"):
        mmc(arrival_rate=7, service_rate=0.5, agents=12)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.inf, math.nan])
def test_rates_must_be_positive_numbers(wrong: float) -> None:
    with pytest.raises(ParameterError, match=r"service_rate is .*; give a positive number"):
        mmc(arrival_rate=1, service_rate=wrong, agents=3)


def test_shares_and_counts_are_checked() -> None:
    with pytest.raises(ParameterError, match=r"p_wait is 1; give a share between 0 and 1"):
        fewest_agents(3, p_wait=1)
    with pytest.raises(ParameterError, match="agents is -1; give 0 or more"):
        erlang_b(-1, 3)
    with pytest.raises(ParameterError, match="waiting_places is -1; give 0 or more"):
        mmc_k(arrival_rate=1, service_rate=1, agents=2, waiting_places=-1)
