"""A report that stands already is the one that would be made, or it is made again."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator.reports import make_reports, parse, plan_notebooks
from simulator.reports.caching import content_key, standing
from simulator.reports.gates import judge
from simulator.reports.planning import Plan
from simulator.reports.provenance import package_digest, subject_of
from simulator.reports.shelf import Spot
from tests.reports.conftest import write_small_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.reports import Report
    from simulator.sessions import Run

COUNTING = (
    "# Counted",
    "from pathlib import Path\nwith Path('times').open('a') as file: file.write('x')",
)
"""Leaves a mark in its own folder whenever it runs."""


@pytest.fixture
def counting(write_notebook: Callable[..., Path], tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "own" / "counting.ipynb", *COUNTING)


def times(notebook: Path) -> int:
    marks = notebook.parent / "times"
    return len(marks.read_text()) if marks.exists() else 0


def made(run: Run, notebook: Path, out: Path, given: Any = (), **options: Any) -> Report:
    plans = plan_notebooks([str(notebook)], dict(given))
    (report,) = make_reports([run], plans, out=out, **options)
    return report


def test_what_stands_is_not_made_again_unless_asked(
    run: Run, counting: Path, tmp_path: Path
) -> None:
    first = made(run, counting, tmp_path / "reports")
    before = {path: path.read_bytes() for path in first.page.parent.iterdir()}
    again = made(run, counting, tmp_path / "reports")
    assert (times(counting), again.reused, first.reused) == (1, True, False)
    assert again.manifest == replace(first.manifest, run=again.manifest.run)
    assert {path: path.read_bytes() for path in first.page.parent.iterdir()} == before
    assert not made(run, counting, tmp_path / "reports", anew=True).reused
    assert times(counting) == 2


def test_a_page_that_was_touched_is_made_again(run: Run, counting: Path, tmp_path: Path) -> None:
    page = made(run, counting, tmp_path / "reports").page
    whole = page.read_bytes()
    for harm in (lambda: page.write_bytes(whole[:-1]), page.unlink):
        harm()
        assert not made(run, counting, tmp_path / "reports").reused
        assert page.read_bytes().startswith(b"<!doctype html>")
    assert times(counting) == 3


def test_a_failed_one_is_never_taken_for_one_that_is_there(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    broken = write_notebook(tmp_path / "broken.ipynb", *COUNTING, "1 / 0")
    for _ in range(2):
        report = made(run, broken, tmp_path / "reports")
        assert report.manifest.failure
        assert not report.reused
    assert times(broken) == 2


def key(plan: Plan, run: Run, *gates: str) -> str:
    subject = subject_of(run)
    return content_key(plan, subject, [judge(parse(g), subject.figures) for g in gates])


def test_the_key_is_of_notebook_parameters_run_and_gates(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "n.ipynb", "# T")
    plan = Plan(path, {"threshold_s": 30.0})
    keys = {"plain": key(plan, run), "gate": key(plan, run, "asa_s<60")}
    keys["limit"] = key(plan, run, "asa_s<61")
    keys["parameter"] = key(Plan(path, {"threshold_s": 31.0}), run)
    keys["run"] = key(plan, write_small_run(tmp_path / "other", seed=8))
    assert key(plan, run) == keys["plain"]
    write_notebook(path, "# T", "1")
    keys["notebook"] = key(plan, run)
    assert len(set(keys.values())) == len(keys)


def test_the_files_that_parameters_name_count_with_those_that_they_name(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    base, table = tmp_path / "base.yaml", tmp_path / "forecast.csv"
    desk, folder = tmp_path / "desk.yaml", tmp_path / "exports"
    folder.mkdir()
    texts = {base: "volume: forecast.csv\n", table: "1\n", desk: "extends: 'base.yaml'\n"}
    for path, text in texts.items():
        path.write_text(text)
    plan = Plan(write_notebook(tmp_path / "n.ipynb", "# T"), {"of": [str(desk), str(folder)]})
    keys = [key(plan, run), key(plan, run)]
    assert keys[0] == keys[1]
    for change in (
        lambda: table.write_text("2\n"),
        lambda: base.write_text("volume: forecast.csv # more\n"),
        lambda: desk.write_text("extends: base.yaml\n"),
        lambda: (folder / "a.csv").write_text("new"),
        lambda: os.utime(folder / "a.csv", (1, 1)),
    ):
        change()
        keys.append(key(plan, run))
    assert len(set(keys)) == len(keys) - 1


def test_a_report_of_yesterday_is_another_tomorrow(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    told = "run: str = ''\nday: str = 'yesterday'  # a date"
    path = str(write_notebook(tmp_path / "n.ipynb", "# T", parameters=told))
    (relative,), (fixed,) = (plan_notebooks([path], given) for given in ({}, {"day": "2026-03-31"}))
    assert relative.as_of == datetime.now().astimezone().date().isoformat()
    assert fixed.as_of == ""
    keys = {key(replace(relative, as_of=day), run) for day in ("2026-03-31", "2026-04-01")}
    assert len(keys) == 2


def test_yaml_that_names_itself_ends(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    desk = tmp_path / "desk.yaml"
    desk.write_text("extends: desk.yaml\n")
    notebook = write_notebook(tmp_path / "n.ipynb", "# T")
    assert key(Plan(notebook, {"of": str(desk)}), run)


def test_the_code_of_the_package_counts() -> None:
    assert len(package_digest()) == 64
    assert package_digest() == package_digest()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1}', '{"format": 2, "title": 3}'])
def test_a_damaged_manifest_stands_for_nothing(text: str, tmp_path: Path) -> None:
    spot = Spot(tmp_path, "report")
    assert standing(spot, "ab") is None
    spot.manifest.write_text(text)
    assert standing(spot, "ab") is None


def test_a_manifest_that_names_no_page_vouches_for_none(
    run: Run, counting: Path, tmp_path: Path
) -> None:
    report = made(run, counting, tmp_path / "reports")
    spot = Spot(report.page.parent, report.page.stem)
    found = report.manifest.content_key
    assert standing(spot, found) is not None
    assert standing(spot, "another") is None
    told = json.loads(spot.manifest.read_text())
    spot.manifest.write_text(json.dumps(told | {"files": {}}))
    assert standing(spot, found) is None
