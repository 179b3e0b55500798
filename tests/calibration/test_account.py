"""What the records cannot tell: each want in a sentence, and no sentence without one."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.calibration.account import cannot_tell
from simulator.calibration.effective import EffectiveStaffing
from tests.calibration.made_desks import chat, gone, recorded

DAY = 86_400
ALWAYS = ("effective number", "no identity")
"""Sentences that every calibration ends with."""
NO_INCIDENTS = pd.DataFrame(columns=["topic", "date", "start_min", "why"])


def three_weeks(*more, without=()):
    """A chat a day, seen to its end by the customer's client."""
    days = [day for day in range(21) if day not in without]
    chats = [chat(day * DAY, day * DAY + 5, day * DAY + 9, poll=day * DAY + 9) for day in days]
    return recorded(*chats, gone(99, 120), *more)


def staffing(*hours):
    """Bands of (queued, observed wait with low and high, simulated wait, within)."""
    rows = [
        {
            "topic": "Chat",
            "hour": 9 + number,
            "queued": queued,
            "observed_wait_s": wait,
            "observed_wait_low_s": low,
            "observed_wait_high_s": high,
            "simulated_wait_s": simulated,
            "observed_abandonment": 0.1,
            "observed_abandonment_low": 0.05,
            "observed_abandonment_high": 0.15,
            "simulated_abandonment": 0.12,
            "within": within,
            "few": queued < 30,
        }
        for number, (queued, (wait, low, high), simulated, within) in enumerate(hours)
    ]
    return EffectiveStaffing({}, pd.DataFrame(), pd.DataFrame(rows), pd.DataFrame())


FITS = staffing((100, (20, 15, 25), 21, True))


def told(history, found=FITS, incidents=NO_INCIDENTS, topics=("Chat",)):
    """The sentences but for those that always stand there."""
    sentences = list(cannot_tell(history, found, incidents, topics=topics))
    assert all(any(words in each for each in sentences) for words in ALWAYS)
    return [each for each in sentences if not any(words in each for words in ALWAYS)]


def test_a_full_history_wants_nothing():
    assert told(three_weeks()) == []


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (
            three_weeks(without=(5, 6, 12, 13, 19, 20)),
            "No Saturday, Sunday in the history: the scenario is closed on such days.",
        ),
        (
            three_weeks(without=(8, 9)),
            (
                "No session on 2026-01-13, 2026-01-14: taken for holes in the records, not for "
                "quiet days."
            ),
        ),
        (
            three_weeks(without=range(1, 8)),
            (
                "No session on 2026-01-06, 2026-01-07, 2026-01-08, 2026-01-09, 2026-01-10 and 2 "
                "more dates: taken for holes in the records, not for quiet days."
            ),
        ),
        (
            three_weeks(chat(9, 10, 20, agent=None)),
            "1 answered chats name no agent and are left out of what agents do.",
        ),
        (
            three_weeks(chat(9, None, 10, outcome="form_in_queue", agent=None)),
            (
                "1 sessions ended in the offline form; when it is offered and who takes it is not "
                "estimated, and the scenario has none."
            ),
        ),
        (
            three_weeks(chat(9, None, None, outcome="unknown", agent=None)),
            "1 sessions have a status that does not tell how they ended.",
        ),
        (
            three_weeks(gone(9, 20, topic="Help")),
            (
                "No agent is seen to answer Help: its sessions (1) are left out, and the scenario "
                "has no such topic."
            ),
        ),
    ],
)
def test_each_want_has_its_sentence(history, sentence):
    assert told(history) == [sentence]


def test_no_last_poll_is_told():
    chats = (chat(day * DAY, day * DAY + 5, day * DAY + 9) for day in range(21))
    history = recorded(gone(99, 120), *chats)
    (sentence,) = told(history)
    assert sentence.startswith("Nothing tells when the customers' clients last polled")


def test_unknown_patience_is_told_of_each_topic():
    history = three_weeks(chat(9, 10, 20, topic="Help"))
    (sentence,) = told(history, topics=("Chat", "Help"))
    assert sentence.startswith("Nobody left the queue of Help, so their patience is unknown")


def test_few_days_are_told():
    history = recorded(
        gone(99, 120),
        *(chat(day * DAY, day * DAY + 5, day * DAY + 9, poll=day * DAY + 9) for day in range(7)),
    )
    (sentence,) = told(history)
    assert sentence.startswith("7 days show most weekdays once or twice")


def test_the_first_incident_is_told():
    incidents = pd.DataFrame(
        {"topic": "Chat", "date": ["2026-01-07"], "start_min": [570], "why": ["a rush"]}
    )
    (sentence,) = told(three_weeks(), incidents=incidents)
    assert "(the first on 2026-01-07 at 09:30: a rush)" in sentence


def test_hours_that_do_not_fit_are_luck_or_told_one_by_one():
    found = staffing(
        (100, (20, 15, 25), 20, True),
        (100, (20, 10, 30), 28, False),  # within the interval of the days: luck
        (100, (20, 15, 25), 60, False),
        (20, (20, 15, 25), 60, False),  # too few to be judged
    )
    warning, few, luck, off = told(three_weeks(), found)
    assert "does NOT reproduce the recorded waits in most hours" in warning
    assert few == "Not judged, as fewer than 30 queued: 1 hour of the day."
    assert luck.startswith("In 1 of 3 hours the simulation is more than 25 % off, but no further")
    assert off == (
        "Chat, 11–12 h: simulated wait 60 s and abandonment 12.0% against 20 s and 10.0% "
        "recorded: whole agents come no nearer, or the search ended too soon (more agents wanted)."
    )
