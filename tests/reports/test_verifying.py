"""Verifying a report: made again it is the same, or it is told what differs and why."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from simulator import scenario, study
from simulator.calibration.daily.recorded_day import recorded_day
from simulator.errors import DataError, UsageError
from simulator.reports import OF_RECORDS as RECORDS
from simulator.reports import make_reports, plan_notebooks
from simulator.reports.verifying import MOST_TOLD, find_report, verify
from simulator.sessions import open_run
from tests.reports.conftest import SUMMARY, write_small_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.reports.inspection import Check
    from simulator.reports.provenance import Reported
    from simulator.reports.verifying import Verified
    from simulator.sessions import Run

    WriteNotebook = Callable[..., Path]

CELLS = (
    "# Waits\n\n## The sessions",
    "import pandas as pd\npd.read_parquet(f'{run}/sessions.parquet')[['wait_s']]",
    "print('target', threshold_s)",
)
KIOSK = """\
name: kiosk
timezone: UTC
start: 2026-03-23T00:00
days: 1
topics:
  - {id: 1, name: Help, arrivals: {rate_per_hour: 2}, work: {fixed: 5m}, patience: {fixed: 9m}}
agents:
  - {group: Desk, count: 1, topics: [Help], cap: 1, output: [1]}
"""


def report(run: Reported, notebook: Path, out: Path, **parameters: object) -> Path:
    """The page of a report just made."""
    (made,) = make_reports([run], plan_notebooks([str(notebook)], parameters), out=out)
    return made.page


def check(verified: Verified, name: str) -> Check:
    (found,) = (each for each in verified.checks if each.name == name)
    return found


def states(verified: Verified) -> dict[str, str]:
    return {each.name: each.state for each in verified.checks}


def edit_manifest(page: Path, **changed: Any) -> None:
    path = page.with_name(f"{page.stem}.manifest.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changed.items():
        content[name] = {**content[name], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def original(
    run: Run, write_notebook: WriteNotebook, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("original")
    notebook = write_notebook(folder / "own" / "waits.ipynb", *CELLS)
    return report(run, notebook, folder / "reports", threshold_s=30.0)


@pytest.fixture
def page(original: Path, tmp_path: Path) -> Path:
    """The report, in a copy that a test may change."""
    folder = shutil.copytree(original.parent, tmp_path / "copy")
    return folder / original.name


# ---------------------------------------------------------------------------------- the same


def test_a_report_made_again_is_the_same(page: Path) -> None:
    before = {path: path.read_bytes() for path in page.parent.iterdir()}
    verified = verify(page)
    assert (verified.verdict, verified.reason) == ("same", "all that 2 cells show is the same")
    assert set(states(verified).values()) == {"ok"}
    assert (verified.compared, verified.differing) == (2, 0)
    assert {path: path.read_bytes() for path in page.parent.iterdir()} == before


def test_the_run_may_have_moved_and_the_notebook_of_now_can_be_kept(
    page: Path, run: Run, tmp_path: Path
) -> None:
    moved = shutil.copytree(run.path, tmp_path / "moved")
    kept = tmp_path / "kept" / "now.ipynb"
    told: list[tuple[int, int]] = []
    verified = verify(
        page, run=moved, out=kept, progress=lambda done, total: told.append((done, total))
    )
    assert verified.verdict == "same"
    assert str(moved) in check(verified, "data").told
    assert str(moved) in kept.read_text(encoding="utf-8")
    assert len(told) == len(CELLS) + 2


@pytest.mark.slow
def test_a_run_simulated_anew_is_the_same_to_the_byte(
    write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    (tmp_path / "kiosk.yaml").write_text(KIOSK)
    world = scenario.load(tmp_path / "kiosk.yaml")
    run = open_run(study.simulate(world, replications=2, seed=4, out=tmp_path / "run"))
    page = report(run, write_notebook(tmp_path / "n.ipynb", *CELLS), tmp_path / "reports")
    verified = verify(page, simulate=True)
    assert verified.verdict == "same"
    assert check(verified, "simulation").told == (
        "simulated anew, workload.parquet, sessions.parquet, agents.parquet, summary.json and "
        "scenario.yaml are the same to the byte"
    )


# --------------------------------------------------------------------------------- not the same


def test_a_page_that_was_edited_is_found_out(page: Path) -> None:
    page.write_text(page.read_text(encoding="utf-8").replace("95.5", "15.5"), encoding="utf-8")
    verified = verify(page)
    assert verified.verdict == "differs"
    assert verified.reason == (
        "the report was changed after it was made: waits.html is not what it was".replace(
            "waits", page.stem
        )
    )
    assert check(verified, "figures").state == "ok"


def test_a_figure_that_was_edited_in_the_notebook_is_named(page: Path) -> None:
    executed = page.with_suffix(".ipynb")
    text = executed.read_text(encoding="utf-8")
    executed.write_text(text.replace("95.5", "15.5"), encoding="utf-8")
    verified = verify(executed)
    assert verified.verdict == "differs"
    (difference, *_) = verified.differences
    assert (difference.cell, difference.heading) == (4, "The sessions")
    assert (difference.was, difference.now) == ("15.5", "95.5")
    assert "'wait_s'" in difference.what


def test_a_figure_left_to_chance_is_found_and_named(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    by_chance = "import random\nfor _ in range(30): print(random.random())"
    notebook = write_notebook(tmp_path / "n.ipynb", "# Chance", "print(1)", by_chance)
    verified = verify(report(run, notebook, tmp_path / "reports"))
    assert (verified.verdict, verified.differing) == ("differs", 30)
    assert verified.reason == "30 figures differ, in cell 5"
    assert len(verified.differences) == MOST_TOLD
    assert verified.differences[0].what == "printed line 1"
    assert states(verified)["data"] == states(verified)["notebook"] == "ok"


def test_a_run_that_is_another_now_is_told_as_the_cause(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    folder = shutil.copytree(run.path, tmp_path / "run")
    notebook = write_notebook(
        tmp_path / "n.ipynb", "# L", "print(open(f'{run}/summary.json').read().count('0.5'))"
    )
    page = report(open_run(folder), notebook, tmp_path / "reports")
    shutil.rmtree(folder)
    write_small_run(folder, summary={**SUMMARY, "intervals": [{"at": 0.5}]}, seed=8)
    verified = verify(page)
    assert verified.verdict == "differs"
    assert "it may be because the run is another one than was reported on" in verified.reason
    assert "summary.json is not what it was" in check(verified, "data").told


def test_a_changed_notebook_is_told_and_still_compared(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", *CELLS)
    page = report(run, notebook, tmp_path / "reports")
    write_notebook(notebook, *CELLS, "threshold_s + 1")
    verified = verify(page)
    assert check(verified, "notebook").state == "note"
    assert "was changed after the report was made" in check(verified, "notebook").told
    assert [(each.cell, each.was, each.now) for each in verified.differences] == [
        (6, "(nothing)", "61.0")
    ]
    assert "it may be because" in verified.reason


def test_a_notebook_that_failed_then_and_runs_through_now_is_told(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    notebook = write_notebook(tmp_path / "n.ipynb", "# F", f"open({str(flag)!r}).close()")
    page = report(run, notebook, tmp_path / "reports")
    flag.touch()
    verified = verify(page)
    assert verified.verdict == "differs"
    assert "failed then, in cell 4, and runs through now" in verified.reason


# ------------------------------------------------------------------------------- cannot be told


def test_a_run_that_is_gone_is_told_with_how_to_make_it_again(page: Path, tmp_path: Path) -> None:
    verified = verify(page, run=tmp_path / "nowhere")
    assert verified.verdict == "cannot tell"
    assert verified.reason == f"the run is gone: {tmp_path / 'nowhere'}"
    assert "pickup simulate SCENARIO --replications 2 --seed 7" in check(verified, "data").told
    assert check(verified, "report").state == "ok"


def test_a_notebook_that_is_gone_is_told(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "of_its_own.ipynb", "# G", "print(1)")
    page = report(run, notebook, tmp_path / "reports")
    notebook.unlink()
    verified = verify(page)
    assert verified.verdict == "cannot tell"
    assert verified.reason == "there is no notebook 'of_its_own' any more"


def test_a_notebook_that_fails_now_is_told(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    notebook = write_notebook(tmp_path / "n.ipynb", "# F", f"open({str(flag)!r}).close()")
    page = report(run, notebook, tmp_path / "reports")
    flag.unlink()
    verified = verify(page)
    assert verified.verdict == "cannot tell"
    assert "the notebook fails now, in cell 4: FileNotFoundError" in verified.reason


def test_no_code_out_of_a_report_is_run(page: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    executed = page.with_suffix(".ipynb")
    content = json.loads(executed.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = f"open({str(mark)!r}, 'w').close()"
    executed.write_text(json.dumps(content), encoding="utf-8")
    edit_manifest(page, parameters={f"x = open({str(mark)!r}, 'w')\ny": 1})
    verified = verify(page)
    assert verified.verdict == "differs"
    assert "has no parameter" in check(verified, "figures").told
    assert not mark.exists()


# ------------------------------------------------------------------------------------ records


OF_RECORDS = """\
scenario_file: str = ""
history_files: list[str] = []
kind: str = "auto"
zone: str = ""
day: str = "yesterday"
"""


def test_records_that_came_or_changed_since_are_told(
    write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    (tmp_path / "kiosk.yaml").write_text(KIOSK)
    desk = tmp_path / "desk.yaml"
    desk.write_text("extends: kiosk.yaml\n")
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "monday.csv").write_text("no records\n")
    notebook = write_notebook(
        tmp_path / "n.ipynb", "# D", "print(day, len(history_files))", parameters=OF_RECORDS
    )
    plans = plan_notebooks([str(notebook)], {}, told_by=RECORDS)
    day = recorded_day(desk, [exports], day="2026-03-23")
    (made,) = make_reports([day], plans, out=tmp_path / "reports")

    assert check(verify(made.page), "data").told == (
        "scenario and records of 2026-03-23 are as they were"
    )
    (exports / "monday.csv").write_text("other records\n")
    (exports / "tuesday.csv").write_text("more\n")
    verified = verify(made.page)
    assert verified.verdict == "same"
    assert check(verified, "data").told == (
        f"the records are not what they were: {exports / 'monday.csv'} is not what it was; "
        f"{exports / 'tuesday.csv'} is new"
    )
    (exports / "monday.csv").write_text("no records\n")
    (exports / "tuesday.csv").unlink()
    (tmp_path / "kiosk.yaml").write_text(KIOSK.replace("count: 1", "count: 2"))
    assert "kiosk.yaml is not what it was" in check(verify(made.page), "data").told


def test_a_notebook_that_stands_among_the_reports_is_not_run(page: Path, tmp_path: Path) -> None:
    executed = page.with_suffix(".ipynb")
    content = json.loads(executed.read_text(encoding="utf-8"))
    for place in (page.parent / "waits.ipynb", page.parent.parent / "waits.ipynb"):
        shutil.copyfile(executed, place)
        content["metadata"]["papermill"]["input_path"] = str(place)
        executed.write_text(json.dumps(content), encoding="utf-8")
        assert check(verify(page), "notebook").told == "there is no notebook 'waits' any more"


def test_an_executed_notebook_that_cannot_be_read_is_told(page: Path) -> None:
    executed = page.with_suffix(".ipynb")
    content = json.loads(executed.read_text(encoding="utf-8"))
    del content["cells"]
    executed.write_text(json.dumps(content), encoding="utf-8")
    verified = verify(page)
    assert verified.verdict == "differs"
    assert "cannot be read" in check(verified, "figures").told


def test_a_chart_drawn_differently_of_the_same_data_is_the_same(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    drawn = (
        "import random\nfrom IPython.display import HTML\n"
        "HTML(f'<svg><path d=\"M {random.random()}\"/></svg><p>81 %</p>')"
    )
    page = report(run, write_notebook(tmp_path / "n.ipynb", "# C", drawn), tmp_path / "reports")
    verified = verify(page)
    assert (verified.verdict, verified.differences) == ("same", ())
    assert verified.reason == (
        "all that 1 cell shows is the same; drawn differently, of the same data: cell 4"
    )


# --------------------------------------------------------------------------------- what is noted


def test_other_versions_are_told_and_are_no_fault(page: Path) -> None:
    edit_manifest(page, versions={"numpy": "1.0.0"})
    verified = verify(page)
    assert verified.verdict == "same"
    assert check(verified, "versions").state == "note"
    assert check(verified, "versions").told.startswith("other than then: numpy 1.0.0 → ")


def test_a_default_relative_to_today_means_the_day_of_then(
    run: Run, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "# D",
        "print(day)",
        parameters='run: str = ""\nday: str = "2026-03-30"',
    )
    page = report(run, notebook, tmp_path / "reports")
    write_notebook(
        notebook, "# D", "print(day)", parameters='run: str = ""\nday: str = "yesterday"'
    )
    edit_manifest(page, made_at="2026-03-31T06:00:00+02:00")
    verified = verify(page)
    assert verified.differences == ()
    assert check(verified, "figures").state == "ok"


def test_a_day_that_was_not_over_is_told(page: Path) -> None:
    today = date(2026, 3, 31)
    edit_manifest(page, made_at=f"{today}T18:00:00+00:00", run={"day": today.isoformat()})
    assert "was not over when the report was made" in check(verify(page), "day").told
    edit_manifest(page, run={"day": (today - timedelta(days=1)).isoformat()})
    assert "day" not in states(verify(page))


# -------------------------------------------------------------------------------- which report


def test_a_report_is_named_by_any_of_its_files_or_its_folder(page: Path) -> None:
    manifest = page.with_name(f"{page.stem}.manifest.json")
    for path in (page, page.with_suffix(".ipynb"), manifest, page.parent):
        assert find_report(path).manifest == manifest


def test_a_folder_of_several_reports_names_them(page: Path) -> None:
    (page.parent / "other.manifest.json").write_text("{}")
    with pytest.raises(UsageError, match=r"holds 2 reports of its own; name one: other\.manifest"):
        find_report(page.parent)
    with pytest.raises(UsageError, match="holds no reports of its own; name one: copy/other"):
        find_report(page.parent.parent)


def test_what_is_no_report_is_told(page: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no report"):
        verify(tmp_path / "nowhere.html")
    manifest = page.with_name(f"{page.stem}.manifest.json")
    manifest.write_text("{}")
    with pytest.raises(DataError, match="not a report's manifest"):
        verify(page)
    manifest.unlink()
    with pytest.raises(UsageError, match="without its manifest nobody can say"):
        verify(page)


def test_options_that_do_not_fit_are_told(page: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in the report's own folder"):
        verify(page, out=page.with_suffix(".ipynb"))
    edit_manifest(page, run={"kind": "sweep"})
    with pytest.raises(UsageError, match="about a sweep; only a run can be simulated anew"):
        verify(page, simulate=True)
    edit_manifest(page, run={"kind": "records"})
    with pytest.raises(UsageError, match="is about records and not about a run"):
        verify(page, run=tmp_path)
