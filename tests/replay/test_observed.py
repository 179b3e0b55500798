"""What a replay observed, read from journals that were written by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.errors import DataError
from simulator.replay.folder import make_folder
from simulator.replay.journal import Journal
from simulator.replay.observed import CALLS, LEFT, UNANSWERED, read_observed
from tests.replay.made import made_plan, made_run
from tests.replay.made_journal import BEGAN_US, first, write_replay


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return made_plan(folder, run=made_run(folder), mode="full").plan


@pytest.fixture
def observed(plan, tmp_path):
    """A maker of replays, each read."""

    def made(**told):
        return read_observed(write_replay(tmp_path / "replay", plan, **told).path)

    return made


def row(observed, call):
    return observed.calls.set_index("call").loc[call.number]


def test_every_planned_call_has_a_row_in_order_of_the_plan(observed, plan):
    calls = observed().calls
    assert calls["call"].tolist() == [call.number for call in plan.calls]
    assert calls["kind"].tolist() == [call.kind for call in plan.calls]
    assert set(calls["outcome"]) == {"done"}


def test_the_three_times_of_a_call(observed, plan):
    call = first(plan, "create")
    told = observed(lag_us=lambda _: 400, service_us=lambda _: 2500)
    assert (row(told, call)["lag_s"], row(told, call)["service_s"]) == (0.0004, 0.0025)
    assert row(told, call)["response_s"] == 0.0029
    assert row(told, call)["sent_at"] == pd.Timestamp(BEGAN_US + 400, unit="us", tz="UTC")


def test_the_tenants_facts_stand_beside_the_plans(observed, plan):
    call = first(plan, "create", topic=2)
    told = row(observed(), call)
    assert (told["topic_id"], told["observed_topic_id"], told["position"]) == (2, 102, 1)
    assert told["chat_session_id"] == call.chat


def test_the_counts_add_up_to_what_was_planned(observed, plan):
    numbers = [call.number for call in plan.calls if call.kind in ("pickup", "create")][-4:]
    say = dict(zip(numbers, ("shed", "unknown", "left", "rejected"), strict=True))
    counts = observed(say=say).counts
    assert sum(counts.values()) == len(plan.calls)
    assert (counts["shed"], counts["unknown"], counts[LEFT], counts["rejected"]) == (1, 1, 1, 1)


def test_a_call_that_was_not_sent_has_no_times(observed, plan):
    call = first(plan, "pickup")
    told = row(observed(say={call.number: "shed"}), call)
    assert told[["dispatched_us", "lag_s", "service_s", "response_s", "run"]].isna().all()
    assert (told["part"], told["tries"], told["reason"]) == (1, 0, "as told")


def test_a_call_under_way_at_a_kill_is_unanswered_and_was_sent_once(observed, plan):
    call = first(plan, "pickup")
    told = row(observed(say={call.number: "unanswered!"}, ends=None), call)
    assert (told["outcome"], told["tries"], told["part"]) == (UNANSWERED, 1, 1)
    assert told["sent_at"] is not pd.NaT


def test_a_call_that_was_turned_away_and_not_come_to_again_keeps_its_tries(
    observed, plan, tmp_path
):
    call = plan.calls[-1]
    replay = write_replay(tmp_path / "one", plan, say={call.number: "left"}, ends=None)
    with Journal.open(replay.journal((1, 1))) as journal:
        journal.intent(call.number, 1, BEGAN_US)
        journal.turned_away(call.number, 1, 429, 1.0)
    told = row(read_observed(replay.path), call)
    assert (told["outcome"], told["tries"]) == (LEFT, 1)


def test_each_part_has_its_calls(observed, plan):
    told = observed(parts=2)
    assert set(told.calls["part"]) == {1, 2}
    assert set(told.calls["outcome"]) == {"done"}
    assert told.runs[["part", "run"]].to_numpy().tolist() == [[1, 1], [2, 1]]


def test_a_part_that_was_not_begun_is_left(plan, tmp_path):
    replay = write_replay(tmp_path / "replay", plan, parts=2)
    replay.journal((2, 2)).write_bytes(b'{"k":"head"')  # torn: nothing was sent
    told = read_observed(replay.path).calls
    assert set(told.loc[told["part"] == 0, "outcome"]) == {LEFT}
    assert 0 < (told["part"] == 1).sum() < len(told)


def test_a_resumed_replay_has_runs_and_its_calls_know_theirs(observed, plan):
    told = observed(stops_after=(20, 40))
    assert told.runs["run"].tolist() == [1, 2, 3]
    assert told.runs["ended"].fillna("cut off").tolist() == ["cut off", "cut off", "done"]
    assert [row(told, call)["run"] for call in (plan.calls[0], plan.calls[30])] == [1, 2]
    assert told.calls["run"].is_monotonic_increasing


def test_the_transport_and_the_end_of_a_run_are_told(observed):
    (run,) = observed(ends="stopped").runs.to_dict(orient="records")
    assert (run["transport"], run["ended"], run["reason"]) == ("httpx", "stopped", "as told")


def test_integers_that_may_be_missing_stay_integers(observed):
    calls = observed().calls
    assert str(calls["position"].dtype) == "Int32"
    assert str(calls["session_id"].dtype) == "Int64"
    assert str(calls["run"].dtype) == "Int32"
    assert calls["position"].isna().any()


def test_every_column_says_what_it_holds():
    assert [field.name for field in CALLS if not field.metadata[b"doc"]] == []


def test_nothing_of_a_customer_is_in_the_table():
    kept = " ".join(CALLS.names)
    assert not any(word in kept for word in ("name", "mail", "phone", "key", "host", "message"))


def test_no_folder_of_a_replay(tmp_path):
    with pytest.raises(DataError, match="is no folder of a replay"):
        read_observed(tmp_path)


def test_a_folder_without_a_journal_is_a_replay_of_which_all_is_left(plan, tmp_path):
    replay = write_replay(tmp_path / "replay", plan)
    replay.journal((1, 1)).unlink()
    told = read_observed(replay.path)
    assert told.counts == {LEFT: len(plan.calls)}
    assert told.runs.empty


def test_a_journal_of_another_plan_is_refused(plan, tmp_path):
    replay = write_replay(tmp_path / "replay", plan)
    replay.journal((1, 1)).unlink()
    Journal.create(replay.journal((1, 1)), {"plan": "another"}).close()
    with pytest.raises(DataError, match="journal of another plan"):
        read_observed(replay.path)


def test_reading_writes_nothing(plan, tmp_path):
    replay = write_replay(tmp_path / "replay", plan)
    before = {path.name: path.read_bytes() for path in replay.path.iterdir()}
    read_observed(replay.path)
    assert {path.name: path.read_bytes() for path in replay.path.iterdir()} == before


def test_a_journal_that_was_cut_off_before_its_first_run_began(plan, tmp_path):
    folder = make_folder(tmp_path / "replay", plan)
    with Journal.create(folder.journal((1, 1)), {"plan": plan.hash, "part": [1, 1]}):
        pass
    observed = read_observed(folder.path)
    assert observed.counts == {LEFT: len(plan.calls)}
    assert observed.runs.empty
