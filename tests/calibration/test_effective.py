"""Effective staffing: the truth is found again, and the sums it is judged by are what they say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from simulator import scenario, study
from simulator.calibration.effective import (
    EffectiveStaffing,
    Observed,
    _beside,
    _whole_agents,
    effective_staffing,
    observed_waiting,
    waiting_by_weekday,
)
from tests.calibration.made_desks import SCENARIOS, chat, gone, recorded, simulated

DESK = """\
name: weeks
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: {days}
interval: 30m
topics:
  - id: 1
    name: Sales
    opening_hours: {{mon-fri: ["09:00-12:00"]}}
    arrivals: {{rate_per_hour: 60}}
    work: {{exponential: {{mean: 4m}}}}
    patience: {{exponential: {{mean: 3m}}}}
  - id: 2
    name: Billing
    opening_hours: {{mon-fri: ["09:00-12:00"]}}
    arrivals: {{rate_per_hour: 50}}
    work: {{exponential: {{mean: 3m}}}}
    patience: {{exponential: {{mean: 3m}}}}
agents:
  - {{group: Sellers, topics: [Sales], staffing: {sellers}}}
  - {{group: Billers, topics: [Billing], staffing: {billers}}}
"""
TRUTH = {"Sellers": [3, 3, 4, 4, 5, 5], "Billers": [3, 3, 3, 3, 2, 2]}
"""Agents by half-hour from nine o'clock on."""
TOPICS = ("Sales", "Billing")
OWN = pd.DataFrame(np.eye(2), [*TRUTH], [*TOPICS])
STEPS = range(540, 720, 30)
NO_INCIDENTS = pd.DataFrame({"topic": [], "date": [], "start_min": []})


def clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


def written(tables, *, days=7):
    """The desk with these tables."""
    names = ("mon", "tue", "wed", "thu", "fri")
    staffing = {
        group.lower(): [
            {
                "weekday": names[row.weekday],
                "start": clock(row.start_min),
                "end": clock(row.end_min),
                "agents": row.agents,
            }
            for row in table.itertuples()
        ]
        for group, table in tables.items()
    }
    return DESK.format(days=days, **staffing)


def world(tables):
    return scenario.loads(written(tables))


def staffed(agents):
    """A staffing table with these numbers on every weekday."""
    return pd.DataFrame(
        [(d, s, s + 30, n) for d in range(5) for s, n in zip(STEPS, agents, strict=True)],
        columns=["weekday", "start_min", "end_min", "agents"],
    )


def present(agents):
    return pd.DataFrame([agents] * 5, range(5), STEPS, dtype=float)


@pytest.fixture(scope="module")
def history():
    """Four weeks of two topics, each with agents of its own, and their number known."""
    tables = {group: staffed(agents) for group, agents in TRUTH.items()}
    return simulated(written(tables, days=26), seed=3)


@pytest.fixture(scope="module")
def found(history):
    """Fitted from the true number of sellers, and from twice that of billers."""
    observed = observed_waiting(history, TOPICS, step_min=30, incidents=NO_INCIDENTS)
    told = []
    start = {"Sellers": present(TRUTH["Sellers"]), "Billers": 2 * present(TRUTH["Billers"])}
    with study.spread(1) as spread:
        fitted = effective_staffing(
            world,
            start,
            observed,
            OWN,
            spread=spread,
            chats=6_000,
            progress=lambda *done: told.append(done),
        )
    return fitted, told


def test_waits_and_abandonment_of_the_records_are_met_in_most_hours(found):
    bands = found[0].bands
    assert list(zip(bands["topic"], bands["hour"], strict=True)) == [
        (topic, hour) for topic in TOPICS for hour in (9, 10, 11)
    ]
    assert found[0].share_within > 0.8
    wait = bands["simulated_wait_s"] / bands["observed_wait_s"]
    assert wait.between(0.7, 1.35).all()


@pytest.mark.parametrize(("group", "truth"), [("Sellers", 1.0), ("Billers", 0.5)])
def test_factors_lead_back_to_the_truth(found, group, truth):
    factors = found[0].factors
    factors = factors[factors["group"] == group]
    assert factors["hour"].tolist() == [9, 10, 11]
    assert factors["factor"].to_numpy() == pytest.approx(np.full(3, truth), rel=0.2)
    assert factors["factor"].mean() == pytest.approx(truth, rel=0.1)


@pytest.mark.parametrize("group", TRUTH)
def test_tables_hold_the_agents_that_there_were(found, group):
    table = found[0].tables[group]
    assert list(table.columns) == ["weekday", "start_min", "end_min", "agents"]
    by_step = table.groupby("start_min")["agents"].mean()
    assert by_step.to_numpy() == pytest.approx(np.array(TRUTH[group], dtype=float), abs=0.9)
    assert by_step.mean() == pytest.approx(np.mean(TRUTH[group]), rel=0.1)


