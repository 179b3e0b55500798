"""Whenever the process is killed, what stands is whole, and the rest can be cleaned up."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from simulator.reports.belongings import tree
from simulator.reports.retention import carry_out, plan
from tests.reports.test_retention import NOW, mornings, stand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.sessions import Run

pytestmark = pytest.mark.crash

KILLS = 12


def standing(out: Path) -> list[Path]:
    """The files that a reader would come upon, drafts left aside."""
    return [
        path
        for path in tree(out)
        if path.is_file() and not any(part.startswith(".draft-") for part in path.parts)
    ]


def assert_vouched(out: Path) -> int:
    """What every manifest names is there, to the byte; the number of manifests."""
    manifests = [path for path in standing(out) if path.name.endswith(".manifest.json")]
    for path in manifests:
        for name, told in json.loads(path.read_text(encoding="utf-8"))["files"].items():
            assert hashlib.sha256((path.parent / name).read_bytes()).hexdigest() == told
    return len(manifests)


def assert_whole(out: Path) -> int:
    """No half of a file stands there, and manifests are right; the number of manifests."""
    for path in standing(out):
        if path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
        if path.suffix == ".ipynb":
            json.loads(path.read_text(encoding="utf-8"))
    return assert_vouched(out)


def test_a_killed_report_leaves_whole_files_and_drafts_that_clean_takes(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    cells = ["import time; time.sleep(0.05)"] * 5
    notebook = write_notebook(tmp_path / "slow.ipynb", "# Slow", *cells)
    command = [sys.executable, "-m", "simulator.cli", "report", str(run.path), "--out", "reports"]
    command += ["--notebook", str(notebook), "--anew"]
    out = tmp_path / "reports"
    # Once to the end, to know how long it takes and to have a report that is replaced.
    began = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    chance = random.Random(6)
    drafts = 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        time.sleep(chance.triangular(0.3, 1.1, 0.9) * took)
        process.kill()
        process.wait()
        assert_whole(out)
        drafts += sum(path.name.startswith(".draft-") for path in out.iterdir())
    assert drafts
    made = set(standing(out))
    tomorrow = datetime.now().astimezone() + timedelta(days=1, minutes=1)
    cleaning = plan(out, keep=None, days=None, now=tomorrow)
    assert {each.kind for each in cleaning.doomed} == {"draft"}
    carry_out(cleaning)
    assert {path for path in tree(out) if path.is_file()} == made


def test_a_killed_cleaning_leaves_whole_reports_and_the_next_one_finishes(tmp_path: Path) -> None:
    for number in range(400):
        stand(tmp_path / f"r{number}", days_ago=number + 1)
    mornings(tmp_path / "job", 60)
    command = [sys.executable, "-m", "simulator.cli", "clean", str(tmp_path), "--keep", "3"]
    chance = random.Random(6)
    for _ in range(KILLS):
        there = len(standing(tmp_path))
        process = subprocess.Popen([*command, "--yes"], stdout=subprocess.DEVNULL)
        while process.poll() is None and len(standing(tmp_path)) == there:
            pass
        time.sleep(chance.uniform(0, 0.005))
        process.kill()
        process.wait()
        assert_vouched(tmp_path)
    carry_out(plan(tmp_path, keep=3, days=None, now=NOW))
    assert assert_vouched(tmp_path) == 3 + 3
    pages = [path for path in tree(tmp_path) if path.name in ("report.html", "report.ipynb")]
    assert len(pages) == 2 * (3 + 3)
    assert not [path for path in tree(tmp_path) if path.name.startswith(".draft-removed-")]
