"""Which engine runs: the one asked for, or the quicker one, and plainly none that is not there."""

from __future__ import annotations

import sys

import pytest

from simulator import engines
from simulator.engines import compiled, simpy_engine
from simulator.errors import UsageError


@pytest.fixture
def without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)


@pytest.fixture
def kept(monkeypatch):
    """Sets whether compiled code is kept here."""
    return lambda is_kept: monkeypatch.setattr(compiled, "is_compiled", lambda: is_kept)


@pytest.mark.parametrize("name", engines.ENGINES)
def test_an_engine_that_is_named_runs_whatever_the_size(name):
    assert engines.chosen(name, 1) == engines.chosen(name, 1e9) == name


def test_the_functions_belong_to_the_names():
    assert engines.engine("simpy") is simpy_engine.run
    assert engines.engine("compiled") is compiled.run


@pytest.mark.parametrize(
    ("is_kept", "chats", "name"),
    [
        (True, 1_000, "simpy"),
        (True, 100_000, "compiled"),
        (False, 100_000, "simpy"),
        (False, 5_000_000, "compiled"),
    ],
)
def test_auto_takes_what_is_quicker(kept, is_kept, chats, name):
    kept(is_kept)
    assert engines.chosen("auto", chats) == name


def test_without_numba_simpy_does_it_all(without_numba, kept):
    kept(True)
    assert not compiled.is_there()
    assert engines.chosen("auto", 1e9) == "simpy"
    with pytest.raises(UsageError, match=r"needs Numba.*pip install .*--engine simpy"):
        engines.engine("compiled")


def test_another_name_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="engine 'fast' is not there; take one of auto, simpy"):
        engines.engine("fast")  # type: ignore[arg-type]


def test_who_waits_is_told_of_the_compiling(kept):
    kept(False)
    assert "compiling the engine, once" in engines.remark("compiled", 1)
    assert engines.remark("auto", 1_000) is None
    kept(True)
    assert engines.remark("compiled", 1e9) is None


def test_who_waits_for_much_without_numba_is_told_of_it(without_numba):
    assert "Numba is not installed, so SimPy simulates these 2,000,000 chats" in engines.remark(
        "auto", 2_000_000
    )
    assert engines.remark("auto", 2_000) is None
    assert engines.remark("simpy", 2_000_000) is None


def test_what_processes_will_load_is_compiled_beforehand(kept, monkeypatch):
    done = []
    monkeypatch.setattr(compiled, "prepare", lambda: done.append("prepared"))
    kept(False)
    assert engines.prepared("compiled", 1) == "compiled"
    assert done == ["prepared"]
    kept(True)
    assert engines.prepared("compiled", 1) == "compiled"
    assert engines.prepared("simpy", 1) == "simpy"
    assert done == ["prepared"]
