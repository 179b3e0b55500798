"""Old reports go, and nothing else; what would go is told first."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import ParameterError, UsageError
from simulator.locking import lock
from simulator.reports.index import entries
from simulator.reports.provenance import Manifest, Source, Subject, to_json
from simulator.reports.retention import Cleaning, carry_out, plan
from simulator.reports.shelf import Spot

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
RUN = Subject(
    folder="/runs/a", scenario="corner shop", seed=1, replications=2, engine="simpy",
    package="0.1.0", scenario_sha256="ab" * 32, summary_sha256="cd" * 32, figures={},
)  # fmt: skip


def stand(folder: Path, *, days_ago: int, stem: str = "report", scenario: str = "shop") -> Spot:
    """A report of a size that can be told, made that many days ago."""
    spot = Spot(folder, stem)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        title="Report",
        made_at=(NOW - timedelta(days=days_ago)).isoformat(),
        notebook=Source(stem, "ef" * 32, None),
        parameters={},
        run=replace(RUN, scenario=scenario),
        failure=None,
        gates=(),
        figures={},
        versions={},
        seconds={"execute": 1.0},
        files={spot.page.name: "0", spot.notebook.name: "0"},
    )
    for file in (spot.page, spot.notebook):
        file.write_text("x" * 100)
    spot.manifest.write_text(to_json(manifest))
    return spot


def morning(job: Path, day: date) -> Path:
    """A morning of a job with one report."""
    folder = job / day.isoformat()
    stand(folder / "shop", days_ago=0)
    for name in ("log.jsonl", "job.json"):
        (folder / name).write_text("{}")
    return folder


def mornings(job: Path, count: int) -> list[Path]:
    """The newest first."""
    return [morning(job, date(2026, 4, 1) - timedelta(days=n)) for n in range(count)]


def doomed(cleaning: Cleaning) -> set[Path]:
    return {each.path for each in cleaning.doomed}


def test_the_newest_of_each_series_stay(tmp_path: Path) -> None:
    spots = {
        (name, age): stand(tmp_path / f"{name}-{age}", days_ago=age, scenario=name)
        for name in ("a", "b") for age in (1, 2, 3)
    }  # fmt: skip
    cleaning = plan(tmp_path, keep=2, days=None, now=NOW)
    assert doomed(cleaning) == {spots["a", 3].manifest, spots["b", 3].manifest}
    assert cleaning.kept == 4
    assert {each.why for each in cleaning.doomed} == {"number 3 of its series, 2 are kept"}


def test_what_is_young_enough_stays(tmp_path: Path) -> None:
    spots = [stand(tmp_path / f"r{age}", days_ago=age) for age in (9, 10, 11)]
    assert doomed(plan(tmp_path, keep=None, days=10, now=NOW)) == {spots[2].manifest}


def test_with_both_bounds_a_report_goes_only_beyond_both(tmp_path: Path) -> None:
    spots = [stand(tmp_path / f"r{age}", days_ago=age) for age in (1, 30, 60)]
    assert doomed(plan(tmp_path, keep=1, days=45, now=NOW)) == {spots[2].manifest}
    assert doomed(plan(tmp_path, keep=3, days=1, now=NOW)) == set()


def test_without_bounds_drafts_alone_go_and_only_old_ones(tmp_path: Path) -> None:
    stand(tmp_path / "r", days_ago=900)
    runs = tmp_path / "runs"
    old = [
        tmp_path / ".draft-abc" / "page.html",
        tmp_path / "job" / ".draft-1-latest",
        tmp_path / "job" / "2026-03-01" / ".draft-x" / "deep" / "page.html",
        runs / ".shop-seed1.0123abcd.partial" / "sessions.parquet",
    ]
    young = [tmp_path / ".draft-young" / "page.html", runs / ".b.0123abcd.partial"]
    resumable = runs / ".study.partial"
    for path in (*old, *young, resumable):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 10)
    for path in (*old, resumable):
        for each in (path, path.parent):
            os.utime(each, (NOW.timestamp() - 2 * 86400,) * 2)
    for path in (runs, tmp_path / "job", tmp_path / "job" / "2026-03-01", tmp_path / "r"):
        path.mkdir(exist_ok=True)
    for path in young:
        os.utime(path, (NOW.timestamp() - 3600,) * 2)
    cleaning = plan(tmp_path, keep=None, days=None, now=NOW, runs=[runs])
    roots = {old[0].parent, old[1], old[2].parents[1], old[3].parent}
    assert doomed(cleaning) >= {old[0].parent, old[1], old[3].parent}
    assert doomed(cleaning) <= roots
    carry_out(cleaning)
    assert not any(path.exists() for path in (old[0], old[1], old[3]))
    assert all(path.exists() for path in (*young, resumable, tmp_path / "r" / "report.html"))


def test_a_morning_goes_as_a_whole_and_latest_stays(tmp_path: Path) -> None:
    folders = mornings(tmp_path / "job", 5)
    (tmp_path / "job" / "latest").symlink_to(folders[4].name, target_is_directory=True)
    for root in (tmp_path, tmp_path / "job"):
        assert doomed(plan(root, keep=2, days=None, now=NOW)) == {folders[2], folders[3]}
    freed = carry_out(plan(tmp_path, keep=2, days=None, now=NOW))
    assert freed > 400
    assert [folder.exists() for folder in folders] == [True, True, False, False, True]
    assert len(entries(tmp_path)[0]) == 3


def test_other_peoples_files_stay_and_their_folder(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    spot.pdf.write_text("x")
    note = spot.folder / "note.txt"
    note.write_text("mine")
    (folder,) = mornings(tmp_path / "job", 1)
    (folder / "shop" / "mine.html").write_text("mine")
    (tmp_path / "holiday.jpg").write_text("mine")
    (tmp_path / "empty").mkdir()
    carry_out(plan(tmp_path, keep=None, days=0, now=NOW + timedelta(days=20)))
    left = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {tmp_path / "holiday.jpg", folder / "shop" / "mine.html", note}
    assert (tmp_path / "empty").is_dir()


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    spot = stand(tmp_path / "reports" / "r", days_ago=9)
    victim = tmp_path / "reports" / "victim.txt"
    victim.write_text("mine")
    text = spot.manifest.read_text().replace('"report.ipynb": "0"', '"../victim.txt": "0"')
    spot.manifest.write_text(text)
    carry_out(plan(tmp_path / "reports", keep=None, days=1, now=NOW))
    assert victim.read_text() == "mine"
    assert not spot.manifest.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    spot = stand(tmp_path / "elsewhere" / "r", days_ago=9)
    out = tmp_path / "reports"
    out.mkdir()
    (out / "linked").symlink_to(spot.folder, target_is_directory=True)
    assert doomed(plan(out, keep=None, days=1, now=NOW)) == set()


def test_a_damaged_manifest_vouches_for_nothing(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    spot.manifest.write_text("{")
    assert doomed(plan(tmp_path, keep=None, days=1, now=NOW)) == set()


def test_a_job_at_work_is_left_alone_and_told(tmp_path: Path) -> None:
    folders = {name: mornings(tmp_path / name, 3) for name in ("working", "resting")}
    for name in folders:
        (tmp_path / name / ".lock").write_text("1")
    with closing((tmp_path / "working" / ".lock").open("r+", encoding="ascii")) as held:
        assert lock(held)
        cleaning = plan(tmp_path, keep=1, days=None, now=NOW)
    assert cleaning.busy == ("working",)
    assert doomed(cleaning) == set(folders["resting"][1:])


def test_bounds_and_folders_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="keep is 0; give a whole number from 1"):
        plan(tmp_path, keep=0, days=None, now=NOW)
    with pytest.raises(ParameterError, match="days is -1; give a whole number from 0"):
        plan(tmp_path, keep=None, days=-1, now=NOW)
    with pytest.raises(UsageError, match="there is no folder"):
        plan(tmp_path / "no", keep=1, days=None, now=NOW)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    ages=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50)), max_size=8),
    keep=st.none() | st.integers(1, 5),
    days=st.none() | st.integers(0, 50),
)
def test_the_rule_holds_for_any_reports_and_twice_is_once(
    tmp_path_factory: pytest.TempPathFactory,
    ages: list[tuple[str, int]],
    keep: int | None,
    days: int | None,
) -> None:
    out = tmp_path_factory.mktemp("reports")
    made = {
        stand(out / f"{number}", days_ago=age, scenario=name).manifest: (name, age)
        for number, (name, age) in enumerate(ages)
    }
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    gone = doomed(plan(out, keep=keep, days=days, now=NOW))
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    for path, (name, age) in made.items():
        younger = sum(1 for other, its in made.values() if other == name and its < age)
        if path in gone:
            assert keep is not None or days is not None
            assert days is None or age > days
        if keep is not None and younger < keep and path in gone:
            same = sum(1 for other, its in made.values() if (other, its) == (name, age))
            assert younger + same > keep
    for name in "ab":
        there = sum(1 for other, _ in made.values() if other == name)
        left = sum(1 for path, (other, _) in made.items() if other == name and path not in gone)
        assert left >= min(there, keep or 0)
    carry_out(plan(out, keep=keep, days=days, now=NOW))
    assert {path for path in made if not path.exists()} == gone
    assert doomed(plan(out, keep=keep, days=days, now=NOW)) == set()
