"""``pickup report``: paths on stdout, everything else on stderr, and exit codes that tell."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.sessions import Run


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


def pickup_report(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator.cli", "report", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(write_notebook: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a notebook that shows its target and one that fails."""
    path = tmp_path_factory.mktemp("working")
    write_notebook(path / "notebooks" / "service_report.ipynb", "# Waits", "print(threshold_s)")
    write_notebook(path / "notebooks" / "broken.ipynb", "# Broken", "1 / 0")
    return path


def test_the_page_s_path_is_all_of_stdout(folder: Path, run: Run) -> None:
    done = pickup_report(folder, run.path, "-p", "threshold_s=20", "--gate", "asa_s<60")
    assert (done.returncode, done.stderr) == (0, "")
    page = folder / done.stdout.removesuffix("\n")
    assert page.parts[-3] == "reports"
    assert "threshold_s = 20" in page.read_text(encoding="utf-8")


def test_a_missed_target_is_exit_code_3_with_the_report_written(folder: Path, run: Run) -> None:
    done = pickup_report(
        folder, run.path, "--gate", "service_level>=80%", "--gate-on", "low", "--out", "missed"
    )
    assert done.returncode == 3
    assert "service_level.of_all (lower bound) is 0.79, asked for" in done.stderr
    assert (folder / done.stdout.strip()).is_file()


def test_a_failed_notebook_is_exit_code_1_even_if_a_target_was_missed(
    folder: Path, run: Run
) -> None:
    done = pickup_report(
        folder, run.path, "--notebook", "broken", "--gate", "asa_s<1", "--out", "failed"
    )
    assert done.returncode == 1
    assert "failed in cell 4: ZeroDivisionError: division by zero" in done.stderr
    assert "Traceback" not in done.stderr
    page = (folder / done.stdout.strip()).read_text(encoding="utf-8")
    assert "This report is not complete." in page
    assert "Target missed" in page


WRONG = [
    # arguments after the run, what is told
    (("--parameter", "treshold_s=3"), "did you mean 'threshold_s'?"),
    (("--parameter", "threshold_s=soon"), "is 'soon'; give a value of type float"),
    (("--parameter", "threshold_s"), "write NAME=VALUE"),
    (("--gate", "asa_s"), "gate 'asa_s' cannot be read"),
    (("--gate", "asas<3"), "did you mean 'asa_s'?"),
    (("--notebook", "service_raport"), "did you mean 'service_report'?"),
    (("nowhere",), "is neither a folder of a run, a sweep or a replay, nor a scenario file"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_what_the_user_can_put_right_is_exit_code_2_and_leaves_nothing(
    folder: Path, run: Run, arguments: tuple[str, ...], told: str
) -> None:
    done = pickup_report(folder, run.path, *arguments, "--out", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "nothing").exists()


def test_a_damaged_run_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    done = pickup_report(folder, tmp_path / "run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "manifest.json" in done.stderr


def test_a_scenario_is_simulated_first(folder: Path) -> None:
    (folder / "kiosk.yaml").write_text(KIOSK)
    done = pickup_report(
        folder, "kiosk.yaml", "--replications", "2", "--seed", "4", "--out", "made"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("made/kiosk-seed4-")
    (run,) = (folder / "data" / "runs").iterdir()
    assert run.name.startswith("kiosk-seed4-")
