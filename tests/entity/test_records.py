"""Sessions as records: what a chat's course looks like to the tenant."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from simulator.entity import ChatSession, from_wire, to_wire
from simulator.errors import DataError
from simulator.sessions.entities import ROWS, records
from simulator.sessions.people import FORM_TEXT, GOODBYES, HANDED_ON, WELCOME, Draws
from tests.entity.made import SERVED, at, desk, many, sessions

NOT_YET = "0001-01-01T00:00:00"


def told(*rows: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    """The records of hand-made sessions."""
    return [json.loads(line) for line in records(sessions(*rows), desk(), 1, **how)]


def clock(text: str) -> str:
    """09:00:30, local, as the record has it on the Monday of these tests."""
    return f"2026-03-23T{text}.0000000+01:00"


def when(record: dict[str, Any]) -> list[str]:
    keys = ("WhenRequested", "WhenStarted", "WhenEnded", "WhenIdle", "WhenFetched")
    return [record[key] for key in keys]


# ----------------------------------------------------------------------------- a chat's course


def test_a_waiting_chat_has_no_user_and_its_customer_polls_to_the_horizon():
    [record] = told({})
    midnight = "2026-03-24T00:00:00.0000000+01:00"
    assert when(record) == [clock("09:00:00"), NOT_YET, NOT_YET, clock("09:00:00"), midnight]
    assert (record["Status"], record["User"], record["Rank"]) == ("InQueue", None, 0)
    assert record["LastMessage"] == record["FirstMessage"]


def test_a_served_chat_ends_with_a_message_at_its_end():
    [record] = told(SERVED)
    end = clock("09:05:00")
    assert when(record) == [clock("09:00:00"), clock("09:00:30"), end, end, end]
    assert (record["Status"], record["Rank"]) == ("Finished", 1)
    assert record["LastMessage"] in GOODBYES


def test_the_user_is_the_agent_as_an_associate():
    [record] = told(SERVED)
    assert record["User"] == {
        "AssociateId": 1,
        "Name": "AL1",
        "PersonId": 1,
        "Rank": 1,
        "Tooltip": "",
        "Type": "InternalAssociate",
        "GroupIdx": 1,
        "FullName": "Ada Lovelace",
        "FormalName": "Ada Lovelace",
        "Deleted": False,
        "EjUserId": 1,
        "UserName": "al1@example.com",
        "TableRight": None,
        "FieldProperties": {},
    }


def test_a_silent_customers_polls_stop_when_patience_ends():
    [record] = told(
        {**SERVED, "outcome": "silent", "wait_s": 12.345678, "ended_at": at("08:02:30")}
    )
    assert record["WhenFetched"] == "2026-03-23T09:00:12.3456780+01:00"
    assert record["WhenIdle"] == clock("09:00:30")
    assert (record["LastMessage"], record["Rating"]) == (WELCOME, 0)


def test_who_gives_up_leaves_the_queue_without_a_user():
    left = {"status": "ClosedFromQueue", "outcome": "abandoned", "ended_at": at("08:01:00")}
    [record] = told({**left, "wait_s": 60.0})
    gone = clock("09:01:00")
    assert when(record) == [clock("09:00:00"), NOT_YET, gone, clock("09:00:00"), gone]
    assert (record["Status"], record["User"]) == ("ClosedFromQueue", None)


def test_a_form_taken_in_the_queue_is_the_last_message():
    form = {"status": "RequestPosted", "outcome": "form_in_queue", "ended_at": at("08:05:00")}
    [record] = told(form)
    assert (record["WhenIdle"], record["LastMessage"]) == (clock("09:05:00"), FORM_TEXT)


def test_a_chat_at_closed_doors_has_no_place_in_the_queue():
    [record] = told(
        {
            "status": "OfflineForm",
            "outcome": "form_closed",
            "ended_at": at("08:00:00"),
            "initial_queue_pos": None,
        }
    )
    assert (record["Status"], record["InitialQueuePos"]) == ("OfflineForm", 0)


TRANSFERRED = {**SERVED, "transferred_at": at("08:03:00"), "transfer_topic_id": 9}


def test_a_transferred_chat_is_its_second_agents_after_the_second_pickup():
    again = {"transfer_picked_up_at": at("08:04:00"), "transfer_agent_id": 2, "transfer_rank": 3}
    first, second = told(TRANSFERRED, {**TRANSFERRED, **again})
    assert (first["User"]["FullName"], first["Rank"]) == ("Ada Lovelace", 1)
    assert (second["User"]["FullName"], second["Rank"]) == ("Bo", 3)
    assert first["WhenStarted"] == second["WhenStarted"] == clock("09:00:30")


def test_who_leaves_in_the_second_wait_was_told_last_of_the_transfer():
    [record] = told(TRANSFERRED)
    assert (record["WhenIdle"], record["LastMessage"]) == (clock("09:03:00"), HANDED_ON)
    assert record["WhenFetched"] == clock("09:05:00")
    assert record["Rating"] == 0


def test_transfer_to_is_whom_the_chat_is_just_offered_to():
    waiting = {"status": "CustomerLast", "outcome": "unfinished", "ended_at": None}
    first, second = told({**TRANSFERRED, **waiting, "transfer_offered_agent_id": 2}, SERVED)
    assert first["TransferTo"]["FullName"] == "Bo"
    assert second["TransferTo"] is None


def test_queue_position_alert_level_and_topic_go_through():
    [record] = told({"initial_queue_pos": 4, "alert_level": 2, "topic_id": 9})
    assert (record["InitialQueuePos"], record["AlertLevel"], record["TopicId"]) == (4, 2, 9)
    assert record["Flags"] == "CustomerIsTyping"
    assert record["ChatbotIsActive"] is False


def test_a_record_has_every_key_and_is_what_the_tenant_writes():
    for record in told(*[SERVED] * 200):
        assert to_wire(from_wire(record)) == record
        assert list(record) == list(to_wire(ChatSession()))


# --------------------------------------------------------------------------------------- dates


def test_the_two_hours_of_the_doubled_hour_differ_by_their_offset():
    night = [at("2026-10-25T00:30:00"), at("2026-10-25T01:30:00")]
    rows = [{"requested_at": instant} for instant in night]
    assert [record["WhenRequested"] for record in told(*rows)] == [
        "2026-10-25T02:30:00.0000000+02:00",
        "2026-10-25T02:30:00.0000000+01:00",
    ]
    assert told(*rows, dates="none")[0]["WhenRequested"] == "2026-10-25T02:30:00.0000000"
    assert told(*rows, dates="utc")[1]["WhenRequested"] == "2026-10-25T01:30:00.0000000Z"
    assert told(*rows, dates="utc")[1]["WhenEnded"] == NOT_YET + "Z"


def test_dates_are_the_scenarios_zone_whatever_zone_the_table_is_in():
    table = sessions({}, zone=ZoneInfo("Asia/Kathmandu"))
    [line] = records(table, desk(), 1)
    assert json.loads(line)["WhenRequested"] == clock("09:00:00")


# -------------------------------------------------------------------------- customers, made up


def test_the_same_seed_gives_the_same_bytes_however_the_table_is_cut():
    table = many(300)
    whole = b"".join(records(table, desk(), 1))
    assert whole == b"".join(records(table.to_batches(max_chunksize=7), desk(), 1))
    assert whole == b"".join(records(table.to_pandas(), desk(), 1))
    assert whole != b"".join(records(table, desk(), 2))


def test_another_replication_has_other_customers():
    first, second = told({"replication": 1}, {"replication": 2, "customer_id": 1})
    assert first["SessionKey"] != second["SessionKey"]
    assert [told({"replication": 2})[0]["SessionKey"]] == [
        told({}, {"replication": 2, "customer_id": 1})[1]["SessionKey"]
    ]
    assert second["SessionKey"] == told({"replication": 2})[0]["SessionKey"]


def test_who_comes_back_is_the_same_customer_with_other_words():
    visits = told(*({"customer_id": 5, "attempt": number} for number in range(1, 20)))
    about = {key for key in visits[0] if key.startswith("Customer")} | {"Person", "Contact"}
    for key in about:
        assert len({json.dumps(visit[key]) for visit in visits}) == 1, key
    assert len({visit["FirstMessage"] for visit in visits}) > 1
    assert len({visit["SessionKey"] for visit in visits}) == len(visits)


def test_customers_are_plainly_made_up():
    for record in told(*[SERVED] * 500):
        assert re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.com", record["CustomerEmail"])
        assert re.fullmatch(r"\d{3}-555-01\d\d", record["CustomerPhone"])
        assert re.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$", record["CustomerHost"])
        assert record["SessionKey"].startswith("synthetic-")


def test_each_hundred_records_carry_a_person_a_contact_and_a_ticket():
    found = told(*[SERVED] * 1000)
    for start in range(0, 1000, 100):
        for carrier in ("Person", "Contact", "Ticket"):
            assert any(record[carrier] for record in found[start : start + 100]), carrier


def test_what_is_linked_fits_the_session():
    for record in told(*[SERVED] * 300):
        if person := record["Person"]:
            assert person["FullName"] == record["CustomerName"]
            assert person["Email"] == record["CustomerEmail"]
            assert person["ContactName"] == record["CustomerCompanyName"]
        if contact := record["Contact"]:
            assert contact["Name"] == record["CustomerCompanyName"]
            assert contact["ContactId"] == record["Person"]["ContactId"]
        if ticket := record["Ticket"]:
            assert (ticket["Title"], ticket["Origin"]) == (record["FirstMessage"], "Chat")
            assert ticket["CreatedAt"] == record["WhenIdle"]
            assert ticket["CustId"] == (record["Person"] or {"PersonId": -1})["PersonId"]


def test_some_of_the_served_leave_a_rating_and_nobody_else():
    gone = {"status": "ClosedFromQueue", "outcome": "abandoned", "ended_at": at("08:01:00")}
    served, abandoned = told(*[SERVED] * 1000), told(*[gone] * 200)
    ratings = np.bincount([record["Rating"] for record in served], minlength=6)
    assert ratings.size == 6
    assert 500 < ratings[0] < 700  # six in ten leave none
    assert (ratings[1:] > 0).all()
    assert {record["Rating"] for record in abandoned} == {0}


def test_draws_do_not_depend_on_the_rows_beside_them():
    draws = Draws(1, np.array([1, 2, 1]))
    three = draws.bits("phone", np.array([5, 5, 6]))
    assert three[2] == Draws(1, np.array([1])).bits("phone", np.array([6]))[0]
    assert len(set(three.tolist())) == 3
    share = Draws(1, np.ones(20_000, dtype=np.int64)).uniform("ticket", np.arange(20_000))
    assert abs(share.mean() - 0.5) < 0.01
    assert abs(np.corrcoef(share[1:], share[:-1])[0, 1]) < 0.03


# -------------------------------------------------------------------------------- odd input


def test_an_agents_name_is_untrusted_text():
    names = ("<script>alert(1)</script>", '=cmd|" /C calc"\\\n\u2028 %s')
    rows = ({**SERVED, "agent_id": 1}, {**SERVED, "agent_id": 2})
    lines = list(records(sessions(*rows), desk(*names), 1))
    assert [json.loads(line)["User"]["FullName"] for line in lines] == list(names)
    assert all(line.count(b"\n") == 1 for line in lines)


def test_no_session_is_no_record():
    assert list(records(sessions(), desk(), 1)) == []


def test_sessions_of_another_scenario_are_refused():
    with pytest.raises(DataError, match=r"agent 9 is not in the scenario"):
        told({**SERVED, "agent_id": 9})


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match=r"no column 'rank'.*sessions\.parquet"):
        list(records(sessions({}).drop_columns("rank"), desk(), 1))


def test_an_unknown_outcome_is_named():
    with pytest.raises(DataError, match="outcome 'lost' is none of unfinished, served"):
        told({"outcome": "lost"})


def test_sessions_are_read_no_faster_than_records_are_asked_for():
    read: list[int] = []

    def batches() -> Any:
        for number in range(100):
            read.append(number)
            yield many(10).to_batches()[0]

    lines = records(batches(), desk(), 1)
    for _ in range(15):
        next(lines)
    assert read == [0, 1]


def test_a_large_batch_is_turned_in_pieces():
    table = many(10)
    large = pa.concat_tables([table] * (ROWS // 5)).combine_chunks()
    lines = list(records(large, desk(), 1))
    assert len(lines) == large.num_rows
    assert lines[-10:] == lines[:10]


def test_the_horizon_is_where_the_scenario_ends():
    start = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Oslo"))
    row = {"requested_at": start.astimezone(UTC)}
    [line] = records(sessions(row), desk(start=start), 1)
    assert json.loads(line)["WhenFetched"] == "2026-10-25T23:00:00.0000000+01:00"
