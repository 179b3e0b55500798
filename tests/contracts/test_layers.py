"""The floors of the house, held: imports go down only, and each library stays in its own rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import simulator

HOUSE = Path(simulator.__file__).parent

FLOORS = {
    "errors": 0,
    "locking": 0,
    "files": 0,
    "spelling": 0,
    "versioning": 0,
    "distributions": 1,
    "desk": 1,
    "entity": 1,
    "scenario": 2,
    "workload": 3,
    "outcomes": 3,
    "engines": 4,
    "sessions": 4,
    "metrics": 5,
    "theory": 5,
    "charts": 5,
    "tenant": 5,
    "study": 6,
    "replay": 6,
    "comparison": 7,
    "sweep": 7,
    "calibration": 7,
    "reports": 8,
    "cli": 9,
}
"""Every part of ``simulator`` by its floor. Parts of one floor do not know each other."""

ROOMS = {
    # library: the only parts that may import it
    "simpy": {"engines"},
    "numba": {"engines"},
    "llvmlite": {"engines"},
    "distributed": {"study"},
    "dask": {"study"},
    "pydantic": {"scenario"},
    "yaml": {"scenario"},
    "starlette": {"tenant"},
    "uvicorn": {"tenant"},
    "httpx": {"replay"},
    "aiohttp": {"replay"},
    "locust": {"replay"},
    "gevent": {"replay"},
    "keyring": {"replay"},
    "matplotlib": {"charts"},
    "papermill": {"reports"},
    "nbconvert": {"reports"},
    "nbformat": {"reports"},
    "nbclient": {"reports"},
    "jupyter_client": {"reports"},
    "typer": {"cli"},
    "xlsxwriter": {"cli"},
}

HEAVY = {
    *("numpy", "pandas", "scipy", "pyarrow", "matplotlib", "simpy", "pydantic", "yaml"),
    *("papermill", "nbconvert", "nbformat", "jupyter_client", "httpx", "rich"),
    *("numba", "distributed", "dask", "starlette", "uvicorn", "locust", "keyring"),
}

MODULES = sorted(path.relative_to(HOUSE) for path in HOUSE.rglob("*.py"))


def imports(module: Path) -> list[str]:
    """The dotted names that a module imports anywhere, in functions and for types too."""
    tree = ast.parse((HOUSE / module).read_text(encoding="utf-8"))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} is a relative import"
            if node.module == "simulator":  # from simulator import study
                names += [f"simulator.{alias.name}" for alias in node.names]
            else:
                names.append(str(node.module))
    return names


def part(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


INSIDE = [module for module in MODULES if module != Path("__init__.py")]


def test_every_part_stands_on_a_floor():
    assert {part(module) for module in INSIDE} <= FLOORS.keys()


@pytest.mark.parametrize("module", INSIDE, ids=str)
def test_imports_go_down_only(module):
    here = part(module)
    within = [name.split(".")[1] for name in imports(module) if name.startswith("simulator.")]
    upward = [name for name in within if name != here and FLOORS[name] >= FLOORS[here]]
    assert upward == []


@pytest.mark.parametrize("module", INSIDE, ids=str)
def test_each_library_stays_in_its_rooms(module):
    roots = {name.partition(".")[0] for name in imports(module)}
    strays = [name for name in roots & ROOMS.keys() if part(module) not in ROOMS[name]]
    assert strays == []


def test_httpx_is_reached_through_one_door():
    found = {module.parent for module in INSIDE if "httpx" in imports(module)}
    assert found == {Path("replay/endpoint")}


def test_the_test_sees_an_upward_import(tmp_path, monkeypatch):
    (tmp_path / "desk.py").write_text("def late():\n    from simulator import study, errors\n")
    monkeypatch.setattr(sys.modules[__name__], "HOUSE", tmp_path)
    with pytest.raises(AssertionError, match="study"):
        test_imports_go_down_only(Path("desk.py"))


def loaded_by(script: str) -> set[str]:
    """The top-level packages that a fresh Python has imported after ``script``."""
    told = f"import sys\n{script}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


HELP = """
from simulator.cli import main
sys.argv = ["pickup", *{arguments}]
try:
    main()
except SystemExit:
    pass
"""


@pytest.mark.parametrize(
    ("arguments", "but"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["simulate", "--help"], {"pydantic"}),  # typer reads numbers and paths with it
    ],
)
def test_asking_for_help_imports_nothing_heavy(arguments, but):
    loaded = loaded_by(HELP.format(arguments=arguments))
    assert "typer" in loaded
    assert loaded & HEAVY <= but


def test_the_package_by_itself_imports_nothing_heavy():
    assert loaded_by("import simulator") & HEAVY == set()
