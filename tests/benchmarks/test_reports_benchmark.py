"""The benchmark of the reports runs, compares like with like, and tells what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_one_round_of_one_notebook(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "benchmarks" / "reports.py", "--rounds", "1"),
            *("--notebooks", "explore", "--replications", "1", "--json", out),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    (took,) = told["rounds"]
    assert set(took) == {"ours", "again", "usual"}
    assert all(each["wall_s"] > 0 and each["cpu_s"] > 0 for each in took.values())
    assert took["again"]["wall_s"] < took["ours"]["wall_s"]
    ours, usual = told["pages"]["ours"]["explore"], told["pages"]["usual"]["explore"]
    assert (ours["fetched"], ours["outside"]) == (0, 0)
    assert usual["fetched"] > 0
    assert ours["bytes"] < usual["bytes"]
    assert "usual way takes" in done.stdout
