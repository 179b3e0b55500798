"""What README.md shows is run, line by line, as a newcomer would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
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


class Shell:
    """Runs the lines of the README as a shell would, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = dict(os.environ)
        self.servers: list[subprocess.Popen[str]] = []
        self.port = str(free_port())

    def run(self, line: str) -> None:
        line = line.replace("8900", self.port)
        if found := re.fullmatch(r"set -a; \. (\S+); set \+a", line):
            pairs = re.findall(
                r"^(\w+)='(.*)'$", (self.folder / found[1]).read_text(), re.MULTILINE
            )
            self.environment.update(pairs)
        elif line.endswith(" &"):
            self.servers.append(self._started(line.removesuffix(" &")))
        else:
            process = self._started(line)
            _, told = process.communicate(timeout=300)
            assert process.returncode == 0, f"{line}\n{told}"

    def _started(self, line: str) -> subprocess.Popen[str]:
        pickup = Path(sys.executable).with_name("pickup")
        serves = " tenant " in line
        process = subprocess.Popen(
            [pickup, *shlex.split(line)[1:]],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=None if serves else subprocess.PIPE,
            text=True,
        )
        if serves:
            assert process.stdout.readline().startswith("http://127.0.0.1")
        return process

    def close(self) -> None:
        for server in self.servers:
            server.terminate()
            server.communicate(timeout=30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.slow
def test_the_tour_runs(newcomer: Path) -> None:
    lines = [
        line.removeprefix("$ ").split("  #")[0].strip()
        for block in blocks("console")
        for line in block.splitlines()
        if line.startswith(("$ pickup", "$ set -a"))
    ]
    shell = Shell(newcomer)

    assert len(lines) >= 8
    try:
        for line in lines:
            shell.run(line)
    finally:
        shell.close()
    assert (newcomer / "sessions.xlsx").stat().st_size > 10_000
    assert (newcomer / "fitted/my_desk.calibration.json").is_file()
    assert (newcomer / "pulled.jsonl").stat().st_size > 1_000


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