def test_rounds_are_numbered_and_told_one_by_one(found):
    fitted, told = found
    assert fitted.rounds["round"].tolist() == list(range(1, len(fitted.rounds) + 1))
    assert (fitted.rounds["hours"] == 6).all()
    done, totals = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {done[-1]}


def test_agents_away_for_a_day_are_rostered_on_top(history):
    observed = observed_waiting(history, TOPICS, step_min=30, incidents=NO_INCIDENTS)

    class EnoughError(Exception):
        """Carries the first table."""

    def refused(tables):
        raise EnoughError(tables["Sellers"]["agents"].sum())

    start = {group: present(agents) for group, agents in TRUTH.items()}
    with study.spread(1) as spread, pytest.raises(EnoughError) as first:
        effective_staffing(refused, start, observed, OWN, spread=spread, absent={"Sellers": 0.2})
    assert first.value.args[0] == pytest.approx(5 * sum(TRUTH["Sellers"]) / 0.8, abs=5)


# ------------------------------------------------------------------------------- what is judged


def bands_of(queued, observed_wait, simulated_wait):
    """The bands of one topic of a date, with these waits in the hours from nine o'clock on."""
    steps = np.zeros((1, 1, 48))
    hours = slice(18, 18 + 2 * len(queued), 2)
    counts, waits, fast = steps.copy(), steps.copy(), np.zeros((1, 3, 1, 7, 48))
    counts[0, 0, hours] = queued
    waits[0, 0, hours] = np.multiply(queued, observed_wait)
    fast[0, 0, 0, 0, hours] = queued
    fast[0, 1, 0, 0, hours] = np.multiply(queued, simulated_wait)
    monday = np.zeros(1, dtype=np.int64)
    counted = np.ones(steps.shape, dtype=np.bool_)
    observed = Observed(("Sales",), monday, 30, counted, counts, waits, steps)
    return _beside(observed, fast)


def test_an_hour_fits_within_a_quarter_or_a_second():
    bands = bands_of(
        # queued, observed, simulated
        [100, 100, 100, 100],
        [100, 100, 100, 0.5],
        [124, 126, 74, 1.4],
    )
    assert bands["within"].tolist() == [True, False, False, True]
    assert bands["hour"].tolist() == [9, 10, 11, 12]


def test_hours_with_few_chats_are_told_and_not_judged():
    bands = bands_of([29, 30], [10, 10], [99, 10])
    assert bands["few"].tolist() == [True, False]
    found = EffectiveStaffing({}, pd.DataFrame(), bands, pd.DataFrame())
    assert found.judged["hour"].tolist() == [10]
    assert found.share_within == 1.0


# ------------------------------------------------------------------------------ whole agents


def test_whole_agents_follow_the_running_sum():
    wanted = pd.DataFrame([[0.5] * 8, [2.25] * 8], [0, 1], range(540, 780, 30))
    table = _whole_agents(wanted, np.ones(24), step_min=30, at_least=0)
    for weekday, exact in ((0, 0.5), (1, 2.25)):
        agents = table.loc[table["weekday"] == weekday, "agents"].to_numpy()
        assert set(agents) == {int(exact), int(exact) + 1}
        running = np.arange(1, 9) * exact
        assert np.abs(agents.cumsum() - running).max() < 1


def test_weekdays_round_at_different_steps():
    wanted = pd.DataFrame([[0.5] * 4] * 5, range(5), range(540, 660, 30))
    table = _whole_agents(wanted, np.ones(24), step_min=30, at_least=0)
    by_step = table.groupby("start_min")["agents"].sum()
    assert ((by_step > 0) & (by_step < 5)).all()


def test_a_group_that_is_alone_always_has_somebody():
    wanted = pd.DataFrame([[0.1] * 4], [0], range(540, 660, 30))
    for at_least, fewest in ((1, 1), (0, 0)):
        table = _whole_agents(wanted, np.ones(24), step_min=30, at_least=at_least)
        assert table["agents"].min() == fewest


def test_the_factor_of_the_hour_counts_and_closed_steps_have_no_row():
    wanted = pd.DataFrame([[np.nan, 2.0, 2.0]], [0], [570, 600, 690])
    factor = np.ones(24)
    factor[11] = 3.0
    table = _whole_agents(wanted, factor, step_min=30, at_least=0)
    assert table.to_numpy().tolist() == [[0, 600, 630, 2], [0, 690, 720, 6]]


# ----------------------------------------------------------------------------- observed waits


