"""One part as a process: it waits for the word, and stops when its owner is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from simulator.replay.journal import read_state
from tests.replay.made import made_plan, made_run
from tests.replay.stub import Queue, running

ASSOCIATES = {"Ada": 11, "Bo": 12, "Cy": 13, "customers": 10}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


class Part:
    """A part's process, and the ends of its pipes."""

    def __init__(self, plan, folder, part="1/1", confirm="local") -> None:
        command = [sys.executable, "-m", "simulator.replay.parted", str(plan)]
        command += [f"--part={part}", f"--confirm={confirm}", f"--folder={folder}"]
        tokens = {f"PICKUP_{name.upper()}": f"Bearer token-{name}" for name in ASSOCIATES}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **tokens, "XDG_CACHE_HOME": str(folder.parent / "cache")},
        )  # fmt: skip

    def line(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def go(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> int:
        self.process.stdin.close()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@contextmanager
def planned(folder, run, **options):
    queue = Queue(ASSOCIATES, context="Cust12345")
    with running(queue) as stub:
        yield made_plan(folder, stub.url, run=run, **options), queue


def test_nothing_is_sent_before_the_word(tmp_path, run):
    with planned(tmp_path, run) as (made, queue):
        part = Part(made.path, tmp_path / "replay")
        ready = part.line()
        assert (ready["plan"], ready["part"]) == (made.plan.hash, [1, 1])
        assert part.end() == 130
        assert queue.posts == 0
    assert not (tmp_path / "replay" / "journal-1-of-1.jsonl").exists()


@pytest.mark.slow
def test_a_part_that_its_owner_leaves_drains_and_goes_on_later(tmp_path, run):
    with planned(tmp_path, run, warp=400.0) as (made, queue):
        part = Part(made.path, tmp_path / "replay")
        journal = part.line()["journal"]
        part.go()
        while queue.posts < 3:
            assert part.process.poll() is None
        part.process.stdin.close()
        told = part.line()
        assert (told["ended"], part.end()) == ("interrupted", 130)
        state = read_state(tmp_path / "replay" / "journal-1-of-1.jsonl")
        assert str(tmp_path / "replay" / "journal-1-of-1.jsonl") == journal
        assert not state.intents
        assert 3 <= len(state.outcomes) < len(made.plan.calls)

        part = Part(made.path, tmp_path / "replay")
        part.line()
        part.go()
        told = part.line()
        assert (told["ended"], part.end()) == ("done", 0)
    assert sum(row["planned"] for row in told["account"].values()) == len(made.plan.calls)
    assert not any("left" in row for row in told["account"].values())


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"part": "2/1"}, 2, "no part of a plan"),
        ({"part": "x"}, 2, "no part of a plan"),
        ({"confirm": "Cust12345"}, 4, "--confirm local"),
    ],
)
def test_what_it_cannot_do_is_told_to_the_owner(options, code, said, tmp_path, run):
    with planned(tmp_path, run) as (made, _):
        part = Part(made.path, tmp_path / "replay", **options)
        told = part.line()
        assert (told["exit"], part.end()) == (code, code)
        assert said in told["error"]
        assert not (tmp_path / "replay").exists()


@pytest.mark.slow
def test_parts_that_begin_at_one_time_share_a_folder(tmp_path, run):
    with planned(tmp_path, run) as (made, _):
        parts = [Part(made.path, tmp_path / "replay", part=f"{n}/8") for n in range(1, 9)]
        assert [part.line().get("error") for part in parts] == [None] * 8
        assert {part.end() for part in parts} == {130}
