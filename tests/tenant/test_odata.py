"""Queries of a list: what is read, what it selects, pages, and what is refused and where."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from simulator.tenant import odata
from simulator.tenant.odata.tree import And, Comparison, Not, Or
from tests.tenant.rows import seen, us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.tenant.answers import View

URL = "http://127.0.0.1:8900/Cust12345/api/v1/ChatSession"
ARCHIVE = odata.session_archive()
TABLES = """
CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT, description TEXT, badge_header TEXT);
CREATE TABLE users (associate_id INTEGER PRIMARY KEY, ej_user_id INTEGER, name TEXT,
    full_name TEXT);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, topic_id INTEGER, user_id INTEGER, status INTEGER,
    first_message TEXT, last_message TEXT, when_requested INTEGER, when_started INTEGER,
    when_ended INTEGER, when_idle INTEGER, initial_queue_pos INTEGER, rating INTEGER,
    contact TEXT, person TEXT);
INSERT INTO topics VALUES (101, 'Sales', 'We sell', 'S'), (102, 'Support', NULL, NULL);
INSERT INTO users VALUES (12, 31, 'ada', 'Ada Lovelace'), (13, 32, 'bo', 'Bo');
"""


def at(clock: str) -> int:
    """An instant of the 23rd of March 2026 by the clocks of Oslo."""
    return us(f"2026-03-23T{clock}+01:00")


SESSIONS: list[tuple[Any, ...]] = [
    # id, topic, user, status, first message, requested, started, ended, position, rating
    (1, 101, 12, 7, "100% sure", at("08:00:00"), at("08:00:30"), at("08:05:00"), 1, 5),
    (2, 101, None, 11, "it's_me", at("08:01:00"), None, at("08:03:00"), 1, 0),
    (3, 102, 13, 5, None, at("08:02:00.5"), at("08:02:10"), None, 2, 0),
    (4, 102, None, 4, "Hello", at("08:03:00"), None, None, 1, 0),
    (5, 101, 12, 7, "HELLO again", at("08:04:00"), at("08:04:01"), at("08:09:00"), 1, 3),
]
INSERT = """
INSERT INTO sessions (id, topic_id, user_id, status, first_message, when_requested, when_started,
    when_ended, initial_queue_pos, rating) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        connection.executemany(INSERT, SESSIONS)
        yield connection


def listed(
    store: sqlite3.Connection,
    *,
    view: View | None = None,
    page_size: int = 100,
    only: dict[str, Any] | None = None,
    timespan_text: str = "seconds",
    **options: str,
) -> dict[str, Any]:
    """The list's answer to ``$filter=…`` and the like."""
    view = view or seen()
    query = odata.parse({f"${name}": text for name, text in options.items()})
    text, parameters = query.sql(ARCHIVE, zone=view.zone, page_size=page_size, only=only)
    rows = store.execute(text, parameters).fetchall()
    return odata.page(
        query,
        rows,
        ARCHIVE,
        view=view,
        url=URL,
        page_size=page_size,
        timespan_text=timespan_text,
    )


def keys(answer: dict[str, Any]) -> list[int]:
    return [int(row["PrimaryKey"]) for row in answer["value"]]


