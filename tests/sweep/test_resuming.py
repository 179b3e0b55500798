"""A sweep broken off, by ctrl-C or worse, goes on where it was and ends in the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from simulator.errors import DataError, RunExistsError
from simulator.sweep import open_sweep, parts, run_sweep
from simulator.sweep.folder import claimed
from tests.sweep.studies import CHOOSE, GRID, STOP, contents, study

ONE_CASE = GRID.replace("[1, 2, 3]", "[2]").replace("[1, 1.5]", "[1]").replace("s: 4", "s: 6")


@pytest.fixture
def every_task_a_part(monkeypatch):
    monkeypatch.setattr(parts, "EVERY_S", 0.0)


def break_off(asked, out, *, after):
    """Simulate until so many replications are told of, then interrupt."""

    def tell(done, _):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(asked, engine="simpy", out=out, progress=tell)


def fail_at(name, monkeypatch, asked, out):
    """Interrupt a sweep when it comes to a function."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"simulator.sweep.{name}", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_sweep(asked, engine="simpy", out=out)


def undisturbed(asked, out):
    return contents(run_sweep(asked, engine="simpy", out=out))


@pytest.mark.parametrize("text", [ONE_CASE, STOP, CHOOSE], ids=["as asked", "stop", "choose"])
def test_interrupted_anywhere_it_gives_the_same_bytes(text, tmp_path, every_task_a_part):
    asked = study(tmp_path, text)
    expected = undisturbed(asked, tmp_path / "whole")
    for after in (0, 1, 3, 5):
        break_off(asked, tmp_path / "again", after=after)
    told = []
    run_sweep(
        asked, engine="simpy", out=tmp_path / "again", progress=lambda *counts: told.append(counts)
    )
    assert contents(tmp_path / "again") == expected
    assert told[0][0] >= 5


def test_what_was_finished_is_not_simulated_again(tmp_path, every_task_a_part, monkeypatch):
    asked = study(tmp_path, ONE_CASE)
    break_off(asked, tmp_path / "sweep", after=4)
    drawn = []
    from simulator import workload

    usual = workload.sample
    monkeypatch.setattr(
        workload,
        "sample",
        lambda scenario, seed, number: drawn.append(number) or usual(scenario, seed, number),
    )
    run_sweep(asked, engine="simpy", out=tmp_path / "sweep")
    assert drawn == [5, 6]


def test_what_waits_is_written_when_it_is_interrupted(tmp_path):
    break_off(study(tmp_path, ONE_CASE), tmp_path / "sweep", after=3)
    assert len(list((tmp_path / "sweep" / "parts").glob("*.arrow"))) == 1


def test_it_goes_on_with_more_processes(tmp_path, every_task_a_part):
    asked = study(tmp_path)
    expected = undisturbed(asked, tmp_path / "whole")
    break_off(asked, tmp_path / "again", after=6)
    run_sweep(asked, engine="simpy", jobs=2, out=tmp_path / "again")
    assert contents(tmp_path / "again") == expected


def test_kept_sessions_survive_too(tmp_path, every_task_a_part):
    asked = study(tmp_path, ONE_CASE + "sessions: [1, 4, 6]\n")
    expected = undisturbed(asked, tmp_path / "whole")
    break_off(asked, tmp_path / "again", after=4)
    assert undisturbed(asked, tmp_path / "again") == expected


def damage_cut(files):
    """The second of three parts loses its end."""
    files[1].write_bytes(files[1].read_bytes()[:-50])


def damage_gone(files):
    """The second part is missing."""
    files[1].unlink()


def damage_draft(files):
    """A part was being written."""
    files[0].with_name(".000009.arrow.partial").write_bytes(b"ARROW1")


@pytest.mark.parametrize("damage", [damage_cut, damage_gone, damage_draft])
def test_only_whole_parts_in_a_row_are_taken_over(damage, tmp_path, every_task_a_part):
    asked = study(tmp_path, ONE_CASE)
    expected = undisturbed(asked, tmp_path / "whole")
    break_off(asked, tmp_path / "again", after=3)
    damage(sorted((tmp_path / "again" / "parts").glob("*.arrow")))
    assert undisturbed(asked, tmp_path / "again") == expected


def test_interrupted_while_the_files_are_written(tmp_path, monkeypatch):
    asked = study(tmp_path, ONE_CASE)
    expected = undisturbed(asked, tmp_path / "whole")

    for name in ("assembling.write_cases", "assembling.write_sessions"):
        fail_at(name, monkeypatch, asked, tmp_path / "again")
    assert undisturbed(asked, tmp_path / "again") == expected


