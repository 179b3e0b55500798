"""Notebooks run by papermill in a kernel of our own, and every outcome keeps its page."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import NotebookError, ParameterError, TargetMissedError, UsageError
from simulator.reports import find_notebook, make_reports, parse, plan_notebooks, raise_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.reports import Report
    from simulator.sessions import Run

GOOD = (
    "# How long people wait\n\n## The sessions",
    "import pandas as pd, sys, os\npd.read_parquet(f'{run}/sessions.parquet')",
    "print('kernel', sys.executable)\nprint('folder', os.getcwd())\nprint('target', threshold_s)",
)
"""Shows a first message that holds a script; see conftest."""


@pytest.fixture(scope="module")
def good(
    run: Run, write_notebook: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Report:
    folder = tmp_path_factory.mktemp("good")
    notebook = write_notebook(folder / "own" / "waits.ipynb", *GOOD)
    plans = plan_notebooks([str(notebook)], {"threshold_s": 30.0})
    gates = [parse("service_level>=0.8"), parse("asa_s<=40")]
    before = Path.cwd()
    (report,) = make_reports([run], plans, out=folder / "reports", gates=gates)
    assert Path.cwd() == before
    return report


def outputs(notebook: Path) -> str:
    """All that the cells of an executed notebook printed."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output["text"]) for output in found if output["output_type"] == "stream")


def test_a_report_is_a_page_a_notebook_and_a_manifest_in_an_index(good: Report) -> None:
    folder = good.page.parent
    stem = good.page.stem
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{stem}.html",
        f"{stem}.ipynb",
        f"{stem}.manifest.json",
    ]
    index = (folder.parent / "index.html").read_text(encoding="utf-8")
    assert f'<a href="{folder.name}/{stem}.html">How long people wait</a>' in index
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, "index.html"]


def test_the_kernel_is_this_python_and_stands_in_the_notebook_s_folder(good: Report) -> None:
    printed = outputs(good.page.with_suffix(".ipynb"))
    assert f"kernel {sys.executable}\n" in printed
    assert f"folder {good.page.parents[2] / 'own'}\n" in printed
    assert "target 30.0\n" in printed


def test_a_message_of_a_session_is_text_in_the_page(good: Report) -> None:
    page = good.page.read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert "&lt;script&gt;document.title = 'stolen'" in page


def test_the_manifest_tells_where_the_report_comes_from(good: Report, run: Run) -> None:
    told = json.loads(Path(f"{good.page.with_suffix('')}.manifest.json").read_text())
    assert told["status"] == "missed"
    assert told["run"]["folder"] == str(run.path)
    assert told["run"]["summary_sha256"] == run.manifest["files"]["summary.json"]["sha256"]
    assert (told["run"]["seed"], told["run"]["replications"]) == (7, 2)
    assert told["parameters"] == {"threshold_s": 30.0}
    assert told["figures"]["asa_s"]["value"] == 41.5
    assert [gate["met"] for gate in told["gates"]] == [True, False]
    assert set(told["files"]) == {good.page.name, good.page.with_suffix(".ipynb").name}
    assert told["seconds"]["execute"] > 0
    assert {"python", "papermill", "pickup-lab"} <= set(told["versions"])


def test_a_missed_gate_is_told_with_the_figure(good: Report) -> None:
    with pytest.raises(TargetMissedError) as caught:
        raise_for([good])
    assert str(caught.value) == (
        "target missed: corner shop, seed 7: asa_s is 41.5, asked for asa_s<=40"
    )


def test_a_failed_notebook_comes_before_a_missed_gate(good: Report) -> None:
    failure = {"cell": 3, "error": "KeyError", "message": "'wait'"}
    failed = replace(good, manifest=replace(good.manifest, failure=failure))
    with pytest.raises(
        NotebookError, match=r"'waits' on corner shop, seed 7 failed in cell 3: Key"
    ):
        raise_for([good, failed])


