"""Files come to their places whole or not at all, and what hinders them is told."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from simulator.files import append, file_sha256, files_within, into_place, unwritten


def names(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("alone", [False, True])
def test_a_file_takes_its_name_when_it_is_whole(tmp_path, alone):
    path = tmp_path / "a.json"
    path.write_text("before")
    with into_place(path, alone=alone) as draft:
        draft.write_text("after")
        assert path.read_text() == "before"
    assert (path.read_text(), names(tmp_path)) == ("after", ["a.json"])


@pytest.mark.parametrize("alone", [False, True])
def test_what_fails_leaves_what_stood_and_nothing_else(tmp_path, alone):
    path = tmp_path / "a.json"
    path.write_text("before")

    def stopped_half_way():
        with into_place(path, alone=alone) as draft:
            draft.write_text("ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_half_way()
    assert (path.read_text(), names(tmp_path)) == ("before", ["a.json"])


def test_one_who_writes_alone_takes_away_what_a_kill_has_left(tmp_path):
    (tmp_path / ".a.json.partial").write_text("ha")
    with into_place(tmp_path / "a.json", alone=True) as draft:
        draft.write_text("whole")
    assert names(tmp_path) == ["a.json"]


def test_two_who_write_the_same_do_not_meet(tmp_path):
    path = tmp_path / "a.json"
    with into_place(path) as one, into_place(path) as other:
        one.write_text("1" * 9)
        other.write_text("22")
    assert path.read_text() in ("1" * 9, "22")
    assert names(tmp_path) == ["a.json"]


def test_a_line_is_added_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "log"
    write = os.write
    with path.open("ab", buffering=0) as file:
        append(file.fileno(), b"one\n")
        monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            append(file.fileno(), b"two\n")
        monkeypatch.undo()
        append(file.fileno(), b"three\n")
    assert path.read_bytes() == b"one\nthree\n"


def test_a_hash_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"a\r\n" * 100_000)
    assert file_sha256(path) == hashlib.sha256(b"a\r\n" * 100_000).hexdigest()


def test_files_of_a_folder_are_the_visible_ones_by_name(tmp_path):
    for name in ("b.csv", "a.csv", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    assert [each.name for each in files_within(tmp_path)] == ["a.csv", "b.csv"]
    assert files_within(tmp_path / "b.csv") == [tmp_path / "b.csv"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_of_a_full_disk_the_room_is_told_and_what_makes_some(tmp_path, number):
    told = unwritten(OSError(number, "anything"), tmp_path / "not" / "there.json")
    assert told.startswith(f"{os.strerror(number)} (")
    assert f" MB are free at {tmp_path}); make room, for one with `pickup clean`" in told


def test_where_nobody_knows_the_place_none_is_made_up():
    told = unwritten(OSError(errno.ENOSPC, "anything"))
    assert "(" not in told
    assert unwritten(OSError("a word")) == "a word; give another place, or see to that one"


def test_a_place_that_is_closed_is_named():
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/shut/file.json")
    assert unwritten(error) == (
        f"{os.strerror(errno.EACCES)} (/shut/file.json); give another place, or see to that one"
    )
