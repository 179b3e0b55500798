"""``pickup theory``: what is printed, and what is refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simulator.cli.theory import app
from simulator.errors import ParameterError

DESK = ["--per-hour", "252", "--handle", "2m", "--agents", "12"]
CHAT = ["--work", "6m", "--output", "1,1.7,2.2", "--agents", "5"]
COMING_BACK = ["--probability", "0.5", "--delay", "5m"]


def printed(*arguments: str) -> dict[str, float | None]:
    """The JSON object of a command."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, float | None] = json.loads(result.stdout)
    return figures


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (["erlang-b", *DESK], "p_block", 0.063317),  # A6
        (["erlang-c", *DESK], "mean_wait_s", 60 * 0.102160),  # A4
        (["erlang-a", *DESK, "--patience", "1m"], "of_all", 0.945270),  # A9
        (["waiting-places", *DESK, "--places", "5"], "p_block", 0.009477),  # A8
        (["one-agent", "--per-hour", "48", "--handle", "1m", "--cv", "2"], "mean_wait_s", 600),
        (
            ["fixed-handle", "--per-hour", "270", "--handle", "1m", "--agents", "5"],
            "mean_wait_s",
            60 * 0.776695,  # A14
        ),
        (["chat", "--per-hour", "90", *CHAT, "--patience", "4m"], "concurrency", 2.220438),  # C1
        (
            ["pickup", *DESK, "--reaction", "10s", "--patience", "1m"],
            "p_abandon",
            0.159711,  # P3
        ),
        (
            ["retries", *DESK[:4], "--agents", "9", "--patience", "1m", *COMING_BACK],
            "attempts_per_hour",
            60 * 4.581439,  # A17
        ),
        (["day", *DESK], "in_time", 1815.271737),
    ],
)
def test_each_command_gives_the_figure_of_the_table(
    arguments: list[str], name: str, value: float
) -> None:
    assert printed(*arguments)[name] == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(
    ("curve", "p_abandon"),
    [  # A16
        (["exponential"], 0.126107),
        (["fixed"], 0.084283),
        (["uniform"], 0.111402),
        (["lognormal", "--shape", "1"], 0.124778),
        (["weibull", "--shape", "1"], 0.126107),
    ],
)
def test_patience_of_any_curve(curve: list[str], p_abandon: float) -> None:
    figures = printed("erlang-a", *DESK[:4], "--agents", "9", "--patience", "1m", "--curve", *curve)
    assert figures["p_abandon"] == pytest.approx(p_abandon, abs=1e-6)


def test_nobody_gives_up_without_patience() -> None:
    assert printed("chat", "--per-hour", "90", *CHAT)["p_abandon"] == 0
    assert printed("chat", "--per-hour", "90", *CHAT)["mean_wait_abandoned_s"] is None
    assert printed("day", *DESK)["abandoned"] == 0


def test_the_table_has_units_and_words() -> None:
    result = CliRunner().invoke(app, ["erlang-c", *DESK], catch_exceptions=False)
    lines = [line.split(maxsplit=3) for line in result.stdout.splitlines()]
    assert lines[0] == ["p_wait", "0.183889", "share", "of the queued who wait"]
    assert ["mean_wait_s", "6.129621", "s", "of all queued"] in lines
    assert ["mean_wait_abandoned_s", "–", "s", "of those who give up"] in lines


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["erlang-c", *DESK[:2], "--handle", "3", "--agents", "9"], "--handle .* no unit"),
        (["erlang-c", *DESK[:2], "--handle", "-3m", "--agents", "9"], "--handle is -3m; give"),
        (["erlang-c", *DESK[:4], "--agents", "8"], "no steady state"),
        (["erlang-a", *DESK, "--patience", "1m", "--curve", "weibull"], "--shape is None"),
        (["erlang-a", *DESK, "--patience", "1m", "--shape", "2"], "exponential patience has none"),
        (
            ["chat", "--per-hour", "90", "--work", "6m", "--output", "1;2", "--agents", "5"],
            "--output is '1;2'; give numbers with commas",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(arguments: list[str], complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
