"""The history pull: what it sends, what it writes, how it goes on, and what it refuses."""

from __future__ import annotations

import ast
import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator.calibration.history import read_history
from simulator.errors import DataError, GuardError, ParameterError, PickupError, UsageError
from simulator.replay import archive
from simulator.replay.archive import Question, pull_history, reading
from simulator.replay.archive.pulling import reading_endpoint
from simulator.replay.archive.question import COLUMNS
from simulator.replay.endpoint.allowed import Allowed
from simulator.replay.endpoint.credentials import read_credentials
from simulator.replay.endpoint.guard import checked_target
from tests.replay.old_chats import CONTEXT, LANE, TOKEN, Chat, OldChats, some_chats
from tests.replay.stub import Reply, running

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(autouse=True)
def secret(monkeypatch, tmp_path):
    monkeypatch.setenv("PICKUP_HISTORY", TOKEN)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Waits between tries as they are, but a hundred times as short."""
    monkeypatch.setattr(reading, "_FIRST_WAIT_S", 0.005)


def pulled(chats, out, question=None, **options):
    """What a pull from these chats gave, and the stub."""
    with running(chats) as stub:
        question = question or Question(page_size=4)
        found = pull_history(stub.url, CONTEXT, question, out, credential=LANE, **options)
    return found, stub


def ids(out: Path) -> list[int]:
    return [json.loads(line)["chatSessionId"] for line in out.read_text("utf-8").splitlines()]


# ------------------------------------------------------------------------------- what it writes


def test_every_session_comes_once_in_order_of_its_id(tmp_path):
    found, _ = pulled(OldChats(some_chats(25)), tmp_path / "h.jsonl")
    assert ids(found.file) == [*range(1, 26)]
    assert (found.sessions, found.began_at, found.picked_up, found.without_agent) == (25, 0, 17, 0)


def test_a_tenant_that_gives_less_than_a_page_loses_nothing(tmp_path):
    chats = OldChats(some_chats(25), largest_page=3)
    found, _ = pulled(chats, tmp_path / "h.jsonl", Question(page_size=10))
    assert ids(found.file) == [*range(1, 26)]


def test_the_history_reads_as_the_tenant_has_it(tmp_path):
    chats = some_chats(9)
    found, _ = pulled(OldChats(chats), tmp_path / "h.jsonl")
    history = read_history(found.file, zone=OSLO)
    told = history.sessions[["session_id", "outcome", "wait_s", "handle_s"]]
    assert history.sources[0].kind == "archive"
    assert [tuple(row) for row in told.fillna(-1).itertuples(index=False)] == [
        (c.key, "served", 30.0, 300.0) if c.agent else (c.key, "abandoned", 90.0, -1.0)
        for c in chats
    ]
    assert history.sessions["topic"].unique().tolist() == ["Topic no. 115"]
    assert history.sessions["agent"].nunique() == 2
    assert not history.problems.left_out


@pytest.mark.parametrize(
    "labels",
    [
        {7: "[SR_A]", 11: "[SR_B]", 4: "[SR_C]"},
        {7: "Zakończony", 11: "Zamknięty w kolejce", 4: "Czeka"},
        {7: 'NO:"Ferdig";US:"Finished"', 11: 'NO:"Lukket";US:"Closed in queue"', 4: "[I:4]"},
        {7: "Finished", 11: "ClosedFromQueue", 4: "InQueue"},
    ],
)
def test_a_status_is_known_in_whatever_language_it_comes(labels, tmp_path):
    found, _ = pulled(OldChats(some_chats(6), labels=labels), tmp_path / "h.jsonl")
    told = [json.loads(line)["status"] for line in found.file.read_text("utf-8").splitlines()]
    assert told == ["Finished", "Finished", "ClosedFromQueue"] * 2


def test_without_the_list_of_statuses_known_labels_are_taken(tmp_path):
    def forbidden(path, _, __):
        return Reply(status=403) if path.startswith("MDOList") else None

    labels = {7: "Finished", 11: "Closed in queue", 4: "Waiting"}
    chats = OldChats(some_chats(3), labels=labels, instead=forbidden)
    found, _ = pulled(chats, tmp_path / "h.jsonl")
    assert not found.knows_statuses
    assert '"ClosedFromQueue"' in found.file.read_text("utf-8")


def test_nothing_of_a_customer_is_asked_for_or_written(tmp_path):
    chats = OldChats(some_chats(3))
    found, _ = pulled(chats, tmp_path / "h.jsonl")
    (asked,) = {options["$select"] for options in chats.seen}
    assert asked.split(",") == [*COLUMNS]
    written = found.file.read_text("utf-8")
    assert not [word for word in ("secret", "Ada", "kim@", "token") if word in written]
    assert {*json.loads(written.splitlines()[0])} == {*COLUMNS}


def test_dates_are_local_and_both_included(tmp_path):
    day = timedelta(days=1).total_seconds()
    # BEGIN is 09:00 in Oslo: the second day begins 15 h after it, the third 39 h after.
    chats = [Chat(1, 15 * 3600 - 1), Chat(2, 15 * 3600), Chat(3, day), Chat(4, 39 * 3600 - 1)]
    chats += [Chat(5, 39 * 3600), Chat(6, 9 * day)]
    script = OldChats(chats)
    second = date(2026, 3, 3)
    found, _ = pulled(script, tmp_path / "h.jsonl", Question(second, second, zone=OSLO))
    assert ids(found.file) == [2, 3, 4]
    assert script.seen[0]["$filter"] == (
        "chatSessionId gt 0 and whenRequested afterTime '2026-03-01T23:00:00' and "
        "whenRequested beforeTime '2026-03-04T23:00:00'"
    )


def test_topics_are_asked_for_by_their_ids(tmp_path):
    chats = [Chat(key, 60.0 * key, topic=115 + key % 3) for key in range(1, 10)]
    found, _ = pulled(OldChats(chats), tmp_path / "h.jsonl", Question(topics=(115, 117)))
    assert ids(found.file) == [2, 3, 5, 6, 8, 9]


def test_pickups_without_an_associate_are_told(tmp_path):
    chats = [Chat(1, 60, 90, 300), Chat(2, 120, 150, 300, agent=7)]
    found, _ = pulled(OldChats(chats), tmp_path / "h.jsonl")
    assert (found.picked_up, found.without_agent) == (2, 1)


# ---------------------------------------------------------------------------------- what it sends


def test_only_reads_are_sent_whatever_the_tenant_answers(tmp_path):
    replies = iter([401, 429, 500, 503, 302, 403])

    def wrong(path, _, __):
        return Reply(status=next(replies, 400)) if path == "ChatSession" else None

    chats = OldChats(some_chats(3), instead=wrong)
    methods = set()
    for number in range(3):
        with pytest.raises(PickupError), running(chats) as stub:
            pull_history(stub.url, CONTEXT, Question(), tmp_path / f"{number}", credential=LANE)
        methods |= {got.method for got in stub.got}
    assert methods == {"GET"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_the_puller_cannot_send_anything_but_get(method):
    async def send(url):
        target = checked_target(url, CONTEXT, Allowed())
        made = reading_endpoint(target, read_credentials({reading.LANE: LANE}))
        async with made as endpoint:
            await endpoint.call(reading.LANE, method, "ChatSession/Pickup")

    with running(OldChats([])) as stub:
        with pytest.raises(GuardError, match="held back"):
            asyncio.run(send(stub.url))
        assert not stub.got


def test_the_package_has_one_place_that_sends_and_it_says_get():
    calls = []
    for module in Path(archive.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("call", "send", "request", "post"):
                calls.append((module.name, node.attr))
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "call":
                assert ast.literal_eval(node.args[1]) == "GET"
    assert calls == [("reading.py", "call")]


def test_times_are_asked_for_in_utc_and_texts_untranslated(tmp_path):
    _, stub = pulled(OldChats(some_chats(3)), tmp_path / "h.jsonl")
    headers = stub.got[-1].headers
    assert headers["so-timezone"] == "UTC, includeTZOffset"
    assert headers["accept-language"] == "*"
    assert headers["authorization"] == TOKEN


def test_deep_pages_are_asked_for_by_the_key(tmp_path):
    chats = OldChats(some_chats(10))
    pulled(chats, tmp_path / "h.jsonl")
    assert [options["$filter"] for options in chats.seen] == [
        f"chatSessionId gt {after}" for after in (0, 4, 8, 10)
    ]
    assert not [options for options in chats.seen if "$skip" in options]


def test_requests_keep_their_distance(tmp_path):
    began = datetime.now(UTC)
    found, _ = pulled(OldChats(some_chats(10)), tmp_path / "h.jsonl", rate=20)
    took_s = (datetime.now(UTC) - began).total_seconds()
    assert found.requests == 5  # the statuses and four pages
    assert took_s >= 4 / 20


# ---------------------------------------------------------------------------- what it puts up with


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=429),
        Reply(status=500, body={"Error": True}),
        Reply(status=503),
        Reply(status=200, body=b'{"value": [{"Prim'),
        Reply(status=200, body={"value": []}, cut=30),
        Reply(status=200, body=None),
    ],
    ids=["429 with a time", "429", "500", "503", "malformed", "cut off", "null"],
)
def test_a_page_that_failed_is_asked_for_again(trouble, tmp_path):
    chats = OldChats(some_chats(10))
    left = [trouble, trouble]

    def sometimes(path, number, _):
        return left.pop() if path == "ChatSession" and number == 2 and left else None

    chats.instead = sometimes
    if trouble.status == 200 and trouble.body is None:
        with pytest.raises(DataError, match="no page"):
            pulled(chats, tmp_path / "h.jsonl")
        return
    found, _ = pulled(chats, tmp_path / "h.jsonl")
    assert ids(found.file) == [*range(1, 11)]
    assert found.requests == 5 + 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed_in_both_forms(form, tmp_path):
    now = datetime.now(UTC)
    dates = {"Date": format_datetime(now, usegmt=True)}
    dates["Retry-After"] = format_datetime(now + timedelta(seconds=1), usegmt=True)
    headers = dates if form == "date" else {"Retry-After": "1"}
    left = [Reply(status=429, headers=headers)]
    chats = OldChats(some_chats(3), instead=lambda path, *_: left.pop() if left else None)
    chats.instead = lambda path, *_: left.pop() if path == "ChatSession" and left else None
    pulled(chats, tmp_path / "h.jsonl")
    assert (datetime.now(UTC) - now).total_seconds() >= 1.0


def test_a_tenant_that_wants_an_hour_of_peace_gets_it(tmp_path):
    busy = Reply(status=429, headers={"Retry-After": "3600"})
    chats = OldChats(
        some_chats(3), instead=lambda path, *_: busy if path == "ChatSession" else None
    )
    with pytest.raises(PickupError, match=r"left alone for 3,600 s; .*goes on"):
        pulled(chats, tmp_path / "h.jsonl")


def test_tries_are_bounded(tmp_path):
    chats = OldChats(
        some_chats(3), instead=lambda path, *_: Reply(status=500) if path == "ChatSession" else None
    )
    with running(chats) as stub, pytest.raises(PickupError, match="6 times"):
        pull_history(stub.url, CONTEXT, Question(), tmp_path / "h.jsonl", credential=LANE)
    assert stub.count("", "GET") == 3 + 6  # state, principal, statuses; the page


def test_an_empty_page_with_a_link_goes_on_by_it(tmp_path):
    chats = OldChats(some_chats(3))

    def hollow(path, number, stub):
        if path != "ChatSession" or hollow.done:
            return None
        hollow.done = True
        link = f"{stub.url}/{CONTEXT}/api/v1/ChatSession?%24filter=chatSessionId+gt%200"
        link += "&$orderBy=chatSessionId&$top=4&$skip=4"
        return Reply(body={"odata.nextLink": link, "value": []})

    hollow.done = False
    chats.instead = hollow
    found, _ = pulled(chats, tmp_path / "h.jsonl")
    assert ids(found.file) == [1, 2, 3]
    assert chats.seen[0]["$skip"] == "4"


# ------------------------------------------------------------------------------ what it refuses


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example.com/Cust1/api/v1/ChatSession?$skip=4",
        "/Cust2/api/v1/ChatSession?$skip=4",
        "/Cust1/api/v1/ChatSession/Pickup",
        "/Cust1/api/v1/ChatSession/../ChatSession/Pickup",
        "https://127.0.0.1/Cust1/api/v1/ChatSession",
        "http://user:pass@127.0.0.1/Cust1/api/v1/ChatSession",
        "/Cust1/api/v1/%2e%2e/ChatSession",
        "//evil.example.com/Cust1/api/v1/ChatSession",
        "http://[::1/Cust1",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link, tmp_path):
    page = Reply(body={"odata.nextLink": link, "value": []})
    chats = OldChats([], instead=lambda path, *_: page if path == "ChatSession" else None)
    with running(chats) as stub, pytest.raises(GuardError):
        pull_history(stub.url, CONTEXT, Question(), tmp_path / "h.jsonl", credential=LANE)
    assert sum("/ChatSession" in got.path for got in stub.got) == 1


def test_links_without_end_are_given_up(tmp_path):
    def circle(path, _, stub):
        link = f"{stub.url}/{CONTEXT}/api/v1/ChatSession?$skip=0"
        return Reply(body={"odata.nextLink": link, "value": []}) if path == "ChatSession" else None

    with pytest.raises(DataError, match="50 pages without a session"):
        pulled(OldChats([], instead=circle), tmp_path / "h.jsonl")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"PrimaryKey": "2"}, {"PrimaryKey": "1"}], "session 1 after 2"),
        ([{"PrimaryKey": "2"}, {"PrimaryKey": "2"}], "session 2 after 2"),
        ([{"PrimaryKey": "0"}], "session 0 after 0"),
        ([{"EntityName": "chat"}], "without chatSessionId"),
        ([{"PrimaryKey": "1", "status": {"Id": 7}}], "column status holds no plain value"),
        ([{"PrimaryKey": "1", "whenRequested": "2026-03-02T08:00:00"}], "without an offset"),
        ([{"PrimaryKey": "1", "whenRequested": "yesterday"}], "not a date"),
        (["chat"], "no page"),
        ("chats", "no page"),
    ],
)
def test_a_page_that_is_not_what_was_asked_for_ends_the_pull(rows, complaint, tmp_path):
    page = Reply(body={"value": rows})
    chats = OldChats([], instead=lambda path, *_: page if path == "ChatSession" else None)
    with pytest.raises(DataError, match=complaint):
        pulled(chats, tmp_path / "h.jsonl")


@pytest.mark.parametrize("status", [301, 401, 403, 421])
def test_a_tenant_that_turns_us_away_is_not_asked_again(status, tmp_path):
    chats = OldChats(
        [], instead=lambda path, *_: Reply(status=status) if path == "ChatSession" else None
    )
    with running(chats) as stub, pytest.raises(GuardError, match=f"HTTP {status}"):
        pull_history(stub.url, CONTEXT, Question(), tmp_path / "h.jsonl", credential=LANE)
    assert sum("/ChatSession" in got.path for got in stub.got) == 1


@pytest.mark.parametrize(
    ("url", "context"),
    [
        ("https://online3.superoffice.com", "Cust1"),
        ("https://crm.example.com", "Cust1"),
        ("http://sod2.superoffice.com", "Cust1"),
        ("https://sod2.superoffice.com", "Shop1"),
    ],
)
def test_the_guards_are_the_replays(url, context, tmp_path):
    with pytest.raises(GuardError):
        pull_history(url, context, Question(), tmp_path / "h.jsonl", credential=LANE)
    assert not list(tmp_path.iterdir())


def test_a_tenant_without_sessions_leaves_no_file(tmp_path):
    with pytest.raises(DataError, match="holds no chat"):
        pulled(OldChats([]), tmp_path / "h.jsonl")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays(tmp_path):
    out = tmp_path / "h.jsonl"
    out.write_text("mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--overwrite"):
        pulled(OldChats(some_chats(3)), out)
    assert out.read_text("utf-8") == "mine\n"
    pulled(OldChats(some_chats(3)), out, overwrite=True)
    assert ids(out) == [1, 2, 3]


def test_questions_that_make_no_sense_are_refused():
    with pytest.raises(ParameterError, match="before --from"):
        Question(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(ParameterError, match="1 to 5,000"):
        Question(page_size=5001)


# ------------------------------------------------------------------------------ how it goes on


def order(stub, out):
    """A pull's arguments, the credential not among them."""
    question = Question(page_size=4)
    return {"url": stub.url, "context": CONTEXT, "question": question, "out": out}


