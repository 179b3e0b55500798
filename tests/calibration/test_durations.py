"""Fits of durations: known truth found again, censored or not, and what cannot be fitted."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulator.calibration.durations import fit_durations
from simulator.calibration.families import FAMILIES, seconds_text
from simulator.calibration.survival import hazard, steps, survival_curve
from simulator.errors import DataError, ParameterError
from simulator.scenario import loads

RECORDS = Path(__file__).parents[3] / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"
with_records = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)
DESK = """
name: x
timezone: UTC
start: 2026-01-05T00:00
days: 1
topics:
  - {{id: 1, name: A, arrivals: {{rate_per_hour: 1}}, patience: {{fixed: 1h}}, work: {work}}}
agents: [{{group: G, count: 1, topics: [A], cap: 1}}]
"""
TRUTHS = {
    # family: its sampler, and the parameters behind it
    "exponential": (lambda rng, n: rng.exponential(120, n), {"mean_s": 120}),
    "gamma": (lambda rng, n: rng.gamma(2.5, 60, n), {"mean_s": 150, "cv": 2.5**-0.5}),
    "lognormal": (lambda rng, n: rng.lognormal(4.7, 0.9, n), {"log_mean": 4.7, "log_sd": 0.9}),
    "weibull": (lambda rng, n: 200 * rng.weibull(1.6, n), {"scale_s": 200, "shape": 1.6}),
}


def cut(durations, limits):
    """(observed, censored) where each duration meets a limit of its own."""
    return durations[durations <= limits], limits[durations > limits]


def near_the_best(fits, family):
    """Whether the family is the best, or (gamma and Weibull can be exponential) hardly worse."""
    simpler = family == "exponential"
    return fits.table.set_index("family")["delta_aic"][family] < (4 if simpler else 1e-9)


# -------------------------------------------------------------------------- known truth, found


@pytest.mark.parametrize("family", TRUTHS)
def test_truth_is_chosen_and_inside_its_intervals(family):
    draw, truth = TRUTHS[family]
    fits = fit_durations(draw(np.random.default_rng(1), 4_000))
    assert near_the_best(fits, family)
    assert fits.best.ks < 0.02
    [fit] = [fit for fit in fits.all if fit.family == family]
    for name, value in truth.items():
        low, high = fit.errors[name]
        assert low < value < high
        assert fit.parameters[name] == pytest.approx(value, rel=0.05)


@pytest.mark.parametrize("family", TRUTHS)
def test_truth_is_found_when_a_good_part_is_cut_short(family):
    draw, truth = TRUTHS[family]
    rng = np.random.default_rng(3)
    fits = fit_durations(*cut(draw(rng, 6_000), rng.exponential(150, 6_000)))
    assert fits.censored > 2_000
    assert near_the_best(fits, family)
    assert fits.best.ks < 0.03
    [fit] = [fit for fit in fits.all if fit.family == family]
    for name, value in truth.items():
        assert fit.parameters[name] == pytest.approx(value, rel=0.06)
    assert fits.mean_s.low < fits.best.distribution.mean < fits.mean_s.high


@pytest.mark.parametrize("censored", [False, True])
@pytest.mark.parametrize("family", TRUTHS)
def test_intervals_hold_the_truth_nineteen_times_in_twenty(family, censored):
    draw, truth = TRUTHS[family]
    held = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 7])
        durations = draw(rng, 300)
        sample = cut(durations, rng.exponential(250, 300)) if censored else (durations,)
        [fit] = fit_durations(*sample, families=[family]).all
        held += [fit.errors[name][0] < value < fit.errors[name][1] for name, value in truth.items()]
    assert np.mean(held) == pytest.approx(0.95, abs=0.06)


@pytest.mark.parametrize(
    ("family", "theirs"),
    [
        ("gamma", lambda data: stats.gamma.fit(data, floc=0)),
        ("lognormal", lambda data: stats.lognorm.fit(data, floc=0)),
        ("weibull", lambda data: stats.weibull_min.fit(data, floc=0)),
    ],
)
def test_likelihood_is_no_less_than_what_scipy_finds(family, theirs):
    rng = np.random.default_rng(5)
    observed, censored = cut(rng.gamma(1.7, 80, 500), rng.exponential(200, 500))
    data = stats.CensoredData(uncensored=observed, right=censored)
    scipys = {"gamma": stats.gamma, "lognormal": stats.lognorm, "weibull": stats.weibull_min}
    frozen = scipys[family](*theirs(data))
    expected = frozen.logpdf(observed).sum() + frozen.logsf(censored).sum()
    [fit] = fit_durations(observed, censored, families=[family]).all
    assert fit.log_likelihood == pytest.approx(expected, abs=0.02)
    assert fit.log_likelihood > expected - 1e-3


def test_exponential_is_all_time_by_events():
    fit = fit_durations([30.0, 60.0], [100.0, 110.0], families=["exponential"]).best
    assert fit.parameters["mean_s"] == pytest.approx(150)
    assert fit.aic == pytest.approx(2 - 2 * (2 * -math.log(150) - 300 / 150))


def test_mean_of_whole_durations_is_their_own_with_students_interval():
    mean = fit_durations([10.0, 20.0, 60.0]).mean_s
    half = stats.t.ppf(0.975, 2) * np.std([10, 20, 60], ddof=1) / math.sqrt(3)
    assert (mean.value, mean.n) == (30, 3)
    assert mean.high == pytest.approx(30 + half)
    assert mean.low == 0  # 30 - half would be negative


def test_distance_is_kolmogorovs():
    data = np.random.default_rng(6).lognormal(4, 1, 800)
    for fit in fit_durations(data).all:
        assert fit.ks == pytest.approx(stats.kstest(data, fit.distribution.cdf).statistic)


def test_families_stand_in_the_order_of_their_aic():
    fits = fit_durations(np.random.default_rng(7).gamma(3, 50, 500))
    assert fits.table["family"].tolist() == [fit.family for fit in fits.all]
    assert fits.table["delta_aic"].is_monotonic_increasing
    assert fits.table["chosen"].tolist() == [True, False, False, False]
    assert re.match(r"mean_s 1\d\d(\.\d)? \(\d+.* to \d+.*\), cv 0\.", fits.table["parameters"][0])


def test_curves_are_cdfs_of_the_data_and_of_every_family():
    fits = fit_durations(np.random.default_rng(8).gamma(3, 50, 500))
    by_series = fits.curves.pivot_table(index="time_s", columns="series", values="share")
    assert set(by_series) == {"data", *FAMILIES}
    assert by_series.apply(lambda share: share.is_monotonic_increasing).all()
    assert by_series["data"].iloc[-1] == 1
    assert (by_series["data"] - by_series["gamma"]).abs().max() < 0.06


def test_many_durations_are_rounded_to_no_effect():
    rng = np.random.default_rng(9)
    many = rng.lognormal(5, 1, 200_000)
    fits = fit_durations(many, families=["lognormal"])
    assert fits.best.parameters["log_mean"] == pytest.approx(np.log(many).mean(), abs=1e-5)
    assert fits.best.parameters["log_sd"] == pytest.approx(np.log(many).std(), abs=1e-5)
    expected = stats.kstest(many, fits.best.distribution.cdf).statistic
    assert fits.best.ks == pytest.approx(expected, abs=2e-4)
    assert len(fits.curves) < 1_000


@pytest.mark.parametrize("family", TRUTHS)
@pytest.mark.parametrize("short_s", [None, 5.0])
def test_notation_is_read_as_the_same_distribution(family, short_s):
    draw, _ = TRUTHS[family]
    durations = np.append(draw(np.random.default_rng(10), 300), [1.0, 2.0])
    [fit] = fit_durations(durations, families=[family], short_s=short_s).all
    written = loads(DESK.format(work=str(fit.notation).replace("'", "")))
    q = np.array([0.01, 0.2, 0.5, 0.9, 0.99])
    assert written.topics[0].work.quantile(q) == pytest.approx(
        fit.distribution.quantile(q), rel=1e-3
    )


def test_seconds_are_written_without_exponents():
    assert [seconds_text(s) for s in (0.0, 1e-4, 1234567.0)] == ["0s", "0.0001s", "1234567s"]


# ------------------------------------------------------------------------------ standing apart


def test_short_ones_stand_apart_evenly_spread():
    rng = np.random.default_rng(11)
    fits = fit_durations(np.append(rng.uniform(0, 10, 300), 10 + rng.gamma(4, 30, 700)), short_s=10)
    short, rest = fits.best.notation["mixture"]
    assert short == {"weight": 0.3, "uniform": {"low": "0s", "high": "10s"}}
    assert rest["weight"] == 0.7
    assert fits.apart == pytest.approx(0.3)
    assert fits.best.mean_s == pytest.approx(fits.mean_s.value, rel=0.02)


def test_parameters_are_of_what_does_not_stand_apart():
    values = np.array([1.0, 5.0, *np.random.default_rng(12).lognormal(5, 0.5, 200)])
    with_short = fit_durations(values, short_s=10, families=["lognormal"]).best
    without = fit_durations(values[2:], families=["lognormal"]).best
    assert with_short.parameters == without.parameters
    assert (with_short.aic, with_short.ks) == (without.aic, without.ks)


def test_zeros_stand_apart_as_zeros():
    best = fit_durations([0.0] * 25 + list(np.random.default_rng(13).exponential(60, 75))).best
    assert best.notation["mixture"][0] == {"weight": 0.25, "fixed": "0s"}
    assert best.distribution.cdf(np.array([0.0]))[0] == pytest.approx(0.25)


def test_durations_cut_short_before_the_limit_do_not_lower_the_share():
    # of 8 seen to the limit 4 ended below it; the two cut at 1 s had no time to
    fits = fit_durations([3.0] * 4 + [20.0, 30.0, 40.0, 50.0], [1.0, 1.0], short_s=10)
    assert fits.apart == pytest.approx(0.5)


# --------------------------------------------------------------------------- little to go by


@pytest.mark.parametrize(
    ("observed", "notation"),
    [
        ([90.0], {"fixed": "90s"}),
        ([90.0, 90.0, 90.0], {"fixed": "90s"}),
        ([0.0, 0.0], {"fixed": "0s"}),
        ([30.0, 60.0], {"exponential": {"mean": "45s"}}),
    ],
)
def test_few_or_equal_durations_give_what_they_can(observed, notation):
    fits = fit_durations(observed)
    assert fits.best.notation == notation
    assert fits.table["chosen"].tolist() == [True]
    assert not fits.curves.empty


def test_one_duration_of_which_others_were_longer_is_no_fixed_one():
    assert fit_durations([50.0], [90.0]).best.notation == {"exponential": {"mean": "140s"}}


def test_all_below_the_limit_are_spread_evenly():
    assert fit_durations([1.0, 2.0], short_s=10).best.notation == {
        "uniform": {"low": "0s", "high": "10s"}
    }


def test_nothing_observed_is_refused():
    with pytest.raises(DataError, match="no duration was observed to its end"):
        fit_durations([], [50.0])


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_what_is_no_duration_is_refused_with_its_place(wrong):
    with pytest.raises(DataError, match="duration number 2 is"):
        fit_durations([5.0, wrong])


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(ParameterError, match="'pareto'; give some of exponential, gamma"):
        fit_durations([5.0], families=["pareto"])


def test_a_limit_of_zero_is_refused():
    with pytest.raises(ParameterError, match="short_s is 0"):
        fit_durations([5.0], short_s=0)


# ----------------------------------------------------------------------- Kaplan–Meier, hazard


def test_curve_by_hand():
    # 4 at risk, 1 ends at 7; 1 cut at 12; of 2 one ends at 40, the last at 400
    found = survival_curve([7.0, 40.0, 400.0], [12.0])
    assert found["time_s"].tolist() == [0, 7, 40, 400]
    assert found["survival"].tolist() == pytest.approx([1, 0.75, 0.375, 0])
    assert found["at_risk"].tolist() == [4, 4, 2, 1]


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@pytest.mark.filterwarnings("ignore::RuntimeWarning:scipy")
def test_curve_and_band_are_scipys():
    rng = np.random.default_rng(14)
    events, censored = cut(rng.gamma(2, 50, 200).round(), rng.exponential(90, 200).round())
    theirs = stats.ecdf(stats.CensoredData(uncensored=events, right=censored)).sf
    band = theirs.confidence_interval(0.95, method="log-log")
    found = survival_curve(events, censored)
    inside = found[found["survival"].between(0.0, 1.0, inclusive="neither")]
    at = inside["time_s"].to_numpy()
    assert inside["survival"].to_numpy() == pytest.approx(theirs.evaluate(at))
    assert inside["low"].to_numpy() == pytest.approx(band.low.evaluate(at))
    assert inside["high"].to_numpy() == pytest.approx(band.high.evaluate(at))


def test_weights_count_as_often_as_they_say():
    one = steps(np.array([5.0, 5.0, 9.0]), np.array([7.0, 7.0]))
    counted = steps(
        np.array([5.0, 9.0]),
        np.array([7.0]),
        event_weights=np.array([2.0, 1.0]),
        censored_weights=np.array([2.0]),
    )
    assert counted.survival.tolist() == one.survival.tolist()


def test_long_curves_are_listed_in_two_thousand_points():
    found = survival_curve(np.random.default_rng(15).exponential(60, 50_000), None)
    assert len(found) == 2_001
    assert found["survival"].iloc[-1] == 0


def test_hazard_by_hand():
    found = hazard([10.0, 30.0], [50.0], edges_s=[0.0, 20.0, 60.0])
    # exposure: 10 + 20 + 20, then 10 + 30
    assert found["exposure_s"].tolist() == [50, 40]
    assert found["events"].tolist() == [1, 1]
    assert found["per_min"].tolist() == pytest.approx([60 / 50, 60 / 40])
    low, high = stats.chi2.ppf(0.025, 2) / 2, stats.chi2.ppf(0.975, 4) / 2
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx([low * 1.2, high * 1.2])


def test_hazard_of_the_exponential_is_flat():
    rng = np.random.default_rng(16)
    found = hazard(*cut(rng.exponential(120, 5_000), rng.exponential(100, 5_000)))
    assert len(found) == 12
    assert ((found["low"] < 0.5) & (found["high"] > 0.5)).sum() >= 10


def test_hazard_of_nothing_is_empty():
    assert hazard([], [10.0]).empty


# ------------------------------------------------- against the figures published with the records


@with_records
def test_services_of_the_records():
    rows = pd.read_csv(RECORDS)
    fits = fit_durations(rows.loc[rows["outcome"] == "AGENT", "ser_time"], short_s=10)
    assert fits.mean_s.value == pytest.approx(166.86, abs=0.005)
    assert fits.apart == pytest.approx(0.067, abs=0.0005)
    assert fits.best.family == "lognormal"
    assert fits.best.parameters["log_mean"] == pytest.approx(4.7342, abs=5e-5)
    assert fits.best.parameters["log_sd"] == pytest.approx(0.9447, abs=1e-4)
    ks = {fit.family: round(fit.ks, 4) for fit in fits.all}
    assert (ks["lognormal"], ks["exponential"], ks["gamma"]) == (0.0140, 0.0846, 0.0818)
