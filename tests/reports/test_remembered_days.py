"""A recorded day is read anew if anything that it rests on has changed, and only then."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from simulator.calibration.daily import recorded_day
from simulator.reports import remembered_days
from simulator.reports.provenance import subject_of
from simulator.reports.remembered_days import DayOfRecords, day_of_records
from tests.calibration.made_days import DAY, days_and_day, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Asked = "Callable[..., tuple[DayOfRecords, bool]]"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of some days of a small desk."""
    folder = tmp_path_factory.mktemp("made")
    days_and_day(folder, days=1)
    return folder / "records"


@pytest.fixture
def room(made: Path, tmp_path: Path) -> Path:
    """``desk.yaml`` on ``base.yaml``, and a folder of records."""
    written(tmp_path, name="base")
    (tmp_path / "desk.yaml").write_text("extends: base.yaml\n")
    (tmp_path / "records").mkdir()
    for file in made.iterdir():
        (tmp_path / "records" / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture
def asked(room: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """``asked(day)``: what is found, and whether anything had to be read for it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(room / "cache"))
    reads: list[bool] = []
    found = remembered_days._found

    def counted(*told: object) -> DayOfRecords:
        reads.append(True)
        return found(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(remembered_days, "_found", counted)

    def ask(day: str = str(DAY), **more: str) -> tuple[DayOfRecords, bool]:
        reads.clear()
        answer = day_of_records(room / "desk.yaml", [room / "records"], day=day, **more)
        return answer, bool(reads)

    return ask


def test_it_is_what_is_found_without_a_memory(asked: Asked, room: Path) -> None:
    first, read = asked()
    assert read
    second, read = asked()
    assert not read
    assert second == first
    found = recorded_day(room / "desk.yaml", [room / "records"], day=str(DAY))
    assert second.subject == subject_of(found)
    assert (second.state, second.sentence) == (found.state, found.sentence)
    assert second.subject.figures["counts.offered"]["value"] > 0


@pytest.mark.parametrize(
    "change",
    [
        lambda room: next((room / "records").iterdir()).write_text("id\n"),
        lambda room: next((room / "records").iterdir()).unlink(),
        lambda room: (room / "records" / "more.csv").write_text("id\n"),
        lambda room: (room / "base.yaml").write_text(
            (room / "base.yaml").read_text().replace("count: 3", "count: 2")
        ),
        lambda room: (room / "base.calibration.json").write_text(
            '{"fitted": {"dates": ["2026-03-10"]}}'
        ),
    ],
    ids=["record changed", "record gone", "record new", "base changed", "fit told"],
)
def test_whatever_changes_is_seen(
    asked: Asked, room: Path, change: Callable[[Path], object]
) -> None:
    before, _ = asked()
    change(room)
    after, read = asked()
    assert read
    assert after.subject.inputs != before.subject.inputs
    assert not asked()[1]


def test_another_question_has_another_answer(asked: Asked) -> None:
    asked()
    assert asked(zone="UTC")[1]
    assert asked(kind="entities")[1]
    later, read = asked(str(DAY + timedelta(days=1)))
    assert read
    assert later.subject.day == str(DAY + timedelta(days=1))


@pytest.mark.parametrize("day", ["yesterday", "today"])
def test_what_depends_on_today_holds_for_today(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    asked(day)
    assert not asked(day)[1]
    monkeypatch.setattr(remembered_days, "_today", lambda _: "2031-01-01")
    assert asked(day)[1]
    asked()
    assert not asked()[1]


def test_other_sources_of_the_package_read_anew(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()
    monkeypatch.setattr(remembered_days, "package_digest", lambda: "another")
    assert asked()[1]


def test_a_memory_that_is_damaged_or_has_no_place_is_no_loss(asked: Asked, room: Path) -> None:
    first, _ = asked()
    (kept,) = (room / "cache/pickup-lab/days").iterdir()
    for text in ("", "[]", '{"today": "never"}', kept.read_text()[:-9]):
        kept.write_text(text)
        assert asked() == (first, True)
    kept.unlink()
    kept.parent.rmdir()
    kept.parent.write_text("a file where the folder should be")
    assert asked() == (first, True)
    assert asked() == (first, True)


def test_what_is_kept_goes_after_forty_days(asked: Asked, room: Path) -> None:
    asked()
    (kept,) = (room / "cache/pickup-lab/days").iterdir()
    os.utime(kept, (0, 0))
    asked(zone="UTC")
    assert not kept.exists()
    assert len(list(kept.parent.iterdir())) == 1
