"""What README.md shows is run, line by line, as a newcomer would."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A folder with the project's data, its notebooks, and the files that the README shows."""
    for folder in ("data", "notebooks"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("runs", ".ipynb_*")
        )
    for block in blocks("yaml"):
        if block.startswith("# "):  # a file that is named in its first line
            (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block)
    return tmp_path


@pytest.mark.slow
def test_the_tour_runs(newcomer: Path) -> None:
    lines = [
        line.removeprefix("$ ").split("  #")[0].strip()
        for block in blocks("console")
        for line in block.splitlines()
        if line.startswith("$ pickup")
    ]
    pickup = Path(sys.executable).with_name("pickup")

    assert len(lines) >= 8
    for line in lines:
        done = subprocess.run(
            [pickup, *shlex.split(line)[1:]],
            cwd=newcomer,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (newcomer / "sessions.xlsx").stat().st_size > 10_000
    assert (newcomer / "fitted/my_desk.calibration.json").is_file()


def test_the_scenario_shown_is_a_scenario() -> None:
    from simulator.scenario import loads

    (text,) = (block for block in blocks("yaml") if not block.startswith("# "))
    shown = loads(text, folder=ROOT)

    assert [topic.name for topic in shown.topics] == ["Shop"]
    assert shown.groups[0].output == ("1", "1.6")


def test_the_python_shown_runs(newcomer: Path) -> None:
    code = "\n".join(blocks("python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=newcomer,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+% within a minute \(\d+% to \d+%\)\n", done.stdout)


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    ours = [target for target in targets if not target.startswith("https://")]

    assert [target for target in ours if not (ROOT / target).exists()] == []


def test_make_targets_shown_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"`?make ([a-z-]+)", README)) - {"it"}

    assert shown
    assert {t for t in shown if not re.search(rf"^{t}:", makefile, flags=re.MULTILINE)} == set()