# ----------------------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [1, 2, 3, 4, 5]),
        # numbers
        ("rating eq 5", [1]),
        ("rating = 5", [1]),
        ("rating equals '[I:5]'", [1]),
        ("rating ne 0", [1, 5]),
        ("rating gt 3", [1]),
        ("rating ge 3", [1, 5]),
        ("rating lt 3", [2, 3, 4]),
        ("rating le 3", [2, 3, 4, 5]),
        ("rating gt 3.5", [1]),
        ("rating between 3, 5", [1, 5]),
        ("rating oneOf (3, 5)", [1, 5]),
        ("rating notOneOf 3,5", [2, 3, 4]),
        ("chatTopic/chatTopicId eq 102", [3, 4]),
        # lengths
        ("timeInQueue ge 30", [1, 2]),
        ("timeInQueue eq '[TS:30]'", [1]),
        ("duration gt 270", [5]),
        # texts, in any case
        ("firstMessage eq 'hello'", [4]),
        ("firstMessage is 'hello'", [4]),
        ("firstMessage isNot 'hello'", [1, 2, 3, 5]),
        ("firstMessage begins 'hello'", [4, 5]),
        ("firstMessage notBegins 'hello'", [1, 2, 3]),
        ("firstMessage contains '%'", [1]),
        ("firstMessage contains '_'", [2]),
        ("firstMessage contains '\\'", []),
        ("firstMessage contains 'it''s'", [2]),
        ("firstMessage notContains 'hello'", [1, 2, 3]),
        ("contains(firstMessage, 'AGAIN')", [5]),
        ("startswith(firstMessage, '100') eq true", [1]),
        ("endswith(firstMessage, 'me') eq false", [1, 3, 4, 5]),
        ("substringof('again', firstMessage)", [5]),
        ("firstMessage eq null", [3]),
        ("firstMessage ne null", [1, 2, 4, 5]),
        # statuses by number, name and label
        ("status eq 4", [4]),
        ("status eq '[I:4]'", [4]),
        ("status eq 'InQueue'", [4]),
        ("status eq 'Lukket i kø'", [2]),
        ("status oneOf ('Finished', 5)", [1, 3, 5]),
        # users by number and name
        ("agent eq 31", [1, 5]),
        ("agent eq 'ada lovelace'", [1, 5]),
        ("agent begins 'B'", [3]),
        ("agent associateIsOneOf (31, 'Bo')", [1, 3, 5]),
        ("agent eq null", [2, 4]),
        ("associate/fullName contains 'love'", [1, 5]),
        # dates: without an offset by the clocks of the view; a second is a second long
        ("whenRequested afterTime '2026-03-23T08:02:00'", [4, 5]),
        ("whenRequested beforeTime '2026-03-23T08:02:00'", [1, 2]),
        ("whenRequested ge '2026-03-23T08:02:00'", [3, 4, 5]),
        ("whenRequested le '2026-03-23T08:02:00'", [1, 2, 3]),
        ("whenRequested dateTime '2026-03-23T08:02:00'", [3]),
        ("whenRequested eq '2026-03-23T08:02:00.0'", []),
        ("whenRequested eq '2026-03-23T08:02:00.5'", [3]),
        ("whenRequested ne '2026-03-23T08:02:00'", [1, 2, 4, 5]),
        ("whenRequested ge datetime'2026-03-23T07:03:00Z'", [4, 5]),
        ("whenRequested gt '2026-03-23T09:03:00+0200'", [5]),
        ("whenRequested date '2026-03-23'", [1, 2, 3, 4, 5]),
        ("whenRequested after '2026-03-23'", []),
        ("whenRequested between '2026-03-23T08:01:00', '2026-03-23T08:03:00'", [2, 3, 4]),
        ("whenEnded eq '0001-01-01T00:00:00'", [3, 4]),
        ("whenEnded ne null", [1, 2, 5]),
        ("whenStarted lt '2026-03-24'", [1, 3, 5]),
        # and, or, not, parentheses: or binds least
        ("rating eq 5 or rating eq 3 and status eq 4", [1]),
        ("(rating eq 5 or rating eq 3) and chatSessionId gt 1", [5]),
        ("not rating eq 0", [1, 5]),
        ("not (rating eq 0 or chatSessionId eq 1)", [5]),
        ("not not rating eq 5", [1]),
        ("not whenStarted gt '2026-03-23T08:02:30'", [1, 2, 3, 4]),  # empty is not after it
        ("NOT Status EQ 4 AND rating LT 1", None),  # a column's case counts
    ],
)
def test_a_filter_lists_the_rows_that_fulfil_it(store, text, found):
    if found is None:
        with pytest.raises(odata.QueryError, match="did you mean 'status'"):
            listed(store, filter=text)
    else:
        assert keys(listed(store, filter=text)) == found


