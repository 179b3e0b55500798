"""A replay beside its simulation: every reason for a difference, by a journal written by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulator.comparison.observing import (
    DIFFERENCES,
    OUTPUT_FILES,
    compare,
    example,
    output,
    showing,
    summary,
    telling,
    write_output,
)
from simulator.comparison.observing.beside import CHATS
from simulator.comparison.observing.summing import OUTCOMES
from simulator.errors import DataError
from simulator.replay.journal import Outcome
from simulator.replay.observed import read_observed
from simulator.reports.gates import figures
from simulator.sessions import open_run
from tests.replay.made import SCENARIO, made_plan, made_run
from tests.replay.made_journal import first, write_replay

SAME, FAILED, FOREIGN = "same", "an earlier call was not done", "a foreign session"
ELSEWHERE, TURN = "a pickup took from another topic", "calls at the same moment, or out of turn"
TRANSFERRED, NOT_CREATED = "a transferred chat waited", "not created"

ONE_TOPIC = """
name: one counter
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-10:00"]}
    arrivals: {rate_per_hour: 40}
    work: {exponential: {mean: 2m}}
    patience: {exponential: {mean: 3m}}
    reaction: {exponential: {mean: 10s}}
agents:
  - {group: Desk, names: [Ada, Bo], topics: [Sales], cap: 1, output: [1]}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def plan(run, tmp_path_factory):
    return made_plan(tmp_path_factory.mktemp("plan"), run=run, mode="full").plan


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    """The plan of a desk with one topic, so that a queue is one row of people."""
    folder = tmp_path_factory.mktemp("counter")
    maps = {"topics": "Sales: 101\n", "agents": 'agents: {"*": {env: PICKUP_ALL}}\n'}
    return made_plan(
        folder, run=made_run(folder, scenario=ONE_TOPIC), mode="full", warp=10.0, **maps
    ).plan


@pytest.fixture
def replayed(plan, tmp_path):
    """A maker of replays, each beside its run."""

    def made(plan=plan, **told):
        return compare(read_observed(write_replay(tmp_path / "replay", plan, **told).path))

    return made


def reasons(beside):
    """By chat, of those that differ."""
    chats = beside.chats.set_index("chat_session_id")["difference"].astype(str)
    return {int(chat): reason for chat, reason in chats.items() if reason != SAME}


def overall(beside):
    return summary(beside)["overall"]


# ------------------------------------------------------------------------------ positions


def test_a_tenant_that_counts_as_the_simulation_has_the_same_positions(replayed, plan):
    beside = replayed()
    assert reasons(beside) == {}
    assert len(beside.chats) == len({call.chat for call in plan.calls})
    assert overall(beside)["position_equal"]["value"] == 1.0


def creates_after(plan, call, *, topic=1):
    """Chats of a topic that are created after a call."""
    return [
        each.chat
        for each in plan.calls
        if each.number > call.number and (each.kind, each.topic) == ("create", topic)
    ]


def test_a_pickup_that_was_not_done_leaves_one_more_in_the_queue(replayed, counter):
    call = first(counter, "pickup", at=5)
    beside = replayed(counter, say={call.number: "shed"})
    later = creates_after(counter, call)
    found = reasons(beside)
    assert set(found) <= set(later)
    assert found[later[0]] == FAILED
    assert set(found.values()) == {FAILED}


def test_a_create_that_was_not_done_leaves_one_less(replayed, counter):
    call = next(
        each
        for each, after in zip(counter.calls, counter.calls[1:], strict=False)
        if each.kind == after.kind == "create"
    )
    found = reasons(replayed(counter, say={call.number: "rejected"}))
    assert found.pop(call.chat) == NOT_CREATED
    assert found[creates_after(counter, call)[0]] == FAILED


def test_a_leave_that_was_not_done_leaves_one_more(replayed, counter):
    call = first(counter, "leave")
    found = reasons(replayed(counter, say={call.number: "rejected"}))
    assert found[creates_after(counter, call)[0]] == FAILED


