"""Distributions of durations: frozen values, sampled with a Generator that is handed in.

Every parameter and every result is in seconds. ``sample`` may consume its generator in any way,
but the draws of one kind of distribution follow each other: another mean stretches the same
customers, it does not re-deal them.
"""

from simulator.distributions.blended import Hyperexponential, Mixture
from simulator.distributions.parametric import (
    Erlang,
    Exponential,
    Fixed,
    Gamma,
    Lognormal,
    Uniform,
    Weibull,
)
from simulator.distributions.protocol import Distribution
from simulator.distributions.tabulated import Empirical, Survival

__all__ = [
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Fixed",
    "Gamma",
    "Hyperexponential",
    "Lognormal",
    "Mixture",
    "Survival",
    "Uniform",
    "Weibull",
]