def test_what_served_the_making_is_tidied_up_later(tmp_path, monkeypatch):
    asked = study(tmp_path, ONE_CASE)
    fail_at("folder.finish", monkeypatch, asked, tmp_path / "sweep")
    manifest = (tmp_path / "sweep" / "manifest.json").read_bytes()
    run_sweep(asked, engine="simpy", out=tmp_path / "sweep")
    assert (tmp_path / "sweep" / "manifest.json").read_bytes() == manifest
    assert not (tmp_path / "sweep" / "parts").exists()


def test_an_unfinished_sweep_is_no_sweep_yet(tmp_path):
    break_off(study(tmp_path, ONE_CASE), tmp_path / "sweep", after=2)
    with pytest.raises(DataError, match="not finished; give the same command again"):
        open_sweep(tmp_path / "sweep")


def test_another_study_does_not_go_on_with_it(tmp_path):
    break_off(study(tmp_path, ONE_CASE), tmp_path / "sweep", after=2)
    other = study(tmp_path, ONE_CASE.replace("seed: 7", "seed: 8"))
    with pytest.raises(RunExistsError, match="begun for another study"):
        run_sweep(other, engine="simpy", out=tmp_path / "sweep")
    again = run_sweep(other, engine="simpy", out=tmp_path / "sweep", overwrite=True)
    assert contents(again) == undisturbed(other, tmp_path / "whole")


def test_another_version_does_not_go_on_with_it(tmp_path, monkeypatch):
    asked = study(tmp_path, ONE_CASE)
    break_off(asked, tmp_path / "sweep", after=2)
    monkeypatch.setattr("simulator.__version__", "99.0")
    with pytest.raises(RunExistsError, match="with other versions"):
        run_sweep(asked, engine="simpy", out=tmp_path / "sweep")


def test_two_processes_do_not_make_the_same_sweep(tmp_path):
    asked = study(tmp_path, ONE_CASE)
    with (
        claimed(tmp_path / "sweep"),
        pytest.raises(RunExistsError, match="another process is at work"),
    ):
        run_sweep(asked, engine="simpy", out=tmp_path / "sweep")
    assert open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "sweep")).manifest


# ---------------------------------------------------------------------------------- killed

SCRIPT = """
import sys
from simulator.sweep import parts, read_study, run_sweep

if __name__ == "__main__":
    parts.EVERY_S = 0.0
    run_sweep(read_study(sys.argv[1]), engine="simpy", jobs=int(sys.argv[2]), out=sys.argv[3])
"""


def start(folder, out, *, jobs):
    """A process that makes the sweep of ``folder/study.yaml``; leader of a group of its own."""
    (folder / "make.py").write_text(SCRIPT)
    command = [sys.executable, "make.py", "study.yaml", str(jobs), str(out)]
    return subprocess.Popen(command, cwd=folder, start_new_session=True)


def kill_after(process, out, *, parts_there, seconds=0.0):
    """SIGKILL to the process and its children, once it has written so many parts."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if len(list((out / "parts").glob("*.arrow"))) >= parts_there:
            break
        time.sleep(0.005)
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


MANY = GRID.replace("replications: 4", "replications: 40")


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_killed_it_goes_on_and_gives_the_same_bytes(tmp_path):
    asked = study(tmp_path, MANY.replace("[1, 2, 3]", "[2]"))
    expected = undisturbed(asked, tmp_path / "whole")
    kill_after(start(tmp_path, tmp_path / "again", jobs=1), tmp_path / "again", parts_there=2)
    with pytest.raises(DataError):
        open_sweep(tmp_path / "again")
    assert undisturbed(asked, tmp_path / "again") == expected


@pytest.mark.crash
@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_at_any_moment_it_gives_the_same_bytes(tmp_path, seed):
    luck = random.Random(seed)
    asked = study(tmp_path, MANY)
    expected = undisturbed(asked, tmp_path / "whole")
    out = tmp_path / "again"
    for _ in range(4):
        there = len(list((out / "parts").glob("*.arrow")))
        process = start(tmp_path, out, jobs=luck.choice([1, 2]))
        kill_after(
            process, out, parts_there=there + luck.randint(0, 20), seconds=luck.uniform(0, 0.3)
        )
    assert undisturbed(asked, out) == expected