@pytest.mark.parametrize("cls", ["unknown!", "unanswered!", "unknown"])
def test_what_nobody_knows_may_be_the_reason_and_may_not(replayed, counter, cls):
    call = first(counter, "pickup", at=5)
    found = reasons(replayed(counter, say={call.number: cls}))
    assert set(found.values()) <= {FAILED}
    assert bool(found) == (cls == "unknown")


def test_a_recovered_call_is_as_good_as_done(replayed, counter):
    say = {call.number: "recovered!" for call in counter.calls if call.kind in ("create", "pickup")}
    assert reasons(replayed(counter, say=say)) == {}


def test_a_foreign_session_is_the_reason_from_its_request_on(replayed, counter):
    call = first(counter, "create", at=5)
    beside = replayed(
        counter,
        between=lambda tenant, each, at: tenant.enter(1, at) if each is call else None,
    )
    found = reasons(beside)
    assert found[call.chat] == FOREIGN
    assert set(found.values()) == {FOREIGN}
    assert min(found) == call.chat
    assert overall(beside)["foreign"]["value"] >= 1


def test_a_foreign_session_that_came_later_is_no_reason(replayed, counter):
    """The tenant counts one too many before it comes: that is not explained by it."""
    early, late = first(counter, "create", at=2), first(counter, "create", at=9)

    def too_many(tenant, at_us):
        outcome = tenant.answer(early, at_us)
        return replace(outcome, position=outcome.position + 1)

    beside = replayed(
        counter,
        say={early.number: too_many},
        between=lambda tenant, each, at: tenant.enter(1, at) if each is late else None,
    )
    found = reasons(beside)
    assert found[early.chat] == "unexplained"
    assert found[late.chat] == FOREIGN


def test_a_pickup_from_another_topic_shortens_that_ones_queue(replayed, plan):
    """Ada answers both topics; told so, the tenant gives her the other one's session."""
    call = next(
        each
        for each in plan.calls
        if each.kind == "pickup" and each.topic == 2 and len(each.touches) == 2
    )

    def from_the_other(tenant, at_us):
        tenant.queues[2].remove(tenant.session_of[call.chat])
        tenant.queues[2].insert(0, tenant.session_of[call.chat])
        foreign = tenant.enter(1, at_us)  # stands for one that another agent should have had
        tenant.queues[1].remove(foreign)
        return replace(tenant.told(foreign, 1))

    beside = replayed(say={call.number: from_the_other})
    assert overall(beside)["foreign"]["value"] >= 1
    assert "unexplained" not in reasons(beside).values()


def test_a_shed_pickup_makes_others_take_from_another_topic(replayed, plan):
    call = first(plan, "pickup", at=3)
    found = reasons(replayed(say={call.number: "shed"}))
    assert set(found.values()) == {FAILED, ELSEWHERE}
    is_of_topic_two = {each.chat for each in plan.calls if (each.kind, each.topic) == ("create", 2)}
    assert {chat for chat, reason in found.items() if reason == ELSEWHERE} <= is_of_topic_two


def test_a_call_that_overtook_another_is_the_reason(replayed, counter):
    pair = next(
        (one, other)
        for one, other in zip(counter.calls, counter.calls[1:], strict=False)
        if (one.kind, other.kind) == ("create", "create")
    )
    slow_us = round((pair[1].due_us - pair[0].due_us) / counter.head.warp) + 5000
    beside = replayed(counter, lag_us=lambda call: slow_us if call is pair[0] else 100)
    assert reasons(beside) == {pair[0].chat: TURN, pair[1].chat: TURN}


def test_calls_at_the_same_moment_are_the_reason_only_as_far_as_they_go(replayed, counter):
    """A pickup is under way while a chat comes, and the tenant tells two more than there were."""
    call = first(counter, "create", at=4)

    def told(more):
        def answer(tenant, at_us):
            outcome = tenant.answer(call, at_us)
            return replace(outcome, position=outcome.position + more)

        return answer

    before = counter.calls[call.number - 2]
    under_way_us = round((call.due_us - before.due_us) / counter.head.warp) + 1000
    ways = {"service_us": lambda each: under_way_us if each is before else 2000}
    found = reasons(replayed(counter, say={call.number: told(9)}, **ways))
    assert found[call.chat] == "unexplained"


