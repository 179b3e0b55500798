"""A plan from a run and the maps: windows, lanes, caps, pace and warnings."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from simulator.errors import DataError, GuardError, UsageError
from simulator.replay.calls import Call
from simulator.replay.planning import Window, pace
from simulator.replay.proposal import Caps, with_principals
from simulator.sessions import open_run
from tests.replay.made import AGENTS, made_plan, made_run

if TYPE_CHECKING:
    from pathlib import Path

SHARED = 'agents: {Ada: {env: PICKUP_ADA}, "*": {env: PICKUP_SHARED}}'


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def plan(run, tmp_path):
    """Plans of the one run."""

    def of(**options):
        return made_plan(tmp_path, run=run, **options).plan

    return of


def sessions(run):
    table = open_run(run).sessions
    return table[table["replication"] == 1]


def test_the_calls_are_those_of_the_sessions(plan, run):
    table = sessions(run)
    never = table["outcome"].isin(["form_closed", "form_at_arrival"]).sum()
    counts = plan().head.counts
    assert counts["create"] == len(table) - never
    assert counts["pickup"] == table["picked_up_at"].notna().sum()
    assert counts["accept"] == counts["transfer"] > 0
    assert counts["create"] == counts["pickup"] + counts["leave"]
    assert plan().head.left_out == {"never queued": never}


def test_instants_are_those_of_the_run(plan, run):
    made, table = plan(), sessions(run).set_index("chat_session_id")
    first = datetime.fromisoformat(made.head.first_at)
    assert first == table["requested_at"].min()
    for call in made.calls:
        if call.kind == "pickup":
            after = table.loc[call.chat, "picked_up_at"] - first
            assert call.due_us == after.value // 1000


def test_a_pickup_is_sent_with_its_agents_own_credential(plan, run):
    agents = sessions(run).set_index("chat_session_id")["agent"]
    made = plan()
    lanes = {call.chat: call.lane for call in made.calls if call.kind == "pickup"}
    assert lanes == {chat: agents[chat] for chat in lanes}
    assert made.head.lanes["Cy"]["env"] == "PICKUP_CY"


def test_agents_answer_the_topics_of_their_group(plan):
    touched = {(c.lane, c.touches) for c in plan().calls if c.kind == "pickup"}
    assert touched == {("Ada", (1, 2)), ("Bo", (1, 2)), ("Cy", (2,))}


def test_a_window_in_local_time_takes_its_requests_alone(plan, run):
    window = Window(datetime(2026, 3, 23, 9, 15), datetime(2026, 3, 23, 9, 30))  # noqa: DTZ001
    made = plan(window=window)
    asked = sessions(run)["requested_at"]
    within = ((asked >= "2026-03-23T09:15+01:00") & (asked < "2026-03-23T09:30+01:00")).sum()
    never = made.head.left_out.get("never queued", 0)
    assert made.head.first_at == "2026-03-23T09:15:00+01:00"
    assert made.head.counts["create"] == within - never + len(made.head.carried)


def test_who_waits_already_is_told(plan, run):
    longest = sessions(run).dropna(subset="picked_up_at").sort_values("wait_s").iloc[-1]
    begin = (longest["picked_up_at"] - pd.Timedelta(1, "s")).to_pydatetime()
    made = plan(window=Window(begin))
    assert longest["chat_session_id"] in made.head.carried
    assert any("wait already at the first instant" in each for each in made.head.warnings)
    assert plan(window=Window(begin), mode="pickups").head.carried == []


def test_an_offset_says_the_same_instant(plan):
    local = plan(window=Window(datetime(2026, 3, 23, 9, 15)))  # noqa: DTZ001
    assert local.calls == plan(window=Window(datetime(2026, 3, 23, 8, 15, tzinfo=UTC))).calls


@pytest.mark.parametrize(
    ("begin", "until", "why"),
    [
        ("2026-03-23T09:30", "2026-03-23T09:15", "is not after --from"),
        ("2026-03-23T12:00", "2026-03-23T13:00", "no chat is requested"),
        ("2026-03-29T02:30", None, "never comes in Europe/Oslo"),
    ],
)
def test_a_window_with_nothing_in_it_is_refused(plan, begin, until, why):
    window = Window(*(at and datetime.fromisoformat(at) for at in (begin, until)))
    with pytest.raises(UsageError, match=why):
        plan(window=window)


def test_fewer_credentials_than_agents_are_told(plan):
    made = plan(agents=SHARED)
    assert made.head.lanes["*"]["agents"] == ["Bo", "Cy"]
    assert any("2 agents share the credential '*'" in each for each in made.head.warnings)
    assert {call.lane for call in made.calls} == {"customers", "Ada", "*"}


def test_an_agent_without_credential_is_refused_by_name(plan):
    with pytest.raises(UsageError, match=r"agent 'Bo' .* no credential"):
        plan(agents="agents: {Ada: {env: PICKUP_ADA}}")


def test_a_topic_without_id_is_refused_by_name(plan):
    with pytest.raises(DataError, match="topic 'Support' has chats in the window"):
        plan(topics="Sales: 101\n")


def test_pickups_beyond_the_cap_are_cut_and_told(plan):
    made = plan(max_pickups=5)
    assert made.head.counts["pickup"] == 5
    assert any("max_pickups 5 cuts" in each for each in made.head.warnings)


def test_who_is_in_hand_already_is_told(plan, run):
    first = sessions(run).dropna(subset="picked_up_at").iloc[0]
    made = plan(window=Window(first["picked_up_at"].to_pydatetime()))
    assert made.head.left_out["in an agent's hands at the first instant"] >= 1
    assert any("in agents' hands at the first instant" in each for each in made.head.warnings)


def test_who_is_left_in_the_queue_is_told(plan, run):
    picked = sessions(run).dropna(subset="picked_up_at").sort_values("picked_up_at")
    before = picked["picked_up_at"].shift()
    first_to_wait = int((picked["requested_at"] < before).to_numpy().argmax())
    made = plan(max_pickups=first_to_wait)
    assert any("left in the tenant's queue" in each for each in made.head.warnings)


def test_a_plan_longer_than_its_cap_is_refused(plan):
    with pytest.raises(GuardError, match="--max-duration allows 2 s"):
        plan(max_duration_s=2.0)


def test_a_peak_above_the_rate_is_told(plan):
    made = plan(warp=36000.0, max_rate=20.0, max_duration_s=3600.0, late="shed", late_after_s=1.0)
    assert made.head.duration_s == pytest.approx((len(made.calls) - 1) / 20, rel=0.02)
    assert any("are shed" in each for each in made.head.warnings)
    assert plan(max_rate=1000.0).head.warnings == []


def test_without_mode_full_nobody_speaks_for_customers(plan):
    made = plan(mode="pickups", agents=AGENTS)
    assert "customers" not in made.head.lanes
    assert Counter(call.kind for call in made.calls) == made.head.counts
    assert set(made.head.counts) == {"pickup"}


def test_only_topics_of_the_calls_are_the_plans_own(plan):
    far = plan(topics="Sales: 101\nSupport: 102\n")
    assert far.head.topics == {
        "1": {"name": "Sales", "topic_id": 101},
        "2": {"name": "Support", "topic_id": 102},
    }


@pytest.mark.parametrize("replication", [0, 3])
def test_a_replication_that_is_not_there_is_refused(plan, replication):
    with pytest.raises(UsageError, match="the run has 1 to 2"):
        plan(replication=replication)


def test_replications_are_planned_apart(plan):
    assert plan(replication=1).calls != plan(replication=2).calls


@pytest.mark.parametrize("warp", [0.0, -1.0, float("nan"), float("inf")])
def test_a_warp_that_is_no_speed_is_refused(plan, warp):
    with pytest.raises(UsageError, match="--warp"):
        plan(warp=warp)


def test_all_three_caps_have_to_be_given():
    with pytest.raises(GuardError, match="--max-pickups, --max-duration not given"):
        Caps.given(None, 5.0, None)
    for wrong in (0, -1, float("inf"), float("nan")):
        with pytest.raises(GuardError, match="positive"):
            Caps.given(10, wrong, 60.0)
    assert Caps.given(10, 5.0, 60.0) == Caps(10, 5.0, 60.0)


def test_the_associates_behind_the_lanes_stand_in_the_plan(plan):
    made = with_principals(plan(), {"Ada": 11, "Bo": 12, "Cy": 13, "customers": 11})
    assert [told["associate_id"] for told in made.head.lanes.values()] == [11, 11, 12, 13]


def test_two_agents_who_are_one_associate_are_refused(plan):
    with pytest.raises(GuardError, match="'Ada' and 'Cy' are the same associate"):
        with_principals(plan(), {"Ada": 11, "Bo": 12, "Cy": 11, "customers": 10})


def test_the_pace_of_calls():
    calls = [Call(n, due * 1_000_000, "create", n, 1, (1,), "customers") for n, due in
             enumerate([0, 0, 0, 0, 60], start=1)]  # fmt: skip
    calm = pace(calls, warp=60.0, max_rate=100.0)
    assert (calm.duration_s, calm.peak_rate, calm.most_behind_s) == (1.0, 4.0, 0.03)
    slow = pace(calls, warp=60.0, max_rate=2.0)
    assert (slow.duration_s, slow.most_behind_s) == (2.0, 1.5)
