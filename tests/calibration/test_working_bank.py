"""What agents do, in the published records of a call centre."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.working import (
    agent_groups,
    presence,
    reaction,
    silence,
    solo_work,
    wrap_up,
)
from tests.calibration.made_desks import tidy

RECORDS = Path(__file__).parents[3] / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"
JERUSALEM = ZoneInfo("Asia/Jerusalem")

pytestmark = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)


@pytest.fixture(scope="module")
def bank():
    raw = pd.read_csv(RECORDS, dtype={"date": "string"})
    served, queued = raw["outcome"] == "AGENT", raw["q_start"] != "0:00:00"
    asked = raw[(raw["outcome"] != "PHANTOM") & (served | queued)].reset_index(drop=True)
    served = asked["outcome"] == "AGENT"
    midnight = pd.to_datetime(asked["date"], format="%y%m%d").dt.tz_localize(JERUSALEM)
    requested = midnight + pd.to_timedelta(asked["vru_exit"])
    started = (midnight + pd.to_timedelta(asked["ser_start"])).where(served)
    lasted = pd.to_timedelta(asked["ser_time"].where(served, asked["q_time"]), unit="s")
    frame = pd.DataFrame(
        {
            "requested_at": requested,
            "picked_up_at": started.where(~(started < requested), requested),
            "ended_at": started.fillna(requested) + lasted,
            "last_poll_at": pd.Series(pd.NaT, index=asked.index),
            "topic": "Banking",
            "outcome": np.where(served, "served", "abandoned"),
            "agent": asked["server"].where(served & (asked["server"] != "NO_SERVER")),
        }
    )
    return tidy(frame.sort_values("requested_at", ignore_index=True), JERUSALEM)


@pytest.fixture(scope="module")
def groups(bank):
    return agent_groups(bank)


def test_agents_talk_to_one_caller_at_a_time(groups):
    [group] = groups
    assert (group.name, group.cap) == ("Agents", 1)
    assert group.overlap_share < 0.01


def test_services_are_those_published(bank, groups):
    work = solo_work(bank, groups, "Banking")
    best = work.fits.best
    assert work.short_s == 10
    assert best.family == "lognormal"
    assert best.parameters["log_mean"] == pytest.approx(4.734, abs=0.002)
    assert best.parameters["log_sd"] == pytest.approx(0.945, abs=0.002)
    assert best.ks == pytest.approx(0.0140, abs=0.001)


def test_calls_are_handed_out_and_the_gaps_are_wrap_up(bank, groups):
    found = reaction(bank, groups, "Banking")
    assert found.at_once
    rest = wrap_up(bank, groups, "Agents", reactions={"Banking": found})
    assert rest.absence_s == 90
    assert 12 < rest.mean_s.value < 15
    assert np.median(rest.gaps.kept_s) <= 6


def test_who_left_silently_is_not_known(bank, groups):
    assert silence(bank, "Banking", groups=groups).share is None


def test_fewer_are_there_than_are_seen(bank, groups):
    frame = presence(bank, groups)
    day = frame[(frame["start_min"] >= 480) & (frame["start_min"] < 1380) & (frame["seen"] > 0)]
    assert day["busy"].mean() < day["present"].mean() < day["seen"].mean()