def failing_after(pages):
    """A tenant that is gone for good after so many pages."""
    return lambda path, number, _: Reply(status=500) if number >= pages else None


@pytest.mark.parametrize("pages", [0, 1, 3, 6])
def test_a_pull_goes_on_where_it_stopped_to_the_same_bytes(pages, tmp_path):
    whole, _ = pulled(OldChats(some_chats(25)), tmp_path / "whole.jsonl")
    out, chats = tmp_path / "h.jsonl", OldChats(some_chats(25))
    with running(chats) as stub:
        go = order(stub, out)
        chats.instead = lambda path, number, _: (
            Reply(status=500) if path == "ChatSession" and number >= pages else None
        )
        with pytest.raises(PickupError, match="goes on"):
            pull_history(**go, credential=LANE)
        assert not out.exists()
        chats.instead, asked = None, len(chats.seen)
        found = pull_history(**go, credential=LANE)
    assert out.read_bytes() == whole.file.read_bytes()
    assert found.began_at == min(4 * pages, 25)
    assert len(chats.seen) - asked == 8 - pages  # no page is asked for twice
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.jsonl", "whole.jsonl"]


def test_what_the_cursor_does_not_count_is_cut_off(tmp_path):
    out, chats = tmp_path / "h.jsonl", OldChats(some_chats(10))
    with running(chats) as stub:
        go = order(stub, out)
        chats.instead = failing_after(1)
        with pytest.raises(PickupError):
            pull_history(**go, credential=LANE)
        part = tmp_path / "h.jsonl.part"
        part.write_bytes(part.read_bytes() + b'{"chatSessionId": 5, "when')
        chats.instead = None
        pull_history(**go, credential=LANE)
    assert ids(out) == [*range(1, 11)]


