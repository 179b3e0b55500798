"""Figures from totals are those of ``summary.json``, with the same intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from simulator import workload
from simulator.comparison.figures import FIGURES as COMPARED
from simulator.comparison.figures import grouped_figures
from simulator.engines import simpy_engine
from simulator.errors import UsageError
from simulator.metrics import summary
from simulator.metrics.figures import _sections
from simulator.metrics.uncertainty import mean_interval, quantile_interval
from simulator.scenario import loads
from simulator.sessions import agent_table, session_table
from simulator.sweep.estimates import (
    FIGURES,
    figures,
    half_width_path,
    half_widths,
    per_replication,
)
from simulator.sweep.known_figures import EVERY_FIGURE, ONLY_OF_ALL, ONLY_OF_THE_WHOLE
from simulator.sweep.planning import planned_agent_hours
from simulator.sweep.totals import to_table, totals
from tests.comparison.worlds import TODAY, queue

OWN_QUANTILES = ONLY_OF_THE_WHOLE - {"wait_s.max"}
"""Means of the replications' own quantiles here, of all sessions pooled in a summary."""


def made(text, replications, case="today"):
    """A scenario simulated both ways: sessions and agents, and the table of totals."""
    scenario = loads(text)
    sessions, agents, parts = [], [], []
    for number in range(1, replications + 1):
        drawn = workload.sample(scenario, 1, number)
        outcomes = simpy_engine.run(scenario, drawn, workload.on_duty(scenario, 1, number))
        sessions.append(session_table(scenario, drawn, outcomes))
        agents.append(agent_table(scenario, outcomes, number))
        own = to_table(scenario, totals(scenario, drawn, outcomes, intervals=True))
        numbers = pa.array(np.full(len(own), number, dtype=np.int32))
        own = own.add_column(0, "replication", numbers)
        parts.append(own.add_column(0, "case", pa.array([case] * len(own))))
    frames = (pa.concat_tables(tables).to_pandas() for tables in (sessions, agents))
    return scenario, *frames, pa.concat_tables(parts)


@pytest.fixture(scope="module")
def desk():
    return made(TODAY, 4)


@pytest.fixture(scope="module")
def table(desk):
    return desk[3]


@pytest.fixture(scope="module")
def unequal(table):
    """Two cases, one of which was simulated half as often; in a muddled order."""
    frame = table.to_pandas()
    other = frame[frame["replication"] <= 2].assign(case="again")
    both = pd.concat([frame, other], ignore_index=True)
    return both.sample(frac=1.0, random_state=3)


def leaves(section, prefix=""):
    """Dotted names and leaves of a section of ``summary.json``."""
    for name, part in section.items():
        if isinstance(part, dict) and "value" in part:
            yield prefix + name, part
        elif isinstance(part, dict):
            yield from leaves(part, f"{prefix}{name}.")


def assert_same(section, rows):
    """Every leaf but the threshold has its row, with the same value, interval and n."""
    found = rows.set_index("figure")
    names = dict(leaves(section))
    of_all_time = set(found.index) & ONLY_OF_THE_WHOLE
    left_out = {"threshold_s"} | (ONLY_OF_THE_WHOLE - of_all_time)
    assert set(names) - left_out <= set(found.index)
    for name in set(names) - left_out - OWN_QUANTILES:
        leaf = names[name]
        for key in ("value", "low", "high"):
            wanted = np.nan if leaf[key] is None else leaf[key]
            np.testing.assert_allclose(
                found.loc[name, key], wanted, rtol=1e-9, atol=1.1e-9, err_msg=f"{name} {key}"
            )
        assert found.loc[name, "n"] == leaf["n"], name
    for name in of_all_time - {"wait_s.max"}:
        assert found.loc[name, "n"] == names[name]["n"], name


