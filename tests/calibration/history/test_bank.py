"""The Anonymous Bank's calls as a history: made-up rows, and the records where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.calibration.history import read_history
from simulator.calibration.history.anonymous_bank import COLUMNS
from simulator.errors import DataError
from tests.calibration.history.made import listed, row

RECORDS = Path(__file__).parents[4] / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"
HEADING = ",".join(COLUMNS)
SERVED = "1,0,PS,990201,9:00:00,9:00:10,10,9:00:10,9:01:10,60,AGENT,9:01:09,9:03:09,120,A07"
AT_ONCE = "1,0,PS,990201,9:10:00,9:10:10,10,0:00:00,0:00:00,0,AGENT,9:10:09,9:12:09,120,NO_SERVER"
GAVE_UP = "1,0,PS,990201,9:20:00,9:20:10,10,9:20:10,9:20:40,30,HANG,0:00:00,0:00:00,0,NO_SERVER"
UNASKED = "1,0,PS,990201,9:30:00,9:30:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER"
PHANTOM = UNASKED.replace("HANG", "PHANTOM")
BACKDATED = "1,2,PS,990201,9:40:00,9:39:00,-60,9:39:00,9:41:30,150,AGENT,9:41:30,9:42:00,30,A07"
MIDNIGHT = "1,0,PS,990201,23:58:00,23:58:30,30,23:58:30,0:00:30,120,AGENT,0:00:30,0:02:30,120,A07"
TALK = "1,0,PS,990201,23:58:00,23:58:30,30,0:00:00,0:00:00,0,AGENT,23:58:30,0:02:30,240,A07"


def bank(folder, *lines, heading=HEADING):
    path = folder / "calls.csv"
    path.write_text("\n".join([heading, *lines, ""]))
    return read_history(path)


def test_a_call_that_waited_is_a_chat(tmp_path):
    history = bank(tmp_path, SERVED)
    found = row(history)
    assert (found["topic"], found["agent"], found["outcome"]) == ("Banking", "Agent 1", "served")
    assert (found["wait_s"], found["handle_s"]) == (60.0, 120.0)
    assert str(found["requested_at"]) == "1999-02-01 09:00:10+02:00"
    assert found["picked_up_at"] - found["requested_at"] == np.timedelta64(60, "s")
    assert (history.zone.key, history.sources[0].kind) == ("Asia/Jerusalem", "anonymous_bank")


def test_without_a_named_server_the_agent_is_unknown(tmp_path):
    history = bank(tmp_path, AT_ONCE)
    assert (row(history)["wait_s"], history.sessions["agent"].isna().all()) == (0.0, True)
    assert history.problems.put_right == {"NO_SERVER: agent unknown": 1}


def test_who_hung_up_in_the_queue_abandoned_and_in_the_announcements_never_asked(tmp_path):
    history = bank(tmp_path, GAVE_UP, UNASKED, PHANTOM)
    assert (row(history)["outcome"], row(history)["wait_s"]) == ("abandoned", 30.0)
    assert history.problems.left_out == {
        "PHANTOM: no call": 1,
        "hung up in the announcements: no agent was asked for": 1,
    }


def test_a_wait_begun_before_the_call_counts_from_the_call(tmp_path):
    history = bank(tmp_path, BACKDATED)
    assert (row(history)["wait_s"], row(history)["handle_s"]) == (90.0, 30.0)
    assert sum(history.problems.put_right.values()) == 1


@pytest.mark.parametrize("line", [MIDNIGHT, TALK])
def test_a_call_goes_on_over_midnight(tmp_path, line):
    found = row(bank(tmp_path, line))
    assert str(found["ended_at"]) == "1999-02-02 00:02:30+02:00"
    assert found["wait_s"] + found["handle_s"] == 240.0


def test_what_is_no_time_is_left_out_and_told(tmp_path):
    history = bank(
        tmp_path, SERVED, SERVED.replace("9:00:10,10", "soon,10"), SERVED.replace("990201", "x")
    )
    assert listed(history) == [
        (3, "vru_exit", "xxxx", "not a time of day"),
        (4, "date", "x", "not a date"),
    ]


def test_a_table_of_other_columns_is_refused(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("call_id,priority\n1,0\n")
    with pytest.raises(DataError, match="no column type, date"):
        read_history(path, kind="anonymous_bank")


@pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)
def test_the_figures_are_those_published_with_the_records():
    history = read_history(RECORDS)
    sessions, problems = history.sessions, history.problems
    assert problems.rows_read - problems.left_out["PHANTOM: no call"] == 17_313
    assert (
        problems.left_out["hung up in the announcements: no agent was asked for"] == 2_908 - 1_885
    )
    assert sessions["outcome"].value_counts()[["served", "abandoned"]].tolist() == [14_405, 1_885]
    served = sessions[sessions["outcome"] == "served"]
    assert (served["handle_s"].mean(), served["handle_s"].std(), served["handle_s"].median()) == (
        pytest.approx(166.86, abs=0.01),
        pytest.approx(205.03, abs=0.01),
        102,
    )
    # Waits begun before the call count from the call here, which takes 16 of them a minute.
    assert served["wait_s"].mean() == pytest.approx(34.41, abs=0.1)
    gave_up = sessions.loc[sessions["outcome"] == "abandoned", "wait_s"]
    assert gave_up.mean() == pytest.approx(57.35, abs=0.01)
    assert problems.put_right["NO_SERVER: agent unknown"] == 275
    assert (len(history.dates), history.holes) == (14, ())
    waited = (sessions["picked_up_at"] - sessions["requested_at"]).dt.total_seconds()
    assert (waited[waited.notna()] == served["wait_s"]).all()
    counts = sessions.groupby(sessions["requested_at"].dt.date).size()
    assert counts.sum() == len(sessions) == 16_290
