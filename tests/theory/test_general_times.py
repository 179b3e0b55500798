"""Handle times and patience that are not exponential: rows A13, A14, A16, A18, A20."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import ParameterError
from simulator.theory import (
    EndlessPatience,
    ExponentialPatience,
    FixedPatience,
    LognormalPatience,
    Patience,
    UniformPatience,
    WeibullPatience,
    count_sd,
    mdc_wait,
    mg1_wait,
    mmc,
    mmc_g,
    pickup_desk,
    reacting_agent,
)


def six_digits(value: float) -> object:
    return pytest.approx(value, abs=5.1e-7, rel=0)


@pytest.mark.parametrize(
    ("cv", "wait"),
    [  # A13
        (0, 2),  # fixed
        (0.5, 2.5),  # Erlang-4
        (1, 4),  # exponential
        (2, 10),  # hyperexponential
        (math.sqrt(math.e - 1), 5.436564),  # lognormal with σ = 1
    ],
)
def test_mg1_wait(cv: float, wait: float) -> None:
    assert mg1_wait(arrival_rate=0.8, mean=1, cv=cv) == six_digits(wait)


@pytest.mark.parametrize(
    ("agents", "occupancy", "wait"),
    [  # A14
        (1, 0.8, 2.000000),
        (2, 0.8, 0.903284),
        (5, 0.8, 0.289060),
        (5, 0.9, 0.776695),
        (10, 0.9, 0.344582),
        (20, 0.9, 0.144286),
    ],
)
def test_mdc_wait(agents: int, occupancy: float, wait: float) -> None:
    assert mdc_wait(arrival_rate=occupancy * agents, handle=1, agents=agents) == six_digits(wait)


@pytest.mark.parametrize("occupancy", [0.05, 0.5, 0.95, 0.99])
def test_mdc_with_one_agent_is_mg1(occupancy: float) -> None:
    assert mdc_wait(arrival_rate=occupancy, handle=1, agents=1) == pytest.approx(
        mg1_wait(arrival_rate=occupancy, mean=1, cv=0), rel=1e-9
    )


@pytest.mark.parametrize(
    ("patience", "p_wait", "p_abandon", "of_all"),
    [  # A16
        (ExponentialPatience(1), 0.399429, 0.126107, 0.765637),
        (FixedPatience(1), 0.526589, 0.084283, 0.635811),
        (UniformPatience(0, 2), 0.444137, 0.111402, 0.724801),
        (LognormalPatience(1, log_sd=1), 0.403470, 0.124778, 0.772874),
    ],
)
def test_nine_agents_with_one_minute_of_patience(
    patience: Patience, p_wait: float, p_abandon: float, of_all: float
) -> None:
    a16 = mmc_g(arrival_rate=4.2, service_rate=0.5, agents=9, patience=patience, threshold=1 / 3)
    assert a16.p_wait == six_digits(p_wait)
    assert a16.p_abandon == six_digits(p_abandon)
    assert a16.of_all == six_digits(of_all)


PATIENCES = [
    ExponentialPatience(2.0),
    FixedPatience(2.0),
    UniformPatience(0.5, 3.5),
    LognormalPatience(2.0, log_sd=0.7),
    WeibullPatience(2.0, shape=0.6),
    WeibullPatience(2.0, shape=1.5),
]


@pytest.mark.parametrize("patience", PATIENCES)
def test_mean_within_is_the_area_under_the_survival_curve(patience: Patience) -> None:
    from scipy.integrate import quad

    for x in (0.1, 0.5, 1.9, 2.5, 9.0):
        bends = [kink for kink in patience.kinks if kink < x]
        area, _ = quad(
            lambda u: float(patience.survival(np.array([u]))[0]), 0, x, points=bends or None
        )
        assert patience.mean_within(np.array([x]))[0] == pytest.approx(area, rel=1e-7)


@pytest.mark.parametrize("patience", PATIENCES)
def test_mean_within_a_very_long_time_is_the_mean(patience: Patience) -> None:
    assert patience.mean_within(np.array([1e6]))[0] == pytest.approx(2.0)


@pytest.mark.parametrize("patience", PATIENCES)
@pytest.mark.parametrize(("agents", "arrival_rate"), [(1, 0.7), (9, 4.2), (60, 29.0), (60, 80.0)])
def test_whoever_is_not_served_has_given_up(
    patience: Patience, agents: int, arrival_rate: float
) -> None:
    figures = mmc_g(
        arrival_rate=arrival_rate,
        service_rate=0.5,
        agents=agents,
        patience=patience,
        threshold=1 / 3,
    )
    assert figures.mean_wait_abandoned is not None
    served = 1 - figures.p_abandon
    # all waits are those of the served and of those who gave up
    assert figures.mean_wait == pytest.approx(
        served * figures.mean_wait_served + figures.p_abandon * figures.mean_wait_abandoned
    )
    # what flows in flows out, and nobody is served faster than the full desk can
    assert 0.5 * agents * figures.occupancy == pytest.approx(arrival_rate * served)
    assert figures.occupancy <= 1 + 1e-12
    assert 0 < figures.of_all <= figures.excl_short_abandons <= 1
    assert figures.of_all < figures.of_served <= 1


def test_weibull_of_shape_one_is_exponential() -> None:
    def with_patience(patience: Patience) -> float:
        return mmc_g(
            arrival_rate=4.2, service_rate=0.5, agents=9, patience=patience
        ).mean_wait_served

    assert with_patience(WeibullPatience(1, shape=1)) == pytest.approx(
        with_patience(ExponentialPatience(1)), rel=1e-10
    )


def test_abandonment_solves_the_balance_of_the_full_desk() -> None:
    # with fixed patience D nobody gives up before D: service within D counts everyone served
    figures = mmc_g(
        arrival_rate=4.2, service_rate=0.5, agents=9, patience=FixedPatience(1), threshold=1
    )
    assert figures.of_served == pytest.approx(1, rel=1e-12)
    assert figures.mean_wait_abandoned == pytest.approx(1, rel=1e-12)


def test_very_long_patience_is_endless() -> None:
    nearly = mmc_g(
        arrival_rate=4.2, service_rate=0.5, agents=12, patience=FixedPatience(200), threshold=0.5
    )
    endless = mmc(arrival_rate=4.2, service_rate=0.5, agents=12, threshold=0.5)
    assert nearly.of_all == pytest.approx(endless.of_all, rel=1e-10)
    assert nearly.mean_wait == pytest.approx(endless.mean_wait, rel=1e-10)
    assert endless.mean_wait_abandoned is None
    assert EndlessPatience().survival(np.array([1e9]))[0] == 1


def test_an_agent_who_takes_time_to_react() -> None:
    a18 = reacting_agent(
        arrival_rate=0.1, mean_reaction=0.5, cv_reaction=1, mean_handle=6, cv_handle=1
    )
    assert a18.mean_wait_for_reaction == six_digits(11.214286)
    assert a18.mean_wait == six_digits(11.714286)
    assert a18.slots == six_digits(0.65)
    assert a18.busy == six_digits(0.60)


def test_the_reacting_agent_is_a_pickup_desk_of_one() -> None:
    chain = pickup_desk(
        arrival_rate=0.1, service_rate=1 / 6, agents=1, reaction_rate=2, patience_rate=0
    )
    assert chain.mean_wait == pytest.approx(11.714286, rel=1e-6)
    assert chain.reacting + chain.in_service == pytest.approx(0.65)
    assert chain.in_service == pytest.approx(0.60)


@pytest.mark.parametrize(("shape", "sd"), [(10, 526.52), (400, 92.46)])  # A20
def test_sd_of_a_gamma_poisson_day(shape: float, sd: float) -> None:
    assert count_sd(1660, gamma_shape=shape) == pytest.approx(sd, abs=0.0051)


def test_one_agent_who_cannot_keep_up_is_refused() -> None:
    with pytest.raises(ParameterError, match="no steady state"):
        mg1_wait(arrival_rate=1, mean=1, cv=1)
    with pytest.raises(ParameterError, match="no steady state"):
        mdc_wait(arrival_rate=2, handle=1, agents=2)
