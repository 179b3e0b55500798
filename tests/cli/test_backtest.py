"""``pickup backtest``: what it prints and writes, and the exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from simulator import scenario, study
from simulator.cli import backtest, export
from simulator.errors import DataError, ParameterError, TargetMissedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SHOP = """
name: corner shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: 3
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-12:00"]}
    arrivals: {rate_per_hour: 20}
    work: {exponential: {mean: 4m}}
agents:
  - {group: Desk, count: 2, topics: [Sales]}
"""
QUICK = ("--replications", "20", "--jobs", "1")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(backtest.command)


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A scenario, and three days of a world like it as our own export writes them."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "shop.yaml").write_text(SHOP)
    for name, rate in (("march", 20), ("busy", 60)):
        world = scenario.loads(SHOP.replace("hour: 20", f"hour: {rate}"))
        run = study.simulate(world, replications=1, seed=9, out=folder / f"{name}_run")
        exporting = typer.Typer()
        exporting.command()(export.command)
        to = folder / f"{name}.jsonl"
        assert CliRunner().invoke(exporting, [str(run), "--out", str(to)]).exit_code == 0
    return folder


def call(desk: Path, *arguments: str, history: str = "march.jsonl") -> Result:
    files = (str(desk / "shop.yaml"), str(desk / history))
    done = CliRunner().invoke(app, [*files, *QUICK, *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_verdict_coverage_and_errors_are_printed(desk):
    done = call(desk)
    assert done.exit_code == 0
    first, *_ = done.stdout.splitlines()
    assert first.startswith("Fit for planning, as far as 3 days (2026-03-02 to 2026-03-04)")
    for word in ("covered", "luck_low", "naive_wape", "skill"):
        assert word in done.stdout
    assert "all topics" not in done.stdout  # the one there is needs no name


def test_json_holds_verdict_and_figures(desk):
    told = json.loads(call(desk, "--json", "--from", "2026-03-03").stdout)
    assert told["is_fit"] is True
    assert told["dates"] == ["2026-03-03", "2026-03-04"]
    assert (told["replications"], told["seed"], told["by_min"]) == (20, 1, 60)
    assert {row["figure"] for row in told["coverage"]} >= {"volume", "mean_wait_s"}
    assert told["left_out"] == {"fitted": [], "holes": []}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_out_takes_the_bands_and_the_verdict_goes_to_stderr(desk, tmp_path, suffix):
    out = tmp_path / "new" / f"bands.{suffix}"
    done = call(desk, "--out", str(out), "--until", "2026-03-02", "--by", "30m")
    assert done.stdout == f"{out}\n"
    assert "1 day (2026-03-02)" in done.stderr
    frame = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert (frame["figure"] == "volume").sum() == 6
    assert {"actual", "p2_5", "p97_5", "pit", "naive"} <= set(frame.columns)


def test_a_gate_ends_with_a_missed_target_and_still_tells_all(desk, tmp_path):
    out = tmp_path / "bands.csv"
    with pytest.raises(TargetMissedError, match="volume too low"):
        call(desk, "--gate", "--out", str(out), history="busy.jsonl")
    assert out.exists()
    assert call(desk, "--gate").exit_code == 0


def test_fitted_days_are_left_out_unless_all_are_wanted(desk, tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP)
    dates = ["2026-03-02", "2026-03-03", "2026-03-04"]
    evidence = {"fitted": {"dates": dates}}
    (tmp_path / "shop.calibration.json").write_text(json.dumps(evidence))
    with pytest.raises(UsageError, match="fitted to every day"):
        call(tmp_path, history=str(desk / "march.jsonl"))
    done = call(tmp_path, "--all-days", "--json", history=str(desk / "march.jsonl"))
    assert json.loads(done.stdout)["dates"] == dates


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (("--by", "7m"), ParameterError, "do not divide a day"),
        (("--by", "90s"), ParameterError, "give whole minutes"),
        (("--by", "soon"), ParameterError, "--by 'soon'"),
        (("--out", "bands.xlsx"), ParameterError, "neither .csv nor .parquet"),
        (("--zone", "Oslo"), ParameterError, "no time zone; give an IANA name"),
        (("--zone", "Asia/Tokyo"), DataError, "clock is that of Asia/Tokyo"),
        (("--until", "2026-01-01"), UsageError, "has no session from"),
    ],
)
def test_what_is_wrong_is_told(desk, arguments, error, told):
    with pytest.raises(error, match=told):
        call(desk, *arguments)
