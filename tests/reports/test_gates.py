"""A gate is a demand on a figure of the summary."""

from __future__ import annotations

import pytest

from simulator.errors import UsageError
from simulator.reports.gates import Bound, Gate, figures, judge, parse


def leaf(
    value: float | None, low: float | None = None, high: float | None = None
) -> dict[str, object]:
    return {"value": value, "low": low, "high": high, "n": 1 if low is None else 20}


KNOWN = figures(
    {
        "overall": {
            "service_level": {"of_all": leaf(0.81, 0.79, 0.83)},
            "asa_s": leaf(41.5, 38.0, 45.0),
            "concurrency": leaf(None),
            "counts": {"served": leaf(100.0)},
        },
        "topics": {"Cards & co.": {"asa_s": leaf(55.0, 50.0, 60.0)}},
        "intervals": [],
    }
)

SPELLINGS = [
    ("service_level>=0.8", Gate("service_level.of_all", ">=", 0.8)),
    ("service_level.of_all >= 80%", Gate("service_level.of_all", ">=", 0.8)),
    (" asa_s<60 ", Gate("asa_s", "<", 60.0)),
    ("topics.Cards & co..asa_s <= 1e2", Gate("topics.Cards & co..asa_s", "<=", 100.0)),
    ("wait_s.p90>-1", Gate("wait_s.p90", ">", -1.0)),
]

VERDICTS = [
    # gate, judged on, met
    ("service_level>=0.8", "value", True),
    ("service_level>=0.8", "low", False),
    ("service_level>=0.82", "high", True),
    ("service_level>=0.81", "value", True),
    ("service_level>0.81", "value", False),
    ("asa_s<=40", "value", False),
    ("asa_s<40", "low", True),
    ("overall.asa_s<60", "value", True),
    ("topics.Cards & co..asa_s<60", "value", True),
    ("counts.served>=100", "value", True),
]


@pytest.mark.parametrize(("text", "gate"), SPELLINGS)
def test_a_gate_is_a_figure_a_relation_and_a_number(text: str, gate: Gate) -> None:
    assert parse(text) == gate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.8",
        "service_level",
        "asa_s=60",
        "asa_s>=",
        ">=3",
        "asa_s<nan",
        "asa_s<inf",
        "asa_s<6x",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be read; .* for example service_level>=0\.8"):
        parse(text)


@pytest.mark.parametrize(("text", "on", "met"), VERDICTS)
def test_a_gate_judges_the_estimate_or_the_bound_asked_for(text: str, on: Bound, met: bool) -> None:
    assert judge(parse(text), KNOWN, on=on).met is met


def test_a_verdict_says_what_was_found_and_what_was_asked() -> None:
    assert str(judge(parse("asa_s<40"), KNOWN)) == "asa_s is 41.5, asked for asa_s<40"
    on_bound = judge(parse("service_level>=80%"), KNOWN, on="low")
    assert str(on_bound) == (
        "service_level.of_all (lower bound) is 0.79, asked for service_level.of_all>=0.8"
    )


def test_a_figure_that_nobody_was_there_to_measure_on_meets_no_gate() -> None:
    verdict = judge(parse("concurrency>=0"), KNOWN, on="low")
    assert not verdict.met
    assert "concurrency (lower bound) is not defined (no chats to measure it on)" in str(verdict)


def test_an_unknown_figure_names_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"names no figure of the summary; did you mean 'asa_s'\?"):
        judge(parse("asas>3"), KNOWN)


def test_a_bound_needs_an_interval() -> None:
    with pytest.raises(UsageError, match=r"counts.served has no interval from 1 replication"):
        judge(parse("counts.served>3"), KNOWN, on="high")
