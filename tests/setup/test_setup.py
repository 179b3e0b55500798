"""The set-up files agree with each other and name no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_environment_yml_has_the_dependencies_of_pyproject() -> None:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {entry for entry in entries if isinstance(entry, str)} - {"pip"}
    python = pyproject()["requires-python"]

    extras = pyproject()["optional-dependencies"]
    wanted = [*pyproject()["dependencies"], *extras["compiled"], *extras["dask"]]
    assert conda == {*wanted, f"python{python}"}


def test_environment_yml_ends_with_the_package_itself() -> None:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]

    assert entries[-1] == {"pip": ["-e ."]}


def test_the_lock_has_every_dependency_with_hashes_and_without_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([a-z0-9_.-]+)==\S+", lock, flags=re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    extras = [d for group in pyproject()["optional-dependencies"].values() for d in group]
    wanted = {
        re.split(r"[<>=!~\[; ]", d)[0].lower() for d in [*pyproject()["dependencies"], *extras]
    }

    assert wanted <= set(pins)
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?:|file:|--index|--find-links", lock)


def test_folders_that_are_filled_by_hand_or_by_runs_stand_in_a_clone() -> None:
    for folder in ("data", "reports"):
        assert (ROOT / folder / "README.md").is_file()
