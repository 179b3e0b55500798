"""Replays killed at random points again and again: no call is lost, and none is made twice."""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from tests.replay.desks import OPEN_BREAKER, check_account, check_pickups, desk, outcomes

KILLS = 14
"""Of each of the four plans below: 56 in all. None of them is done before."""

LOST_ANSWERS = {
    "seed": 5,
    "rules": [
        {"fault": "status_500_after", "share": 0.04, "path": "ChatSession/Pickup"},
        {"fault": "reset_after", "share": 0.04, "path": "ChatSession/Pickup"},
        {"fault": "truncated", "share": 0.04, "path": "ChatSession/Pickup"},
        {"fault": "status_503_after", "share": 0.03, "path": "ChatTopic/*/Sessions"},
    ],
}


def kill_and_resume(at_desk, plan, rng):
    """Kill apply and its resumes at random points; then let it end, and settle the rest."""
    folder = at_desk.folder / "replay"
    how = ("--timeout", "1")
    command = ("replay", "apply", at_desk.folder / "plan.json", "--confirm", "local")
    command = (*command, "--out", folder, *how)
    kills = 0
    while kills < KILLS:
        process = subprocess.Popen(
            at_desk.command(*command),
            cwd=at_desk.folder,
            env=at_desk.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        journal = folder / "journal-1-of-1.jsonl"
        size = journal.stat().st_size if journal.exists() else 0
        wait_for_growth(process, journal, size)
        time.sleep(rng.uniform(0, 0.5))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
        if journal.exists():
            command = ("replay", "resume", folder, *how)
    at_desk.pickup("replay", "resume", folder, *how, code=None)
    at_desk.pickup("replay", "reconcile", folder, *how, code=None)
    return outcomes(folder), kills


def wait_for_growth(process, journal, size):
    """Until the journal has grown beyond what it was, or the process has ended."""
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        if journal.exists() and journal.stat().st_size > size:
            return
        time.sleep(0.01)


@pytest.mark.crash
@pytest.mark.xdist_group("killed_replays")
@pytest.mark.parametrize("faults", [None, LOST_ANSWERS], ids=["sound", "answers lost"])
@pytest.mark.parametrize("mode", ["pickups", "full"])
def test_a_killed_replay_makes_no_call_twice_and_loses_none(tmp_path, mode, faults):
    rng = random.Random(f"{mode}{faults is None}")
    file = tmp_path / "faults.yaml"
    file.write_text("rules: []\n")
    with desk(tmp_path, "--faults", str(file), "--set", "fraction_digits=3") as at_desk:
        if mode == "pickups":
            at_desk.fill()
        plan = at_desk.plan("--mode", mode, "--warp", 120, *OPEN_BREAKER)
        if faults is not None:
            at_desk.tenant.admin("PUT", "faults", faults)
        found, kills = kill_and_resume(at_desk, plan, rng)
        truth = at_desk.truth()

    counts = check_account(plan, found)
    assert kills == KILLS
    assert counts["done"] > 0
    check_pickups(plan, found, truth)
    if faults is not None:
        assert counts["recovered"] > 0
