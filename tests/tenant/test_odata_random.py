"""Random filters over random rows beside a plain Python reading of them; and injections."""

from __future__ import annotations

import re
import sqlite3
import string
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.tenant import odata
from tests.tenant.test_odata import ARCHIVE, SESSIONS, TABLES, keys, listed, store, us

__all__ = ["store"]

UTC = ZoneInfo("UTC")
DAY = us("2026-03-23T00:00:00+00:00")
COLUMNS = ("first_message", "rating", "initial_queue_pos", "when_started", "status")
NAMES = {
    "firstMessage": "first_message",
    "rating": "rating",
    "queueLength": "initial_queue_pos",
    "whenStarted": "when_started",
    "status": "status",
}

# A filter here is a tuple of its own: ("and" | "or", [filter, …]), ("not", filter) or
# (column, operator, [value, …]); it is written as text and read as Python, apart from each other.

letters = st.text("aAbB%_\\' é", max_size=4)
numbers = st.integers(-2, 6)
seconds = st.integers(0, 5).map(lambda second: f"2026-03-23T00:00:0{second}")
ORDERS = ("eq", "ne", "gt", "ge", "lt", "le")


def comparisons_of(column: str, operators: tuple[str, ...], values: st.SearchStrategy[Any]) -> Any:
    one = st.tuples(
        st.just(column), st.sampled_from(operators), st.lists(values, min_size=1, max_size=1)
    )
    null = st.tuples(st.just(column), st.sampled_from(["eq", "ne"]), st.just([None]))
    some = st.tuples(
        st.just(column),
        st.sampled_from(["oneOf", "notOneOf"]),
        st.lists(values, min_size=1, max_size=3),
    )
    two = st.tuples(st.just(column), st.just("between"), st.lists(values, min_size=2, max_size=2))
    return one | null | some | two


leaves = (
    comparisons_of(
        "firstMessage", (*ORDERS, "begins", "contains", "notBegins", "notContains"), letters
    )
    | comparisons_of("rating", ORDERS, numbers)
    | comparisons_of("queueLength", ORDERS, numbers)
    | comparisons_of("whenStarted", ORDERS, seconds)
    | comparisons_of("status", ORDERS, st.integers(0, 11))
)
filters = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)
sessions = st.fixed_dictionaries(
    {
        "first_message": st.none() | letters,
        "rating": st.none() | numbers,
        "initial_queue_pos": numbers,
        "when_started": st.none() | st.integers(DAY, DAY + 6_000_000),
        "status": st.integers(0, 11),
    }
)


def written(tree: Any) -> str:
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    if tree[0] in ("and", "or"):
        return "(" + f" {tree[0]} ".join(written(part) for part in tree[1]) + ")"
    column, operator, values = tree
    return f"{column} {operator} {', '.join(literal(value) for value in values)}"


def literal(value: Any) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def fulfils(row: dict[str, Any], tree: Any) -> bool:
    if tree[0] == "not":
        return not fulfils(row, tree[1])
    if tree[0] in ("and", "or"):
        return (all if tree[0] == "and" else any)([fulfils(row, part) for part in tree[1]])
    column, operator, values = tree
    shown = comparable(row[NAMES[column]], column)
    wanted = [comparable(value, column) for value in values]
    return compared(shown, operator, wanted)


def comparable(value: Any, column: str) -> Any:
    """Instants as whole seconds, texts without the case of the letters A to Z."""
    if value is None:
        return None
    if column == "whenStarted":
        return (us(f"{value}+00:00") if isinstance(value, str) else value) // 1_000_000
    return (
        re.sub("[A-Z]", lambda letter: letter[0].lower(), value)
        if column == "firstMessage"
        else value
    )


def compared(shown: Any, operator: str, wanted: list[Any]) -> bool:
    negative = {"ne": "eq", "notBegins": "begins", "notContains": "contains", "notOneOf": "oneOf"}
    if operator in negative:
        return not compared(shown, negative[operator], wanted)
    if operator == "oneOf":
        return shown in wanted
    if operator == "eq":
        return bool(shown == wanted[0])
    if shown is None:
        return False
    return {
        "gt": lambda: shown > wanted[0],
        "ge": lambda: shown >= wanted[0],
        "lt": lambda: shown < wanted[0],
        "le": lambda: shown <= wanted[0],
        "begins": lambda: shown.startswith(wanted[0]),
        "contains": lambda: wanted[0] in shown,
        "between": lambda: wanted[0] <= shown <= wanted[-1],
    }[operator]()


@settings(max_examples=400)
@given(tree=filters, rows=st.lists(sessions, max_size=6))
def test_a_filter_lists_the_rows_that_python_would_keep(tree: Any, rows: list[dict[str, Any]]):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO sessions (id, first_message, rating, initial_queue_pos, when_started,"
            " status) VALUES (?, ?, ?, ?, ?, ?)",
            [(number, *(row[name] for name in COLUMNS)) for number, row in enumerate(rows)],
        )
        text, parameters = odata.parse({"$filter": written(tree)}).sql(
            ARCHIVE, zone=UTC, page_size=100
        )
        found = [row[0] for row in connection.execute(text, parameters)]
    assert found == [number for number, row in enumerate(rows) if fulfils(row, tree)]


@settings(max_examples=400)
@given(
    text=st.text(st.sampled_from([*string.printable, "é", "\x00", "'", "(", ")", " "]), max_size=60)
)
def test_any_text_is_a_filter_or_is_refused(text: str):
    try:
        sql, parameters = odata.parse({"$filter": text}).sql(ARCHIVE, zone=UTC, page_size=1)
    except odata.QueryError as error:
        told = error.message
    else:
        told = "$filter" if sql.count("?") == len(parameters) else sql
    assert told.startswith("$filter")


INJECTIONS = [
    "1; DROP TABLE sessions",
    "' OR '1'='1",
    "'; DROP TABLE sessions; --",
    "x' UNION SELECT session_key FROM sessions --",
    "rating) FROM sessions; DELETE FROM sessions; --",
    "(SELECT session_key FROM sessions)",
    "s.session_key",
    "s.id",
    "rating -- ",
    "rating/**/desc",
    "json_extract(s.person, '$')",
    "CASE WHEN 1 THEN 1 END",
    "?",
    "%00",
]


@pytest.mark.parametrize("attack", INJECTIONS)
@pytest.mark.parametrize(
    "option", ["select", "filter", "orderby", "entities", "top", "skip", "mode"]
)
def test_sql_in_an_option_is_refused(store, option, attack):
    with pytest.raises(odata.QueryError):
        listed(store, **{option: attack})
    assert len(keys(listed(store))) == len(SESSIONS)


@pytest.mark.parametrize("attack", INJECTIONS)
@pytest.mark.parametrize("operator", ["eq", "contains", "begins", "oneOf", "lt"])
def test_sql_in_a_value_is_bound_and_never_part_of_the_statement(store, operator, attack):
    text = f"firstMessage {operator} {literal(attack)}"
    sql, parameters = odata.parse({"$filter": text}).sql(ARCHIVE, zone=UTC, page_size=1)
    usual, _ = odata.parse({"$filter": f"firstMessage {operator} 'x'"}).sql(
        ARCHIVE, zone=UTC, page_size=1
    )
    assert sql == usual
    assert attack in str(parameters[0]).replace("\\%", "%").replace("\\_", "_")
    store.execute("UPDATE sessions SET first_message = ? WHERE id = 3", (attack,))
    found = keys(listed(store, filter=f"firstMessage eq {literal(attack)}"))
    assert found == [3]
    assert len(keys(listed(store))) == len(SESSIONS)
