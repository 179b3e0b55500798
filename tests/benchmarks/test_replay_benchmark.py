"""The benchmark of the replay runs, and every sender's pickups are the tenant's own count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks/replay.py"


@pytest.mark.slow
def test_all_senders_are_answered_at_a_rate_that_all_can_keep(tmp_path):
    found = tmp_path / "found.json"
    command = [sys.executable, BENCHMARK, "--seconds", "1", "--rates", "40", "--json", found]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    rows = json.loads(found.read_text())["rows"]
    assert {row["sender"] for row in rows} == {
        "replay httpx",
        "replay aiohttp",
        "httpx",
        "aiohttp",
    }
    assert all(row["answered_share"] == 1 for row in rows)
    assert all(row["response_p99_ms"] > 0 for row in rows)