def test_a_transferred_chat_counts_in_the_simulation_only(tmp_path):
    """The second line is one agent alone, so transferred chats wait long."""
    waiting = SCENARIO.replace("topics: [Sales, Support]", "topics: [Sales]")
    waiting = waiting.replace("{Support: 0.25}", "{Support: 0.9}").replace("hour: 14", "hour: 20")
    run = made_run(tmp_path, scenario=waiting)
    plan = made_plan(tmp_path, run=run, mode="full").plan
    beside = compare(read_observed(write_replay(tmp_path / "replay", plan).path))
    found = reasons(beside)
    assert set(found.values()) == {TRANSFERRED}
    sessions = open_run(run).sessions
    sessions = sessions[sessions["replication"] == 1].set_index("chat_session_id")
    back = sessions["transferred_at"] + pd.to_timedelta(sessions["transfer_wait_s"], unit="s")
    for chat in beside.chats.itertuples():
        at = sessions.loc[chat.chat_session_id, "requested_at"]
        there = (sessions["transferred_at"] <= at) & ~(back <= at)
        there &= sessions["transfer_topic_id"] == chat.topic_id
        assert chat.simulated_position - chat.position == there.sum()


def test_a_chat_that_waited_at_the_start_is_not_compared(run, tmp_path):
    from simulator.replay.planning import Window

    sessions = open_run(run).sessions
    sessions = sessions[(sessions["replication"] == 1) & (sessions["wait_s"] > 60)]
    begin = sessions["requested_at"].iloc[0] + pd.Timedelta("30s")
    window = Window(begin.to_pydatetime().replace(tzinfo=None), None)
    plan = made_plan(tmp_path, run=run, mode="full", window=window).plan
    beside = compare(read_observed(write_replay(tmp_path / "replay", plan).path))
    carried = beside.chats[beside.chats["is_carried"]]
    assert len(carried) > 0
    assert set(carried["difference"]) == {"waited at the start"}


def test_a_tenant_that_tells_no_position_is_not_compared(replayed, plan):
    call = first(plan, "create")
    say = {call.number: lambda tenant, at: replace(tenant.answer(call, at), position=None)}
    assert reasons(replayed(say=say)) == {call.chat: "no position told"}


@pytest.mark.parametrize("seed", range(12))
def test_what_a_tenant_counts_is_always_explained(replayed, plan, seed):
    """Whatever goes wrong: this tenant counts what it has, so the calls must give its numbers."""
    rng = np.random.default_rng(seed)
    ways = ["shed", "rejected", "unknown", "unknown!", "recovered!", "unanswered!"]
    numbers = rng.choice(len(plan.calls), 15, replace=False) + 1
    lags = {call.number: int(rng.lognormal(7, 2)) for call in plan.calls}
    stranger = int(rng.integers(len(plan.calls)))
    beside = replayed(
        say={int(number): str(rng.choice(ways)) for number in numbers},
        lag_us=lambda call: lags[call.number],
        between=lambda tenant, call, at: tenant.enter(1, at) if call.number == stranger else None,
        stops_after=(40,),
    )
    assert "unexplained" not in reasons(beside).values()


@pytest.mark.parametrize("seed", range(4))
def test_what_a_tenant_miscounts_is_never_explained(replayed, plan, seed):
    rng = np.random.default_rng(seed)
    call = first(plan, "create", at=int(rng.integers(30)))

    def wrong(tenant, at_us):
        outcome = tenant.answer(call, at_us)
        return replace(outcome, position=outcome.position + int(rng.integers(1, 4)))

    assert reasons(replayed(say={call.number: wrong})) == {call.chat: "unexplained"}


