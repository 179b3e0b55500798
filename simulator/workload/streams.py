"""Chance by name: the streams from which everything is drawn, each for one purpose and scope."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STREAMS", "WHOLE_SCENARIO", "Luck", "generator"]

STREAMS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "arrivals": 1,
        "day factor": 2,
        "patience": 3,
        "work": 4,
        "reaction": 5,
        "silent": 6,
        "form": 7,
        "attempts": 8,
        "retry delay": 9,
        "transfer": 10,
        "transfer work": 11,
        "rating": 12,
        "identity": 13,
        "absence": 14,
        "transfer reaction": 15,
        "transfer patience": 16,
        "wrap-up": 17,
        "transfer wrap-up": 18,
        "period factor": 19,
    }
)
"""The stream of each kind of chance. New ones are added at the end: a number, once given, is for
good, as another one would re-deal everybody."""

WHOLE_SCENARIO: Final = 0
"""The scope of what concerns all topics; a topic's own scope is its id, from 1."""


def generator(
    seed: int, replication: int, scope: int, stream: int, *more: int
) -> np.random.Generator:
    """The stream of chance of that number (``STREAMS``), at its beginning.

    ``scope`` is 0 for the whole scenario, else a ``Topic.id``; ``more`` tells streams of one
    number apart (agents, target topics). Equal arguments give equal draws, and different ones
    independent draws.

    >>> generator(1, 0, 0, STREAMS["identity"]).integers(100, size=3).tolist()
    [4, 43, 47]
    """
    key = (replication, scope, stream, *more)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


class Luck:
    """The streams of one scope, each going on where the last draw from it ended."""

    def __init__(self, seed: int, replication: int, scope: int) -> None:
        self._place = (seed, replication, scope)
        self._streams: dict[tuple[str, tuple[int, ...]], np.random.Generator] = {}

    def __call__(self, name: str, *more: int) -> np.random.Generator:
        """The stream of that name; ``more`` as in `generator`."""
        key = (name, more)
        if key not in self._streams:
            self._streams[key] = generator(*self._place, STREAMS[name], *more)
        return self._streams[key]
