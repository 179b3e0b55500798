"""Where things come from: the commit of a file or folder, if git holds it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from simulator.versioning import git_commit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file in a repository with one commit."""
    file = tmp_path / "kept.txt"
    file.write_text("one")

    def git(*words: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True)

    git("init")
    git("add", "kept.txt")
    git("commit", "-m", "one")
    return file


def test_a_kept_file_has_a_commit(kept: Path) -> None:
    assert len(git_commit(kept) or "") == 40


def test_a_changed_file_is_called_dirty(kept: Path) -> None:
    kept.write_text("two")

    assert (git_commit(kept) or "").endswith("-dirty")


def test_a_folder_of_which_nothing_is_kept_has_none(kept: Path) -> None:
    inner = kept.parent / "inner"
    inner.mkdir()
    (inner / "new.txt").write_text("not added")

    assert git_commit(inner) is None


def test_a_file_that_git_does_not_hold_has_none(kept: Path) -> None:
    other = kept.with_name("other.txt")
    other.write_text("one")

    assert git_commit(other) is None


def test_outside_git_there_is_none(tmp_path: Path) -> None:
    assert git_commit(tmp_path / "nothing.txt") is None
