"""Locks: one process on a journal, one plan on a tenant, and none outlives its process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from simulator.errors import GuardError
from simulator.replay.locks import claimed_journal, claimed_tenant, folder_of_locks
from tests.replay.driven import head

ONE, OTHER = "1a" * 32, "2b" * 32

HOLD = """
import sys, time
from pathlib import Path
from simulator.replay.locks import claimed_journal
with claimed_journal(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
"""A process that keeps a journal until it is killed."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))


def refused(claim, told):
    """That a claim is refused, and how."""
    with pytest.raises(GuardError, match=told), claim:
        pass


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal-1-of-1.jsonl"


def test_a_journal_has_one_writer_who_is_named(journal):
    with claimed_journal(journal):
        refused(claimed_journal(journal), rf"process {os.getpid()} writes .*jsonl")
    with claimed_journal(journal):
        pass


def test_two_journals_have_two_writers(journal):
    with claimed_journal(journal), claimed_journal(journal.with_name("journal-1-of-2.jsonl")):
        pass


def test_a_lock_ends_with_its_process_however_that_ends(journal):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(journal)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        refused(claimed_journal(journal), f"process {holder.pid} writes")
    finally:
        holder.kill()
        holder.communicate()
    with claimed_journal(journal):
        pass


def test_parts_of_one_plan_share_a_tenant():
    with claimed_tenant(head(), ONE), claimed_tenant(head(), ONE):
        pass


@pytest.mark.parametrize("parts", [1, 3])
def test_another_plan_is_refused_until_the_last_part_is_done(parts):
    with ExitStack() as stack:
        others = ExitStack()
        for _ in range(parts - 1):
            others.enter_context(claimed_tenant(head(), ONE))
        stack.enter_context(claimed_tenant(head(), ONE))
        others.close()
        refused(claimed_tenant(head(), OTHER), rf"process {os.getpid()} replays another plan")
    with claimed_tenant(head(), OTHER):
        pass


def test_after_the_first_part_is_done_the_plan_still_has_the_tenant():
    first, second = ExitStack(), ExitStack()
    first.enter_context(claimed_tenant(head(), ONE))
    second.enter_context(claimed_tenant(head(), ONE))
    first.close()
    with second:
        refused(claimed_tenant(head(), OTHER), "another plan")


def test_tenants_do_not_meet():
    others = [head(context="Cust2"), head(base="http://127.0.0.1:2")]
    with claimed_tenant(head(), ONE):
        for other in others:
            with claimed_tenant(other, OTHER):
                pass


@pytest.mark.parametrize(
    "same", [head(context="CUST1"), head(base="http://localhost:1"), head(base="http://[::1]:1")]
)
def test_a_tenant_is_the_same_under_another_name(same):
    with claimed_tenant(head(), ONE):
        refused(claimed_tenant(same, OTHER), "another plan")


def test_what_a_dead_process_left_is_no_lock_and_is_taken_away():
    with claimed_tenant(head(), ONE):
        (folder,) = folder_of_locks().iterdir()
    left = folder / f"{OTHER[:32]}.4711.00aa.lock"
    left.touch()
    with claimed_tenant(head(), ONE):
        assert not left.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["door"]
