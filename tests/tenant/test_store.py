"""The tenant's memory: first come first served, one transaction each, and nothing forgotten."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest

from simulator.entity import ChatMessageType, ChatSessionStatus
from simulator.errors import DataError, UsageError
from simulator.tenant.people import SAMPLE, Staffing, TopicOf, UserOf
from simulator.tenant.settings import Settings
from simulator.tenant.store import Store
from tests.tenant.served import ADA, BO, CY, SALES, SUPPORT

PLAIN = Settings()


@pytest.fixture
def store():
    with Store(":memory:", SAMPLE) as found:
        yield found


def picked(store, caller, settings=PLAIN):
    row = store.pick_up_first(caller, settings)
    return None if row is None else row["id"]


# ------------------------------------------------------------------------------ the queue


def test_who_came_first_is_picked_up_first_over_all_topics_of_the_agent(store):
    store.seed(SUPPORT, 1, PLAIN)
    store.seed(SALES, 1, PLAIN)
    store.seed(SUPPORT, 1, PLAIN)
    assert [picked(store, CY) for _ in range(4)] == [1, 2, 3, None]


def test_an_agent_picks_up_in_their_own_topics_alone(store):
    store.seed(SUPPORT, 2, PLAIN)
    assert picked(store, ADA) is None
    assert picked(store, ADA, Settings(pickup_scope="all")) == 1


def test_first_may_also_mean_who_asked_first(store):
    store.create(SALES, PLAIN, when_requested=2_000_000)
    store.create(SALES, PLAIN, when_requested=1_000_000)
    assert picked(store, ADA, Settings(pickup_order="requested_at")) == 2


def test_a_pickup_makes_the_session_the_callers_and_welcomes_the_customer(store):
    store.seed(SALES, 1, PLAIN)
    row = store.pick_up_first(ADA, PLAIN)
    assert row["user"]["name"] == "Ada"
    assert row["status"] == ChatSessionStatus.CustomerLast
    assert row["when_requested"] <= row["when_started"]
    assert [(m["special_type"], m["message"]) for m in store.messages(1)] == [
        (5, ""),  # new session
        (1, "Welcome! How can I help you?"),
    ]


def test_a_session_that_does_not_wait_is_not_given_away(store):
    store.seed(SALES, 1, PLAIN)
    assert store.pick_up(1, ADA, PLAIN)["user"]["associate_id"] == ADA
    assert store.pick_up(1, BO, PLAIN) is None
    assert store.pick_up(99, BO, PLAIN) is None
    assert store.session(1)["user"]["associate_id"] == ADA


@pytest.mark.parametrize(
    ("scope", "positions"), [("topic", [1, 1, 2]), ("tenant", [1, 2, 3])], ids=str
)
def test_queue_position_is_those_who_wait_and_one(store, scope, positions):
    settings = Settings(position_scope=scope)
    made = [store.create(topic, settings) for topic in (SALES, SUPPORT, SALES)]
    assert [row["initial_queue_pos"] for row in made] == positions


def test_position_counts_from_one_again_once_the_queue_is_empty(store):
    store.seed(SALES, 2, PLAIN)
    picked(store, ADA)
    picked(store, ADA)
    assert store.create(SALES, PLAIN)["initial_queue_pos"] == 1


def test_rank_is_the_lowest_number_that_is_free(store):
    store.seed(SALES, 5, PLAIN)
    ranks = [store.pick_up_first(ADA, PLAIN)["rank"] for _ in range(3)]
    store.save(2, {"status": ChatSessionStatus.Finished}, PLAIN)
    ranks += [store.pick_up_first(caller, PLAIN)["rank"] for caller in (ADA, BO)]
    assert ranks == [1, 2, 3, 2, 1]


def test_a_topic_that_is_not_there_has_no_sessions(store):
    assert store.create(999, PLAIN) is None
    with pytest.raises(UsageError, match="no topic 999; give one of 101, 102"):
        store.seed(999, 1, PLAIN)


# ------------------------------------------------------------------------------ transactions


def test_each_pickup_is_a_transaction_of_its_own(store):
    store.seed(SALES, 3, PLAIN)
    said = []
    store._db.set_trace_callback(said.append)
    for _ in range(3):
        picked(store, ADA)
    store._db.set_trace_callback(None)
    frames = [text for text in said if text in ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")]
    assert frames == ["BEGIN IMMEDIATE", "COMMIT"] * 3


def test_another_connection_sees_a_pickup_as_soon_as_it_is_answered(tmp_path):
    path = tmp_path / "tenant.db"
    with Store(path, SAMPLE) as store, closing(sqlite3.connect(path)) as other:
        store.seed(SALES, 3, PLAIN)
        seen = []
        for _ in range(3):
            picked(store, ADA)
            seen.append(other.execute("SELECT count(*) FROM pickups").fetchone()[0])
    assert seen == [1, 2, 3]


def test_a_pickup_that_fails_on_the_way_leaves_everything_as_it_was(store):
    store.seed(SALES, 1, PLAIN)
    store._db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON pickups BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        picked(store, ADA)
    store._db.execute("DROP TRIGGER full")
    truth = store.truth()
    assert (truth["in_queue"], truth["picked_up"], truth["welcome_messages"]) == (1, 0, 0)
    assert picked(store, ADA) == 1


PICK_ALL = """
import sys
from simulator.tenant.people import SAMPLE
from simulator.tenant.settings import Settings
from simulator.tenant.store import Store