def test_failures_are_kept_and_marked_and_the_others_go_on(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = [
        write_notebook(tmp_path / "raises.ipynb", "# R", "print('before')", "1 / 0", "print('no')"),
        write_notebook(tmp_path / "dies.ipynb", "# D", "import os; os._exit(9)", "print('no')"),
        write_notebook(tmp_path / "works.ipynb", "# W", "print('worked')"),
    ]
    calls: list[tuple[int, int]] = []
    reports = make_reports(
        [run],
        plan_notebooks(map(str, notebooks), {}),
        out=tmp_path / "reports",
        jobs=2,
        progress=lambda done, total: calls.append((done, total)),
    )
    told = {report.page.stem: report.manifest.failure or {} for report in reports}
    assert {
        name: (failure.get("cell"), failure.get("error")) for name, failure in told.items()
    } == {
        "raises": (5, "ZeroDivisionError"),
        "dies": (4, "kernel died"),
        "works": (None, None),
    }
    for report in reports[:2]:
        page = report.page.read_text(encoding="utf-8")
        assert "This report is not complete." in page
        assert 'id="failed-cell"' in page
    assert outputs(reports[0].page.with_suffix(".ipynb")) == "before\n"
    assert outputs(reports[2].page.with_suffix(".ipynb")) == "worked\n"
    assert (tmp_path / "reports" / "index.html").read_text().count("Failed") == 2
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_cells_are_counted_while_an_only_notebook_runs(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# T", "1")
    calls: list[tuple[int, int]] = []
    make_reports(
        [run],
        plan_notebooks([str(notebook)], {}),
        out=tmp_path / "reports",
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_gate_on_an_unknown_figure_stops_before_anything_is_made(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    plans = plan_notebooks([str(write_notebook(tmp_path / "n.ipynb", *GOOD))], {})
    with pytest.raises(UsageError, match="did you mean 'asa_s'"):
        make_reports([run], plans, out=tmp_path / "reports", gates=[parse("asa<1")])
    assert not (tmp_path / "reports").exists()


def test_parameters_go_to_the_notebooks_that_know_them(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    names = [
        str(write_notebook(tmp_path / f"{name}.ipynb", parameters=f"run: str = ''\n{line}"))
        for name, line in (("a", "shared: int = 1\nbins: int = 2"), ("b", "shared: float = 1.0"))
    ]
    plans = plan_notebooks(names, {"shared": "3", "bins": "4"}, as_text=True)
    assert [plan.parameters for plan in plans] == [{"shared": 3, "bins": 4}, {"shared": 3}]
    with pytest.raises(ParameterError, match=r"has no parameter 'bin'; did you mean 'bins'"):
        plan_notebooks(names, {"bin": "4"}, as_text=True)


def test_a_notebook_must_take_a_run_and_gets_it_from_the_argument(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    without = str(write_notebook(tmp_path / "n.ipynb", parameters="bins: int = 1"))
    with pytest.raises(ParameterError, match="'n' takes no parameter 'run'; give it a cell"):
        plan_notebooks([without], {})
    with pytest.raises(ParameterError, match="name it as an argument"):
        plan_notebooks([without], {"run": "/somewhere"})


def test_a_notebook_is_found_by_name_here_first_or_by_path(
    write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write_notebook(tmp_path / "notebooks" / "my_waits.ipynb")
    monkeypatch.chdir(tmp_path)
    assert find_notebook("my_waits") == find_notebook("notebooks/my_waits.ipynb") == mine
    with pytest.raises(UsageError, match="no notebook 'my_wait'; did you mean 'my_waits'"):
        find_notebook("my_wait")
    with pytest.raises(UsageError, match=r"Give a path to an \.ipynb file or one of: .*my_waits"):
        find_notebook("elsewhere/my_waits.ipynb")


@pytest.mark.slow
def test_the_slow_import_is_still_slow_and_still_avoided() -> None:
    """What jupyter.py keeps from being imported; this fails when that is no longer needed."""
    asked = "import sys, {}; print(sys.modules.get('rfc3987_syntax') is not None)"

    def answer(module: str) -> Any:
        command = [sys.executable, "-c", asked.format(module)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert (answer("nbformat"), answer("simulator.reports.jupyter")) == ("True", "False")
