"""The tenant knows the wire and not the simulator: a comparison must not compare it with itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import simulator
from simulator import tenant

KNOWN = {"entity", "errors", "files", "spelling", "versioning", "tenant"}
READING = {f"simulator.scenario.{name}" for name in ("documents", "complaints", "keys")}
"""Of the scenario it takes how YAML is read and complained of, and nothing of what it says."""

HOUSE = Path(tenant.__file__).parent
MODULES = sorted(HOUSE.rglob("*.py"))


def imported(module):
    """The names that a module imports anywhere, in functions and for types too."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module.name} imports by dots"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_allowed(name):
    parts = name.split(".")
    return parts[0] != "simulator" or parts[1] in KNOWN or ".".join(parts[:3]) in READING


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_module_of_the_tenant_imports_nothing_of_the_simulators_rules(module):
    assert [name for name in imported(module) if not is_allowed(name)] == []


def test_the_rule_is_seen_to_bite():
    root = Path(simulator.__file__).parent
    found = set(imported(root / "engines" / "__init__.py")) | set(
        imported(root / "replay" / "planning.py")
    )
    assert not all(is_allowed(name) for name in found)
    assert not is_allowed("simulator.scenario.load")
    assert not is_allowed("simulator.desk")


def test_a_server_that_runs_has_loaded_none_of_them():
    text = (
        "import sys, simulator.tenant.serving\n"
        "print(*(name for name in sys.modules if name.startswith('simulator.')))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    rules = {"desk", "workload", "engines", "outcomes", "sessions", "study", "replay"}
    assert not {name.split(".")[1] for name in done.stdout.split()} & rules
