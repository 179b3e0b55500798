"""A disk that gets full in the middle of a replay: nothing is sent that is not journalled."""

from __future__ import annotations

import sys

import pytest

from tests.disks import small_disk
from tests.replay.desks import check_account, check_pickups, desk, outcomes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="disks of a size are mounted by Linux"),
]


def test_a_replay_on_a_full_disk_stops_and_goes_on_when_there_is_room(tmp_path):
    with (
        desk(tmp_path, "--set", "fraction_digits=3") as at_desk,
        small_disk(tmp_path / "small") as disk,
    ):
        plan = at_desk.plan()
        folder = disk.path / "replay"
        disk.fill(but=(at_desk.folder / "plan.json").stat().st_size + 16_000)

        done = at_desk.pickup("replay", "apply", at_desk.folder / "plan.json",
                              "--confirm", "local", "--out", folder, code=1)  # fmt: skip
        assert "the journal could not be written, and nothing is sent without it" in done.stderr
        assert "make room" in done.stderr
        assert "Traceback" not in done.stderr
        sent = at_desk.truth()
        assert 0 < len(outcomes(folder)) < len(plan.calls)

        again = at_desk.pickup("replay", "resume", folder, code=1)
        assert "No space left on device" in again.stderr
        assert at_desk.truth() == sent

        disk.clear()
        at_desk.pickup("replay", "resume", folder)
        found, truth = outcomes(folder), at_desk.truth()
    check_account(plan, found)
    check_pickups(plan, found, truth)
