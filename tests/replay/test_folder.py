"""The replay's folder: whose it is, and that no plan is begun twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.errors import DataError, GuardError, RunExistsError
from simulator.replay.folder import claim_part, is_replay, make_folder, open_folder, usual_folder
from simulator.replay.plan import Plan, read_plan
from tests.replay.driven import head

PLAN = Plan(head(), ())
OTHER = Plan(head(scenario="another"), ())


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "replays" / "one"


def test_a_folder_holds_a_copy_of_its_plan(path):
    made = make_folder(path, PLAN)
    assert is_replay(path)
    assert read_plan(path / "plan.json").hash == PLAN.hash
    assert open_folder(path).plan.head == made.plan.head == PLAN.head
    assert usual_folder(PLAN).parts[:3] == ("data", "runs", "replays")


def test_parts_find_the_folder_that_another_part_made(path):
    assert make_folder(path, PLAN).path == make_folder(path, PLAN).path


@pytest.mark.parametrize("is_there", [False, True])
def test_parts_that_begin_together_find_one_folder(path, is_there):
    if is_there:
        path.mkdir(parents=True)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_folder(path, PLAN).path, range(40)))
    assert set(made) == {path}
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert [each.name for each in path.iterdir()] == ["plan.json"]


def test_another_plans_folder_is_refused(path):
    make_folder(path, PLAN)
    with pytest.raises(RunExistsError, match="another plan"):
        make_folder(path, OTHER)


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("words")
    with pytest.raises(RunExistsError, match="other things"):
        make_folder(tmp_path / "mine", PLAN)
    with pytest.raises(RunExistsError, match="is a file"):
        make_folder(tmp_path / "mine" / "thesis.txt", PLAN)


def test_a_folder_without_plan_is_no_replay(tmp_path):
    assert not is_replay(tmp_path)
    with pytest.raises(DataError, match="no folder of a replay"):
        open_folder(tmp_path)


def test_a_changed_copy_of_the_plan_is_refused(path):
    make_folder(path, PLAN)
    copy = path / "plan.json"
    copy.write_text(copy.read_text().replace('"max_pickups": 1000', '"max_pickups": 9000'))
    with pytest.raises(GuardError, match="was changed"):
        open_folder(path)


def test_journals_are_listed_by_part(path):
    made = make_folder(path, PLAN)
    for part in ((2, 2), (1, 2)):
        made.journal(part).touch()
    (path / "journal-of-mine.jsonl").touch()
    assert [(part, file.name) for part, file in made.journals()] == [
        ((1, 2), "journal-1-of-2.jsonl"),
        ((2, 2), "journal-2-of-2.jsonl"),
    ]


def test_a_plan_may_begin_part_by_part_and_go_on_in_its_folder(path):
    made = make_folder(path, PLAN)
    for part in ((1, 2), (2, 2), (1, 2)):
        claim_part(made, part)
        made.journal(part).touch()


def test_parts_that_overlap_are_refused(path):
    made = make_folder(path, PLAN)
    made.journal((1, 2)).touch()
    with pytest.raises(GuardError, match="replay in 2 parts"):
        claim_part(made, (1, 1))


def test_a_plan_that_was_begun_elsewhere_is_refused_also_when_that_folder_is_gone(path, tmp_path):
    claim_part(make_folder(path, PLAN), (1, 1))
    (path / "plan.json").unlink()
    with pytest.raises(GuardError, match=r"begun in .*one, and would send its calls twice"):
        claim_part(make_folder(tmp_path / "two", PLAN), (1, 1))
    claim_part(make_folder(tmp_path / "three", OTHER), (1, 1))
