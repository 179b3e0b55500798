"""Records that are missing, late, cut off, of others or hostile: said plainly, never a crash."""

from __future__ import annotations

import json
from datetime import date, timedelta

from simulator.calibration.daily import look_back, showing
from simulator.calibration.daily.records import plain, read_records
from simulator.calibration.daily.telling import about, headline
from simulator.scenario import load
from tests.calibration.made_days import (
    DAY,
    DESK,
    TODAY,
    changed,
    cut,
    days_and_day,
    records,
    written,
)

CARDS = (
    *("figures", "over_the_day", "topics", "unusual", "cause", "days_before", "outlook"),
    *("what_was_read", "provenance"),
)


def looked(folder, day=DAY, *, files=None, text=DESK, today=TODAY, coming=0, cards=()):
    files = [folder / "records"] if files is None else files
    options = {"replications": 50, "before": 0, "coming": coming, "today": today}
    found = look_back(written(folder, text), files, day, **options)
    for card in cards:  # each has something to say of every state
        assert getattr(showing, card)(found)._repr_mimebundle_()["text/html"]
    return found


def last_file(folder):
    return folder / "records/chats-1.jsonl"


def test_a_file_that_is_not_there_is_said_and_the_day_predicted(tmp_path):
    found = looked(tmp_path, files=[tmp_path / "gone.jsonl"], cards=CARDS)
    assert found.state.kind == "unread"
    said = " ".join(about(found))
    assert "No records could be read, so Wednesday 11 March 2026 is not compared." in said
    assert "gone.jsonl could not be read: there is no such file" in said
    assert "was predicted to bring" in " ".join(headline(found))
    assert str(tmp_path) not in said


