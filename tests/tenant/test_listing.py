"""The archive of sessions over HTTP: what is selected, filtered and sorted, page by page."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.tenant.house import SALES, SUPPORT


@pytest.fixture
def full(house):
    """Nine sessions: six of Sales, of which two are picked up and one of them is ended."""
    house.seed(6, SALES)
    house.seed(3, SUPPORT)
    for _ in range(2):
        house.post("ChatSession/Pickup")
    house.ask("PATCH", "ChatSession/1", {"Status": "Finished", "Rating": 4})
    return house


def rows(house, path="ChatSession", **query):
    asked = {f"${name}": value for name, value in query.items()}
    return house.get(path, query=asked)["value"]


def ids(found):
    return [int(row["PrimaryKey"]) for row in found]


def pages(house, path, **query):
    """Every page, from link to link."""
    token = {"Authorization": house.running.secrets["PICKUP_ADA"]}
    answer = house.ask("GET", path, query={f"${name}": value for name, value in query.items()})
    while True:
        page = house.told(answer)
        yield page
        link = page["odata.nextLink"]
        if link is None:
            return
        answer = house.web.get(link, headers=token)


def test_a_row_has_its_key_as_text_and_the_name_of_its_entity(full):
    page = full.get("ChatSession", query={"$select": "chatSessionId,status", "$top": 1})
    (row,) = page["value"]
    assert (row["PrimaryKey"], row["EntityName"]) == ("1", "chat")
    assert {"odata.metadata", "odata.nextLink", "value"} <= set(page)


def test_columns_are_those_selected_with_their_slashes(full):
    query = {
        "select": "chatSessionId,chatTopic/name,agent,rating,whenEnded",
        "filter": "rating eq 4",
    }
    (row,) = rows(full, **query)
    assert (row["chatSessionId"], row["rating"], row["agent"]) == (1, 4, "Ada")
    assert row["chatTopic/name"] == "Sales"
    assert row["whenEnded"] > "2000"
    assert "whenRequested" not in row


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"filter": f"chatTopic/chatTopicId eq {SUPPORT}"}, [7, 8, 9]),
        ({"filter": "chatSessionId gt 7"}, [8, 9]),
        ({"filter": "chatSessionId ge 3 and chatSessionId lt 5"}, [3, 4]),
        ({"filter": "rating eq 4 or chatSessionId eq 9"}, [1, 9]),
        ({"filter": "whenRequested afterTime '2001-01-01T00:00:00'", "top": 1}, [1]),
        ({"filter": "whenRequested beforeTime '2001-01-01T00:00:00'"}, []),
        ({"filter": "queueLength eq 6"}, [6]),
        ({"orderBy": "chatSessionId desc", "top": 2}, [9, 8]),
        ({"orderBy": "chatSessionId", "skip": 7}, [8, 9]),
        ({"orderBy": "chatSessionId", "skip": 2, "top": 3}, [3, 4, 5]),
    ],
)
def test_filter_order_top_and_skip(full, query, wanted):
    assert ids(rows(full, **query)) == wanted


def test_names_of_options_are_read_in_any_case(full):
    found = full.get("ChatSession", query={"$ORDERBY": "chatSessionId desc", "$Top": 1})
    assert ids(found["value"]) == [9]


@pytest.mark.parametrize(
    "path", ["ChatSession", "archive/ChatSession", f"ChatTopic/{SALES}/Sessions"]
)
def test_next_links_lead_through_everything_once(full, path):
    full.settings(page_size=2)
    found = list(pages(full, path, orderBy="chatSessionId", select="chatSessionId"))
    numbers = [number for page in found for number in ids(page["value"])]
    assert numbers == list(range(1, 7 if path.endswith("Sessions") else 10))
    assert all(len(page["value"]) == 2 for page in found[:-1])


def test_a_next_link_is_under_the_address_that_was_asked_and_keeps_the_question(full):
    full.settings(page_size=2)
    query = {"orderBy": "chatSessionId desc", "select": "chatSessionId", "filter": "rating eq 0"}
    first, second, *_ = pages(full, "ChatSession", **query)
    link = urlsplit(first["odata.nextLink"])
    assert f"{link.scheme}://{link.netloc}" == full.running.url
    assert link.path == f"/{full.running.context}/api/v1/ChatSession"
    told = {name.lower(): value for name, value in parse_qsl(link.query)}
    assert {told[f"${name.lower()}"] for name in query} == set(query.values())
    assert ids(first["value"] + second["value"]) == [9, 8, 7, 6]


def test_sessions_that_come_while_one_reads_neither_hide_nor_double_another(full):
    full.settings(page_size=3)
    seen = []
    for page in pages(full, "ChatSession", orderBy="chatSessionId"):
        seen += ids(page["value"])
        if len(seen) < 12:
            full.seed(1)
    assert seen == sorted(set(seen))
    assert set(range(1, 10)) <= set(seen)
    assert all(later - sooner == 1 for sooner, later in pairwise(seen))


def test_a_topics_list_is_its_own_whatever_the_filter_says(full):
    path = f"ChatTopic/{SUPPORT}/Sessions"
    assert ids(rows(full, path)) == [7, 8, 9]
    assert ids(rows(full, path, filter="chatSessionId gt 0 or rating eq 4")) == [7, 8, 9]


def test_the_status_is_the_translated_label(full):
    query = {"$select": "status", "$filter": "chatSessionId le 3", "$orderBy": "chatSessionId"}
    found = full.get("ChatSession", query=query, headers={"SO-Language": "en"})["value"]
    assert [row["status"] for row in found] == ["Finished", "Waiting for agent", "Waiting"]


def test_dates_are_in_the_zone_that_was_asked_for(full):
    zone = {"SO-TimeZone": "UTC, includeTZOffset"}
    query = {"$select": "whenRequested,whenEnded", "$top": 1, "$orderBy": "chatSessionId desc"}
    (row,) = full.get("ChatSession", query=query, headers=zone)["value"]
    entity = full.get("ChatSession/9", headers=zone)
    assert row["whenRequested"] == entity["WhenRequested"]
    assert row["whenRequested"].endswith("Z")


def test_a_list_is_xml_where_that_is_accepted(full):
    answer = full.ask("GET", "ChatSession", headers={"Accept": "application/xml"})
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert answer.text.partition("?>")[2].lstrip().startswith("<ODataSlimResponse")


def test_what_was_deleted_is_not_listed(full):
    full.ask("DELETE", "ChatSession/8")
    assert ids(rows(full, f"ChatTopic/{SUPPORT}/Sessions")) == [7, 9]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "chatSessionId eq"},
        {"filter": "noSuchColumn eq 1"},
        {"filter": "chatSessionId eq 1; DROP TABLE sessions"},
        {"select": "noSuchColumn"},
        {"orderBy": "noSuchColumn"},
        {"top": "-1"},
        {"skip": "x"},
    ],
)
def test_what_cannot_be_read_is_400_and_harms_nothing(full, query):
    answer = full.ask("GET", "ChatSession", query={f"${k}": v for k, v in query.items()})
    assert (answer.status_code, answer.json()["Error"]) == (400, True)
    assert full.truth()["sessions"] == 9
