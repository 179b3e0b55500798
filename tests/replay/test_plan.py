"""The plan file: what it holds, for how long, and that a changed byte is seen."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import DataError, GuardError
from simulator.replay.plan import (
    Plan,
    check,
    check_confirmed,
    check_inputs,
    check_unexpired,
    read_plan,
    write_plan,
)
from tests.replay.made import made_plan, made_run

NOON = datetime(2026, 3, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    return made_plan(folder, now=NOON)


@pytest.fixture
def copy(kept, tmp_path):
    """A copy of the plan's file, to be changed."""
    return shutil.copy(kept.path, tmp_path / "plan.json")


def test_a_plan_is_read_as_it_was_written(kept):
    read = read_plan(kept.path)
    assert (read.head, read.calls, read.hash) == (kept.plan.head, kept.plan.calls, kept.plan.hash)


def test_the_same_plan_has_the_same_bytes(kept, tmp_path):
    again = made_plan(tmp_path, run=kept.run, now=NOON)
    head = replace(again.plan.head, inputs=kept.plan.head.inputs)
    write_plan(Plan(head, again.plan.calls), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == kept.path.read_bytes()


def test_any_changed_byte_is_refused(kept, copy):
    data = kept.path.read_bytes()
    for at in range(0, len(data), 97):
        copy.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises((GuardError, DataError)):
            read_plan(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: text.replace('"warp": 600.0', '"warp": 60.0'),
        lambda text: text.replace('"max_pickups": 1000', '"max_pickups":  1000'),
        lambda text: text.replace('"head": {', '"head": {"warp": 1.0,', 1),
        lambda text: text.replace("127.0.0.1", "127.0.0.2"),
    ],
)
def test_a_changed_plan_is_called_changed(copy, change):
    copy.write_text(change(copy.read_text()))
    with pytest.raises(GuardError, match="was changed after it was made"):
        read_plan(copy)


def test_a_plan_cut_short_is_no_plan(copy):
    copy.write_bytes(copy.read_bytes()[:-200])
    with pytest.raises(DataError, match="no plan of a replay"):
        read_plan(copy)


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"hash": "x", "head": {}, "calls": {}}'])
def test_something_else_is_no_plan(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError, match="no plan of a replay"):
        read_plan(tmp_path / "x.json")


def test_a_plan_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match="there is no plan"):
        read_plan(tmp_path / "none.json")


def test_a_plan_of_another_format_is_told(copy):
    content = json.loads(copy.read_text())
    content["head"]["format"] = 9
    copy.write_text(json.dumps(content))
    with pytest.raises(DataError, match="format 9"):
        read_plan(copy)


def test_a_plan_holds_for_a_day(kept):
    check_unexpired(kept.plan.head, now=NOON + timedelta(hours=23, minutes=59))
    with pytest.raises(GuardError, match="expired"):
        check_unexpired(kept.plan.head, now=NOON + timedelta(hours=24))


def test_the_plan_has_to_be_confirmed_by_name(kept):
    local = kept.plan.head
    remote = replace(local, base="https://sod2.superoffice.com")
    check_confirmed(local, "local")
    check_confirmed(remote, "Cust12345")
    for head, typed in (
        (local, "Cust12345"),
        (remote, "local"),
        (remote, "Cust1234"),
        (remote, ""),
    ):
        with pytest.raises(GuardError, match="give --confirm"):
            check_confirmed(head, typed)


@pytest.mark.parametrize(
    ("base", "is_loopback"),
    [
        ("http://127.0.0.1:8900", True),
        ("http://[::1]:8900", True),
        ("http://localhost", True),
        ("https://127.evil.example.com", False),
        ("https://localhost.example.com", False),
        ("https://sod2.superoffice.com", False),
    ],
)
def test_only_this_machine_is_loopback(kept, base, is_loopback):
    assert replace(kept.plan.head, base=base).is_loopback is is_loopback


@pytest.fixture
def own(tmp_path):
    """A plan whose run and maps may be changed."""
    return made_plan(tmp_path)


def test_a_plan_whose_inputs_stand_may_be_sent(own):
    check(own.plan, "local")


@pytest.mark.parametrize("name", ["topics", "agents"])
def test_a_changed_map_refuses(own, name):
    path = getattr(own, name)
    path.write_text(path.read_text() + "# a word\n")
    with pytest.raises(GuardError, match=f"{name}.yaml was changed or is gone"):
        check_inputs(own.plan.head)
    path.unlink()
    with pytest.raises(GuardError, match=f"{name}.yaml was changed or is gone"):
        check(own.plan, "local")


@pytest.mark.parametrize("name", ["scenario.yaml", "sessions.parquet", "manifest.json"])
def test_a_changed_run_refuses(own, name):
    path = own.run / name
    data = path.read_bytes()
    path.write_bytes(data[:-3] + b"#" + data[-2:])
    with pytest.raises(GuardError, match="the plan's run is not as it was"):
        check_inputs(own.plan.head)


def test_another_run_in_its_place_refuses(own, tmp_path):
    shutil.rmtree(own.run)
    made_run(tmp_path, seed=5)
    with pytest.raises(GuardError, match="run was changed or is gone"):
        check_inputs(own.plan.head)


def test_the_same_run_made_again_is_the_same(own, tmp_path):
    shutil.rmtree(own.run)
    made_run(tmp_path)
    check_inputs(own.plan.head)


def test_a_plan_names_variables_and_no_secret(kept):
    text = kept.path.read_text()
    assert "PICKUP_ADA" in text
    assert all(word not in text for word in ("Bearer", "token-", "example.com"))


def test_a_plan_is_called_by_scenario_mode_and_hash(kept):
    assert kept.plan.name == f"two-counters-full-{kept.plan.hash[:8]}"
    odd = Plan(replace(kept.plan.head, scenario="../a b"), kept.plan.calls)
    assert odd.name.startswith("a-b-full-")