def test_pickups_alone_compare_no_positions(run, tmp_path):
    plan = made_plan(tmp_path, run=run, mode="pickups").plan
    filled = {"between": lambda tenant, call, at: tenant.enter(call.topic, at)}
    beside = compare(read_observed(write_replay(tmp_path / "replay", plan, **filled).path))
    assert set(beside.chats["difference"]) == {NOT_CREATED}
    figures = overall(beside)
    assert figures["position_equal"]["value"] is None
    assert figures["order_equal"]["value"] is None
    assert figures["foreign"]["value"] is None
    assert figures["first_come"]["value"] == 1.0
    assert beside.chats["session_id"].notna().all()
    assert any("Only pickups were replayed" in told for told in sentences(beside))


def test_every_reason_has_a_meaning(replayed, plan):
    assert set(replayed().chats["difference"]) <= set(DIFFERENCES)
    assert all(len(meaning) > 10 for meaning in DIFFERENCES.values())


# ------------------------------------------------------------------------------ waits and order


def test_waits_are_on_the_simulated_clock(replayed, plan):
    chats = replayed(service_us=lambda _: 0).chats
    seen = chats[chats["wait_s"].notna()]
    assert len(seen) == sum(call.kind == "pickup" for call in plan.calls)
    off = (seen["wait_s"] - seen["simulated_wait_s"]).abs()
    assert off.max() < 0.001 * plan.head.warp


def test_a_wait_over_a_pause_is_not_known(replayed, plan):
    call = next(
        each
        for each, after in zip(plan.calls, plan.calls[1:], strict=False)
        if each.kind == "create" and (after.kind, after.chat) == ("pickup", each.chat)
    )
    chats = replayed(stops_after=(call.number,)).chats.set_index("chat_session_id")
    assert np.isnan(chats.loc[call.chat, "wait_s"])
    assert chats["wait_s"].max() < 3600


def test_a_wait_whose_answer_was_lost_is_not_known(replayed, plan):
    call = first(plan, "pickup")
    chats = replayed(say={call.number: "recovered!"}).chats.set_index("chat_session_id")
    assert np.isnan(chats.loc[call.chat, "wait_s"])
    assert chats.loc[call.chat, "picked_up_for"] == call.chat


def test_whose_pickup_took_a_chat(replayed, counter):
    call = first(counter, "pickup", at=5)
    beside = replayed(counter, say={call.number: "shed"})
    chats = beside.chats.set_index("chat_session_id")
    taker = chats.loc[call.chat, "picked_up_for"]
    assert taker != call.chat
    assert overall(beside)["order_equal"]["value"] < 1.0
    assert overall(beside)["first_come"]["value"] == 1.0


def test_a_younger_session_that_was_taken_before_an_older_one_is_told(replayed, counter):
    pair = next(
        (one, other)
        for one, other in zip(counter.calls, counter.calls[1:], strict=False)
        if (one.kind, other.kind) == ("create", "create")
    )
    one, other = (first(counter, "pickup", chat=call.chat) for call in pair)

    def youngest(tenant, at_us):
        tenant.queues[1].reverse()
        outcome = tenant.answer(one, at_us)
        tenant.queues[1].reverse()
        return outcome

    beside = replayed(counter, say={one.number: youngest})
    first_come = overall(beside)["first_come"]
    assert round((1 - first_come["value"]) * first_come["n"]) == 1
    assert other.number > one.number


def test_a_session_that_nobody_ever_took_waits_before_all_that_came_later(replayed, counter):
    left = {call.chat for call in counter.calls if call.kind == "leave"}
    lost = next(call for call in counter.calls if call.kind == "pickup" and call.chat not in left)

    def youngest(tenant, at_us):
        tenant.queues[1].reverse()
        outcome = tenant.answer(lost, at_us)
        tenant.queues[1].reverse()
        return outcome

    shed = {lost.number: "shed"}
    later = [call for call in counter.calls if call.kind == "pickup" and call.number > lost.number]
    beside = replayed(counter, say=shed | dict.fromkeys([each.number for each in later], youngest))
    first_come = overall(beside)["first_come"]
    assert first_come["value"] < 0.5
    assert f"of {first_come['n']}" in " ".join(sentences(beside))


