"""Old reports go, and nothing else; what would go is told first."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ParameterError, PickupError, UsageError
from simulator.locking import lock, sign
from simulator.reports.belongings import files_of_morning, files_of_report, tree
from simulator.reports.index import entries, write_index
from simulator.reports.provenance import Manifest, Source, Subject, to_json
from simulator.reports.retention import Cleaning, carry_out, index_folder, plan
from simulator.reports.shelf import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
RUN = Subject(
    folder="/runs/a", scenario="corner shop", seed=1, replications=2, engine="simpy",
    package="0.1.0", scenario_sha256="ab" * 32, summary_sha256="cd" * 32, figures={},
)  # fmt: skip
PAGE = "x" * 100
SHA256 = hashlib.sha256(PAGE.encode()).hexdigest()


def stand(
    folder: Path,
    *,
    days_ago: int,
    stem: str = "report",
    scenario: str = "shop",
    parameters: dict[str, object] | None = None,
) -> Spot:
    """A report of a size that can be told, made that many days ago."""
    spot = Spot(folder, stem)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        title="Report",
        made_at=(NOW - timedelta(days=days_ago)).isoformat(),
        notebook=Source(stem, "ef" * 32, None),
        parameters=parameters or {},
        run=replace(RUN, scenario=scenario),
        failure=None,
        gates=(),
        figures={},
        versions={},
        seconds={"execute": 1.0},
        files={spot.page.name: SHA256, spot.notebook.name: SHA256},
    )
    for file in (spot.page, spot.notebook):
        file.write_text(PAGE)
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


def left_behind(path: Path, *, hours_ago: float = 48) -> Path:
    """A file last written that long ago, as is the folder it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    for each in (path, path.parent):
        os.utime(each, (NOW.timestamp() - 3600 * hours_ago,) * 2)
    return path


def doomed(cleaning: Cleaning) -> set[Path]:
    return {each.path for each in cleaning.doomed}


def files(folder: Path) -> set[Path]:
    return {path for path in tree(folder) if path.is_file()}


# ------------------------------------------------------------------------------------- what goes


def test_the_newest_of_each_series_stay(tmp_path: Path) -> None:
    spots = {
        (name, age): stand(tmp_path / f"{name}-{age}", days_ago=age, scenario=name)
        for name in ("a", "b") for age in (1, 2, 3)
    }  # fmt: skip
    cleaning = plan(tmp_path, keep=2, days=None, now=NOW)
    assert doomed(cleaning) == {spots["a", 3].manifest, spots["b", 3].manifest}
    assert cleaning.kept == 4
    assert {each.why for each in cleaning.doomed} == {"number 3 of its series, 2 are kept"}


def test_days_that_follow_each_other_are_one_series_and_other_parameters_are_not(
    tmp_path: Path,
) -> None:
    days = [
        stand(tmp_path / f"d{n}", days_ago=n, parameters={"day": f"2026-03-0{n}"}) for n in (1, 2)
    ]
    stand(tmp_path / "other", days_ago=9, parameters={"by_min": 30})
    assert doomed(plan(tmp_path, keep=1, days=None, now=NOW)) == {days[1].manifest}


def test_what_is_young_enough_stays(tmp_path: Path) -> None:
    spots = [stand(tmp_path / f"r{age}", days_ago=age) for age in (9, 10, 11)]
    cleaning = plan(tmp_path, keep=None, days=10, now=NOW)
    assert doomed(cleaning) == {spots[2].manifest}
    assert cleaning.doomed[0].why == "11 days old, 10 are kept"


def test_with_both_bounds_a_report_goes_only_beyond_both(tmp_path: Path) -> None:
    spots = [stand(tmp_path / f"r{age}", days_ago=age) for age in (1, 30, 60)]
    assert doomed(plan(tmp_path, keep=1, days=45, now=NOW)) == {spots[2].manifest}
    assert doomed(plan(tmp_path, keep=3, days=1, now=NOW)) == set()


