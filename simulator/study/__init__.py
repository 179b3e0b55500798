"""A study: a scenario simulated many times over, each time with other luck, into a run folder.

Replications are independent, so they are spread over processes, or over the workers of a Dask
cluster, and put together in their order: the folder is the same, byte for byte, whoever made it.
"""

from __future__ import annotations

from simulator.study.running import default_folder, replicate, simulate
from simulator.study.spreading import Spread, cores, spread

__all__ = ["Spread", "cores", "default_folder", "replicate", "simulate", "spread"]
