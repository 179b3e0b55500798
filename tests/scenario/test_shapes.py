"""Distributions as a scenario writes them."""

from __future__ import annotations

import math

import pytest

from simulator.distributions import (
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Fixed,
    Gamma,
    Hyperexponential,
    Lognormal,
    Mixture,
    Survival,
    Uniform,
    Weibull,
)
from simulator.scenario import load
from tests.scenario.written import complaint, desk, read

# written, distribution in seconds
WRITTEN = [
    ("{fixed: 3m}", Fixed(180.0)),
    ("{fixed: 0s}", Fixed(0.0)),
    ("{exponential: {mean: 7m30s}}", Exponential(450.0)),
    ("{exponential: {rate_per_hour: 30}}", Exponential(120.0)),
    ("{erlang: {k: 4, mean: 1m}}", Erlang(4, 60.0)),
    ("{gamma: {mean: 7m30s, cv: 0.9}}", Gamma(450.0, 0.9)),
    ("{gamma: {shape: 4, scale: 15s}}", Gamma(60.0, 0.5)),
    ("{lognormal: {mean: 11m, cv: 1.1}}", Lognormal.by_mean(660.0, 1.1)),
    ("{lognormal: {log_mean: 4.7342, log_sd: 0.9447, unit: s}}", Lognormal(4.7342, 0.9447)),
    ("{lognormal: {log_mean: 0, log_sd: 1, unit: m}}", Lognormal(math.log(60), 1.0)),
    ("{weibull: {mean: 4m, shape: 1.5}}", Weibull.by_mean(240.0, 1.5)),
    ("{weibull: {scale: 4m, shape: 1.5}}", Weibull(240.0, 1.5)),
    ("{weibull: {mean: 4m, cv: 0.7}}", Weibull.by_cv(240.0, 0.7)),
    ("{hyperexponential: {mean: 10m, cv: 2}}", Hyperexponential(600.0, 2.0)),
    ("{uniform: {low: 0s, high: 2m}}", Uniform(0.0, 120.0)),
    ("{empirical: {values: [60, 300]}}", Empirical((60.0, 300.0))),
    (
        "{empirical: {unit: m, values: [1, 5], weights: [3, 1]}}",
        Empirical((60.0, 300.0), (3.0, 1.0)),
    ),
    (
        "{survival: {curve: [[0, 1], [60, 0.5]], tail: end}}",
        Survival((60.0,), (0.5,), tail="end"),
    ),
    (
        "{survival: {unit: m, curve: [[1, 0.5]], tail: exponential, tail_mean: 8m}}",
        Survival((60.0,), (0.5,), tail_mean=480.0),
    ),
    (
        "{survival: {curve: [[60, 0.5]], tail: never, between: steps}}",
        Survival((60.0,), (0.5,), tail="never", between="steps"),
    ),
    (
        "{mixture: [{weight: 0.1, fixed: 0s}, {weight: 0.9, exponential: {mean: 1000s}}]}",
        Mixture((0.1, 0.9), (Fixed(0.0), Exponential(1000.0))),
    ),
    (
        "{mixture: [{weight: 1, mixture: [{weight: 1, fixed: 1s}]}]}",
        Mixture((1.0,), (Mixture((1.0,), (Fixed(1.0),)),)),
    ),
]


@pytest.mark.parametrize(("text", "distribution"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_every_distribution_can_be_written(text: str, distribution: Distribution):
    assert read(topic=f"patience: {text}").topics[0].patience == distribution


@pytest.mark.parametrize("text", [row[0] for row in WRITTEN])
def test_every_distribution_is_written_out_so_that_it_is_read_as_the_same(text: str):
    from simulator.scenario import loads

    scenario = read(topic=f"patience: {text}")
    again = loads(scenario.resolved)
    assert again.topics[0].patience == scenario.topics[0].patience
    assert again.resolved == scenario.resolved


def test_values_from_a_file_with_or_without_weights(write):
    write("plain.csv", "value\n60\n300\n")
    write("weighted.csv", "value,weight\n1,3\n5,1\n")
    first = load(write("a.yaml", desk(topic="patience: {empirical: plain.csv}")))
    assert first.topics[0].patience == Empirical((60.0, 300.0))
    second = load(
        write("b.yaml", desk(topic="patience: {empirical: {file: weighted.csv, unit: m}}"))
    )
    assert second.topics[0].patience == Empirical((60.0, 300.0), (3.0, 1.0))


def test_a_survival_curve_from_a_file(write):
    write("km.csv", "time,survival,at_risk\n0,1,90\n30,0.8917,80\n60,0.8070,60\n")
    text = desk(topic="patience: {survival: {file: km.csv, unit: s, tail: exponential}}")
    found = load(write("a.yaml", text)).topics[0].patience
    assert found == Survival((30.0, 60.0), (0.8917, 0.8070))


# file, what is said
FILES = [
    ("", "values.csv is empty; give it a heading and rows"),
    ("value\n", "values.csv is empty; give it at least one row"),
    ("seconds\n5\n", "values.csv has no column 'value'; there are seconds"),
    ("value\n5\nnan\n", "value is nan, which is no number; give 0 or more"),
    ("value\n5\n-1\n", "values.csv:3, column value"),
    ("value,weight\n5,0\n", "cannot be: sum of the weights is 0"),
    ("value,wieght\n5,1\n", "unknown column 'wieght'; did you mean 'weight'?"),
]


@pytest.mark.parametrize(("text", "said"), FILES)
def test_files_of_values_that_cannot_be(write, text: str, said: str):
    folder = write("values.csv", text).parent
    assert said in complaint(desk(topic="patience: {empirical: values.csv}"), folder)
