"""The driver against a scripted server that counts: nothing is sent twice that must not be."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest

from simulator.replay.calls import CUSTOMERS
from simulator.replay.journal import read_state
from tests.replay.driven import ASSOCIATES, BREAKER, chats, classes, pickups, planned, run
from tests.replay.stub import Queue, Reply, running


def queue(waiting=0, faults=None) -> Queue:
    return Queue(ASSOCIATES, waiting=range(waiting), faults=faults)


def on(number, when, reply):
    """A fault for the POST or PUT of that number, from 1."""
    return lambda _, n: (when, reply) if n == number else None


def test_every_pickup_is_sent_once_and_has_its_session(tmp_path):
    tenant = queue(waiting=20)
    with running(tenant) as stub:
        course = run(pickups(25), stub, tmp_path)
    assert classes(course) == {"done": 20, "empty": 5}
    assert stub.count("Pickup") == 25
    assert (course.ended, course.account.left) == ("done", 0)


def test_chats_are_created_picked_up_ended_or_left(tmp_path):
    tenant = queue()
    with running(tenant) as stub:
        course = run(chats(20), stub, tmp_path)
    assert classes(course) == {"done": 20 + 16 + 16 + 4}
    ended = Counter(session["Status"] for session in tenant.sessions.values())
    assert ended == {"Finished": 16, "ClosedFromQueue": 4}
    assert all(session["CustomerName"] == "Kim Example" for session in tenant.sessions.values())


def test_what_the_journal_keeps_of_a_session_has_no_person_in_it(tmp_path):
    with running(queue()) as stub:
        run(chats(3), stub, tmp_path)
    kept = (tmp_path / "journal-1-of-1.jsonl").read_text(encoding="utf-8")
    assert not re.search("Kim|example.com|key-|Hello|token", kept)


def test_an_intent_stands_in_the_journal_before_the_server_hears_of_it(tmp_path):
    tenant, known = queue(waiting=5), []
    path = tmp_path / "journal-1-of-1.jsonl"

    def script(got, stub):
        if got.path.endswith("Pickup"):
            known.append(len(read_state(path).tries))
        return tenant(got, stub)

    with running(script) as stub:
        run(pickups(5, lanes=("Ada",)), stub, tmp_path)
    assert known == [1, 2, 3, 4, 5]


def test_one_call_is_in_flight_per_lane(tmp_path):
    tenant = queue(waiting=30)

    def script(got, stub):
        reply = tenant(got, stub)
        if got.path.endswith("Pickup"):
            reply.after_s = 0.01
        return reply

    with running(script) as stub:
        course = run(pickups(30, every_ms=0), stub, tmp_path)
    spans = sorted(
        (outcome.dispatched_us, outcome.answered_us, number % 2)
        for number, outcome in read_state(tmp_path / "journal-1-of-1.jsonl").outcomes.items()
    )
    last: dict[int, int] = {}
    for dispatched, answered, lane in spans:
        assert dispatched >= last.get(lane, 0)
        last[lane] = answered
    assert classes(course) == {"done": 30}


def test_calls_of_one_topic_within_the_gap_wait_for_each_other(tmp_path):
    tenant = queue()

    def slow(got, stub):
        reply = tenant(got, stub)
        reply.after_s = 0.03 if len(tenant.sessions) == 1 else 0.0
        return reply

    near = {"touches": (1,)}
    plan = planned(
        (0, "create", 1, CUSTOMERS, near), (1, "create", 2, CUSTOMERS, near), min_gap_s=0.05
    )
    with running(slow) as stub:
        run(plan, stub, tmp_path)
    outcomes = read_state(tmp_path / "journal-1-of-1.jsonl").outcomes
    assert outcomes[2].dispatched_us >= outcomes[1].answered_us
    assert [outcomes[number].session_id for number in (1, 2)] == [1, 2]


# -------------------------------------------------------------------- turned away


DATE = {"Date": "Mon, 23 Mar 2026 08:00:00 GMT"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "1"},
        {"Retry-After": "Mon, 23 Mar 2026 08:00:01 GMT", **DATE},
    ],
)
def test_a_pickup_that_is_turned_away_comes_again_when_the_tenant_said(tmp_path, headers):
    tenant = queue(waiting=3, faults=on(1, "before", Reply(429, None, headers)))
    with running(tenant) as stub:
        course = run(pickups(1), stub, tmp_path)
    outcome = read_state(tmp_path / "journal-1-of-1.jsonl").outcomes[1]
    assert classes(course) == {"done": 1}
    assert (stub.count("Pickup"), outcome.tries, sum(tenant.pickups.values())) == (2, 2, 1)
    assert outcome.dispatched_us - outcome.intended_us >= 1_000_000


def test_the_whole_lane_is_quiet_after_a_429_and_others_go_on(tmp_path):
    headers = {"Retry-After": "1"}
    tenant = queue(waiting=9, faults=on(1, "before", Reply(429, None, headers)))
    plan = planned((0, "pickup", 1, "Ada"), (20, "pickup", 2, "Ada"), (20, "pickup", 3, "Bo"))
    with running(tenant) as stub:
        run(plan, stub, tmp_path)
    lanes = [got.lane for got in stub.got if got.path.endswith("Pickup")]
    assert lanes == ["Ada", "Bo", "Ada", "Ada"]


def test_what_is_always_turned_away_is_given_up(tmp_path):
    tenant = queue(faults=lambda *_: ("before", Reply(429, None, {"Retry-After": "0"})))
    with running(tenant) as stub:
        course = run(pickups(1), stub, tmp_path)
    assert (classes(course), stub.count("Pickup")) == ({"rejected": 1}, 4)


@pytest.mark.parametrize("status", [401, 403, 421])
def test_a_refusal_for_good_is_not_tried_again(tmp_path, status):
    tenant = queue(faults=lambda *_: ("before", Reply(status, None)))
    with running(tenant) as stub:
        course = run(pickups(2), stub, tmp_path)
    assert classes(course) == {"rejected": 2}
    assert sum(tenant.pickups.values()) == 0


def test_a_token_that_ends_in_the_middle_is_refreshed_once_and_nothing_is_lost(tmp_path):
    tenant, renewed = queue(waiting=20), []

    def script(got, stub):
        if got.path.endswith("oauth/tokens"):
            renewed.append(got)
            return Reply(body={"access_token": "renewed-Ada", "expires_in": 3600})
        if sum(tenant.pickups.values()) >= 5 and "renewed" not in got.headers["authorization"]:
            return Reply(401, None)
        return tenant(got, stub)

    with running(script) as stub:
        course = run(pickups(12, lanes=("Ada",)), stub, tmp_path, refresh=True)
    assert classes(course) == {"done": 12}
    assert (len(renewed), sum(tenant.pickups.values())) == (1, 12)


# -------------------------------------------------------------------- unknown


LOST = {
    "500": Reply(500, {"Error": True}),
    "503": Reply(503, None),
    "malformed": Reply(200, b'{"ChatSessionId": 1, '),
    "html": Reply(200, b"<html>", {"Content-Type": "text/html"}),
    "cut": Reply(200, {"ChatSessionId": 1}, cut=60),
    "nothing": Reply(200, None, cut=0),
    "late": Reply(200, None, after_s=3.0),
}


@pytest.mark.parametrize("what", LOST)
def test_an_answer_lost_after_the_pickup_is_recovered_by_reading(tmp_path, what):
    tenant = queue(waiting=6, faults=on(3, "after", LOST[what]))
    with running(tenant) as stub:
        course = run(pickups(6), stub, tmp_path, timeout_s=0.5)
    assert classes(course) == {"done": 5, "recovered": 1}
    assert (stub.count("Pickup"), sum(tenant.pickups.values())) == (6, 6)
    brought = [each.session_id for each in _outcomes(tmp_path).values()]
    assert sorted(brought) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("what", LOST)
def test_a_pickup_that_never_was_stays_unknown_and_the_lane_goes_on(tmp_path, what):
    tenant = queue(waiting=6, faults=on(3, "before", LOST[what]))
    with running(tenant) as stub:
        course = run(pickups(6), stub, tmp_path, timeout_s=0.5)
    assert classes(course) == {"done": 5, "unknown": 1}
    assert (stub.count("Pickup"), sum(tenant.pickups.values())) == (6, 5)


def test_a_lane_in_doubt_makes_no_pickup_until_the_window_has_closed(tmp_path):
    tenant = queue(waiting=6, faults=on(1, "before", LOST["nothing"]))
    with running(tenant) as stub:
        run(pickups(3, lanes=("Ada",)), stub, tmp_path, timeout_s=0.5)
    first, second = (_outcomes(tmp_path)[number] for number in (1, 2))
    assert second.sent_at_us - first.sent_at_us >= 500_000


def test_with_two_sessions_that_may_be_its_own_the_lane_is_blocked(tmp_path):
    tenant = queue(waiting=6)

    def faults(got, n):
        if n != 1:
            return None
        tenant.pickup("Ada")  # somebody else uses the same credential
        return ("after", LOST["500"])

    tenant.faults = faults
    plan = planned((0, "pickup", 1, "Ada"), (9, "end", 1, "Ada"), (10, "pickup", 2, "Ada"),
                   (12, "pickup", 3, "Bo"))  # fmt: skip
    with running(tenant) as stub:
        course = run(plan, stub, tmp_path)
    assert classes(course) == {"unknown": 1, "skipped": 2, "done": 1}
    assert stub.count("Pickup") == 2


def unreadable(tenant, *endings):
    def script(got, stub):
        hidden = got.path.partition("?")[0].endswith(endings)
        return Reply(500, None) if got.method == "GET" and hidden else tenant(got, stub)

    return script


def test_a_list_that_cannot_be_read_is_made_up_for_by_the_archive(tmp_path):
    tenant = queue(waiting=6, faults=on(1, "after", LOST["500"]))
    with running(unreadable(tenant, "ForCurrentUser")) as stub:
        course = run(pickups(2, lanes=("Ada",)), stub, tmp_path)
    assert classes(course) == {"recovered": 1, "done": 1}


def test_an_unreadable_tenant_blocks_the_lane(tmp_path):
    tenant = queue(waiting=6, faults=on(1, "after", LOST["500"]))
    with running(unreadable(tenant, "ForCurrentUser", "ChatSession")) as stub:
        course = run(pickups(2, lanes=("Ada",)), stub, tmp_path)
    assert classes(course) == {"unknown": 1, "skipped": 1}
    assert _outcomes(tmp_path)[2].reason == "lane unsettled"


def test_a_create_whose_answer_is_lost_is_found_by_its_topic_and_time(tmp_path):
    tenant = queue(faults=on(1, "after", LOST["500"]))
    plan = planned((0, "create", 1, CUSTOMERS), (5, "pickup", 1, "Ada"))
    with running(tenant) as stub:
        course = run(plan, stub, tmp_path)
    assert classes(course) == {"recovered": 1, "done": 1}


def test_two_creates_that_are_unknown_together_are_not_told_apart(tmp_path):
    tenant = queue(faults=lambda _, n: (("after" if n == 1 else "before"), LOST["late"]))
    plan = planned((0, "create", 1, CUSTOMERS), (1, "create", 2, CUSTOMERS))
    with running(tenant) as stub:
        course = run(plan, stub, tmp_path, timeout_s=0.4)
    assert classes(course) == {"unknown": 2}
    assert len(tenant.sessions) == 1


@pytest.mark.parametrize(("when", "cls"), [("after", "recovered"), ("before", "unknown")])
def test_an_end_whose_answer_is_lost_is_looked_up(tmp_path, when, cls):
    tenant = queue(waiting=1, faults=on(2, when, LOST["500"]))
    plan = planned((0, "pickup", 1, "Ada"), (5, "end", 1, "Ada"))
    with running(tenant) as stub:
        course = run(plan, stub, tmp_path)
    assert classes(course) == {"done": 1, cls: 1}
    assert stub.count("ChatSession/1", "PUT") == 1


# -------------------------------------------------------------------- transfers, skips


def test_a_transfer_is_offered_accepted_and_ended_by_the_other_agent(tmp_path):
    tenant = queue(waiting=1)
    plan = planned(
        (0, "pickup", 1, "Ada"), (5, "transfer", 1, "Ada", {"to_lane": "Bo"}),
        (9, "accept", 1, "Bo"), (12, "end", 1, "Bo"),
    )  # fmt: skip
    with running(tenant) as stub:
        course = run(plan, stub, tmp_path)
    assert classes(course) == {"done": 4}
    assert tenant.sessions[1]["User"]["AssociateId"] == ASSOCIATES["Bo"]
    assert stub.count("TransferTo/12") == 1


def test_what_has_no_session_is_skipped_and_says_why(tmp_path):
    plan = planned((0, "pickup", 1, "Ada"), (5, "transfer", 1, "Ada", {"to_lane": "Bo"}),
                   (9, "accept", 1, "Bo"), (12, "end", 1, "Bo"))  # fmt: skip
    with running(queue()) as stub:
        course = run(plan, stub, tmp_path)
    assert classes(course) == {"empty": 1, "skipped": 3}
    assert _outcomes(tmp_path)[3].reason == "nothing was transferred"


def test_a_customer_who_was_picked_up_meanwhile_does_not_leave_the_queue(tmp_path):
    tenant = queue()
    plan = planned((0, "create", 1, CUSTOMERS), (5, "pickup", 2, "Ada"),
                   (20, "leave", 1, CUSTOMERS))  # fmt: skip
    with running(tenant) as stub:
        run(plan, stub, tmp_path)
    assert _outcomes(tmp_path)[3].reason == "no longer in the queue (CustomerLast)"
    assert tenant.sessions[1]["Status"] == "CustomerLast"


# -------------------------------------------------------------------- late


def stalled(tenant, seconds):
    def script(got, stub):
        reply = tenant(got, stub)
        reply.after_s = seconds
        return reply

    return script


def test_what_is_late_is_shed_and_says_by_how_much(tmp_path):
    late = {"policy": "shed", "after_s": 0.1}
    with running(stalled(queue(waiting=40), 0.06)) as stub:
        course = run(pickups(20, lanes=("Ada",), late=late), stub, tmp_path)
    shed = [each for each in _outcomes(tmp_path).values() if each.cls == "shed"]
    assert classes(course)["shed"] == len(shed) >= 15
    assert stub.count("Pickup") == 20 - len(shed)
    assert all(float(each.reason.split()[2]) >= 0.1 for each in shed)


def test_what_is_late_may_end_the_run(tmp_path):
    late = {"policy": "abort", "after_s": 0.1}
    with running(stalled(queue(waiting=40), 0.06)) as stub:
        course = run(pickups(20, lanes=("Ada",), late=late), stub, tmp_path)
    assert course.ended == "breaker"
    assert course.account.left >= 15


def test_calls_in_flight_are_bounded(tmp_path):
    tenant = queue(waiting=40)
    lanes = tuple(f"L{n}" for n in range(20))
    tenant.associates = {lane: n for n, lane in enumerate(lanes, 100)}
    with running(stalled(tenant, 0.05)) as stub:
        run(pickups(20, lanes=lanes, every_ms=0), stub, tmp_path, max_in_flight=4)
    spans = [(each.dispatched_us, each.answered_us) for each in _outcomes(tmp_path).values()]
    most = max(sum(a <= at < b for a, b in spans) for at, _ in spans)
    assert most == 4


def test_the_cap_on_the_rate_is_kept(tmp_path):
    with running(queue(waiting=40)) as stub:
        run(pickups(20, every_ms=0, caps={"max_rate": 50.0}), stub, tmp_path)
    sent = sorted(each.dispatched_us for each in _outcomes(tmp_path).values())
    assert all(at_us >= place * 1e6 / 50 for place, at_us in enumerate(sent))


# -------------------------------------------------------------------- stopping


def test_three_unknown_in_a_row_trip_the_breaker(tmp_path):
    tenant = queue(waiting=50, faults=lambda _, n: ("before", LOST["500"]) if n > 5 else None)
    with running(tenant) as stub:
        course = run(pickups(50, every_ms=5, breaker=BREAKER), stub, tmp_path)
    assert (course.ended, course.reason) == ("breaker", "3 answers in a row were unknown")
    assert stub.count("Pickup") < 15
    assert course.account.left > 30


def test_a_session_of_a_topic_outside_the_plan_ends_the_run(tmp_path):
    tenant = Queue(ASSOCIATES, waiting=range(5), topic=999)
    with running(tenant) as stub:
        course = run(pickups(5, lanes=("Ada",)), stub, tmp_path)
    assert course.ended == "breaker"
    assert "TopicId 999" in course.reason
    assert stub.count("Pickup") == 1


def test_a_session_that_is_created_outside_the_queue_ends_the_run(tmp_path):
    tenant = queue()
    create = tenant.create
    tenant.create = lambda topic: {**create(topic), "Status": "PreChatForm"}
    with running(tenant) as stub:
        course = run(chats(9, every_ms=20), stub, tmp_path)
    assert course.ended == "breaker"
    assert "PreChatForm" in course.reason


def test_a_tenant_that_goes_into_maintenance_ends_the_run(tmp_path):
    tenant = queue(waiting=50)
    states = iter(["Running", "OfflineMaintenance"])

    async def state():
        return next(states)

    tenant.faults = lambda _, n: ("before", LOST["503"]) if n in (3, 120) else None
    with running(tenant) as stub:
        course = run(pickups(500, every_ms=10), stub, tmp_path, state=state)
    assert course.ended == "breaker"
    assert course.reason == "the tenant's state is OfflineMaintenance, no longer Running"
    assert course.account.left > 0


def test_a_stop_file_drains_the_run(tmp_path):
    with running(queue(waiting=50)) as stub:

        async def put(stopping):
            await _until_pickups(stub, 3)
            (tmp_path / "STOP").touch()

        course = run(
            pickups(300, every_ms=10), stub, tmp_path, stop_file=tmp_path / "STOP", during=put
        )
    assert course.ended == "stopped"
    assert 0 < course.account.left < 300
    assert read_state(tmp_path / "journal-1-of-1.jsonl").intents == {}


def test_the_cap_on_the_duration_stops_the_run(tmp_path):
    with running(queue(waiting=50)) as stub:
        course = run(pickups(300, every_ms=10, caps={"max_duration_s": 0.6}), stub, tmp_path)
    assert course.ended == "cap"
    assert course.account.left > 200


def test_pickups_beyond_the_cap_are_skipped_and_empty_ones_do_not_count(tmp_path):
    caps = {"max_pickups": 4}
    with running(queue(waiting=3)) as stub:
        course = run(pickups(10, lanes=("Ada",), caps=caps), stub, tmp_path)
    assert classes(course) == {"done": 3, "empty": 7}
    with running(queue(waiting=30)) as stub:
        (tmp_path / "journal-1-of-1.jsonl").unlink()
        course = run(pickups(10, lanes=("Ada",), caps=caps), stub, tmp_path)
    assert classes(course) == {"done": 4, "skipped": 6}
    assert (course.ended, stub.count("Pickup")) == ("cap", 4)


def test_a_canary_is_one_pickup(tmp_path):
    tenant = queue()
    with running(tenant) as stub:
        course = run(chats(20), stub, tmp_path, canary=True)
    assert (course.ended, stub.count("Pickup")) == ("canary", 1)
    assert (course.first_pickup.cls, course.account.left > 0) == ("done", True)
    with running(tenant) as stub:
        course = run(chats(20), stub, tmp_path)
    assert (course.ended, course.account.left) == ("done", 0)


def test_a_first_interrupt_drains_and_a_second_leaves_what_is_in_flight_open(tmp_path):
    with running(stalled(queue(waiting=50), 5.0)) as stub:

        async def twice(stopping):
            await _until_pickups(stub, 2)
            stopping.interrupt()
            await asyncio.sleep(0.1)
            stopping.interrupt()

        course = run(pickups(50, every_ms=100), stub, tmp_path, during=twice, timeout_s=9.0)
    state = read_state(tmp_path / "journal-1-of-1.jsonl")
    assert course.ended == "interrupted"
    assert len(state.intents) == 2  # one in each lane
    assert course.account.left == 50


# -------------------------------------------------------------------- going on


def test_a_run_goes_on_where_it_was_stopped_and_sends_nothing_again(tmp_path):
    tenant, plan = queue(), chats(40, every_ms=10)

    with running(tenant) as stub:

        async def stop(stopping):
            await _until_pickups(stub, 9)
            stopping.interrupt()

        first = run(plan, stub, tmp_path, during=stop)
        assert first.account.left > 0
        second = run(plan, stub, tmp_path)
        assert (stub.count("Sessions"), stub.count("Pickup")) == (40, 32)
    assert classes(second) == {"done": 40 + 32 + 32 + 8}
    assert sum(tenant.pickups.values()) == 32


@pytest.mark.parametrize(("when", "cls"), [("after", "recovered"), ("before", "unknown")])
def test_what_was_cut_off_is_settled_first_and_never_sent_again(tmp_path, when, cls):
    tenant = queue(waiting=9, faults=on(1, when, Reply(200, None, after_s=9.0)))

    plan = pickups(5, lanes=("Ada",))
    with running(tenant) as stub:

        async def twice(stopping):
            await _until_pickups(stub, 1)
            stopping.interrupt()
            stopping.interrupt()

        assert run(plan, stub, tmp_path, during=twice).account.left == 5
        course = run(plan, stub, tmp_path, timeout_s=0.7)
    assert classes(course) == {"done": 4, cls: 1}
    assert stub.count("Pickup") == 5
    assert sum(tenant.pickups.values()) == (5 if when == "after" else 4)


def test_the_cap_on_pickups_holds_across_runs(tmp_path):
    tenant, plan = queue(waiting=50), pickups(40, every_ms=10, caps={"max_pickups": 20})

    with running(tenant) as stub:

        async def stop(stopping):
            await _until_pickups(stub, 8)
            stopping.interrupt()

        run(plan, stub, tmp_path, during=stop)
        run(plan, stub, tmp_path)
    assert sum(tenant.pickups.values()) == 20


async def _until_pickups(stub, many):
    while stub.count("Pickup") < many:
        await asyncio.sleep(0.002)


def _outcomes(folder):
    return read_state(folder / "journal-1-of-1.jsonl").outcomes