def test_a_report_found_still_true_is_as_young_as_that(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=90)
    text = spot.manifest.read_text()
    spot.manifest.write_text(text.replace('"checked_at": null', f'"checked_at": "{NOW}"'))
    assert doomed(plan(tmp_path, keep=None, days=1, now=NOW)) == set()


def test_a_morning_goes_as_a_whole_and_latest_stays(tmp_path: Path) -> None:
    folders = mornings(tmp_path / "job", 5)
    (tmp_path / "job" / "latest").symlink_to(folders[4].name, target_is_directory=True)
    for root in (tmp_path, tmp_path / "job"):
        assert doomed(plan(root, keep=2, days=None, now=NOW)) == {folders[2], folders[3]}
    freed = carry_out(plan(tmp_path, keep=2, days=None, now=NOW))
    assert freed > 400
    assert [folder.exists() for folder in folders] == [True, True, False, False, True]
    assert len(entries(tmp_path)[0]) == 3


def test_each_job_has_its_own_mornings(tmp_path: Path) -> None:
    folders = {name: mornings(tmp_path / name, 2) for name in ("desk", "bank")}
    gone = doomed(plan(tmp_path, keep=1, days=None, now=NOW))
    assert gone == {folders["desk"][1], folders["bank"][1]}


def test_bounds_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="keep is 0; give a whole number from 1"):
        plan(tmp_path, keep=0, days=None, now=NOW)
    with pytest.raises(ParameterError, match="days is -1; give a whole number from 0"):
        plan(tmp_path, keep=None, days=-1, now=NOW)


# ---------------------------------------------------------------------------------------- drafts


def test_without_bounds_drafts_alone_go_and_only_old_ones(tmp_path: Path) -> None:
    stand(tmp_path / "r", days_ago=900)
    mornings(tmp_path / "job", 1)
    old = {
        left_behind(tmp_path / ".draft-abc" / "page.html").parent,
        left_behind(tmp_path / ".draft-12-index.html"),
        left_behind(tmp_path / "r" / ".draft-12-page.pdf"),
        left_behind(tmp_path / "job" / "2026-04-01" / ".draft-x" / "page.html").parent,
    }
    young = left_behind(tmp_path / "job" / ".draft-young" / "page.html", hours_ago=23)
    before = files(tmp_path)
    cleaning = plan(tmp_path, keep=None, days=None, now=NOW)
    assert doomed(cleaning) == old
    assert carry_out(cleaning) == cleaning.bytes
    assert before - files(tmp_path) == {path for path in before if ".draft-" in str(path)} - {young}


def test_a_draft_is_as_young_as_the_newest_file_in_it(tmp_path: Path) -> None:
    draft = left_behind(tmp_path / ".draft-a" / "page.html").parent
    stamps = (NOW.timestamp() - 60,) * 2
    os.utime(draft / "page.html", stamps)
    assert doomed(plan(tmp_path, keep=None, days=None, now=NOW)) == set()


