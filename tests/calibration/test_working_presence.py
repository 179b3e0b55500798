"""When agents were there."""

from __future__ import annotations

from datetime import date

import pytest

from simulator.calibration.working import agent_groups, presence, presence_over_the_day, stays
from tests.calibration.made_desks import CHAT_DESK, chat, gone, recorded, simulated


def of(history, **options):
    return presence(history, agent_groups(history), **options)


def at(frame, minute):
    [row] = frame[frame["start_min"] == minute].to_dict("records")
    return {name: round(row[name], 4) for name in ("seen", "present", "busy", "open")}


NINE = 9 * 60


def test_an_interval_knows_who_was_there_and_how_busy():
    # nine o'clock, in seconds: Ann 0-600 and 900-1800, Bo two at a time 600-1200
    rows = [chat(0, 0, 600, "Ann"), chat(900, 900, 1800, "Ann")]
    rows += [chat(600, 600, 1200, "Bo"), chat(610, 610, 1200, "Bo")]
    frame = of(recorded(*rows))
    assert at(frame, NINE) == {
        "seen": 2,
        "present": round((1800 + 600) / 1800, 4),
        "busy": round((1500 + 600) / 1800, 4),
        "open": round((1500 + 600 + 590) / 1800, 4),
    }
    assert at(frame, NINE + 30)["seen"] == 0


def test_there_is_a_row_for_every_date_group_and_interval():
    frame = of(recorded(chat(0, 0, 60), chat(86_400, 86_400, 86_500)), step_min=60)
    assert len(frame) == 2 * 24
    assert frame["date"].unique().tolist() == [date(2026, 1, 5), date(2026, 1, 6)]


def test_who_leaves_somebody_waiting_was_not_there():
    ann = [chat(0, 0, 60, "Ann"), chat(1000, 1000, 1060, "Ann")]
    nobody_waits = recorded(*ann)
    somebody_waits = recorded(*ann, gone(70, 900))
    assert len(stays(nobody_waits, agent_groups(nobody_waits)).agent) == 1
    assert len(stays(somebody_waits, agent_groups(somebody_waits)).agent) == 2


def test_a_long_gap_is_absence_even_if_nobody_waits():
    history = recorded(chat(0, 0, 60), chat(4000, 4000, 4060))
    assert len(stays(history, agent_groups(history)).agent) == 2
    assert len(stays(history, agent_groups(history), long_gap_s=5000).agent) == 1


def test_somebody_waiting_for_others_does_not_send_an_agent_away():
    rows = [chat(0, 0, 60, "Ann", topic="Sales"), chat(1000, 1000, 1060, "Ann", topic="Sales")]
    rows += [chat(5 + 70 * n, 5 + 70 * n, 60 + 70 * n, "Bo", topic="Support") for n in range(9)]
    history = recorded(*rows, gone(70, 900, topic="Support"))
    there = stays(history, agent_groups(history))
    assert (there.agent == 0).sum() == 1


def test_an_hour_that_the_clocks_skip_has_nobody():
    nine = 83 * 86_400  # on Sunday 29 March 2026, when the hour from two to three is left out
    from_half_past_one, to_half_past_three = nine - 27_000, nine - 19_800
    history = recorded(chat(from_half_past_one, from_half_past_one, to_half_past_three))
    frame = of(history, step_min=60)
    assert at(frame, 2 * 60) == {"seen": 0, "present": 0, "busy": 0, "open": 0}
    assert at(frame, 1 * 60)["present"] == at(frame, 3 * 60)["present"] == 0.5


def test_presence_on_the_shipped_desk_is_between_busy_and_on_duty():
    history = simulated(CHAT_DESK)
    groups = agent_groups(history)
    frame = presence(history, groups)
    assert (frame["busy"] <= frame["present"] + 1e-9).all()
    assert (frame["present"] <= 4).all()
    assert (frame["busy"] <= frame["open"] + 1e-9).all()
    day = presence_over_the_day(frame, "Sales + Support", weekdays=range(5))
    noon = day.set_index("time").loc["10:30"]
    assert noon["present"] == pytest.approx(4, abs=0.2)  # four are on duty
    assert noon["dates"] == 20


def test_no_groups_no_rows():
    frame = of(recorded(gone(0, 60)))
    assert frame.empty
    assert "present" in frame