def test_figures_are_those_of_the_summary(desk):
    scenario, sessions, agents, table = desk
    written = summary(scenario, sessions, agents)
    assert_same(written["overall"], figures(table))
    by_topic = figures(table, level="topic")
    for topic, section in written["topics"].items():
        assert_same(section, by_topic[by_topic["topic"] == topic])
    by_interval = figures(table, level="interval")
    starts = by_interval["start"].unique()
    assert [start.isoformat() for start in starts] == [i["start"] for i in written["intervals"]]
    for start, section in zip(starts, written["intervals"], strict=True):
        assert_same(section, by_interval[by_interval["start"] == start])


def test_figures_by_topic_and_interval_are_those_of_metrics(desk):
    scenario, sessions, agents, table = desk
    sections = _sections(scenario, sessions, agents, by="interval", per="topic")
    found = figures(table, level="topic_interval")
    cells = found.groupby(["topic", "start"], sort=False)
    assert len(cells) == len(sections) == 2 * 96
    for section, (_, rows) in zip(sections, cells, strict=True):
        assert_same(section, rows)


@pytest.mark.parametrize("warm_up", ["10h", "mser5"])
def test_a_steady_study(warm_up):
    replications = 3 if warm_up == "10h" else 1
    text = queue("steady", agents=2) + f"study: steady\nwarm_up: {warm_up}\n"
    scenario, sessions, agents, table = made(text, replications)
    assert_same(summary(scenario, sessions, agents)["overall"], figures(table))


def test_replications_that_cut_their_warm_up_apart_are_counted_where_they_are():
    text = queue("steady", agents=2) + "study: steady\nwarm_up: mser5\n"
    _, _, _, table = made(text, 4)
    firsts = table.to_pandas().dropna(subset="start").groupby("replication")["start"].min()
    assert firsts.min() < firsts.max()
    found = figures(table, level="interval", names=["counts.served", "queue_length.mean"])
    frame = table.to_pandas()
    early = frame[(frame["start"] == firsts.min()) & (frame["level"] == "interval")]
    assert len(early) < 4
    row = found[(found["start"] == firsts.min()) & (found["figure"] == "counts.served")].iloc[0]
    assert row["value"] == pytest.approx(early["served"].mean())


def test_one_replication_has_values_and_no_intervals():
    scenario, sessions, agents, table = made(TODAY, 1)
    found = figures(table)
    assert_same(summary(scenario, sessions, agents)["overall"], found)
    assert found["low"].isna().all()
    assert found["high"].isna().all()
    assert half_width_path(table, "asa_s").empty


def test_a_day_on_which_nobody_comes():
    scenario, sessions, agents, table = made(queue("empty", agents=1, per_hour=0.0), 2)
    del scenario, sessions, agents
    found = figures(table).set_index("figure")
    assert np.isnan(found.loc["service_level.of_all", "value"])
    assert np.isnan(found.loc["wait_s.max", "value"])
    assert found.loc["counts.served", "value"] == 0
    assert found.loc["agent_hours", "value"] == 8
    assert half_widths(table, "asa_s")["half_width"].isna().all()


def test_quantiles_are_means_of_the_replications_own(desk, table):
    _, sessions, _, _ = desk
    queued = sessions[sessions["outcome"].isin(["served", "abandoned", "silent", "closed"])]
    own = [
        quantile_interval(part["wait_s"], np.ones(len(part)), 0.9).value
        for _, part in queued.groupby("replication")
    ]
    wanted = mean_interval(own)
    found = figures(table, names=["wait_s.p90"]).iloc[0]
    assert found["value"] == pytest.approx(wanted.value)
    assert found["low"] == pytest.approx(max(wanted.low, 0))
    assert found["high"] == pytest.approx(wanted.high)


def test_what_a_comparison_adds_is_the_same_here(desk, table):
    scenario, sessions, agents, _ = desk
    compared = grouped_figures(scenario, sessions, agents).figures
    found = figures(table).set_index("figure")["value"]
    for name in ("in_time", "agent_hours", "agent_min_per_served"):
        np.testing.assert_allclose(found[name], compared[name].of_all[0], err_msg=name)


