"""Whenever the process is killed, what stands in the folder is whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.sessions import Run

pytestmark = pytest.mark.crash


def standing(out: Path) -> list[Path]:
    """The files that a reader would come upon, drafts left aside."""
    return [
        path
        for path in out.rglob("*")
        if path.is_file() and not any(part.startswith(".draft-") for part in path.parts)
    ]


def test_a_killed_report_leaves_whole_files_only(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebook = write_notebook(
        tmp_path / "slow.ipynb", "# Slow", *["import time; time.sleep(0.2)"] * 5
    )
    command = [sys.executable, "-m", "simulator.cli", "report", str(run.path), "--out", "reports"]
    command += ["--notebook", str(notebook)]
    out = tmp_path / "reports"
    # Once to the end, to know how long it takes and to have a report that is replaced.
    began = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    for share in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        time.sleep(share * took)
        process.kill()
        process.wait()
        for path in standing(out):
            if path.suffix == ".html":
                assert path.read_text(encoding="utf-8").endswith("</html>")
            if path.suffix == ".ipynb":
                json.loads(path.read_text(encoding="utf-8"))
            if path.name.endswith(".manifest.json"):
                for name, told in json.loads(path.read_text(encoding="utf-8"))["files"].items():
                    found = hashlib.sha256((path.parent / name).read_bytes()).hexdigest()
                    assert found == told
