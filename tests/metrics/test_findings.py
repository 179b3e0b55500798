"""What a run says in words."""

from __future__ import annotations

import pytest

from simulator.metrics import all_figures, definitions, headline, key_figures, provenance, summary
from simulator.metrics.findings import verdict


@pytest.mark.parametrize(
    ("low", "value", "high", "expected"),
    [
        (0.81, 0.84, 0.87, "the run meets the target"),
        (0.70, 0.75, 0.79, "the run misses the target"),
        (0.78, 0.81, 0.84, "too close to call against the target"),
        (None, 0.81, None, "the run meets the target"),  # one replication: the value alone
    ],
)
def test_verdict_needs_the_whole_interval_on_one_side(low, value, high, expected):
    assert verdict({"value": value, "low": low, "high": high}, 0.8) == expected


def test_headline_names_the_definition_and_the_interval(scenario, sessions, agents):
    text = headline(scenario, summary(scenario, sessions, agents))
    assert "of_all" in text
    assert "95 % interval" in text
    assert "the run misses the target of 80 %" in text


def test_headline_of_a_run_in_which_nobody_came(scenario, sessions, agents):
    text = headline(scenario, summary(scenario, sessions.iloc[:0], agents))
    assert text.startswith("Nobody queued")


def test_key_figures_are_six_tiles_of_text(scenario, sessions, agents):
    frame = key_figures(scenario, summary(scenario, sessions, agents))
    assert len(frame) == 6
    assert frame["figure"].iloc[0] == "Service level within 60 s"
    assert not (frame == "").any(axis=None)


def test_all_figures_name_all_three_service_levels(scenario, sessions, agents):
    figures = all_figures(scenario, summary(scenario, sessions, agents))["figure"].tolist()
    for name in ("of_all", "of_served", "excl_short_abandons"):
        assert f"service level within 60 s, {name}" in figures


def test_definitions_cover_what_the_report_shows(scenario):
    assert {"wait", "ASA", "occupancy, busy", "interval"} <= set(definitions(scenario)["figure"])


def test_definitions_say_where_the_interval_is_another_one(scenario):
    words = definitions(scenario).set_index("figure")["definition"]
    assert "P50, P90 and P99: Woodruff's" in words["interval"]
    assert "shortest to longest" in words["interval"]


def test_occupancy_is_of_the_time_present_and_that_is_defined(scenario):
    words = definitions(scenario).set_index("figure")["definition"]
    assert all("time present" in words[f"occupancy, {name}"] for name in ("busy", "slots", "work"))
    assert words["time present"].startswith("on duty, and finishing chats in hand after it")


def test_provenance_tells_seed_and_engine():
    manifest = {
        "scenario": "x", "scenario_hash": "ab", "seed": 3, "replications": 2, "engine": "simpy",
        "package": "0.1.0", "git_commit": None, "started_at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    rows = provenance(manifest).set_index("what")["value"]
    assert (rows["seed"], rows["engine"], rows["git commit"]) == ("3", "simpy", "–")