def test_a_filter_is_read_in_the_zone_of_the_view(store):
    text = "whenRequested ge '2026-03-23T07:03:00'"
    assert keys(listed(store, filter=text, view=seen(so_timezone="UTC"))) == [4, 5]
    assert keys(listed(store, filter=text)) == [1, 2, 3, 4, 5]


def test_the_tree_of_a_filter():
    query = odata.parse({"$filter": "rating eq 5 or not (status eq 4 and agent oneOf (1, 2))"})
    assert query.where == Or(
        (
            Comparison("rating", "eq", (5,), 0),
            Not(
                And(
                    (
                        Comparison("status", "eq", (4,), 20),
                        Comparison("agent", "one of", (1, 2), 36),
                    )
                )
            ),
        )
    )


def test_columns_that_the_caller_sets_hold_besides_the_filter(store):
    only = {"chatTopic/chatTopicId": 101}
    assert keys(listed(store, filter="rating eq 5 or rating eq 0", only=only)) == [1, 2]


# --------------------------------------------------------------------------- order and pages


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("chatSessionId desc", [5, 4, 3, 2, 1]),
        ("rating desc, whenRequested desc", [1, 5, 4, 3, 2]),
        ("chatTopic/name asc,chatSessionId desc", [5, 2, 1, 4, 3]),
        ("agent", [2, 4, 1, 5, 3]),  # by name; those without one first
    ],
)
def test_rows_are_sorted_as_asked_and_then_by_their_key(store, text, found):
    assert keys(listed(store, orderby=text)) == found


def test_next_links_lead_through_all_pages_without_overlap(store):
    options = {"filter": "rating le 5", "orderby": "rating desc", "top": "2"}
    found, links = [], []
    while True:
        answer = listed(store, **options)
        found.append(keys(answer))
        if answer["odata.nextLink"] is None:
            break
        links.append(urlsplit(answer["odata.nextLink"]))
        options = {name.removeprefix("$"): text for name, text in parse_qsl(links[-1].query)}
    assert found == [[1, 5], [2, 3], [4]]
    assert {f"{link.scheme}://{link.netloc}{link.path}" for link in links} == {URL}
    assert [dict(parse_qsl(link.query))["$skip"] for link in links] == ["2", "4"]


def test_a_page_that_is_just_full_is_the_last(store):
    assert listed(store, top="5")["odata.nextLink"] is None
    assert listed(store, page_size=4)["odata.nextLink"] == f"{URL}?$skip=4"
    assert keys(listed(store, page_size=4, skip="4")) == [5]


def test_top_goes_before_the_tenants_page_size_up_to_a_bound(store):
    assert keys(listed(store, page_size=2, top="4")) == [1, 2, 3, 4]
    assert odata.parse({"$top": "2000000000"}).page_size(100) == 10_000


def test_metadata_names_the_archive(store):
    metadata = listed(store)["odata.metadata"]
    assert metadata == "http://127.0.0.1:8900/Cust12345/api/v1/archive$metadata"


# ------------------------------------------------------------------------------------- forms


def test_a_slim_row_has_what_is_shown(store):
    assert listed(store, top="1", view=seen(so_language="en"))["value"] == [
        {
            "PrimaryKey": "1",
            "EntityName": "chat",
            "chatSessionId": 1,
            "whenRequested": "2026-03-23T08:00:00",
            "whenStarted": "2026-03-23T08:00:30",
            "whenEnded": "2026-03-23T08:05:00",
            "duration": 270,
            "timeInQueue": 30,
            "queueLength": 1,
            "rating": 5,
            "agent": "Ada Lovelace",
            "status": "Finished",
            "chatTopic/chatTopicId": 101,
            "chatTopic/name": "Sales",
        }
    ]


def test_what_has_not_come_is_null_in_a_list(store):
    row = listed(
        store, filter="chatSessionId eq 4", select="whenStarted,duration,agent,timeInQueue"
    )
    assert row["value"][0] == {
        "PrimaryKey": "4",
        "EntityName": "chat",
        **dict.fromkeys(("whenStarted", "duration", "agent", "timeInQueue")),
    }


