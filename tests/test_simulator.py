"""The public face of the package: short, sorted, and each name is what it says."""

from __future__ import annotations

import pytest

import simulator
from simulator import scenario, sessions, study


def test_the_names_are_the_functions_of_their_modules():
    assert simulator.load is scenario.load
    assert simulator.open_run is sessions.open_run
    assert simulator.simulate is study.simulate


def test_the_names_are_sorted_and_all_there():
    assert simulator.__all__ == sorted(simulator.__all__)
    assert all(hasattr(simulator, name) for name in simulator.__all__)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = simulator.simulat
