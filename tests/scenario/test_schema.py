"""The JSON Schema that editors check scenario files with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from simulator.scenario import load, schema, write_starter
from tests.scenario.test_resolved import EVERYTHING
from tests.scenario.written import desk

DATA = Path(__file__).parents[2] / "data"
VALIDATOR = Draft202012Validator(schema())


def as_an_editor_reads_it(text: str) -> Any:
    """The document with scalars as YAML's core schema has them."""
    return _typed(yaml.load(text, Loader=yaml.BaseLoader))


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    for kind in (int, float):
        try:
            return kind(value) if isinstance(value, str) else value
        except ValueError:
            continue
    return value


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(as_an_editor_reads_it(text))]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(schema())


def test_it_accepts_the_scenarios_that_come_along(tmp_path: Path):
    for path in (*DATA.glob("scenarios/*.yaml"), write_starter(tmp_path)):
        assert complaints(path.read_text(encoding="utf-8")) == []


def test_it_accepts_every_key_and_every_resolved_scenario():
    assert complaints(EVERYTHING) == []
    assert complaints(load(DATA / "scenarios" / "chat_desk.yaml").resolved) == []


def test_it_accepts_a_file_that_says_only_what_differs():
    assert complaints("extends: base.yaml\ntopics: [{name: Sales, arrivals: {scale: 2}}]") == []


# parts of the desk that an editor should underline
WRONG = [
    {"top": "clossing: drain"},
    {"top": "closing: never"},
    {"topic": "patince: {fixed: 3m}"},
    {"topic": "silent: {share: 2, timeout: 2m}"},
    {"work": "{fixed: 450}"},
    {"work": "{fixed: 3m, exponential: {mean: 3m}}"},
    {"work": "{}"},
    {"work": "{gamma: {mean: soon, cv: 1}}"},
    {"days": "seven"},
    {"topic": 'opening_hours: {mon: ["8 to 18"]}'},
    {"group": "cap: 0"},
    {"group": "output: [1, fast]"},
]


@pytest.mark.parametrize("parts", WRONG, ids=str)
def test_it_underlines_what_is_wrong(parts: dict):
    assert complaints(desk(**parts))


def test_it_misses_what_is_missing():
    assert complaints("name: x")
    assert complaints(desk().replace("    work: ", "    # work: "))


def test_its_keys_are_explained():
    definitions = schema()["$defs"]
    assert "patience" not in schema()["properties"]
    assert (
        "nobody gives up" in definitions["TopicNotation"]["properties"]["patience"]["description"]
    )