@pytest.mark.parametrize(
    ("language", "label"),
    [("", "[SR_CHATSESSIONSTATUS_CLOSEDFROMQUEUE]"), ("no", "Lukket i kø"), ("sv", "Stängd i kö")],
)
def test_a_status_is_shown_in_the_language_of_the_view(store, language, label):
    found = listed(store, filter="chatSessionId eq 2", view=seen(so_language=language))
    assert found["value"][0]["status"] == label


def test_a_full_row_has_marked_raw_values_and_what_is_shown_as_hints(store):
    found = listed(
        store,
        mode="Full",
        top="1",
        select="status,duration,agent,whenEnded",
        view=seen(so_language="en"),
    )
    cells = found["value"][0]["ColumnData"]
    assert {name: (cell["DisplayValue"], cell["TooltipHint"]) for name, cell in cells.items()} == {
        "status": ("[I:7]", "Finished"),
        "duration": ("[TS:270]", "270"),
        "agent": ("Ada Lovelace", "Ada Lovelace"),
        "whenEnded": ("2026-03-23T08:05:00", "2026-03-23T08:05:00"),
    }


def test_lengths_are_between_the_seconds_that_are_shown(store):
    times = (at("08:00:30.9"), at("08:00:40.1"), at("08:01:00"))
    store.execute(
        "UPDATE sessions SET when_requested = ?, when_started = ?, when_ended = ? WHERE id = 4",
        times,
    )
    found = listed(store, filter="chatSessionId eq 4", select="timeInQueue,duration")["value"][0]
    assert (found["timeInQueue"], found["duration"]) == (10, 20)


def test_lengths_may_be_marked_in_slim_rows_too(store):
    assert listed(store, top="1", timespan_text="marked")["value"][0]["duration"] == "[TS:270]"


def test_json_safe_names_have_no_stroke(store):
    row = listed(store, top="1", select="chatTopic/name", jsonSafe="true")["value"][0]
    assert list(row) == ["PrimaryKey", "EntityName", "chatTopic_name"]


def test_queue_length_may_be_one_less_than_the_position():
    sql, _ = odata.parse({"$select": "queueLength"}).sql(
        odata.session_archive("position_less_one"), zone=ZoneInfo("UTC"), page_size=1
    )
    assert "s.initial_queue_pos - 1" in sql


def test_format_goes_before_the_accept_header():
    assert odata.parse({"$format": "XML"}).accepted({"accept": "text/json"}) == {
        "accept": "application/xml"
    }
    assert odata.parse({}).accepted({"accept": "text/json"}) == {"accept": "text/json"}


@pytest.mark.parametrize("name", list(ARCHIVE.columns))
def test_every_column_can_be_shown_filtered_and_sorted(store, name):
    found = listed(store, select=name, filter=f"{name} ne null or {name} eq null", orderby=name)
    assert len(keys(found)) == len(SESSIONS)


def test_option_names_are_read_in_any_case_and_others_left_alone():
    query = odata.parse({"$ORDERBY": "rating", "$Top": " 3 ", "top": "x", "$context": "y"})
    assert (query.order_by[0].column, query.top) == ("rating", 3)


