"""Rows that cannot have happened, rows that stand twice, and what durations tell."""

from __future__ import annotations

import json

import pytest

from simulator.errors import DataError
from tests.calibration.history.made import (
    HEADING,
    LINE,
    NOT_YET,
    ROW,
    archive,
    listed,
    page,
    read,
    records,
    row,
)

EARLY = "2026-03-23T07:00:00+01:00"
ABANDONED = {"Status": "ClosedFromQueue", "WhenStarted": NOT_YET, "User": None}

IMPOSSIBLE = [  # the change, the column, the value, the reason
    ({"WhenEnded": EARLY}, "ended_at", "2026-03-23T06:00:00Z", "ended before started"),
    ({"WhenStarted": EARLY}, "picked_up_at", "2026-03-23T06:00:00Z", "started before requested"),
    (
        ABANDONED | {"WhenEnded": EARLY},
        "ended_at",
        "2026-03-23T06:00:00Z",
        "ended before requested",
    ),
    ({"WhenRequested": NOT_YET}, "WhenRequested", NOT_YET, "no date of request"),
    ({"WhenRequested": None}, "WhenRequested", None, "no date of request"),
    ({"WhenEnded": "23 March"}, "WhenEnded", "23 xxxxx", "not a date"),
    ({"WhenEnded": "2026-02-30T08:00:00"}, "WhenEnded", "2026-02-30T08:00:00", "not a date"),
    ({"InitialQueuePos": "first"}, "InitialQueuePos", "xxxxx", "not a whole number"),
    ({"InitialQueuePos": 1.5}, "InitialQueuePos", "1.5", "not a whole number"),
    ({"ChatSessionId": None}, "ChatSessionId", None, "no id"),
    ({"ChatSessionId": 2**70}, "ChatSessionId", "1.1805916207174113e+21", "not a whole number"),
    (
        {"WhenStarted": NOT_YET, "WhenEnded": NOT_YET},
        "ended_at",
        None,
        "finished without a start or an end",
    ),
]


@pytest.mark.parametrize(("change", "column", "value", "reason"), IMPOSSIBLE)
def test_what_cannot_have_happened_is_left_out_and_told(tmp_path, change, column, value, reason):
    history = records(tmp_path, {}, change, {})
    assert history.sessions["session_id"].tolist() == [1, 3]
    assert history.problems.left_out == {reason: 1}
    assert listed(history) == [(2, column, value, reason)]
    assert history.problems.listed["file"].tolist() == ["chats.jsonl"]


def test_a_row_with_two_faults_is_left_out_once(tmp_path):
    history = records(tmp_path, {}, {"WhenRequested": "x", "WhenEnded": "y"})
    assert history.problems.left_out == {"not a date": 1}


def test_a_hundred_of_each_reason_are_listed_and_all_counted(tmp_path):
    history = records(tmp_path, {}, *[{"WhenEnded": EARLY}] * 150, *[{"WhenEnded": "x"}] * 5)
    assert history.problems.left_out == {"ended before started": 150, "not a date": 5}
    assert history.problems.listed["reason"].value_counts().to_dict() == {
        "ended before started": 100,
        "not a date": 5,
    }


def test_every_row_read_is_a_session_or_left_out(tmp_path):
    history = records(tmp_path, {}, {"ChatSessionId": 1}, {"WhenEnded": "x"}, {"Status": "Faq"}, {})
    left_out = sum(history.problems.left_out.values())
    assert len(history.sessions) + left_out == history.problems.rows_read == 5


def test_finished_without_a_start_is_kept_as_unknown(tmp_path):
    assert row(records(tmp_path, {"WhenStarted": NOT_YET}))["outcome"] == "unknown"


def test_finished_without_an_end_has_no_known_length(tmp_path):
    history = records(tmp_path, {"WhenEnded": NOT_YET})
    assert history.sessions["handle_s"].isna().all()
    assert history.problems.put_right == {"no end: how long it took is unknown": 1}


def test_a_poll_before_the_request_is_not_taken(tmp_path):
    history = records(tmp_path, {"WhenFetched": EARLY})
    assert row(history)["outcome"] == "served"
    assert history.problems.put_right == {"last poll before the request: not taken": 1}


# ---------------------------------------------------------------------------------- duplicates


def test_of_the_same_session_twice_one_is_kept(tmp_path):
    history = records(tmp_path, {}, {"ChatSessionId": 1})
    assert history.problems.left_out == {"the same session again": 1}
    assert len(history.sessions) == 1


def test_of_contradicting_rows_the_last_counts(tmp_path):
    waiting = {"Status": "InQueue", "WhenStarted": NOT_YET, "WhenEnded": NOT_YET}
    history = records(tmp_path, waiting, {"ChatSessionId": 1})
    assert row(history)["outcome"] == "served"
    said = "the same id with other values, of which the last counts"
    assert listed(history) == [(1, "session_id", "1", said)]


def test_overlapping_files_of_a_folder_are_one_history(tmp_path):
    for name, first in (("b.json", 2), ("a.json", 1)):
        rows = [ROW | {"chatSessionId": first + number} for number in range(2)]
        (tmp_path / name).write_text(page(rows))
    (tmp_path / ".hidden").write_text("x")
    history = read(tmp_path)
    assert history.sessions["session_id"].tolist() == [1, 2, 3]
    assert [(each.file, each.rows) for each in history.sources] == [("a.json", 2), ("b.json", 2)]
    assert history.problems.left_out == {"the same session again": 1}