def test_another_question_does_not_go_on_with_a_pull(tmp_path):
    out, chats = tmp_path / "h.jsonl", OldChats(some_chats(10))
    with running(chats) as stub:
        chats.instead = failing_after(1)
        with pytest.raises(PickupError):
            pull_history(stub.url, CONTEXT, Question(page_size=4), out, credential=LANE)
        chats.instead = None
        with pytest.raises(UsageError, match="another pull"):
            pull_history(stub.url, CONTEXT, Question(topics=(7,)), out, credential=LANE)
        # The size of a page is no part of the question.
        pull_history(stub.url, CONTEXT, Question(page_size=7), out, credential=LANE)
    assert ids(out) == [*range(1, 11)]


def test_a_pull_killed_between_its_last_steps_ends_well(tmp_path):
    out, chats = tmp_path / "h.jsonl", OldChats(some_chats(10))
    with running(chats) as stub:
        go = order(stub, out)
        chats.instead = failing_after(4)
        with pytest.raises(PickupError):
            pull_history(**{**go, "question": Question(page_size=3)}, credential=LANE)
        cursor = tmp_path / "h.jsonl.part.cursor"
        told = json.loads(cursor.read_bytes()) | {"is_whole": True}
        cursor.write_text(json.dumps(told), encoding="utf-8")
        (tmp_path / "h.jsonl.part").rename(out)  # the cursor is still there
        chats.instead = None
        found = pull_history(**go, credential=LANE)
    assert found.sessions == 10
    assert ids(out) == [*range(1, 11)]
    assert [path.name for path in tmp_path.iterdir()] == ["h.jsonl"]


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"question": {}, "more": 1}'])
def test_a_cursor_that_cannot_be_read_is_said(damage, tmp_path):
    (tmp_path / "h.jsonl.part.cursor").write_bytes(damage)
    with pytest.raises(DataError, match="cannot be read; delete it"):
        pulled(OldChats(some_chats(3)), tmp_path / "h.jsonl")


def test_a_partial_file_that_lost_bytes_is_not_gone_on_with(tmp_path):
    out, chats = tmp_path / "h.jsonl", OldChats(some_chats(10))
    with running(chats) as stub:
        go = order(stub, out)
        chats.instead = failing_after(1)
        with pytest.raises(PickupError):
            pull_history(**go, credential=LANE)
        (tmp_path / "h.jsonl.part").write_bytes(b"")
        with pytest.raises(DataError, match="shorter than its cursor"):
            pull_history(**go, credential=LANE)
