"""ChatSessionEntity records as a history, whatever file they stand in."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.history import OUTCOMES
from simulator.errors import DataError, UsageError
from simulator.sessions import entities
from simulator.sessions.recorded import from_records
from tests.calibration.history.made import NOT_YET, OSLO, RECORD, listed, read, records, row
from tests.entity.made import SERVED, at, desk, sessions

CHATS = [
    {},
    {**SERVED, "initial_queue_pos": 3},
    {**SERVED, "outcome": "silent", "wait_s": 12.5, "agent_id": 2},
    {"status": "CustomerLast", "picked_up_at": at("08:00:30"), "wait_s": 30.0, "agent_id": 1},
    {"status": "ClosedFromQueue", "outcome": "abandoned", "ended_at": at("08:01:00")},
    {"status": "OfflineForm", "outcome": "form_closed", "ended_at": at("08:00:00")},
    {"status": "RequestPosted", "outcome": "form_at_arrival", "ended_at": at("08:00:00")},
    {"status": "RequestPosted", "outcome": "form_in_queue", "ended_at": at("08:05:00")},
    {"status": "Closed", "outcome": "closed", "ended_at": at("08:10:00")},
    {**SERVED, "picked_up_at": at("08:00:30.123456"), "status": "Closed"},
]


def test_records_are_read_as_from_records_reads_them(tmp_path):
    lines = list(entities.records(sessions(*CHATS), desk(), 1))
    path = tmp_path / "chats.jsonl"
    path.write_bytes(b"".join(lines))
    wanted = from_records(lines, zone=OSLO).to_pandas()
    found = read(path).sessions
    assert found["outcome"].tolist() == wanted["outcome"].tolist()
    for name in ("requested_at", "picked_up_at", "ended_at", "last_poll_at"):
        pd.testing.assert_series_equal(found[name], wanted[name])
    for name in ("wait_s", "handle_s", "initial_queue_pos"):
        np.testing.assert_array_equal(
            found[name].astype(float), wanted[name].astype(float), strict=True
        )


def test_a_session_has_these_columns(tmp_path):
    sessions = records(tmp_path, {}).sessions
    assert {name: str(kind) for name, kind in sessions.dtypes.items()} == {
        "session_id": "int64",
        "topic": "category",
        "requested_at": "datetime64[us, Europe/Oslo]",
        "picked_up_at": "datetime64[us, Europe/Oslo]",
        "ended_at": "datetime64[us, Europe/Oslo]",
        "last_poll_at": "datetime64[us, Europe/Oslo]",
        "wait_s": "float64",
        "handle_s": "float64",
        "outcome": "category",
        "agent": "category",
        "initial_queue_pos": "Int32",
    }
    assert tuple(sessions["outcome"].cat.categories) == OUTCOMES
    assert isinstance(sessions.index, pd.RangeIndex)


def test_a_chat_is_read(tmp_path):
    found = row(records(tmp_path, {}))
    told = [found[name] for name in ("topic", "agent", "outcome", "wait_s", "handle_s")]
    assert told == ["Topic 7", "Agent 1", "served", 30.0, 270.0]


def test_agents_are_numbered_in_the_order_of_their_first_pickup(tmp_path):
    late = {"WhenStarted": "2026-03-23T08:04:00+01:00"}
    history = records(
        tmp_path,
        late | {"User": {"AssociateId": 3}},
        {"User": {"AssociateId": 9}},
        late | {"User": {"FullName": "Bo"}},
        {"User": None},
        {"Status": "ClosedFromQueue", "WhenStarted": NOT_YET},
    )
    agents = history.sessions["agent"].astype(object).where(history.sessions["agent"].notna(), None)
    assert agents.tolist() == ["Agent 2", "Agent 1", "Agent 3", None, None]


def test_nothing_of_customers_and_agents_is_kept(tmp_path):
    history = records(
        tmp_path, {}, {"WhenEnded": "larch@example.com"}, {"InitialQueuePos": "Larch"}
    )
    text = history.sessions.to_csv() + history.problems.listed.to_csv() + repr(history.problems)
    for secret in ("Larch", "larch", "Ada", "Hello", "synthetic", "example"):
        assert secret not in text
    assert [each[2] for each in listed(history)] == ["xxxxx@xxxxxxx.xxx", "xxxxx"]


def test_sessions_come_in_the_order_of_their_requests(tmp_path):
    first = {"WhenRequested": "2026-03-23T07:00:00+01:00"}
    assert records(tmp_path, {}, first).sessions["session_id"].tolist() == [2, 1]


@pytest.mark.parametrize(
    "text", ["[{0},\n{1}]", "[{0},{1}]", "[\n {0}\n,\n {1}\n]\n", "{0}\n\n{1}"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_array_is_as_good_as_lines(tmp_path, text, encoding):
    two = [json.dumps(RECORD | {"ChatSessionId": number}) for number in (1, 2)]
    path = tmp_path / "chats.json"
    path.write_bytes(text.replace("{0}", two[0]).replace("{1}", two[1]).encode(encoding))
    history = read(path)
    assert history.sessions["session_id"].tolist() == [1, 2]
    assert history.problems.left_out == {}


def test_indented_records_are_read_like_others(tmp_path):
    path = tmp_path / "chats.json"
    path.write_text(json.dumps([RECORD, RECORD | {"ChatSessionId": 2}], indent=2))
    assert len(read(path).sessions) == 2


def test_a_line_that_is_no_record_is_left_out_and_told(tmp_path):
    path = tmp_path / "chats.jsonl"
    path.write_text("\n".join(['{"oops', json.dumps(RECORD), "", "[1]", '{"ChatSess']))
    history = read(path)
    assert (len(history.sessions), history.problems.rows_read) == (1, 4)
    assert listed(history) == [(line, None, None, "not a JSON object") for line in (1, 4, 5)]


def test_a_status_may_be_a_number(tmp_path):
    assert row(records(tmp_path, {"Status": 7}))["outcome"] == "served"


def test_a_status_that_is_not_known_is_told_and_the_chat_kept(tmp_path):
    history = records(tmp_path, {"Status": "Parked"}, {"Status": None})
    assert history.sessions["outcome"].tolist() == ["unknown", "unknown"]
    assert history.problems.put_right == {
        "status 'Parked' is not known: outcome unknown": 1,
        "no status: outcome unknown": 1,
    }


def test_a_column_of_many_unknown_statuses_may_hold_names_and_is_not_told(tmp_path):
    history = records(tmp_path, *[{"Status": f"Larch {number}"} for number in range(30)])
    assert history.problems.put_right == {"one of too many statuses to be any: outcome unknown": 30}


def test_who_is_still_in_the_form_has_not_asked_for_an_agent(tmp_path):
    history = records(tmp_path, {"Status": "PreChatForm"}, {"Status": "Faq"}, {})
    assert len(history.sessions) == 1
    assert sum(history.problems.left_out.values()) == 2


# --------------------------------------------------------------------------- clocks and zones


def test_dates_with_and_without_offset_stand_side_by_side(tmp_path):
    without = {name: text[:19] for name, text in RECORD.items() if name.startswith("When")}
    in_utc = {name: f"2026-03-23T07:{text[14:19]}Z" for name, text in without.items()}
    history = records(tmp_path, {}, without, in_utc)
    assert len({*history.sessions["requested_at"]}) == 1


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2026-03-23T08:00:00Z", "offset Z"),
        ("2026-03-23T08:00:00+01:00", r"offset \+01:00"),
        ("2026-03-23T08:00:00", "do not say"),
    ],
)
def test_without_a_zone_there_are_no_local_days(tmp_path, date, words):
    times = {name: date for name in RECORD if name.startswith("When")}
    with pytest.raises(UsageError, match=rf"{words}.*--zone Europe/Oslo"):
        records(tmp_path, times, zone=None)


def chat(requested, started, ended):
    return {
        "WhenRequested": requested,
        "WhenStarted": started,
        "WhenEnded": ended,
        "WhenFetched": ended,
    }


def test_a_chat_through_the_doubled_hour_ends_after_it_began(tmp_path):
    history = records(
        tmp_path, chat("2026-10-25T02:50:00", "2026-10-25T02:58:00", "2026-10-25T02:05:00")
    )
    assert (row(history)["wait_s"], row(history)["handle_s"]) == (480.0, 420.0)
    assert history.problems.put_right["a local time that came twice, taken as the second"] == 1


def test_a_time_that_no_clock_showed_is_told(tmp_path):
    history = records(
        tmp_path, chat("2026-03-29T02:10:00", "2026-03-29T02:11:00", "2026-03-29T02:12:00")
    )
    assert str(row(history)["requested_at"]) == "2026-03-29 03:10:00+02:00"
    what = "a local time that the clock skipped, read as if it had not"
    assert history.problems.put_right == {what: 1}


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  \n\n", "empty"),
        ("[]", "neither a record's keys"),
        ('{"Name": "Ada"}', "neither a record's keys"),
        (
            '{"ChatSessionId": 1, "Status": 7}',
            "no column 'WhenRequested', 'WhenStarted', 'WhenEnded'",
        ),
        ('[{"ChatSessionId": 1, "WhenRequested": "2026-', "cut|closed"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path, text, words):
    path = tmp_path / "chats.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words) as refused:
        read(path)
    assert refused.value.place.file == path


def test_a_record_and_an_archive_row_in_one_are_ambiguous(tmp_path):
    with pytest.raises(UsageError, match="records or archive"):
        records(tmp_path, {"whenRequested": "2026-03-23T08:00:00"})


def test_the_kind_can_be_said(tmp_path):
    history = records(tmp_path, {"whenRequested": "2026-03-23T08:00:00"}, kind="records")
    assert history.sources[0].kind == "records"


def test_a_kind_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'records'"):
        records(tmp_path, {}, kind="record")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file") as refused:
        read(tmp_path / "none.jsonl")
    assert refused.value.place.file == tmp_path / "none.jsonl"


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file to read"):
        read(tmp_path)


def test_when_no_row_can_be_used_the_reasons_are_told(tmp_path):
    with pytest.raises(DataError, match=r"none of the 2 rows.*no date of request \(2\)"):
        records(tmp_path, *[{"WhenRequested": NOT_YET}] * 2)