def test_drafts_are_looked_for_only_where_they_are_made(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    stand(out / "r", days_ago=1)
    left_behind(out / "notes" / "a" / "b" / "c" / ".draft-novel" / "chapter-1.txt")
    left_behind(out / ".git" / ".draft-x")
    left_behind(elsewhere / ".draft-x" / "page.html")
    (out / "linked").symlink_to(elsewhere, target_is_directory=True)
    assert doomed(plan(out, keep=None, days=None, now=NOW)) == set()


def test_a_draft_that_is_a_link_goes_and_what_it_shows_stays(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    spot = stand(out / "job" / "2026-01-01" / "shop", days_ago=0)
    write_index(out)
    link = out / "job" / ".draft-1-latest"
    link.symlink_to(spot.folder, target_is_directory=True)
    assert carry_out(plan(out, keep=None, days=None, now=datetime.now(UTC) + timedelta(days=2)))
    assert not link.is_symlink()
    assert spot.page.is_file()


def test_half_made_runs_go_where_they_are_named(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    (out := tmp_path / "reports").mkdir()
    gone = {
        left_behind(runs / ".shop-seed1.0123abcd.partial" / "sessions.parquet").parent,
        left_behind(runs / ".89abcdef.partial"),
    }
    left_behind(runs / ".study.partial" / "part-1.parquet")  # goes on where it was
    left_behind(runs / ".bashrc.0123abcd.partial")  # another program's
    left_behind(runs / ".b.0123abcd.partial" / "sessions.parquet", hours_ago=1)
    left_behind(runs / "deeper" / ".c.0123abcd.partial" / "sessions.parquet")
    assert doomed(plan(out, keep=None, days=None, now=NOW)) == set()
    assert doomed(plan(out, keep=None, days=None, now=NOW, runs=[runs])) == gone


def test_the_only_copy_of_a_run_and_a_replay_stay(tmp_path: Path) -> None:
    """Killed between moving the run of before away and the new one in: both are hidden."""
    whole = left_behind(tmp_path / ".shop.0123abcd.partial" / "manifest.json").parent
    former = left_behind(tmp_path / ".shop.4567abcd.partial" / "shop" / "manifest.json").parents[1]
    left_behind(tmp_path / ".replay.0123abcd.partial" / "plan.json")
    left_behind(tmp_path / ".replay.4567abcd.partial" / "journal-1-of-1.jsonl")
    os.utime(former, (0, 0))
    write_index(tmp_path)
    assert doomed(plan(tmp_path, keep=None, days=None, now=NOW, runs=[tmp_path])) == set()
    (tmp_path / "shop").mkdir()
    gone = doomed(plan(tmp_path, keep=None, days=None, now=NOW, runs=[tmp_path]))
    assert gone == {whole, former}


# ------------------------------------------------------------------------------ what is not ours


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
    assert files(tmp_path) == {tmp_path / "holiday.jpg", folder / "shop" / "mine.html", note}
    assert (tmp_path / "empty").is_dir()


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    spot = stand(tmp_path / "reports" / "r", days_ago=9)
    victim = tmp_path / "reports" / "victim.txt"
    victim.write_text("mine")
    text = spot.manifest.read_text().replace('"report.ipynb":', '"../victim.txt":')
    spot.manifest.write_text(text)
    carry_out(plan(tmp_path / "reports", keep=None, days=1, now=NOW))
    assert victim.read_text() == "mine"
    assert not spot.manifest.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    spot = stand(tmp_path / "elsewhere" / "r", days_ago=9)
    job = mornings(tmp_path / "elsewhere" / "job", 3)[0].parent
    out = tmp_path / "reports"
    stand(out / "young", days_ago=0)
    (out / "linked").symlink_to(spot.folder, target_is_directory=True)
    (out / "job").symlink_to(job, target_is_directory=True)
    (out / "file").mkdir()
    (out / "file" / spot.manifest.name).symlink_to(spot.manifest)
    assert doomed(plan(out, keep=1, days=None, now=NOW)) == set()


def test_a_damaged_manifest_vouches_for_nothing(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    spot.manifest.write_text("{")
    undated = stand(tmp_path / "s", days_ago=9).manifest
    undated.write_text(undated.read_text().replace('"made_at": "2026', '"made_at": "20x6'))
    write_index(tmp_path)
    cleaning = plan(tmp_path, keep=None, days=1, now=NOW)
    assert (doomed(cleaning), cleaning.unread) == (set(), 2)


def test_a_folder_named_for_a_date_is_no_morning_by_that_alone(tmp_path: Path) -> None:
    write_index(tmp_path)
    for name in ("0001-01-01", "2025-13-01", "20250101"):
        stand(tmp_path / "job" / name / "shop", days_ago=900)
    stand(tmp_path / "0001-01-01", days_ago=900)
    assert doomed(plan(tmp_path, keep=None, days=1, now=NOW)) == set()
    first = tmp_path / "job" / "0001-01-01"
    (first / "log.jsonl").write_text("{}")
    assert doomed(plan(tmp_path, keep=None, days=1, now=NOW)) == {first}


@pytest.mark.parametrize("folder", ["/", "~", "~/.."])
def test_a_mistyped_folder_does_not_cost_a_home(folder: str) -> None:
    with pytest.raises(UsageError, match="holds more than reports and runs"):
        plan(Path(folder).expanduser(), keep=1, days=None, now=NOW)


def test_a_folder_must_be_one_of_reports(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        plan(tmp_path / "no", keep=1, days=None, now=NOW)
    assert plan(tmp_path, keep=1, days=None, now=NOW).doomed == ()
    left_behind(tmp_path / "thesis" / ".draft-of-mine")
    stand(tmp_path / "sub" / "reports" / "r", days_ago=9)
    with pytest.raises(UsageError, match="holds no report; name the folder that holds"):
        plan(tmp_path, keep=1, days=None, now=NOW)
    (tmp_path / "index.html").write_text("<h1>My home page</h1>")
    with pytest.raises(UsageError, match="holds no report"):
        plan(tmp_path, keep=1, days=None, now=NOW)
    write_index(tmp_path)
    assert plan(tmp_path, keep=1, days=None, now=NOW).kept == 0


def test_one_morning_is_not_cleaned_from_inside(tmp_path: Path) -> None:
    (folder,) = mornings(tmp_path / "job", 1)
    (tmp_path / "job" / "latest").symlink_to(folder.name, target_is_directory=True)
    for inside in (folder, tmp_path / "job" / "latest"):
        with pytest.raises(UsageError, match="one morning of a job; name the job's folder"):
            plan(inside, keep=1, days=0, now=NOW)


# ---------------------------------------------------------------------------------------- others


@contextmanager
def at_work(job: Path, text: str = "1") -> Iterator[None]:
    """A run of the job, in the process of that number."""
    with closing((job / ".lock").open("a+", encoding="ascii")) as held:
        assert lock(held)
        sign(held)
        if text:
            held.seek(0)
            held.truncate()
            held.write(text)
            held.flush()
        yield


def test_a_job_at_work_is_left_alone_and_told(tmp_path: Path) -> None:
    folders = {name: mornings(tmp_path / name, 3) for name in ("working", "resting")}
    left_behind(tmp_path / "working" / ".draft-x" / "page.html")
    (tmp_path / "resting" / ".lock").write_text("4711")
    with at_work(tmp_path / "working"):
        cleaning = plan(tmp_path, keep=1, days=None, now=NOW)
        assert (cleaning.busy, cleaning.kept) == (("working",), 4)
        assert doomed(cleaning) == set(folders["resting"][1:])
        alone = plan(tmp_path / "working", keep=1, days=None, now=NOW)
        assert (alone.busy, alone.doomed) == (("working",), ())


def test_a_job_cleans_its_own_folder_while_it_holds_the_lock(tmp_path: Path) -> None:
    folders = mornings(tmp_path / "job", 3)
    with at_work(tmp_path / "job", text=""):
        carry_out(plan(tmp_path / "job", keep=1, days=None, now=NOW))
    assert [folder.exists() for folder in folders] == [True, False, False]


def test_what_changed_since_it_was_planned_stays(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    folders = mornings(tmp_path / "job", 2)
    draft = left_behind(tmp_path / ".draft-x" / "page.html")
    cleaning = plan(tmp_path, keep=1, days=0, now=NOW + timedelta(days=9))
    assert doomed(cleaning) == {folders[1], draft.parent}
    cleaning = plan(tmp_path, keep=None, days=0, now=NOW + timedelta(days=9))
    stand(tmp_path / "r", days_ago=0)
    os.utime(spot.manifest, ns=(0, spot.manifest.stat().st_mtime_ns + 1))
    os.utime(draft)
    (tmp_path / "job" / "latest").symlink_to(folders[0].name, target_is_directory=True)
    with at_work(tmp_path / "job"):
        assert carry_out(cleaning) == 0
    carry_out(cleaning)
    assert spot.page.exists()
    assert draft.exists()
    assert [folder.exists() for folder in folders] == [True, False]


@contextmanager
def forbidden(folder: Path) -> Iterator[None]:
    """As a user who may look into the folder and change nothing in it."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are otherwise there")
def test_what_cannot_be_deleted_is_told_when_the_rest_is_done() -> None:
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        out.chmod(0o777)
        mine, theirs = (stand(out / name, days_ago=9) for name in ("mine", "theirs"))
        mine.folder.chmod(0o777)
        with forbidden(theirs.folder):
            cleaning = plan(out, keep=None, days=1, now=NOW)
            with pytest.raises(PickupError, match=r"theirs.* could not be deleted; the rest"):
                carry_out(cleaning)
        assert not mine.manifest.exists()
        assert theirs.manifest.exists()
        assert theirs.page.exists()


def test_the_index_is_the_one_that_lists_them(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    mornings(out / "job", 1)
    (out / "index.html").write_text("<h1>My home page</h1>")
    assert index_folder(out / "job") == out / "job"
    write_index(out)
    assert index_folder(out / "job") == out
    assert index_folder(out) == out


# ---------------------------------------------------------------------------- a kill in the middle


def half_removed(spot: Spot) -> Path:
    """As a kill leaves it: the manifest is out of the way, some files are there."""
    spot.notebook.unlink()
    return spot.manifest.replace(spot.folder / f".draft-removed-{spot.manifest.name}")


def test_a_removal_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    write_index(tmp_path)
    spot.pdf.write_text("print")
    half_removed(spot)
    assert entries(tmp_path) == ([], [])
    carry_out(plan(tmp_path, keep=None, days=None, now=NOW))
    assert files(tmp_path) == {tmp_path / "index.html"}
    assert not spot.folder.exists()


def test_a_morning_half_removed_goes_with_the_rest_of_it(tmp_path: Path) -> None:
    folders = mornings(tmp_path / "job", 2)
    half_removed(Spot(folders[1] / "shop", "report"))
    carry_out(plan(tmp_path, keep=1, days=None, now=NOW))
    assert not folders[1].exists()


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_report_made_again_is_not_taken_for_the_one_half_removed(
    tmp_path: Path, is_whole: bool
) -> None:
    spot = stand(tmp_path / "r", days_ago=9)
    write_index(tmp_path)
    hidden = half_removed(spot)
    stand(tmp_path / "r", days_ago=0)
    if not is_whole:  # on its way into place, its manifest last
        spot.manifest.unlink()
        spot.page.write_text("another")
        spot.notebook.write_text("another")
    carry_out(plan(tmp_path, keep=None, days=None, now=NOW))
    assert not hidden.exists()
    assert spot.page.exists()
    assert spot.notebook.exists()


def test_a_full_disk_that_takes_no_new_name_does_not_hinder(tmp_path: Path) -> None:
    longest = "r" * (255 - len(".manifest.json"))  # a name that cannot be made any longer
    stand(tmp_path / "r", days_ago=9, stem=longest)
    carry_out(plan(tmp_path, keep=None, days=1, now=NOW))
    assert files(tmp_path) == set()


# --------------------------------------------------------------------------------- for any reports

Bounds = tuple[int | None, int | None]
bounds = st.tuples(st.none() | st.integers(1, 5), st.none() | st.integers(0, 50))
folders_of_reports = st.fixed_dictionaries(
    {
        "reports": st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50)), max_size=6),
        "mornings": st.lists(st.integers(0, 50), max_size=5, unique=True),
        "latest": st.integers(0, 50),
        "strangers": st.lists(st.sampled_from(["r0", "job/x", "job/2026-04-01/shop", "."])),
        "drafts": st.lists(st.integers(0, 60), max_size=3, unique=True),
    }
)


def laid_out(out: Path, told: dict[str, list[object]]) -> dict[Path, tuple[str, int]]:
    """The folder as told; the series and age of each report and morning."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "job").mkdir(parents=True)
    (out / "index.html").write_text('<meta name="generator" content="Pickup Lab">')
    made = {}
    for number, (name, age) in enumerate(told["reports"]):  # type: ignore[misc]
        made[stand(out / f"r{number}", days_ago=age, scenario=name).manifest] = (name, age)
    for age in told["mornings"]:
        assert isinstance(age, int)
        made[morning(out / "job", NOW.date() - timedelta(days=age))] = ("job", age)
    for name in told["strangers"]:
        (out / str(name)).mkdir(parents=True, exist_ok=True)
        (out / str(name) / "mine.html").write_text("mine")
    for hours in told["drafts"]:
        assert isinstance(hours, int)
        left_behind(out / f".draft-{hours}" / "page.html", hours_ago=hours)
    latest = out / "job" / (NOW.date() - timedelta(days=told["latest"])).isoformat()  # type: ignore[operator]
    (out / "job" / "latest").symlink_to(latest.name, target_is_directory=True)
    return made


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("room")


any_reports = settings(max_examples=30)


@any_reports
@given(told=folders_of_reports, bound=bounds)
def test_telling_changes_nothing_and_twice_is_once(
    room: Path, told: dict[str, list[object]], bound: Bounds
) -> None:
    laid_out(out := room / "reports", told)
    before = {path: path.read_bytes() for path in files(out)}
    cleaning = plan(out, keep=bound[0], days=bound[1], now=NOW)
    assert {path: path.read_bytes() for path in files(out)} == before
    assert carry_out(cleaning) == cleaning.bytes
    left = files(out)
    assert carry_out(cleaning) == 0
    assert plan(out, keep=bound[0], days=bound[1], now=NOW).doomed == ()
    assert files(out) == left


@any_reports
@given(told=folders_of_reports, bound=bounds)
def test_only_what_is_doomed_goes_and_all_of_it(
    room: Path, told: dict[str, list[object]], bound: Bounds
) -> None:
    laid_out(out := room / "reports", told)
    before = {path: path.read_bytes() for path in files(out)}
    cleaning = plan(out, keep=bound[0], days=bound[1], now=NOW)
    own = {"draft": tree, "report": files_of_report, "morning": files_of_morning}
    to_go = {file for each in cleaning.doomed for file in own[each.kind](each.path)}
    carry_out(cleaning)
    after = {path: path.read_bytes() for path in files(out)}
    assert after == {path: text for path, text in before.items() if path not in to_go}
    assert not any(path.name == "mine.html" for path in to_go)


@any_reports
@given(told=folders_of_reports, bound=bounds)
def test_the_newest_the_young_and_the_latest_stay(
    room: Path, told: dict[str, list[object]], bound: Bounds
) -> None:
    made = laid_out(out := room / "reports", told)
    keep, days = bound
    gone = doomed(plan(out, keep=keep, days=days, now=NOW)) & set(made)
    for name in ("a", "b", "job"):
        ages = sorted((age, path) for path, (other, age) in made.items() if other == name)
        left = [path for _, path in ages if path not in gone]
        assert len(left) >= min(len(ages), keep or 0)
        for rank, (age, path) in enumerate(ages, start=1):
            younger = sum(other < age for other, _ in ages)
            same = sum(other == age for other, _ in ages)
            may_go = (keep is None or younger + same > keep) and (days is None or age > days)
            must_go = (keep is None or younger >= keep) and (days is None or age > days)
            is_latest = name == "job" and age == told["latest"]
            assert path not in gone or (may_go and bound != (None, None)), rank
            assert path in gone or not must_go or is_latest or bound == (None, None), rank
            assert not (is_latest and path in gone)
