"""The notebooks as committed: thin, without outputs, and with declared parameters."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

sys.modules.setdefault("rfc3987_syntax", None)  # its grammars take two seconds to compile

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_LINES = 10

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind="code"):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def test_is_valid(path):
    import nbformat

    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_holds_no_outputs(path):
    assert [cell["id"] for cell in cells(path) if cell["outputs"] or cell["execution_count"]] == []


def test_ids_are_words_that_stay(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("-", "").isalpha() for name in ids)


def test_first_code_cell_declares_typed_parameters_with_a_comment_each(path):
    first = cells(path)[0]
    assert first["metadata"]["tags"] == ["parameters"]
    statements = ast.parse(source(first)).body
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    assert "run" in [statement.target.id for statement in statements]
    lines = source(first).splitlines()
    assert all("  # " in lines[statement.lineno - 1] for statement in statements)


def test_parameters_are_not_taken_for_a_magic(path):
    """IPython reads a cell of the one line ``run: str = …`` as ``%run``."""
    assert len(source(cells(path)[0]).splitlines()) > 1


def test_second_code_cell_checks_the_kernel(path):
    assert "sys.executable" in source(cells(path)[1])


def test_is_thin(path):
    """Parameters, load, call, look, say: no functions, classes or loops, and short cells."""
    for cell in cells(path):
        tree = ast.parse(source(cell))
        kinds = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.AsyncFunctionDef)
        assert not any(isinstance(node, kinds) for node in ast.walk(tree)), cell["id"]
        assert len(source(cell).splitlines()) <= MOST_LINES, cell["id"]


@pytest.mark.slow
def test_runs_by_plain_papermill_and_shows_every_chart(path, tmp_path):
    import nbformat
    import papermill

    from simulator.scenario import load
    from simulator.study import simulate

    world = load(path.parents[1] / "data/scenarios/chat_desk.yaml")
    run = simulate(world, replications=1, out=tmp_path / "run")
    papermill.execute_notebook(
        path, tmp_path / "out.ipynb", parameters={"run": str(run)}, progress_bar=False
    )
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "stream"] == []
    assert sum("<svg" in output.get("data", {}).get("text/html", "") for output in outputs) >= 1