def test_each_replication_by_itself_is_as_in_a_comparison(desk, table):
    scenario, sessions, agents, _ = desk
    compared = grouped_figures(scenario, sessions, agents).figures
    for name in COMPARED:
        alone = per_replication(table, name)
        assert alone["replication"].tolist() == [1, 2, 3, 4]
        np.testing.assert_allclose(alone["value"], compared[name].alone[:, 0], err_msg=name)


def test_what_is_compared_has_the_same_name_unit_and_better_here():
    for name, figure in COMPARED.items():
        own = FIGURES[name]
        assert (own.name, own.unit, own.better) == (name, figure.unit, figure.better)
        assert own.words == figure.words


def test_a_study_may_stop_on_anything_but_the_longest_wait(table):
    assert set(EVERY_FIGURE) - set(FIGURES) == {"wait_s.max"}
    for name in FIGURES:
        assert len(half_widths(table, name)) == 1
    with pytest.raises(UsageError, match=r"wait_s\.max has no interval"):
        half_width_path(table, "wait_s.max")


def test_cases_of_different_length_do_not_disturb_each_other(table, unequal):
    frame = table.to_pandas()
    few = figures(frame[frame["replication"] <= 2])
    found = figures(unequal)
    columns = ["figure", "value", "low", "high", "n", "replications"]
    for case, wanted in (("today", figures(table)), ("again", few)):
        own = found[found["case"] == case].set_index("figure").loc[wanted["figure"]].reset_index()
        pd.testing.assert_frame_equal(own[columns], wanted[columns])


def test_arrow_and_pandas_tables_give_the_same(table):
    frame = table.to_pandas()
    for level in ("replication", "topic"):
        one, other = figures(table, level=level), figures(frame, level=level)
        pd.testing.assert_frame_equal(one, other)


def test_the_table_is_not_changed(table):
    frame = table.to_pandas()
    before = frame.copy(deep=True)
    figures(frame, level="topic")
    half_width_path(frame, "asa_s")
    per_replication(frame, "asa_s")
    pd.testing.assert_frame_equal(frame, before)


def test_what_else_is_said_of_a_case_stays_beside_it(table):
    frame = table.to_pandas().assign(**{"agents[Helpers].count": "2"})
    found = figures(frame, names=["asa_s"], level="topic")
    assert list(found.columns) == [
        *("case", "topic", "start", "agents[Helpers].count"),
        *("figure", "value", "low", "high", "n", "replications"),
    ]
    assert found["agents[Helpers].count"].tolist() == ["2", "2"]
    assert found["topic"].tolist() == ["Sales", "Support"]


def test_figures_asked_for_come_in_that_order_and_those_not_kept_are_left_out(table):
    wanted = ["abandonment", "wait_s.p50", "asa_s", "agent_hours"]
    assert figures(table, names=wanted)["figure"].tolist() == wanted
    by_topic = figures(table, names=wanted, level="topic")
    assert by_topic["figure"].tolist() == ["abandonment", "wait_s.p50", "asa_s"] * 2
    by_interval = figures(table, names=wanted, level="interval")
    assert by_interval["figure"].unique().tolist() == ["abandonment", "asa_s", "agent_hours"]
    assert set(figures(table, level="topic")["figure"]) == set(EVERY_FIGURE) - ONLY_OF_ALL


def test_a_wider_level_gives_a_wider_interval(table):
    names = ["service_level.of_all"]
    usual, sure = (figures(table, names=names, level_interval=p).iloc[0] for p in (0.95, 0.99))
    assert sure["low"] < usual["low"] < usual["value"] < usual["high"] < sure["high"]