def test_without_ids_a_row_twice_in_a_file_is_two_chats_and_in_another_file_none(tmp_path):
    heading, line = HEADING.partition(";")[2], LINE.partition(";")[2]
    (tmp_path / "a.csv").write_text(f"{heading}\n{line}\n{line}\n")
    (tmp_path / "b.csv").write_text(f"{heading}\n{line}\n{line}\n{line}\n")
    history = read(tmp_path)
    assert history.sessions["session_id"].tolist() == [1, 2, 3]
    assert sum(history.problems.left_out.values()) == 2


def test_files_of_several_kinds_are_refused(tmp_path):
    (tmp_path / "a.json").write_text(page([ROW]))
    (tmp_path / "b.csv").write_text(f"{HEADING}\n{LINE}\n")
    with pytest.raises(Exception, match=r"several kinds: a.json is archive, b.csv is spreadsheet"):
        read(tmp_path)


# ----------------------------------------------------------------------------------- durations


def test_a_missing_start_is_the_request_and_the_time_in_queue(tmp_path):
    history = archive(tmp_path, {"whenStarted": NOT_YET})
    assert (row(history)["wait_s"], row(history)["outcome"]) == (30.0, "served")
    assert history.problems.put_right["start missing: request + time in queue"] == 1


def test_a_missing_end_of_who_gave_up_is_the_request_and_the_time_in_queue(tmp_path):
    gave_up = {"status": "Closed in queue", "whenStarted": NOT_YET, "whenEnded": NOT_YET}
    history = archive(tmp_path, gave_up | {"duration": None})
    assert (row(history)["wait_s"], row(history)["outcome"]) == (30.0, "abandoned")


def test_a_missing_end_is_the_start_and_the_duration(tmp_path):
    history = archive(tmp_path, {"whenEnded": NOT_YET}, {})
    assert row(history)["handle_s"] == 270.0
    assert history.problems.put_right["end missing: started + duration"] == 1


def test_durations_that_count_from_the_request_are_told_by_the_other_rows(tmp_path):
    history = archive(
        tmp_path, {"whenEnded": NOT_YET, "duration": 300}, *[{"duration": "5:00"}] * 2
    )
    assert history.sessions["handle_s"].tolist() == [270.0] * 3
    assert history.problems.put_right["end missing: requested + duration"] == 1


def test_where_durations_contradict_the_dates_the_dates_win(tmp_path):
    history = archive(tmp_path, {"duration": 900, "timeInQueue": "0:00:10"}, *[{}] * 3)
    assert (row(history)["wait_s"], row(history)["handle_s"]) == (30.0, 270.0)
    assert history.problems.left_out == {}
    assert [each[:3] for each in listed(history) if "contradicts" in each[3]] == [
        (1, "time_in_queue_s", "10.0"),
        (1, "duration_s", "900.0"),
    ]


def test_a_negative_wait_is_left_out(tmp_path):
    history = archive(tmp_path, {}, {"timeInQueue": "[TS:-5]"}, {"duration": "a while"})
    assert history.problems.left_out == {"a negative duration": 1, "not a duration": 1}


# ----------------------------------------------------------------------------------- positions


def test_queue_length_is_taken_for_the_position_while_none_is_0(tmp_path):
    history = archive(tmp_path, {"queueLength": 2}, {})
    assert history.sessions["initial_queue_pos"].tolist() == [2, 1]
    assert history.problems.put_right == {"queue length taken as the position": 2}


def test_queue_length_is_one_less_than_the_position_when_some_are_0(tmp_path):
    history = archive(tmp_path, {"queueLength": 0}, {"queueLength": None}, {"queueLength": 3})
    positions = history.sessions["initial_queue_pos"]
    assert positions.fillna(0).tolist() == [1, 0, 4]


# ------------------------------------------------------------------------------------- archive


def test_the_archives_names_may_be_json_safe(tmp_path):
    safe = {name.replace("/", "_"): value for name, value in ROW.items()}
    path = tmp_path / "page.json"
    path.write_text(page([safe]))
    assert row(read(path))["topic"] == "Sales"


def test_the_primary_key_stands_for_the_id(tmp_path):
    rows = [ROW | {"PrimaryKey": "31"}]
    del rows[0]["chatSessionId"]
    (tmp_path / "page.json").write_text(page(rows))
    assert read(tmp_path).sessions["session_id"].tolist() == [31]


def test_pages_may_follow_one_another_in_a_file(tmp_path):
    pages = [
        page([ROW | {"chatSessionId": 2 * each}, ROW | {"chatSessionId": 2 * each + 1}])
        for each in (1, 2)
    ]
    (tmp_path / "pages.json").write_text("\n".join(pages))
    assert read(tmp_path).sessions["session_id"].tolist() == [2, 3, 4, 5]
    (tmp_path / "pages.json").write_text(json.dumps([json.loads(each) for each in pages]))
    assert read(tmp_path).sessions["session_id"].tolist() == [2, 3, 4, 5]


def test_a_topic_without_a_name_goes_by_its_id_and_without_both_it_is_a_chat(tmp_path):
    nameless = {"chatTopic/name": None}
    history = archive(tmp_path, {}, nameless, nameless | {"chatTopic/chatTopicId": None})
    assert history.sessions["topic"].tolist() == ["Sales", "Topic 7", "Chat"]


def test_an_empty_page_is_refused(tmp_path):
    path = tmp_path / "page.json"
    path.write_text('{"odata.metadata": "x", "PrimaryKey": 1, "value": []}')
    with pytest.raises(DataError, match="no rows"):
        read(path, kind="archive")


def test_raw_values_with_markers_are_read(tmp_path):
    history = archive(
        tmp_path, {"status": "[I:11]", "whenStarted": NOT_YET, "queueLength": "[I:4]"}
    )
    assert (row(history)["outcome"], row(history)["initial_queue_pos"]) == ("abandoned", 4)