def test_no_file_at_all(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "There is no file of records" in " ".join(about(looked(tmp_path, files=[])))
    found = looked(tmp_path, files=[tmp_path / "empty"])
    assert "There is no file of records" in " ".join(about(found))


def test_an_empty_file_does_not_take_the_others_with_it(tmp_path):
    days_and_day(tmp_path, days=1)
    (tmp_path / "records/chats-9.jsonl").write_text("")
    found = looked(tmp_path)
    assert found.state.kind == "whole"
    assert "chats-9.jsonl could not be read: the file is empty" in " ".join(about(found))


def test_late_records_name_the_last_chat_that_is_there(tmp_path):
    records(tmp_path, (DAY - timedelta(days=2), 2, DESK))
    found = looked(tmp_path, cards=CARDS)
    assert found.state.kind == "late"
    assert found.verdict.kind == "unjudged"
    assert "are not there yet, where" in found.state.sentence
    assert "the last chat in the files was asked for on Tuesday 10 March 2026 at 16:" in (
        found.state.sentence
    )


def test_a_file_that_ends_before_closing_is_compared_up_to_there(tmp_path):
    days_and_day(tmp_path, days=1)
    cut(last_file(tmp_path), lambda at: at < "2026-03-11T13:40")
    found = looked(tmp_path, cards=CARDS)
    assert found.state.kind == "partial"
    assert "end at 13:3" in found.state.sentence
    hours = found.seen.intervals["start"].dt.hour.unique().tolist()
    assert hours == [9, 10, 11, 12]
    assert "in the part that is known" in " ".join(headline(found))


def test_a_file_that_begins_late_is_compared_from_there(tmp_path):
    records(tmp_path, (DAY, 1, DESK))
    cut(tmp_path / "records/chats-0.jsonl", lambda at: at > "2026-03-11T12:10")
    found = looked(tmp_path)
    assert found.state.kind == "partial"
    assert "begin at 12:1" in found.state.sentence
    assert found.seen.intervals["start"].dt.hour.min() == 13


def test_silence_with_records_on_either_side_is_silence(tmp_path):
    """An outage is the day's news, and no hole in the file."""
    records(tmp_path, (DAY - timedelta(days=1), 3, DESK))
    file = tmp_path / "records/chats-0.jsonl"
    cut(file, lambda at: not "2026-03-11T13:00" < at < "2026-03-12")
    found = looked(tmp_path, today=TODAY + timedelta(days=1))
    assert found.state.kind == "whole"
    assert found.verdict.kind in ("odd", "own")
    assert found.seen.intervals["start"].dt.hour.max() == 16


def test_an_empty_day_is_not_taken_for_a_day_without_chats(tmp_path):
    records(tmp_path, (DAY - timedelta(days=1), 3, DESK))
    file = tmp_path / "records/chats-0.jsonl"
    cut(file, lambda at: not at.startswith("2026-03-11"))
    found = looked(tmp_path, today=TODAY + timedelta(days=1))
    assert found.state.kind == "empty"
    assert found.verdict.kind == "unjudged"
    assert "Not one chat is recorded on Wednesday 11 March 2026" in found.state.sentence


def test_a_closed_day_without_records_is_closed(tmp_path):
    days_and_day(tmp_path, days=1)
    found = looked(tmp_path, date(2026, 3, 8))
    assert found.state.kind == "closed"
    assert "The desk was closed on Sunday 8 March 2026" in found.state.sentence


def test_one_session(tmp_path):
    records(tmp_path, (DAY, 1, DESK))
    file = tmp_path / "records/chats-0.jsonl"
    first = file.read_text().splitlines()[0]
    file.write_text(first + "\n")
    found = looked(tmp_path, cards=CARDS)
    assert found.state.kind == "partial"
    assert "The files hold 1 chat;" in found.state.sentence
    assert found.verdict.kind == "unjudged"


def test_a_day_that_has_not_been_yet_is_predicted(tmp_path):
    days_and_day(tmp_path, days=1)
    found = looked(tmp_path, date(2026, 3, 19), cards=CARDS)
    assert found.state.kind == "future"
    assert "has not been yet" in found.state.sentence
    assert found.seen.days["actual"].isna().all()
    assert found.seen.days["p50"].notna().any()


def test_today_is_compared_as_far_as_it_has_come(tmp_path):
    days_and_day(tmp_path, days=1)
    cut(last_file(tmp_path), lambda at: at < "2026-03-11T12:30")
    found = looked(tmp_path, today=DAY)
    assert found.state.kind == "partial"
    assert "is not over" in found.state.sentence


BY_DATE = DESK.replace(
    "arrivals: {rate_per_hour: 9}",
    'arrivals: {forecast: [{date: 2026-03-02, start: "09:00", end: "17:00", Sales: 70}]}',
)


def test_a_day_out_of_the_scenarios_reach_is_shown_without_bands(tmp_path):
    days_and_day(tmp_path, days=1)
    found = looked(tmp_path, text=BY_DATE, coming=2, cards=CARDS)
    said = " ".join(about(found))
    assert "Scenario small desk says nothing of Wednesday 11 March 2026" in said
    assert found.verdict.kind == "unjudged"
    assert found.seen.days["actual"].notna().any()
    assert found.seen.days["p50"].isna().all()
    assert "There is no outlook" in headline(found)[-1]


def test_topics_that_the_scenario_does_not_know_are_named_and_left_out(tmp_path):
    days_and_day(tmp_path, days=1)
    stranger = json.loads(last_file(tmp_path).read_text().splitlines()[0])
    stranger |= {"TopicId": 77, "ChatSessionId": 9_999_999}
    with last_file(tmp_path).open("a") as file:
        file.write(json.dumps(stranger) + "\n")
    found = looked(tmp_path)
    assert "1 sessions of topic 'Topic 77' are not compared" in " ".join(about(found))
    assert found.state.kind == "whole"


def test_hostile_names_reach_no_page_as_markup(tmp_path):
    days_and_day(tmp_path, days=1)
    evil = "<script>alert(1)</script>\u0000\u001b[31m${x}"
    changed(last_file(tmp_path), CustomerName=evil, FirstMessage=evil, CustomerAlias=evil)
    evil_topic = '"<img src=x onerror=alert(1)> $x_1$"'
    text = DESK.replace("name: Sales", f"name: {evil_topic}").replace("[Sales,", f"[{evil_topic},")
    found = looked(tmp_path, text=text, coming=1, cards=CARDS)
    page = "".join(getattr(showing, card)(found)._repr_mimebundle_()["text/html"] for card in CARDS)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img" in page
    assert "\u0000" not in page


def test_a_name_from_a_file_is_kept_printable_and_short():
    assert plain("a\x00b\u202ec") == "a\ufffdb\ufffdc"
    assert len(plain("x" * 500)) == 60


def test_damaged_and_foreign_files_are_told_by_name(tmp_path):
    world = load(written(tmp_path))
    bad = tmp_path / "notes.jsonl"
    bad.write_text("{not json\n")
    found = read_records([bad], world)
    assert found.history is None
    assert found.notes[0].startswith("notes.jsonl could not be read: ")