def test_a_session_that_two_pickups_got_is_counted(replayed, counter):
    one, other = (first(counter, "pickup", at=at) for at in (0, 1))
    got = []

    def keep(tenant, at_us):
        got.append(tenant.answer(one, at_us))
        return got[0]

    beside = replayed(counter, say={one.number: keep, other.number: lambda *_: got[0]})
    assert overall(beside)["taken_twice"]["value"] == 1
    assert "1 pickup got a session that another one had got before." in sentences(beside)


# ------------------------------------------------------------------------------ figures and words


def sentences(beside):
    return telling.verdict(beside, overall(beside))


def test_the_outcomes_add_up(replayed, plan):
    say = dict(zip(range(1, 7), ("shed", "unknown", "rejected", "empty", "left", "skipped"),
                   strict=True))  # fmt: skip
    calls = overall(replayed(say=say))["calls"]
    assert sum(calls[name]["value"] for name in OUTCOMES) == calls["planned"]["value"]
    assert calls["planned"]["value"] == len(plan.calls)


def test_percentiles_are_of_calls_that_were_sent(replayed, plan):
    say = {call.number: "shed" for call in plan.calls[:20]}
    figures = overall(replayed(say=say, lag_us=lambda call: 1000 * call.number))
    sent = len(plan.calls) - 20
    assert figures["lag_s"]["max"] == {"value": len(plan.calls) / 1000, "low": None, "high": None,
                                       "n": sent}  # fmt: skip


def test_the_rate_leaves_pauses_out(replayed):
    whole = overall(replayed())["calls"]["per_s"]["value"]
    assert whole > 1


def test_the_rate_of_a_resumed_replay_is_the_same(replayed, plan):
    rate = overall(replayed(stops_after=(60,), pause_us=10**12))["calls"]["per_s"]["value"]
    span_s = plan.calls[-1].due_us / plan.head.warp / 1e6
    assert rate == pytest.approx(len(plan.calls) / span_s, rel=0.05)


def test_nothing_was_sent(replayed, plan):
    beside = replayed(say={call.number: "left" for call in plan.calls}, ends="stopped")
    figures = overall(beside)
    assert figures["response_s"]["p99"] == {"value": None, "low": None, "high": None, "n": 0}
    assert figures["calls"]["left"]["value"] == len(plan.calls)
    told = sentences(beside)
    assert told[0] == f"Of {len(plan.calls)} planned calls: {len(plan.calls)} not come to."
    assert "No queue position can be compared." in told
    assert told[-1] == "Run 1 ended early (stopped): as told."
    assert all(card() is not None for card in _cards(beside))


def _cards(beside):
    return [lambda name=name: getattr(showing, name)(beside) for name in showing.__all__]


def test_every_card_can_be_drawn_of_a_faulty_replay(replayed, plan):
    ways = ["shed", "unknown", "left", "recovered!", "rejected", "empty"]
    say = {number: ways[number % 6] for number in range(3, 90, 7)}
    beside = replayed(say=say, parts=2, stops_after=(30,), ends=None)
    assert all("<" in card()._repr_mimebundle_()["text/html"] for card in _cards(beside))


def test_runs_that_were_cut_off_are_told(replayed):
    told = sentences(replayed(stops_after=(30,), ends=None))
    assert told[-2:] == ["Run 1 was cut off.", "Run 2 was cut off, or is still going."]


def test_what_to_do_is_told(replayed, plan):
    told = " ".join(sentences(replayed(say={2: "unknown", 90: "left"})))
    assert "`pickup replay reconcile " in told
    assert "`pickup replay resume " in told


def test_findings_of_a_good_replay_are_few(replayed, plan):
    told = sentences(replayed())
    assert told[0] == f"Of {len(plan.calls)} planned calls: {len(plan.calls)} done."
    assert len(told) == 5


def test_the_share_of_all_has_an_interval_that_ends_at_all(replayed):
    share = overall(replayed())["position_equal"]
    assert (share["value"], share["high"]) == (1.0, 1.0)
    assert 0.9 < share["low"] < 1.0


def test_gates_find_the_figures(replayed):
    names = figures(summary(replayed()))
    assert {"position_equal", "response_s.p99", "calls.unknown", "lag_s.p99"} <= set(names)


