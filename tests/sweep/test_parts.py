"""Parts: rows come back by level and case, in order; a part is there as a whole or not at all."""

from __future__ import annotations

import pyarrow as pa
import pytest

from simulator.sweep import parts as module
from simulator.sweep.parts import Parts
from simulator.sweep.rounds import Round
from simulator.sweep.tasks import Way, simulated, tasks
from simulator.sweep.totals import LEVELS
from tests.sweep.studies import GRID, TWO_TOPICS, study

WAY = Way(seed=7, engine="simpy", chats=1.0, intervals=True, timezone="UTC")
CASES, NUMBERS = range(4), range(1, 4)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """What three replications of four cases give back: six tasks of two cases each."""
    text = GRID.replace("[1, 2, 3]", "[1, 2]") + "sessions: [2]\n"
    asked = study(tmp_path_factory.mktemp("study"), text, desk=TWO_TOPICS)
    return [simulated(task) for task in tasks(asked, Round(tuple(CASES), NUMBERS), WAY)]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def rows(parts, level, case, **options):
    return [row for batch in parts.rows(level, case, **options) for row in batch.to_pylist()]


def written(folder):
    return sorted(path.name for path in folder.glob("*.arrow"))


def test_rows_come_back_by_level_and_case_in_order_of_replication(done, tmp_path):
    parts = Parts(tmp_path / "parts")
    for number, one in enumerate(done):
        parts.add(one)
        if number % 2:
            parts.flush()
    everything = {
        (one.replication, case): batch.to_pylist()
        for one in done
        for case, batch in zip(one.cases, pa.ipc.open_stream(one.totals), strict=True)
    }
    for level, name in enumerate(LEVELS):
        for case in CASES:
            expected = [
                row
                for number in NUMBERS
                for row in everything[number, case]
                if row["level"] == name
            ]
            assert rows(parts, level, case) == expected


def test_nothing_is_written_until_it_is_time(done, tmp_path):
    clock = Clock()
    parts = Parts(tmp_path, clock=clock)
    parts.add(done[0])
    assert (written(tmp_path), parts.tasks) == ([], 1)
    clock.now = module.EVERY_S
    parts.add(done[1])
    assert (written(tmp_path), parts.tasks) == (["000001.arrow"], 2)
    parts.add(done[2])
    assert written(tmp_path) == ["000001.arrow"]
    parts.flush()
    parts.flush()
    assert (written(tmp_path), parts.tasks) == (["000001.arrow", "000002.arrow"], 3)


def test_parts_get_longer_with_the_time_it_takes(done, tmp_path):
    clock = Clock()
    parts = Parts(tmp_path, clock=clock)
    times = iter([100 * module.EVERY_S, 101 * module.EVERY_S, 102.5 * module.EVERY_S])
    for one, clock.now in zip(done, times, strict=False):
        parts.add(one)
    assert (written(tmp_path), parts.tasks) == (["000001.arrow", "000002.arrow"], 3)


def test_much_is_written_at_once(done, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    parts = Parts(tmp_path)
    parts.add(done[0])
    assert written(tmp_path) == ["000001.arrow"]


def test_parts_are_taken_over(done, tmp_path):
    before = Parts(tmp_path)
    for one in done[:4]:
        before.add(one)
        before.flush()
    after = Parts(tmp_path)
    assert (after.tasks, after.engines, after.columns) == (4, {"simpy"}, before.columns)
    assert rows(after, 0, 0) == rows(before, 0, 0)
    after.add(done[4])
    after.flush()
    assert written(tmp_path)[-1] == "000005.arrow"


def test_rows_from_a_task_on(done, tmp_path):
    parts = Parts(tmp_path)
    for one in done:
        parts.add(one)
        parts.flush()
    assert [row["replication"] for row in rows(parts, 0, 3, first=2)] == [2, 3]
    assert rows(parts, 0, 3, first=6) == []


# what is left of four parts, tasks that are taken over
DAMAGES = [
    (lambda files: files[2].write_bytes(b""), 2),
    (lambda files: files[2].write_bytes(files[2].read_bytes()[:-1]), 2),
    (lambda files: files[2].write_bytes(b"something else altogether"), 2),
    (lambda files: files[0].unlink(), 0),
    (lambda files: files[3].replace(files[1]), 1),
]


@pytest.mark.parametrize(("damage", "left"), DAMAGES)
def test_whole_parts_in_a_row_are_taken_over_and_others_go(done, tmp_path, damage, left):
    parts = Parts(tmp_path)
    for one in done[:4]:
        parts.add(one)
        parts.flush()
    damage(sorted(tmp_path.glob("*.arrow")))
    assert Parts(tmp_path).tasks == left
    assert len(written(tmp_path)) == left


def test_kept_tables_wait_beside(done, tmp_path):
    parts = Parts(tmp_path)
    for one in done:
        parts.add(one)
    with pa.ipc.open_stream(parts.kept(3, 2, "sessions").read_bytes()) as stream:
        assert set(stream.read_all()["replication"].to_pylist()) == {2}
    assert len(list(tmp_path.glob("kept-*.arrows"))) == 4 * 3