with Store(sys.argv[1], SAMPLE) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    while (row := store.pick_up_first(int(sys.argv[2]), Settings())) is not None:
        print(row["id"])
"""


def test_two_processes_on_one_file_never_take_the_same_session(tmp_path):
    path = tmp_path / "tenant.db"
    with ExitStack() as stack:
        store = stack.enter_context(Store(path, SAMPLE))
        store.seed(SALES, 400, PLAIN)
        both = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PICK_ALL, str(path), str(caller)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for caller in (ADA, BO)
        ]
        for process in both:
            assert process.stdout.readline() == "ready\n"
        for process in both:
            process.stdin.write("go\n")
            process.stdin.flush()
        numbers = [int(line) for process in both for line in process.stdout]
        truth = store.truth()
    assert sorted(numbers) == list(range(1, 401))
    assert (truth["picked_up"], truth["double_pickups"], truth["in_queue"]) == (400, 0, 0)


# ------------------------------------------------------------------------------ the file


def test_everything_is_there_when_the_file_is_opened_again(tmp_path):
    path = tmp_path / "tenant.db"
    with Store(path, SAMPLE) as store:
        store.seed(SALES, 3, PLAIN)
        store.pick_up_first(ADA, PLAIN, request=17)
        store.add_message(1, "Hello", "Ada", ChatMessageType.ToCustomer)
        before = (store.truth(), store.session(1), store.messages(1), store.secrets())
    with Store(path, Staffing("Other", (), ())) as store:
        after = (store.truth(), store.session(1), store.messages(1), store.secrets())
        assert after == before
        assert store.context == "Cust12345"
        assert picked(store, BO) == 2


def test_a_file_knows_whom_it_was_made_for(store):
    assert store.is_of(SAMPLE)
    assert not store.is_of(Staffing("Cust12345", SAMPLE.topics, SAMPLE.users[:2]))
    assert not store.is_of(Staffing("Cust9", SAMPLE.topics, SAMPLE.users))


def test_a_file_of_something_else_is_refused(tmp_path):
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_bytes(b"no database at all, and longer than a header is" * 50)
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE birds (name TEXT)")
    for path in (text, other, tmp_path / "nowhere" / "tenant.db"):
        with pytest.raises(DataError, match=r"is no file of a tenant.*another --db"):
            Store(path, SAMPLE)


# ------------------------------------------------------------------------------ what is done


def started(store, caller=ADA):
    store.seed(SALES, 1, PLAIN)
    return picked(store, caller)


def test_a_transfer_is_offered_by_the_owner_and_taken_by_the_one_it_is_offered_to(store):
    number = started(store)
    assert store.transfer(number, BO, CY)["transfer_to"] is None  # not Bo's to give
    assert store.transfer(number, ADA, BO)["transfer_to"]["name"] == "Bo"
    assert store.accept_transfer(number, CY)["user"]["name"] == "Ada"
    row = store.accept_transfer(number, BO)
    assert (row["user"]["name"], row["transfer_to"], row["rank"]) == ("Bo", None, 1)


def test_a_transfer_that_is_refused_leaves_the_session_where_it_was(store):
    number = started(store)
    store.transfer(number, ADA, BO)
    row = store.reject_transfer(number, BO)
    assert (row["user"]["name"], row["transfer_to"]) == ("Ada", None)
    assert [each["special_type"] for each in store.messages(number)][-1] == 13


def test_an_ended_session_is_not_taken_over(store):
    number = started(store)
    store.transfer(number, ADA, BO)
    store.save(number, {"status": ChatSessionStatus.Finished}, PLAIN)
    assert store.accept_transfer(number, BO)["user"]["name"] == "Ada"


def test_who_writes_last_decides_the_status(store):
    number = started(store)
    store.add_message(number, "Hello", "Ada", ChatMessageType.ToCustomer)
    assert store.session(number)["status"] == ChatSessionStatus.UserLast
    store.add_message(number, "Hi", "Kim", ChatMessageType.ToUser)
    row = store.session(number)
    assert row["status"] == ChatSessionStatus.CustomerLast
    assert (row["first_message"], row["last_message"]) == ("Hello", "Hi")


def test_a_customer_in_the_queue_may_write_and_stays_there(store):
    store.seed(SALES, 1, PLAIN)
    store.add_message(1, "Anybody?", "Kim", ChatMessageType.ToUser)
    assert store.session(1)["status"] == ChatSessionStatus.InQueue


def test_a_customer_who_writes_after_the_end_has_the_agent_back(store):
    first, second = started(store), started(store)
    store.save(first, {"status": ChatSessionStatus.Finished}, PLAIN)
    third = started(store)
    store.add_message(first, "One more thing", "Kim", ChatMessageType.ToUser)
    row = store.session(first)
    assert row["status"] == ChatSessionStatus.CustomerLast
    assert row["when_ended"] is None
    assert [store.session(number)["rank"] for number in (second, third, first)] == [2, 1, 3]
    assert 14 in [each["special_type"] for each in store.messages(first)]


def test_an_end_is_dated_once_unless_the_setting_says_otherwise(store):
    number = started(store)
    kept = store.save(number, {"status": 7}, Settings(put_status_ends=False))
    ended = store.save(number, {"status": 7}, PLAIN)
    again = store.save(number, {"status": 9}, PLAIN)
    assert kept["when_ended"] is None
    assert ended["when_ended"] is not None
    assert again["when_ended"] == ended["when_ended"]


def test_a_queue_may_be_left(store):
    store.seed(SALES, 2, PLAIN)
    store.save(1, {"status": ChatSessionStatus.ClosedFromQueue}, PLAIN)
    assert store.session(1)["when_started"] is None
    assert picked(store, ADA) == 2


# ------------------------------------------------------------------------------ ground truth


def test_truth_counts_who_picked_up_what(store):
    store.seed(SALES, 4, PLAIN)
    for caller, request in ((ADA, 5), (BO, 6), (ADA, 7)):
        store.pick_up_first(caller, PLAIN, request=request)
    truth = store.truth()
    log = [(each["id"], each["associate_id"], each["request"]) for each in truth.pop("pickup_log")]
    assert log == [(1, ADA, 5), (2, BO, 6), (3, ADA, 7)]
    assert truth == {
        "pickups": {"11": 2, "12": 1},
        "picked_up": 3,
        "double_pickups": 0,
        "welcome_messages": 3,
        "created": 4,
        "sessions": 4,
        "in_queue": 1,
    }


def test_picked_up_again_after_a_reset_is_not_double(store):
    number = started(store)
    assert store.reset(number)["user"] is None
    assert picked(store, BO) == number
    truth = store.truth()
    assert (truth["picked_up"], truth["double_pickups"]) == (2, 0)


def test_picked_up_twice_is_seen(store):
    number = started(store)
    store._db.execute("UPDATE sessions SET status = 4 WHERE id = ?", (number,))
    assert picked(store, BO) == number
    assert store.truth()["double_pickups"] == 1


def test_deleted_sessions_stay_in_the_counts(store):
    started(store)
    assert store.delete(1)
    assert not store.delete(1)
    truth = store.truth()
    assert (truth["created"], truth["sessions"], truth["picked_up"]) == (1, 0, 1)


def test_sessions_of_the_caller_are_those_of_their_topics(store):
    store.seed(SALES, 1, PLAIN)
    store.seed(SUPPORT, 1, PLAIN)
    told = {
        caller: [row["id"] for row in store.sessions_for(caller, PLAIN)] for caller in (ADA, CY)
    }
    assert told == {ADA: [1], CY: [1, 2]}


def test_sessions_that_ended_long_ago_are_left_out(store):
    number = started(store)
    store.save(number, {"status": 7}, PLAIN)
    assert store.sessions_for(ADA, Settings(recent_hours=0)) == []
    assert len(store.sessions_for(ADA, PLAIN)) == 1


def test_a_manager_sees_a_topic_without_responding_in_it():
    users = (UserOf(1, "Mo", manages=(7,)),)
    with Store(":memory:", Staffing("Cust1", (TopicOf(7, "Sales"),), users)) as store:
        assert (store.sees(1), store.responds(1), store.manages(1, 7)) == ((7,), (), True)
