"""``pickup report verify``: what it says, and its exit codes; ``pickup report`` is as before."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from simulator import scenario, study
from simulator.cli.defaulting import DefaultingGroup
from simulator.reports import make_reports, plan_notebooks
from simulator.reports.jupyter import nbformat
from simulator.sessions import open_run

if TYPE_CHECKING:
    from pathlib import Path

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


def pickup(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose second figure is left to chance, on a run of two replications."""
    folder = tmp_path_factory.mktemp("verified")
    (folder / "kiosk.yaml").write_text(KIOSK)
    world = scenario.load(folder / "kiosk.yaml")
    run = open_run(study.simulate(world, replications=2, seed=4, out=folder / "run"))
    v4 = nbformat.v4
    cells = [
        v4.new_code_cell('run: str = ""\nlucky: bool = False', metadata={"tags": ["parameters"]}),
        v4.new_markdown_cell("# Waits"),
        v4.new_code_cell("import random\nprint(random.random() if lucky else 81)"),
    ]
    nbformat.write(v4.new_notebook(cells=cells), folder / "n.ipynb")
    plans = plan_notebooks([str(folder / "n.ipynb")], {})
    (made,) = make_reports([run], plans, out=folder / "reports")
    plans = plan_notebooks([str(folder / "n.ipynb")], {"lucky": True})
    make_reports([run], plans, out=folder / "reports")
    return made.page


def test_the_same_is_exit_code_0_with_a_line_for_all_that_was_looked_at(page: Path) -> None:
    done = pickup("report", "verify", page)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if line] == [
        ["ok", "report"],
        ["ok", "data"],
        ["ok", "notebook"],
        ["ok", "versions"],
        ["ok", "figures"],
        ["same:", "all"],
    ]


def test_a_difference_is_exit_code_1_and_named(page: Path) -> None:
    (lucky,) = page.parent.glob("n-*.html")
    done = pickup("report", "verify", lucky)
    assert done.returncode == 1
    assert "DIFF  figures   1 figure differs, in cell 4" in done.stdout
    assert "cell 4 (Waits), printed line 1\n  was  0." in done.stdout
    assert done.stdout.splitlines()[-1] == "differs: 1 figure differs, in cell 4"


def test_json_tells_it_all_to_a_machine_and_simulating_anew_is_one_check_more(page: Path) -> None:
    done = pickup("report", "verify", page, "--simulate", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["differing"]) == (0, "same", 0)
    assert [each["name"] for each in told["checks"]][-2:] == ["simulation", "figures"]


def test_no_report_is_exit_code_2(tmp_path: Path) -> None:
    done = pickup("report", "verify", tmp_path / "nowhere.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no report" in done.stderr


def test_the_help_of_report_is_as_before_and_names_verify() -> None:
    told = pickup("report", "--help").stdout
    assert told.startswith("Usage: pickup report [OPTIONS]")
    assert "--notebook" in told
    assert "pickup report verify REPORT" in " ".join(told.split())
    assert pickup("report", "-h").stdout == told
    assert pickup("report", "verify", "-h").stdout.startswith("Usage: pickup report verify ")


# ---------------------------------------------------------- a command that has commands, by itself


def tool() -> typer.Typer:
    app = typer.Typer(name="tool", cls=DefaultingGroup)

    @app.command("tool")
    def alone(names: list[str] | None = None, *, loud: bool = False) -> None:
        typer.echo(f"tool {names} {loud}")

    @app.command("other")
    def other(name: str = "none") -> None:
        typer.echo(f"other {name}")

    return app


SAID = [
    # what is typed, what is called
    ([], "tool None False"),
    (["--loud"], "tool None True"),
    (["--names", "other"], "tool ['other'] False"),
    (["other"], "other none"),
    (["other", "--name", "x"], "other x"),
]


@pytest.mark.parametrize(("typed", "called"), SAID)
def test_the_command_of_the_group_s_name_is_meant_unless_another_is_named(
    typed: list[str], called: str
) -> None:
    assert CliRunner().invoke(tool(), typed).stdout.strip() == called


def test_the_name_of_the_group_is_no_command_below_it() -> None:
    assert CliRunner().invoke(tool(), ["tool"]).exit_code == 2
