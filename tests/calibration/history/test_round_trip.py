"""What a run exports comes back as the run's own sessions, in all four forms."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

from simulator.cli import app
from simulator.errors import DataError
from tests.calibration.history.made import read

DESK = """
name: small
timezone: Europe/Oslo
start: 2026-03-28T00:00
days: 2
topics:
  - {id: 7, name: Sales, arrivals: {rate_per_hour: 8}, work: {fixed: 5m},
     patience: {exponential: {mean: 3m}}, reaction: {fixed: 20s}}
  - {id: 9, name: Support, arrivals: {rate_per_hour: 6}, work: {fixed: 8m},
     patience: {exponential: {mean: 5m}}, reaction: {fixed: 10s}}
agents: [{group: Desk, names: [Ada, Bo], topics: [Sales, Support], cap: 2, output: [1, 1.5]}]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two replications over the night when clocks are put forward."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "small.yaml").write_text(DESK)
    pickup("simulate", folder / "small.yaml", "-n", 2, "-j", 1, "--out", folder / "run")
    return folder / "run"


def pickup(*arguments):
    result = CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "xlsx"])
@pytest.mark.parametrize("dates", ["offset", "none", "utc"])
def test_an_export_comes_back_as_it_was(run, tmp_path, form, dates):
    if form == "xlsx" and dates == "utc":
        pytest.skip("a workbook has no offsets, so it would have to be read with --zone UTC")
    path = tmp_path / f"chats.{form}"
    pickup("export", run, "-f", form, "--dates", dates, "-r", 1, "--out", path)
    history = read(path)
    assert (history.sources[0].kind, history.problems.left_out) == ("records", {})
    compare(history.sessions, simulated(run), to="s" if form == "xlsx" else "us")


def simulated(run):
    table = pd.read_parquet(run / "sessions.parquet")
    return table[table["replication"] == 1].reset_index(drop=True)


def compare(found, wanted, *, to):
    assert len(found) == len(wanted) > 500
    assert found["session_id"].tolist() == wanted["chat_session_id"].tolist()
    assert found["outcome"].tolist() == wanted["outcome"].tolist()
    assert {"served", "abandoned"} <= {*found["outcome"]}
    assert found["topic"].tolist() == [f"Topic {number}" for number in wanted["topic_id"]]
    assert found["initial_queue_pos"].tolist() == wanted["initial_queue_pos"].tolist()
    for name in ("requested_at", "picked_up_at", "ended_at"):
        utc = wanted[name].dt.tz_convert("UTC").dt.floor(to)
        pd.testing.assert_series_equal(found[name].dt.tz_convert("UTC"), utc)
    for name in ("wait_s", "handle_s"):
        known = found[name].notna()
        apart = (found.loc[known, name] - wanted.loc[known, name]).abs().max()
        assert apart < (1 if to == "s" else 1e-6)
    agents = pd.DataFrame({"found": found["agent"], "wanted": wanted["agent"]}).dropna()
    assert len(agents) == wanted["agent"].notna().sum()
    assert len(agents.drop_duplicates()) == agents["found"].nunique() == 2


def test_several_replications_are_no_history(run, tmp_path):
    path = tmp_path / "chats.csv"
    pickup("export", run, "-f", "csv", "--out", path)
    with pytest.raises(DataError, match=r"2 replications.*--replication 1"):
        read(path)