def test_a_topic_that_the_plan_does_not_know_has_a_row(replayed, plan):
    call = first(plan, "pickup")
    say = {call.number: lambda *_: Outcome("done", http=200, session_id=900, topic_id=999)}
    mix = showing.topic_mix(replayed(say=say))
    assert mix["topic"].tolist() == ["Sales", "Support", "other"]
    assert mix["taken"].iloc[-1] == 1
    assert mix["chats"].iloc[:2].sum() == len({each.chat for each in plan.calls})


# ------------------------------------------------------------------------------ files


def test_the_tables_explain_themselves_and_read_back_as_they_were(replayed):
    beside = replayed()
    written = write_output(beside)
    assert {path.name for path in written.path.iterdir()} >= {*OUTPUT_FILES, "manifest.json"}
    for name, frame in (("calls.parquet", beside.calls), ("observed.parquet", beside.chats)):
        schema = pq.read_schema(written.path / name)
        assert [field.name for field in schema if not (field.metadata or {}).get(b"doc")] == []
        back = pd.read_parquet(written.path / name)
        assert str(back["position"].dtype) == "Int32"
        pd.testing.assert_frame_equal(back, frame, check_dtype=False, check_categorical=False)


def test_every_column_of_a_chat_says_what_it_holds():
    assert [field.name for field in CHATS if not field.metadata[b"doc"]] == []


def test_the_manifest_vouches_for_the_files(replayed):
    written = write_output(replayed())
    manifest = json.loads((written.path / "manifest.json").read_text())
    assert set(manifest["files"]) == set(OUTPUT_FILES)
    assert all((written.path / name).stat().st_size == told["bytes"]
               for name, told in manifest["files"].items())  # fmt: skip
    assert json.loads((written.path / "summary.json").read_text()) == written.summary


def test_a_write_that_fails_leaves_what_was_there_and_no_draft(replayed, monkeypatch):
    beside = replayed()
    written = write_output(beside)
    before = (written.path / "summary.json").read_bytes()
    monkeypatch.setattr(output, "summary", lambda _: {"overall": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        write_output(beside)
    assert (written.path / "summary.json").read_bytes() == before
    assert list(written.path.glob(".*partial")) == []


def test_a_table_that_cannot_be_put_in_place_leaves_no_draft(replayed):
    beside = replayed()
    (beside.observed.folder.path / "calls.parquet").mkdir()
    with pytest.raises(OSError, match="calls"):
        write_output(beside)
    assert list(beside.observed.folder.path.glob(".*partial")) == []


# ------------------------------------------------------------------------------ its run


def test_the_run_is_gone(tmp_path):
    run = made_run(tmp_path)
    plan = made_plan(tmp_path, run=run, mode="full").plan
    replay = write_replay(tmp_path / "replay", plan)
    shutil.move(run, tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"compared with cannot be read.*--run"):
        compare(read_observed(replay.path))
    moved = compare(read_observed(replay.path), run=tmp_path / "elsewhere")
    assert reasons(moved) == {}


def test_another_run_is_refused(plan, tmp_path):
    replay = write_replay(tmp_path / "replay", plan)
    other = made_run(tmp_path / "other", seed=27)
    with pytest.raises(DataError, match="not the run that the plan was made of"):
        compare(read_observed(replay.path), run=other)


# ------------------------------------------------------------------------------ the example


def test_the_worked_example_says_that_it_is_one(tmp_path):
    beside = compare(read_observed(example.worked_example(tmp_path)))
    assert telling.about(beside).startswith("This is an example: no tenant answered")
    figures = overall(beside)
    assert figures["unexplained"]["value"] == 0
    assert figures["calls"]["recovered"]["value"] > 0
    assert figures["rank_equal"]["value"] > 0.9


def test_a_run_folder_is_no_replay_and_another_path_is(run, tmp_path):
    assert example.replay_at("") is None
    assert example.replay_at(str(run)) is None
    assert example.replay_at(str(tmp_path)) == tmp_path