def test_observed_waits_are_summed_by_topic_date_and_step():
    # requested, seconds after Monday nine; wait; how it ended
    history = recorded(
        chat(0, 10, 70),  #            9:00   10 s
        chat(1799, 1829, 1900),  #     9:29   30 s
        gone(1800, 1850),  #           9:30   50 s, left
        chat(86_400, 86_520, 86_600, outcome="silent", poll=86_445),  # Tuesday: 45 s, left
        chat(86_400, None, None, outcome="form_closed"),  # asked for nobody
        chat(86_401, None, None, outcome="unfinished"),  # who knows
        chat(0, 5, 9, topic="Other"),
        gone(86_410, 86_470, topic="Sales"),
    )
    seen = observed_waiting(history, ("Sales", "Chat"), step_min=30, incidents=NO_INCIDENTS)
    assert seen.weekday.tolist() == [0, 1]
    assert seen.queued.shape == (2, 2, 48)
    assert seen.queued[1, 0, 18:20].tolist() == [2, 1]
    assert seen.wait_s[1, 0, 18:20].tolist() == [40, 50]
    assert seen.left[1, 0, 18:20].tolist() == [0, 1]
    assert (seen.queued[1, 1, 18], seen.wait_s[1, 1, 18], seen.left[1, 1, 18]) == (1, 45, 1)
    assert (seen.queued[0].sum(), seen.wait_s[0, 1, 18]) == (1, 60)
    assert seen.queued.sum() == 5  # the other topic is not asked for
    assert seen.counted.all()


def test_incidents_are_left_out_with_the_step_after_them():
    history = recorded(chat(0, 10, 70), chat(86_400, 86_410, 86_470))
    incidents = pd.DataFrame(
        [
            ("Chat", date(2026, 1, 5), 540),
            ("Chat", date(2026, 1, 6), 1410),  # the last step of a day has none after it
            ("Chat", date(2026, 1, 9), 540),  # no date of the history
            ("Sales", date(2026, 1, 5), 540),  # no topic of the scenario
        ],
        columns=["topic", "date", "start_min"],
    )
    seen = observed_waiting(history, ("Chat",), step_min=30, incidents=incidents)
    assert np.argwhere(~seen.counted).tolist() == [[0, 0, 18], [0, 0, 19], [0, 1, 47]]


def test_a_rush_that_is_an_incident_moves_no_staff(history):
    seen = observed_waiting(history, TOPICS, step_min=30, incidents=NO_INCIDENTS)
    first = history.dates[0]
    without = observed_waiting(
        history,
        TOPICS,
        step_min=30,
        incidents=pd.DataFrame({"topic": ["Sales"], "date": [first], "start_min": [540]}),
    )
    simulated_ = np.ones((2, 3, 2, 7, 48))
    all_, fewer = (
        _beside(each, simulated_).set_index(["topic", "hour"]) for each in (seen, without)
    )
    lost = all_["queued"] - fewer["queued"]
    assert lost[("Sales", 9)] == seen.queued[0, 0, 18:20].sum()
    assert lost.sum() == lost[("Sales", 9)]


# ---------------------------------------------------------------------------- simulated waits

EVERYTHING = """\
extends: chat_desk.yaml
name: everything
start: {start}T00:00
days: 7
topics:
  - id: 1
    name: Sales
    transfer: null
    retry: null
    silent: {{share: 0.4, timeout: 60s}}
"""


@pytest.mark.parametrize("start", ["2026-04-13", "2026-03-26"])  # the second has the clocks change
def test_simulated_waits_are_those_of_the_sessions(start):
    written_out = scenario.loads(EVERYTHING.format(start=start), folder=SCENARIOS)
    sums = waiting_by_weekday(written_out, 5, 1, 30, "simpy")
    with study.replicate(written_out, 1, seed=5, engine="auto", jobs=1) as made:
        table = next(iter(made)).sessions.to_pandas()
    outcome = table["outcome"].astype(str)
    waited = outcome.isin(["served", "abandoned", "silent", "form_in_queue", "closed"])
    assert {"served", "abandoned", "silent"} <= set(outcome)
    requested = table["requested_at"].dt
    names = [topic.name for topic in written_out.topics]
    cells = (
        table["topic"].astype(str).map(names.index),
        requested.day_of_week,
        (requested.hour * 60 + requested.minute) // 30,
    )
    figures = (
        pd.Series(1.0, table.index),
        table["wait_s"],
        outcome.isin(["abandoned", "silent"]).astype(float),
    )
    for figure, told in zip(figures, sums, strict=True):
        expected = np.zeros(told.shape)
        np.add.at(expected, tuple(cell[waited].to_numpy() for cell in cells), figure[waited])
        assert told == pytest.approx(expected, abs=1e-4)
