"""Parameters are read from the notebook's own cell and checked before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import DataError, ParameterError
from simulator.reports.parameters import check, declared, from_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.reports.parameters import Parameter

CELL = """\
from pathlib import Path

run: str = "data/runs/example"  # the run folder
threshold_s: float | None = None  # seconds
topics: list[str] = []
bins = 20
title = "Waits"
anything = None
how: Literal["mean", "median"] = "mean"
by_name: dict[str, float] = {}
with_tail: "bool" = True
forecast_file: Path = "forecast.csv"
"""

TYPES = [
    # name, a value that is of its type, one that is not
    ("run", "/somewhere", 5),
    ("threshold_s", 60, "60"),
    ("threshold_s", None, float("nan")),
    ("threshold_s", 0.5, True),
    ("topics", ["Billing"], "Billing"),
    ("topics", [], [1]),
    ("bins", 30, 30.5),
    ("bins", 0, False),
    ("title", "", None),
    ("how", "median", "mode"),
    ("by_name", {"a": 1}, {"a": "1"}),
    ("with_tail", False, 0),
    ("forecast_file", "/f.csv", ["/f.csv"]),
]

TEXTS = [
    # name, what is typed, what it means
    ("threshold_s", "60", 60),
    ("threshold_s", "1e-3", 0.001),
    ("threshold_s", "null", None),
    ("topics", '["Billing", "Sales"]', ["Billing", "Sales"]),
    ("title", "60", "60"),
    ("title", "null", "null"),
    ("title", '"quoted"', '"quoted"'),
    ("title", "a = b", "a = b"),
    ("anything", "60", 60),
    ("anything", "sixty", "sixty"),
    ("how", "median", "median"),
    ("with_tail", "false", False),
    ("by_name", '{"a": 0.5}', {"a": 0.5}),
]

NO_VALUES = [
    ("threshold_s", "sixty"),
    ("threshold_s", "NaN"),
    ("threshold_s", "-Infinity"),
    ("bins", "2.5"),
    ("with_tail", "perhaps"),
    ("topics", "Billing"),
    ("how", "mode"),
]


@pytest.fixture
def known(tmp_path: Path, write_notebook: Callable[..., Path]) -> dict[str, Parameter]:
    return declared(write_notebook(tmp_path / "n.ipynb", parameters=CELL))


def test_a_parameter_is_a_line_with_name_type_and_comment(known: dict[str, Parameter]) -> None:
    assert known["threshold_s"].line == "threshold_s: float | None = None  # seconds"
    assert {name: parameter.type_name for name, parameter in known.items()} == {
        "run": "str",
        "threshold_s": "float | None",
        "topics": "list[str]",
        "bins": "int",
        "title": "str",
        "anything": "Any",
        "how": "Literal['mean', 'median']",
        "by_name": "dict[str, float]",
        "with_tail": "'bool'",
        "forecast_file": "Path",
    }


@pytest.mark.parametrize(("name", "right", "wrong"), TYPES)
def test_a_value_must_be_of_the_declared_type(
    known: dict[str, Parameter], name: str, right: object, wrong: object
) -> None:
    assert check({name: right}, known, notebook="n") == {name: right}
    with pytest.raises(ParameterError, match=rf"parameter '{name}' of notebook 'n' is "):
        check({name: wrong}, known, notebook="n")


@pytest.mark.parametrize(("name", "text", "value"), TEXTS)
def test_a_typed_text_means_what_the_declared_type_makes_of_it(
    known: dict[str, Parameter], name: str, text: str, value: object
) -> None:
    found = from_text(name, text, known, notebook="n")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("name", "text"), NO_VALUES)
def test_a_text_that_is_no_value_of_the_type_is_refused(
    known: dict[str, Parameter], name: str, text: str
) -> None:
    with pytest.raises(ParameterError, match="give a value of type"):
        from_text(name, text, known, notebook="n")


def test_an_unknown_parameter_names_the_nearest_one_and_lists_all(
    known: dict[str, Parameter],
) -> None:
    with pytest.raises(ParameterError) as caught:
        check({"treshold_s": 60.0}, known, notebook="waits")
    message = str(caught.value)
    assert "notebook 'waits' has no parameter 'treshold_s'; did you mean 'threshold_s'?" in message
    assert "\n  bins = 20\n" in message


def test_paths_are_absolute_for_the_kernel_runs_elsewhere(
    known: dict[str, Parameter], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {"forecast_file": "f.csv", "run": "runs/a", "title": "f.csv"}
    assert check(given, known, notebook="n") == {
        "forecast_file": str(tmp_path / "f.csv"),
        "run": str(tmp_path / "runs/a"),
        "title": "f.csv",
    }


def test_a_notebook_without_a_parameters_cell_takes_none(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text('{"cells": []}')
    known = declared(tmp_path / "n.ipynb")
    with pytest.raises(ParameterError, match=r"no parameter 'x'\nIt takes none\."):
        check({"x": 1}, known, notebook="n")


@pytest.mark.parametrize("content", ["", "[]", '{"nbformat": 4}', '{"cells": [{}]}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "n.ipynb").write_text(content)
    with pytest.raises(DataError, match=r"not a notebook that can be read .*\(.*n\.ipynb\)"):
        declared(tmp_path / "n.ipynb")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("run: str = ", "the parameters cell is not Python"),
        ("when: datetime = None", "parameter 'when' is declared 'datetime'; declare it as str"),
        ("many: list[datetime] = []", "is declared 'list\\[datetime\\]'"),
        ("some: set[int] = {1}", "is declared 'set\\[int\\]'"),
    ],
)
def test_a_declaration_that_cannot_be_checked_is_refused(
    tmp_path: Path, write_notebook: Callable[..., Path], cell: str, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        declared(write_notebook(tmp_path / "n.ipynb", parameters=cell))
