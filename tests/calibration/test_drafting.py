"""The scenario that is written: it loads back as it was meant, and all of it stands or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from simulator import scenario
from simulator.calibration.drafting import (
    Draft,
    GroupDraft,
    TopicDraft,
    evidence_path,
    files,
    week_order,
    write_all,
)
from simulator.calibration.drawing_up import staffed
from simulator.errors import UsageError

STEPS = range(540, 660, 30)
WORK = {"exponential": {"mean": "4m"}}


def by_step(column, numbers, weekdays=range(5)):
    return pd.DataFrame(
        [(d, s, s + 30, n) for d in weekdays for s, n in zip(STEPS, numbers, strict=True)],
        columns=["weekday", "start_min", "end_min", column],
    )


def topic(number=1, name="Sales", **changes):
    hours = dict.fromkeys(range(5), ((540, 660),))
    expected = by_step("expected", [3.0, 4.5, 6.25, 2.0])
    return replace(TopicDraft(number, name, hours, expected, WORK), **changes)


def group(name="Agents", topics=("Sales",), agents=(2, 3, 3, 1), **changes):
    table = by_step("agents", agents)
    return replace(GroupDraft(name, topics, 1, ("1",), table), **changes)


def draft(topics=None, groups=None, **changes):
    made = Draft(
        name="desk",
        about="As recorded",
        heading="Estimated from a history.",
        timezone="Europe/Oslo",
        start=date(2026, 3, 2),
        topics=topics or (topic(),),
        groups=groups or (group(),),
        interval_min=30,
    )
    return replace(made, **changes)


def loaded(made, folder, name="desk.yaml"):
    """The scenario as it is read from what was written."""
    out = folder / name
    write_all(files(made, out), overwrite=False)
    return scenario.load(out)


# --------------------------------------------------------------------------------- loads back


def test_what_was_estimated_is_what_is_read(tmp_path):
    full = topic(
        work={"lognormal": {"log_mean": 4.7, "log_sd": 0.9, "unit": "s"}},
        day_factor=60.5,
        period_factor={"gamma_shape": 23.5, "every": "1h", "correlation": 0.31},
        patience={"survival": {"unit": "s", "tail": "exponential", "tail_mean": "460s"}},
        patience_table=pd.DataFrame({"time": [0.0, 60.0, 300.0], "survival": [1.0, 0.8, 0.4]}),
        reaction={"exponential": {"mean": "12s"}},
        silent={"share": 0.2, "timeout": "90s"},
        words={"work": "100 chats.", "silent": "Seen " + "at length " * 30},
    )
    desk = group(
        cap=3,
        output=("1", "1.7", "2.2"),
        wrap_up={"exponential": {"mean": "40s"}},
        absent=0.05,
    )
    world = loaded(draft((full,), (desk,)), tmp_path)
    (read,) = world.topics
    assert read.name == "Sales"
    assert [(o.closes_us - o.opens_us) / 60e6 for o in read.openings] == [120.0] * 5
    assert read.arrivals.expected.reshape(5, 4)[0].tolist() == [3.0, 4.5, 6.25, 2.0]
    assert read.arrivals.day_factor_shape == 60.5
    assert read.arrivals.period_factor.shape == 23.5
    assert read.arrivals.period_factor.correlation == 0.31
    assert read.work.mean == pytest.approx(164.9, abs=0.2)
    assert read.patience.cdf(60.0) == pytest.approx(0.2)
    assert read.reaction.mean == pytest.approx(12)
    assert read.silent_share == 0.2
    (agents,) = world.groups
    assert (agents.cap, agents.output) == (3, ("1", "1.7", "2.2"))
    assert agents.wrap_up.mean == pytest.approx(40)


def test_the_same_estimates_give_the_same_bytes(tmp_path):
    assert files(draft(), tmp_path / "a.yaml") == files(draft(), tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "name",
    [
        *("Sales", "Sales: new", 'the "best"', "it's", "yes", "Off", "null", "12", "1e3", "1:30"),
        *("# 1", "- a", "a, b", "[x]", "{x}", "&x", "*x", "!x", "%x", "@x", "~", "a #b", "a: b"),
        *("Søk på nett", "顧客", "😀 chat", "2026-03-02", "back\\slash", "-", "a  b", "12m"),
        "x" * 300,
    ],
)
def test_any_name_is_read_as_it_is(tmp_path, name):
    made = draft((topic(1, name), topic(2, "Other")), (group(name, (name, "Other")),), about=name)
    world = loaded(made, tmp_path)
    assert world.about == name
    assert [each.name for each in world.topics] == [name, "Other"]
    assert [each.name for each in world.groups] == [name]
    assert world.topics[0].arrivals.expected.sum() == pytest.approx(5 * 15.75)


def test_groups_whose_names_make_one_file_name_keep_their_own_tables(tmp_path):
    names = ("sales 3", "Sales!", "sales", "!!!", "???", "x" * 300, "x" * 301)
    groups = tuple(group(name, agents=(n, n, n, n)) for n, name in enumerate(names, 1))
    made = draft((topic(),), groups)
    tables = [path for path in files(made, tmp_path / "desk.yaml") if ".staffing" in path.name]
    assert len(set(tables)) == len(names)
    world = loaded(made, tmp_path)
    assert [each.name for each in world.groups] == list(names)
    text = (tmp_path / "desk.yaml").read_text(encoding="utf-8")
    for number, path in enumerate(tables, 1):
        assert path.name in text
        assert set(pd.read_csv(path)["agents"]) == {number}


def test_topics_with_other_steps_share_a_forecast(tmp_path):
    late = topic(2, "Late", expected=by_step("expected", [1.0] * 4, weekdays=[5]))
    late = replace(late, opening_hours={5: ((540, 660),)})
    world = loaded(draft((topic(), late), (group(topics=("Sales", "Late")),)), tmp_path)
    sales, late = (each.arrivals.expected.sum() for each in world.topics)
    assert (sales, late) == (pytest.approx(5 * 15.75), 4.0)


def test_staffing_goes_to_its_group():
    one, two = by_step("agents", [1] * 4), by_step("agents", [2] * 4)
    made = staffed(draft(groups=(group("A"), group("B"))), {"B": two, "A": one})
    assert [int(each.staffing["agents"].max()) for each in made.groups] == [1, 2]


# --------------------------------------------------------------------------------- which file


def test_tables_stand_beside_the_scenario_or_on_the_shelves_beside_scenarios(tmp_path):
    made = draft((topic(), topic(2, "Help")), (group("A"), group("B", ("Help",))))
    here = [path.relative_to(tmp_path) for path in files(made, tmp_path / "d.yaml")]
    assert [*map(Path.as_posix, here)] == [
        "d.forecast.csv",
        "d.staffing.a.csv",
        "d.staffing.b.csv",
        "d.yaml",
    ]
    out = tmp_path / "data/scenarios/d.yaml"
    shelved = [path.relative_to(tmp_path / "data").as_posix() for path in files(made, out)]
    assert shelved == [
        "forecasts/d.csv",
        "rosters/d.a.csv",
        "rosters/d.b.csv",
        "scenarios/d.yaml",
    ]
    assert len(loaded(made, out.parent, "d.yaml").topics) == 2
    assert evidence_path(out) == out.with_name("d.calibration.json")


@pytest.mark.parametrize(
    ("hours", "first"),
    [
        (dict.fromkeys(range(5), ((480, 1080),)), 0),  # closed at the week's end: Monday
        (dict.fromkeys(range(7), ((480, 1080),)), 0),  # every day alike: as people write weeks
        ({6: ((420, 1440),), **dict.fromkeys(range(4), ((420, 1440),)), 4: ((420, 840),)}, 6),
        (dict.fromkeys(range(6), ((0, 1440),)) | {2: ((0, 600),)}, 0),  # Sunday is closed
        (dict.fromkeys(range(7), ((0, 1440),)) | {2: ((0, 600),)}, 3),  # Wednesday closes first
        ({}, 0),
    ],
)
def test_the_week_begins_after_the_day_that_closes_first(hours, first):
    order = week_order(hours)
    assert order[0] == first
    assert sorted(order) == list(range(7))


# --------------------------------------------------------------------------------- all or none


def listing(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_what_stands_there_is_not_overwritten(tmp_path):
    (tmp_path / "b.csv").write_text("mine")
    texts = {tmp_path / name: "new" for name in ("a.csv", "b.csv", "c.yaml")}
    with pytest.raises(UsageError, match=r"b\.csv exists; give another --out, or --overwrite"):
        write_all(texts, overwrite=False)
    assert listing(tmp_path) == {"b.csv": "mine"}
    write_all(texts, overwrite=True)
    assert listing(tmp_path) == {"a.csv": "new", "b.csv": "new", "c.yaml": "new"}


def test_a_failure_in_the_middle_leaves_everything_as_it_was(tmp_path):
    (tmp_path / "b.csv").write_text("mine")
    (tmp_path / "c.yaml").mkdir()  # cannot be replaced by a file
    before = listing(tmp_path)
    names = ("new/deep/a.csv", "b.csv", "z.csv", "c.yaml")
    with pytest.raises(UsageError, match=r"c\.yaml and its tables cannot be written: Is a dir"):
        write_all({tmp_path / name: "new" for name in names}, overwrite=True)
    assert listing(tmp_path) == before


def test_a_text_that_cannot_be_written_leaves_nothing(tmp_path):
    texts = {tmp_path / "new/a.csv": "fine", tmp_path / "b.yaml": "\ud800"}
    with pytest.raises(UnicodeEncodeError):
        write_all(texts, overwrite=False)
    assert listing(tmp_path) == {}


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(UsageError, match="cannot be written"):
        write_all({tmp_path / "taken/a.yaml": "new"}, overwrite=True)
    assert listing(tmp_path) == {"taken": "mine"}
