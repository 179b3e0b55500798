"""Reports stand in their places whole, and the index is built from the manifests found."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from simulator.errors import DataError, UsageError
from simulator.reports.frame import TEMPLATE
from simulator.reports.gates import Verdict
from simulator.reports.index import entries, write_index
from simulator.reports.key_figures import KNOWN, Target, change, reason, told
from simulator.reports.provenance import Manifest, Source, read_manifest, to_json
from simulator.reports.series import in_series
from simulator.reports.shelf import Spot, drafting, spot_for, write_whole
from simulator.reports.sparklines import change_in_words, in_words, range_in_words, sparkline
from simulator.reports.survey import line, survey
from tests.reports.mornings import (
    FAILURE,
    MANIFEST,
    SUBJECT,
    about,
    figure,
    figures,
    mornings,
    stand,
)

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.reports.series import Series, Trend

LEVEL, WAIT, ABANDONMENT, *_ = KNOWN
MISSED = Verdict("asa_s<40", "asa_s", "value", 41.5, met=False)


def words(html: str) -> str:
    """All that is on the page, without its marks."""
    text = unescape(re.sub(r"<[^>]*>", " ", html[html.index("<body") :]))
    return re.sub(r" ([,:])", r"\1", " ".join(text.split()))


def indexed(out: Path) -> str:
    return write_index(out).read_text(encoding="utf-8")


def made(number: int, **changed: Any) -> Manifest:
    """A manifest of the morning of that number."""
    at = datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(days=number)
    return replace(MANIFEST, made_at=at.isoformat(), **changed)


def series_of(out: Path, *manifests: Manifest) -> Series:
    """The only series that these reports are."""
    for number, manifest in enumerate(manifests):
        stand(out, f"r{number}", manifest)
    (series,) = in_series(survey(out).entries)
    return series


def trend_of(out: Path, *levels: float | None, half: float | None = None) -> Trend:
    """The course of the service level; None: that report failed."""
    return series_of(
        out,
        *(
            made(number, failure=FAILURE)
            if level is None
            else made(number, figures={LEVEL.name: figure(level, half)}, gates=())
            for number, level in enumerate(levels)
        ),
    ).trend(LEVEL)


def test_a_report_s_folder_is_named_for_the_run_and_its_figures(tmp_path: Path) -> None:
    spot = spot_for(tmp_path, SUBJECT, "waits", {})
    assert spot.page == tmp_path / "Bank-1999-seed3-01234567" / "waits.html"
    assert spot.notebook.name == "waits.ipynb"
    assert spot.manifest.name == "waits.manifest.json"


def test_other_parameters_make_another_report_and_the_same_ones_the_same(tmp_path: Path) -> None:
    spots = [
        spot_for(tmp_path, SUBJECT, "waits", parameters).stem
        for parameters in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3})
    ]
    assert spots[0] == spots[1] != spots[2]
    assert re.fullmatch(r"waits-[0-9a-f]{6}", spots[0])


def test_nothing_is_left_of_a_draft_that_failed(tmp_path: Path) -> None:
    out = tmp_path / "reports"

    def fail_midway() -> None:
        with drafting(Spot(out / "a", "n")) as draft:
            draft.page.write_text("half a p")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_midway()
    assert list(out.iterdir()) == []


def test_a_report_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    stand(tmp_path, "a", MANIFEST)
    stand(tmp_path, "a", replace(MANIFEST, title="A newer one"))
    found, _ = entries(tmp_path)
    assert [entry.manifest.title for entry in found] == ["A newer one"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with (
        pytest.raises(UsageError, match=r"no report can be written in .*reports"),
        drafting(Spot(tmp_path / "reports" / "a", "n")),
    ):
        pass


def test_a_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_whole(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_a_manifest_survives_being_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(to_json(MANIFEST), encoding="utf-8")
    assert read_manifest(path) == MANIFEST


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "status": "ok", "title": "x"}']
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"manifest.*m\.json"):
        read_manifest(path)


def test_the_index_lists_the_newest_first_with_figures_and_links(tmp_path: Path) -> None:
    stand(tmp_path, "older", about(scenario="one"))
    # Written an hour later by the clock on the wall, but earlier by the clock of the world.
    early = replace(about(scenario="two"), title="B", made_at="2026-01-05T09:00:00+02:00")
    stand(tmp_path, "oldest", early)
    stand(tmp_path, "new est", made(1, title="C <i>"))
    html = indexed(tmp_path)
    assert re.findall(r'<h2><a href="([^"]*)">([^<]*)</a>', html) == [
        ("new%20est/service_report.html", "C &lt;i&gt;"),
        ("older/service_report.html", "A title"),
        ("oldest/service_report.html", "B"),
    ]
    text = words(html)
    assert "3 reports in 3 series, newest first; the newest of 6 January 2026, 08:00 UTC" in text
    assert "Service level 81.2 % 79.0 to 83.4" in text
    assert "Mean wait of the served 42 s target less than 60 s Abandonment –" in text
    assert 'href="older/service_report.ipynb"' in html
    assert 'href="older/service_report.manifest.json"' in html


def test_the_index_tells_what_failed_and_what_was_missed(tmp_path: Path) -> None:
    stand(tmp_path, "a", about(replace(MANIFEST, gates=(MISSED,)), scenario="one"))
    stand(tmp_path, "b", replace(MANIFEST, failure=FAILURE))
    text = words(indexed(tmp_path))
    assert "Target missed Mean wait of the served 41.5 s, target less than 40 s" in text
    assert "Failed Stopped in cell 4: KeyError: 'wait' Service level" in text
    assert (
        "The newest of each series 1 failed Bank / 1999 · service report "
        "1 target missed one · service report Search"
    ) in text


@pytest.mark.parametrize(
    ("verdict", "told_as"),
    [
        (
            Verdict("service_level.of_all>=0.8", "service_level.of_all", "value", 0.76, met=False),
            "Service level 76.0 %, target at least 80 %",
        ),
        (  # As many digits as it takes to see that it is not the target.
            Verdict("service_level.of_all>=0.8", "service_level.of_all", "low", 0.79996, met=False),
            "Service level (lower bound) 79.996 %, target at least 80 %",
        ),
        (
            Verdict("asa_s<60", "asa_s", "value", 60.0, met=False),
            "Mean wait of the served 60.0 s, target less than 60 s",
        ),
        (
            Verdict("abandonment<=0.05", "abandonment", "value", None, met=False),
            "Abandonment is not defined (no chats to measure it on), target at most 5 %",
        ),
        (
            Verdict("topics.Billing.asa_s<60", "topics.Billing.asa_s", "value", 75.5, met=False),
            "topics.Billing.asa_s is 75.5, asked for topics.Billing.asa_s<60",
        ),
    ],
)
def test_a_missed_target_is_told_in_words(verdict: Verdict, told_as: str) -> None:
    assert " ".join(reason(verdict).split()) == told_as


# Series


def test_older_reports_of_a_series_are_folded_below_the_newest(tmp_path: Path) -> None:
    for number in range(3):
        stand(tmp_path, f"r{number}", made(number, title=f"Finding {number}"))
    html = indexed(tmp_path)
    assert re.findall(r"<h2><a[^>]*>([^<]*)", html) == ["Finding 2"]
    below = html[html.index('<details class="older">') :]
    assert re.findall(r'<a href="(r\d/[^"]*html)">([^<]*)<', below) == [
        ("r1/service_report.html", "6 Jan 2026"),
        ("r0/service_report.html", "5 Jan 2026"),
    ]
    assert "2 older reports Made Status Service level, % Mean wait, s Abandoned, % Files" in words(
        html
    )
    assert "6 Jan 2026 08:00 Finding 1 Complete 81.2 42 – notebook manifest" in words(html)


@pytest.mark.parametrize(
    ("other", "is_another"),
    [
        (about(scenario="another"), True),
        (about(kind="records"), True),
        (replace(MANIFEST, notebook=Source("explore", "ef" * 32, None)), True),
        (replace(MANIFEST, parameters={"by_min": 30}), True),
        (replace(MANIFEST, job="evening"), True),
        (about(seed=4, summary_sha256="f" * 64, folder="/runs/b"), False),
        (replace(MANIFEST, title="Another finding"), False),
    ],
)
def test_what_makes_a_series(tmp_path: Path, other: Manifest, is_another: bool) -> None:
    stand(tmp_path, "a")
    stand(tmp_path, "b", other)
    assert len(in_series(survey(tmp_path).entries)) == 1 + is_another


@pytest.mark.parametrize(
    ("monday", "tuesday"),
    [
        ({"day": "2026-01-05"}, {"day": "2026-01-06"}),
        ({"files": ["/x/chats-20260105.csv"]}, {"files": ["/x/chats-20260106.csv"]}),
        ({"file": "chats-05.01..csv"}, {"file": "chats-06.01..csv"}),
        ({"a": {"b": "5.1.2026"}}, {"a": {"b": "6.1.2026"}}),
    ],
)
def test_dates_in_parameters_do_not_make_another_series(
    tmp_path: Path, monday: dict[str, Any], tuesday: dict[str, Any]
) -> None:
    series = series_of(tmp_path, made(0, parameters=monday), made(1, parameters=tuesday))
    assert len(series.entries) == 2


def test_parameters_are_named_with_the_series_without_dates_and_folders(tmp_path: Path) -> None:
    parameters = {"day": "2026-01-05", "by_min": 30, "runs": ["/home/x/one", "C:\\two"], "none": []}
    series = series_of(tmp_path, replace(MANIFEST, parameters=parameters))
    assert series.newest.parameters == "by_min = 30, runs = one, two, none = none"


def test_days_that_are_reported_on_follow_each_other_however_late_they_were_made(
    tmp_path: Path,
) -> None:
    days = ("2026-01-04", "2026-01-05", "2026-01-03")  # the last one made up for
    manifests = [about(made(n), kind="records", day=day) for n, day in enumerate(days)]
    series = series_of(tmp_path, *manifests)
    assert series.is_about_days
    assert [entry.day and entry.day.day for entry in series.entries] == [5, 4, 3]
    text = words(indexed(tmp_path))
    assert "About Monday, 5 January 2026 · made 6 January 2026, 08:00 UTC" in text
    assert "4 Jan 2026 made 5 Jan 2026, 08:00 Complete" in text


def test_of_a_day_that_was_reported_anew_the_newer_report_is_in_the_course(tmp_path: Path) -> None:
    values = (("2026-01-04", 0.5), ("2026-01-05", 0.7), ("2026-01-04", 0.6))
    manifests = [
        about(made(n, figures=figures(level, None, None)), kind="records", day=day)
        for n, (day, level) in enumerate(values)
    ]
    series = series_of(tmp_path, *manifests)
    assert len(series.entries) == 3
    assert [value for _, value in series.trend(LEVEL).known] == [0.6, 0.7]


def test_a_report_that_was_found_unchanged_counts_from_then(tmp_path: Path) -> None:
    stand(tmp_path, "a", replace(made(0), checked_at="2026-01-09T08:00:00+01:00"))
    stand(tmp_path, "b", made(2))
    assert [entry.links.page for entry in survey(tmp_path).entries] == [
        "a/service_report.html",
        "b/service_report.html",
    ]
    assert (
        "made 5 January 2026, 08:00 UTC, found unchanged 9 January 2026, 08:00 UTC+01:00"
    ) in words(indexed(tmp_path))


# The course of a figure


def test_the_course_is_told_in_words(tmp_path: Path) -> None:
    trend = trend_of(tmp_path, 0.76, 0.81, None, 0.79)
    assert " ".join(in_words(trend).split()) == (
        "Service level of the last 4 reports: from 76.0 % to 81.0 %, latest 79.0 %; "
        "1 without this figure"
    )
    assert change_in_words(trend) == "−2.0\u00a0points since 6 Jan"
    assert range_in_words(trend) == "76.0–81.0\u00a0% in 3 reports"


def test_the_line_is_broken_where_a_report_failed(tmp_path: Path) -> None:
    drawn = str(sparkline(trend_of(tmp_path, 0.7, 0.8, None, 0.9, None, 0.75, 0.8)))
    course = re.search(r'class="course" d="([^"]*)"', drawn)
    assert course is not None
    # Two joined, one alone (a dot), two joined; a seventh of the way between neighbours.
    xs = [
        [float(point.split()[0]) for point in stretch.split("L")]
        for stretch in course[1].split("M")[1:]
    ]
    assert xs == [[4.0, 29.3], [80.0, 80.0], [130.7, 156.0]]


def test_lowest_highest_and_last_are_marked_and_intervals_and_target_drawn(tmp_path: Path) -> None:
    gate = Verdict("service_level.of_all>=0.8", LEVEL.name, "value", 0.79, met=False)
    manifests = [
        made(number, figures={LEVEL.name: figure(level, 0.02)}, gates=(gate,))
        for number, level in enumerate((0.85, 0.75, 0.8))
    ]
    drawn = str(sparkline(series_of(tmp_path, *manifests).trend(LEVEL)))
    rings = re.findall(r'<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    # From 73 % to 87 % in 32 units of height, with a margin of 4.
    assert rings == [
        ("end", "80.0", "31.4"),
        ("end", "4.0", "8.6"),
        ("last", "156.0", "20.0"),
    ]
    assert 'class="target" d="M0 20.0H160"' in drawn
    assert drawn.count("V") == 3
    assert "target at least 80\u00a0%" in drawn


@pytest.mark.parametrize("levels", [(0.8,), (None, 0.8), (None, None)])
def test_a_single_value_has_no_course(tmp_path: Path, levels: tuple[float | None, ...]) -> None:
    trend = trend_of(tmp_path, *levels)
    assert (sparkline(trend), change_in_words(trend), range_in_words(trend)) == (None, None, None)
    assert "<svg" not in indexed(tmp_path)


def test_after_a_failure_there_is_a_course_but_no_change(tmp_path: Path) -> None:
    trend = trend_of(tmp_path, 0.7, 0.8, None)
    assert change_in_words(trend) is None
    assert range_in_words(trend) == "70.0–80.0\u00a0% in 2 reports"


def test_a_figure_that_stays_is_a_level_line(tmp_path: Path) -> None:
    trend = trend_of(tmp_path, 0.8, 0.8, 0.8)
    assert change_in_words(trend) == "unchanged since 6 Jan"
    assert range_in_words(trend) == "80.0\u00a0% in 3 reports"
    assert 'd="M4.0 20.0L80.0 20.0L156.0 20.0"' in str(sparkline(trend))


def test_noise_is_not_drawn_as_mountains(tmp_path: Path) -> None:
    drawn = str(sparkline(trend_of(tmp_path, 0.800, 0.801)))
    assert 'd="M4.0 20.8L156.0 19.2"' in drawn


def test_the_course_is_of_the_last_thirty(tmp_path: Path) -> None:
    trend = trend_of(tmp_path, *(0.5 + number / 100 for number in range(40)))
    assert len(trend.estimates) == 30
    assert trend.known[0] == (0, 0.6)


def test_at_most_four_figures_are_shown(tmp_path: Path) -> None:
    six = {known.name: figure(0.5) for known in KNOWN[:6]}
    stand(tmp_path, "a", replace(MANIFEST, figures=six, gates=()))
    text = words(indexed(tmp_path))
    assert "Chats 0 " in text
    assert "P90 wait" not in text


@pytest.mark.parametrize(
    ("now", "before", "unit", "expected"),
    [
        (0.79, 0.81, "share", "−2.0 points"),
        (44.2, 41.0, "seconds", "+3 s"),
        (4.2, 1.0, "seconds", "+3.2 s"),
        (0.5, 0.5001, "share", "unchanged"),
        (1240, 1265, "count", "−25"),
        (5000, 1000, "count", "+4,000"),
    ],
)
def test_changes_have_the_digits_of_what_changed(
    now: float, before: float, unit: Any, expected: str
) -> None:
    assert change(now, before, unit).replace("\u00a0", " ") == expected


def test_values_have_their_units() -> None:
    shown = [told(0.8123, "share"), told(7.25, "seconds"), told(1234.5, "count")]
    assert [text.replace("\u00a0", " ") for text in shown] == ["81.2 %", "7.2 s", "1,234"]
    assert Target("<=", 0.05).told("share") == "at most 5\u00a0%"
    assert Target(">", 1234.5).told("seconds") == "more than 1,234.5\u00a0s"


# Places


def test_reports_of_jobs_stand_deeper_and_latest_does_not_count_twice(tmp_path: Path) -> None:
    spot = stand(tmp_path, "morning/2026-01-05/run", replace(MANIFEST, job="morning"), pdf=True)
    (tmp_path / "morning/2026-01-05/log.jsonl").write_text("{}")
    shutil.copytree(tmp_path / "morning/2026-01-05", tmp_path / "morning/latest")
    stand(tmp_path, "by-hand")
    html = indexed(tmp_path)
    assert len(entries(tmp_path)[0]) == 2
    assert "latest/" not in html
    for name in (spot.page.name, spot.notebook.name, spot.manifest.name, spot.pdf.name):
        assert f'href="morning/2026-01-05/run/{name}"' in html
    assert 'href="morning/2026-01-05/log.jsonl">log</a>' in html
    assert "Bank / 1999 · service report · job morning" in words(html)


@pytest.mark.skipif(sys.platform == "win32", reason="links to folders need rights there")
def test_a_link_to_the_newest_does_not_count_twice(tmp_path: Path) -> None:
    stand(tmp_path, "morning/2026-01-05/run")
    (tmp_path / "morning/latest").symlink_to("2026-01-05", target_is_directory=True)
    assert len(entries(tmp_path)[0]) == 1


def test_manifests_at_other_depths_are_no_reports(tmp_path: Path) -> None:
    stand(tmp_path, "a/b")
    stand(tmp_path, "a/b/c/d")
    stand(tmp_path, ".")
    assert entries(tmp_path) == ([], [])


def test_drafts_are_no_reports(tmp_path: Path) -> None:
    stand(tmp_path, ".draft-left-by-a-killed-process", MANIFEST)
    stand(tmp_path, "morning/2026-01-05/.draft-left")
    stand(tmp_path, "morning/.draft-latest/run")
    assert entries(tmp_path) == ([], [])
    assert "No report yet." in words(indexed(tmp_path))


def test_only_what_stands_is_linked(tmp_path: Path) -> None:
    spot = stand(tmp_path, "a")
    spot.page.unlink()
    spot.notebook.unlink()
    html = indexed(tmp_path)
    assert re.findall(r'href="(a/[^"]*)"', html) == ["a/service_report.manifest.json"]
    assert "the page is not there" in words(html)


def run_folder(path: Path) -> dict[str, str]:
    """A run folder as far as its manifest, and the hashes that a report takes from it."""
    path.mkdir(parents=True)
    told = {"files": {"summary.json": {"sha256": "ab" * 32}}}
    (path / "manifest.json").write_text(json.dumps(told))
    return {"summary.json": "ab" * 32}


def test_the_run_is_linked_if_it_is_beside_the_reports_and_still_the_same(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "bank #1"
    inputs = run_folder(run)
    out = tmp_path / "reports"
    stand(out, "a", about(folder=str(run), inputs=inputs))
    assert 'href="../runs/bank%20%231/">data</a>' in indexed(out)
    shutil.rmtree(run)
    assert ">data</a>" not in indexed(out)
    assert str(tmp_path) not in indexed(out)


def test_a_run_that_was_made_anew_is_no_longer_the_data_of_an_older_report(tmp_path: Path) -> None:
    inputs = run_folder(tmp_path / "reports" / "run")
    folder = str(tmp_path / "reports" / "run")
    stand(tmp_path / "reports", "a", about(folder=folder, inputs={"summary.json": "cd" * 32}))
    stand(tmp_path / "reports", "b", about(folder=folder, inputs=inputs))
    found, _ = entries(tmp_path / "reports")
    assert {entry.links.page: entry.links.data for entry in found} == {
        "a/service_report.html": None,
        "b/service_report.html": "run/",
    }


@pytest.mark.parametrize("folder", ["/", "/etc/passwd", "runs/a", "", "\x00", "../.."])
def test_data_elsewhere_is_not_linked(tmp_path: Path, folder: str) -> None:
    stand(tmp_path / "reports", "a", about(folder=folder, kind="records"))
    assert entries(tmp_path / "reports")[0][0].links.data is None


# Jobs


def write_record(out: Path, day: str, **told: Any) -> None:
    folder = out / "morning" / day
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.jsonl").write_text("{}\n")
    if told:
        (folder / "job.json").write_text(json.dumps(told), encoding="utf-8")


def test_a_report_that_could_not_be_made_at_all_is_told_with_its_job(tmp_path: Path) -> None:
    write_record(tmp_path, "2026-01-04", status="ok", lost=[])
    lost = ["reports[1]: there is no <b>run</b>\nand more", *map(str, range(6))]
    write_record(
        tmp_path, "2026-01-05", status="failed", ended_at="2026-01-05T06:04:00+00:00", lost=lost
    )
    html = indexed(tmp_path)
    assert (
        "Job morning: failed, 5 January 2026, 06:04 UTC · log "
        "reports[1]: there is no <b>run</b> 0 1 2 3 and 2 more: see the log"
    ) in words(html)
    assert html.count('href="morning/2026-01-05/log.jsonl"') == 1
    assert "2026-01-04" not in html


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"status": "ok"}, "all reports complete, Monday, 5 January 2026"),
        ({"status": "missed", "lost": None}, "target missed, Monday, 5 January 2026"),
        ({"status": "timeout", "lost": ["time"]}, "failed, Monday, 5 January 2026"),
        ({}, "its last run has not ended, or was interrupted, Monday, 5 January 2026"),
        ({"status": ["odd"], "ended_at": 5, "lost": {}}, "its last run has not ended"),
    ],
)
def test_how_a_job_ended_is_told(tmp_path: Path, record: dict[str, Any], expected: str) -> None:
    write_record(tmp_path, "2026-01-05", **record)
    assert f"Job morning: {expected}" in words(indexed(tmp_path))


# Whatever stands in the folder


def test_a_damaged_manifest_is_named_in_the_index_and_the_others_stand(tmp_path: Path) -> None:
    stand(tmp_path, "good", MANIFEST)
    spot = stand(tmp_path, "bad", MANIFEST)
    content = json.loads(spot.manifest.read_text())
    del content["run"]
    spot.manifest.write_text(json.dumps(content))
    text = words(indexed(tmp_path))
    assert "1 report, of 5 January 2026, 08:00 UTC" in text
    assert "Left out: these manifests cannot be read." in text
    assert "bad/service_report.manifest.json" in text


@pytest.mark.parametrize(
    "damage",
    [
        {"made_at": "yesterday"},
        {"made_at": None},
        {"figures": {"asa_s": {"value": "much"}}},
        {"figures": {"asa_s": 3}},
        {"figures": None},
        {"parameters": []},
        {"failure": {"cell": 1}},
        {"failure": "all"},
        {"gates": [{"gate": 5, "figure": [], "on": "value", "found": 1, "met": False}]},
        {"gates": [{"gate": "asa_s<1", "figure": "asa_s", "on": "up", "found": 1, "met": False}]},
        {"run": {"folder": None}},
    ],
)
def test_no_damage_stops_the_index(tmp_path: Path, damage: dict[str, Any]) -> None:
    stand(tmp_path, "good")
    spot = stand(tmp_path, "bad")
    content = json.loads(spot.manifest.read_text()) | damage
    spot.manifest.write_text(json.dumps(content))
    found, damaged = entries(tmp_path)
    assert (len(found), damaged) == (1, ["bad/service_report.manifest.json"])
    assert "1 report, of 5 January 2026, 08:00 UTC" in words(indexed(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'"x"', b'{"format": 3}'])
def test_no_rubbish_stops_the_index(tmp_path: Path, content: bytes) -> None:
    stand(tmp_path, "good")
    stand(tmp_path, "bad").manifest.write_bytes(content)
    assert len(entries(tmp_path)[1]) == 1
    indexed(tmp_path)


def test_values_that_are_no_numbers_are_not_known(tmp_path: Path) -> None:
    odd = {LEVEL.name: {"value": float("nan"), "low": float("-inf"), "high": 1.0, "n": 1}}
    stand(tmp_path, "a", replace(MANIFEST, figures=odd, gates=()))
    assert "Service level – notebook" not in words(indexed(tmp_path))
    assert "Service level –" in words(indexed(tmp_path))


def test_a_report_of_an_older_version_is_told_apart_from_damage(tmp_path: Path) -> None:
    spot = stand(tmp_path, "old")
    content = json.loads(spot.manifest.read_text()) | {"format": 1, "title": "Old <b>one</b>"}
    spot.manifest.write_text(json.dumps(content))
    stand(tmp_path, "new")
    html = indexed(tmp_path)
    assert "Made by an older version 1 report made by an older version" in words(html)
    assert '<a href="old/service_report.html">Old &lt;b&gt;one&lt;/b&gt;</a>' in html
    assert "Left out" not in html


def test_what_vanishes_while_it_is_read_does_no_harm(tmp_path: Path) -> None:
    """Folders and files are deleted by another thread all the while."""
    import threading

    for number in range(40):
        stand(tmp_path, f"r{number}", made(number))
        stand(tmp_path, f"morning/2026-01-{number % 28 + 1:02}/r{number}", made(number))
    deleting = threading.Thread(
        target=lambda: [shutil.rmtree(path) for path in sorted(tmp_path.glob("[!i]*"))]
    )
    deleting.start()
    seen = [survey(tmp_path) for _ in range(20)]
    deleting.join()
    counts = [len(each.entries) for each in seen]
    assert counts == sorted(counts, reverse=True)
    assert [each.unread for each in seen if each.unread] == []
    assert "No report yet." in words(indexed(tmp_path))


HOSTILE = "<script>alert(1)</script>\x00\x1b[31m\u202e\ud800\"'&"


def test_names_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    manifest = replace(
        about(scenario=HOSTILE),
        title=HOSTILE,
        notebook=Source("service_report", "cd" * 32, None),
        parameters={HOSTILE: HOSTILE},
        job=HOSTILE,
        failure={"cell": HOSTILE, "error": HOSTILE, "message": HOSTILE},
    )
    spot = stand(tmp_path, "a")
    spot.manifest.write_text(json.dumps(json.loads(to_json(manifest))), encoding="utf-8")
    html = indexed(tmp_path)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[31m" in html
    assert "\x00" not in html
    assert "\x1b" not in html
    assert html.count("<script") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows does not have")
@pytest.mark.parametrize("folder", ['a"b<c>#?%&', "javascript:alert(1)", "é\n", "x\udcff"])
def test_links_are_percent_encoded(tmp_path: Path, folder: str) -> None:
    try:
        stand(tmp_path, folder)
    except OSError:
        pytest.skip("the file system does not take the name")
    (link,) = re.findall(r'<h2><a href="([^"]*)"', indexed(tmp_path))
    assert re.fullmatch(r"[\w.~%-]+/service_report\.html", link)
    name = os.fsdecode(unquote(link.removesuffix("/service_report.html"), errors="surrogateescape"))
    assert name == folder


def test_long_texts_have_an_end() -> None:
    assert line("x" * 1000) == "x" * 299 + "…"
    assert line("  one\ntwo ") == "one"


# The page


def test_the_page_lets_nothing_in_and_only_its_script_run(tmp_path: Path) -> None:
    mornings(tmp_path, 3)
    html = indexed(tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "default-src 'none'" in html
    assert 'addEventListener("hashchange"' in script
    references = re.findall(r"""\b(?:src|href|action)\s*=\s*["']?([^"'>\s]*)""", html)
    assert [each for each in references if re.match(r"[a-z]+:|//", each)] == []
    assert re.findall(r"url\(|@import|https?:", html) == []


def test_a_report_does_not_carry_what_only_the_index_needs() -> None:
    index_only = (TEMPLATE / "index.js").read_text(encoding="utf-8")
    from simulator.reports.frame import filled

    frame = filled("frame.html.j2", kind="report", title="t")
    assert "hashchange" in index_only
    assert "hashchange" not in frame
    assert ".trend" not in frame


def test_every_input_has_a_label_and_every_drawing_words(tmp_path: Path) -> None:
    mornings(tmp_path, 3)
    html = indexed(tmp_path)
    named = set(re.findall(r'<(?:input|select)[^>]* id="([^"]*)"', html))
    assert named == set(re.findall(r'<label for="([^"]*)"', html))
    drawings = re.findall(r"<svg [^>]*>", html)
    assert drawings
    assert all('role="img" aria-label="' in each for each in drawings)


def test_a_link_in_the_summary_leads_to_its_series(tmp_path: Path) -> None:
    mornings(tmp_path, 3)
    html = indexed(tmp_path)
    targets = re.findall(r'href="#(s\d+)"', html)
    assert targets
    assert all(f'<li id="{target}"' in html for target in targets)


def test_years_of_mornings_stay_a_sane_file(tmp_path: Path) -> None:
    mornings(tmp_path, 100)
    html = indexed(tmp_path)
    assert f"{301} reports in 4 series" in words(html)
    assert len(html.encode()) < 60_000 + 301 * 700
    assert html.count("<svg") == 10


def test_the_newest_morning_s_day_is_the_one_before(tmp_path: Path) -> None:
    mornings(tmp_path, 2)
    days = [entry.day for entry in survey(tmp_path).entries if entry.day]
    assert days == [date(2026, 9, 24), date(2026, 9, 23)]