# ------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": "status"}, r"\$filter, character 7: the filter ends where it should not"),
        (
            {"filter": "status eq"},
            r"character 10: the filter ends where it should not; give a value",
        ),
        ({"filter": "status eq eq"}, r"character 11: 'eq' stands where it should not"),
        (
            {"filter": "status like 'x'"},
            r"character 8: 'like' stands .* give an operator such as eq",
        ),
        ({"filter": "status eq 4 rating"}, r"character 13: 'rating' stands .* 'and', 'or'"),
        ({"filter": "(status eq 4"}, r"character 13: the filter ends .* the closing '\)'"),
        ({"filter": "status eq 4)"}, r"character 12: '\)' stands"),
        ({"filter": "4 eq status"}, r"character 1: '4' stands .* give a column"),
        ({"filter": "firstMessage eq 'x"}, r"character 17: a text without its closing quote"),
        ({"filter": "rating eq 4 & 5"}, r"character 13: '& 5' cannot be read"),
        ({"filter": "rating eq 5x"}, r"character 11: '5x' cannot be read"),
        ({"filter": "ratin eq 5"}, r"no column 'ratin'; did you mean 'rating'"),
        ({"filter": "zzz eq 5"}, r"no column 'zzz'; name one of its columns"),
        ({"filter": "rating eq 'five'"}, r"'rating' is compared with another kind; give a number"),
        ({"filter": "rating eq true"}, r"give a number"),
        ({"filter": "firstMessage eq 5"}, r"give a text in quotes"),
        ({"filter": "status eq 'Asleep'"}, r"give a status by its name, number or label"),
        ({"filter": "whenEnded gt 'soon'"}, r"give a date such as"),
        ({"filter": "whenEnded gt 5"}, r"give a date such as"),
        ({"filter": "whenEnded gt '2026-02-30'"}, r"give a date such as"),
        ({"filter": "whenEnded gt null"}, r"ordered against null; use eq null or ne null"),
        ({"filter": "whenEnded gt '0001-01-01T00:00:00'"}, r"ordered against null"),
        ({"filter": "rating between 3"}, r"has 1 values; give two: from and to"),
        ({"filter": "rating between 1, 2, 3"}, r"has 3 values"),
        ({"filter": "rating oneOf (1, 2"}, r"the closing '\)'"),
        ({"filter": "rating contains '5'"}, r"'rating' holds no text"),
        ({"filter": "contains('x', firstMessage)"}, r"contains has other arguments"),
        ({"filter": "contains(firstMessage"}, r"give ',' and the second argument"),
        ({"filter": "contains(firstMessage, 'x') eq 5"}, r"give true or false"),
        ({"filter": "firstMessage eq 'a\x00b'"}, r"character 17: a text with a character"),
        ({"filter": "rating eq " + "9" * 30}, r"character 11: a number with too many digits"),
        ({"filter": "(" * 50 + "rating eq 1" + ")" * 50}, r"nested too deeply; give at most 40"),
        ({"filter": "not " * 50 + "rating eq 1"}, r"nested too deeply"),
        ({"filter": " or ".join(["rating eq 1"] * 201)}, r"too many tests; give at most 200"),
        ({"filter": "rating oneOf (" + "1," * 300 + "1)"}, r"too many tests"),
        ({"filter": "x" * 9_000}, r"the text is too long; give at most 8000 characters"),
        ({"orderby": "rating down"}, r"\$orderBy: 'rating down' cannot be read"),
        ({"orderby": "rting"}, r"\$orderBy: .*did you mean 'rating'"),
        ({"select": "Count(rating):Footer"}, r"\$select: .* no column"),
        ({"select": ",".join(map(str, range(200)))}, r"\$select has 200 names"),
        ({"entities": "person"}, r"\$entities: the archive has no 'person'; it has 'chat'"),
        ({"top": "-1"}, r"\$top is '-1'; give a whole number from 0"),
        ({"top": "ten"}, r"\$top is 'ten'"),
        ({"skip": "99999999999999999999"}, r"\$skip is"),
        ({"skip": "٣"}, r"\$skip is"),
        ({"mode": "Tiny"}, r"\$mode is 'tiny'; give slim or wide or full"),
        ({"jsonSafe": "maybe"}, r"\$jsonSafe is 'maybe'; give true or false"),
        ({"output": "loud"}, r"\$output is 'loud'"),
        ({"format": "csv"}, r"\$format is 'csv'; give json or xml"),
        ({"filtre": "x"}, r"option '\$filtre' is not known; did you mean '\$filter'"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(store, options, message):
    with pytest.raises(odata.QueryError, match=message):
        listed(store, **options)


def test_the_most_that_is_allowed_is_within_what_the_database_takes(store):
    text = " or ".join(["not contains(firstMessage, '%')"] * 200)
    assert keys(listed(store, filter=text)) == [2, 3, 4, 5]
    nested = "not (" * 19 + "rating eq 5" + ")" * 19
    assert keys(listed(store, filter=nested)) == [2, 3, 4, 5]