@pytest.mark.parametrize(
    "name", ["service_level.of_all", "asa_s", "wait_s.p90", "queue_length.mean", "counts.served"]
)
def test_the_path_of_half_widths_is_that_of_ever_more_replications(table, name):
    frame = table.to_pandas()
    path = half_width_path(table, name)
    assert path["replications"].tolist() == [2, 3, 4]
    for row in path.itertuples():
        (now,) = figures(frame[frame["replication"] <= row.replications], names=[name]).itertuples()
        assert row.value == pytest.approx(now.value, rel=1e-12)
        # Intervals are cut at the bounds of the figure, half-widths are not.
        reach = max(now.high - now.value, now.value - now.low)
        assert row.half_width == pytest.approx(reach, rel=1e-9)


def test_the_path_of_a_figure_that_never_varies_is_at_nothing():
    rows = {"case": "a", "replication": np.arange(1, 30), "level": "replication"}
    queued = np.arange(101, 130)
    frame = pd.DataFrame(rows).assign(queued=queued, served_within=queued)
    path = half_width_path(frame, "service_level.of_all")
    assert (path["value"] == 1.0).all()
    assert (path["half_width"] == 0.0).all()


def test_a_long_path_keeps_its_digits():
    rng = np.random.default_rng(1)
    queued = rng.integers(10**8, 10**8 + 100, 2000)
    met = np.rint(queued * 0.8 + rng.normal(0, 5, 2000))
    rows = {"case": "a", "replication": np.arange(2000), "level": "replication"}
    frame = pd.DataFrame(rows).assign(queued=queued, served_within=met)
    last = half_widths(frame, "service_level.of_all").iloc[0]
    (now,) = figures_of(frame)
    assert last["half_width"] == pytest.approx((now.high - now.low) / 2, rel=1e-6)


def figures_of(frame):
    labelled = frame.assign(topic=None, start=pd.NaT)
    return figures(labelled, names=["service_level.of_all"]).itertuples()


def test_half_widths_are_the_ends_of_the_paths(unequal):
    ends = half_widths(unequal, "asa_s").set_index("case")
    assert ends["replications"].to_dict() == {"today": 4, "again": 2}


def test_replications_of_a_muddled_table_are_taken_in_their_order(table, unequal):
    own = unequal[unequal["case"] == "today"]
    pd.testing.assert_frame_equal(half_width_path(own, "asa_s"), half_width_path(table, "asa_s"))


def test_unknown_names_are_refused_with_a_hint(table):
    with pytest.raises(UsageError, match=r"no figure 'abandonmnt'.*abandonment"):
        figures(table, names=["abandonmnt"])
    with pytest.raises(UsageError, match="no level 'day'; give one of replication, topic"):
        figures(table, level="day")
    with pytest.raises(UsageError, match="no figure 'sl'"):
        per_replication(table, "sl")


def test_a_level_that_was_not_kept_is_refused(table):
    frame = table.to_pandas()
    whole = frame[frame["level"].isin(["replication", "topic"])]
    with pytest.raises(UsageError, match="no rows of level 'interval'; a study keeps those"):
        figures(whole, level="interval")


def test_planned_hours_are_those_of_the_rota():
    # Ada 7.5 h, Bo 10 h, two Helpers 10 h each: both days. Cy 2 h on Monday. The table 2 h a day.
    assert planned_agent_hours(loads(TODAY)) == 2 * (7.5 + 10 + 20) + 2 + 2 * 2


def test_planned_hours_are_cut_at_the_horizon():
    scenario = loads(queue("night", agents=3))
    assert planned_agent_hours(scenario) == 24
    assert planned_agent_hours(replace(scenario, horizon_us=12 * 3_600_000_000)) == 12
    table = replace(scenario.groups[0], headcount=((0, 0, 0), (36_000_000_000, 2, 0)))
    nobody = tuple(replace(agent, duty=()) for agent in scenario.agents)
    staffed = replace(scenario, groups=(table,), agents=nobody)
    assert planned_agent_hours(staffed) == 2 * 14
