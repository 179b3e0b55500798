"""One request in, one answer out: headers, stamps, bounds and refreshes."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import accumulate
from types import SimpleNamespace

import pytest

from simulator.errors import GuardError
from simulator.replay.endpoint import credentials
from simulator.replay.endpoint.answer import Failure
from simulator.replay.endpoint.client import MOST_BYTES
from simulator.replay.endpoint.credentials import Credential, Refreshing
from simulator.replay.endpoint.hidden import Secret
from simulator.replay.endpoint.transports import NAMES
from tests.replay.endpoint.wire import CONTEXT, endpoint, said, serving

PICKUP = "ChatSession/Pickup"


def run(script, story, **options):
    """``story(endpoint)`` against a server; its value and what the server got."""

    async def main():
        async with serving(script) as wire:
            lanes = options.pop("lanes", None)
            if callable(lanes):
                lanes = lanes(wire.url)
            async with endpoint(wire.url, lanes, **options) as made:
                return await story(made), wire

    return asyncio.run(main())


@pytest.mark.parametrize("name", NAMES)
def test_a_pickup_has_the_headers_of_the_seed_page_and_no_body(name):
    answer, wire = run(lambda *_: said({"ChatSessionId": 1}),
                       lambda made: made.call("Ada", "POST", PICKUP), transport=name)  # fmt: skip
    (got,) = wire.got
    assert (got.method, got.path) == ("POST", f"/{CONTEXT}/api/v1/ChatSession/Pickup")
    assert got.body == b""
    assert got.headers == {
        "host": f"127.0.0.1:{wire.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "accept-language": "*",
        "authorization": "Bearer token-Ada",
        "content-length": "0",
        "so-timezone": "UTC, includeTZOffset",
        "user-agent": "pickup-lab",
    }
    assert (answer.http, answer.failure, answer.error) == (200, None, "")
    assert json.loads(answer.body) == {"ChatSessionId": 1}


@pytest.mark.parametrize("name", NAMES)
def test_a_language_is_asked_for_by_all_three_headers(name):
    _, wire = run(lambda *_: said(), lambda made: made.call("Ada", "GET", "ChatSession/1"),
                  language="nb", transport=name)  # fmt: skip
    told = wire.got[0].headers
    assert [told[key] for key in ("accept-language", "so-language", "so-culture")] == ["nb"] * 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("credential", "told"),
    [
        (
            Credential("Bearer", Secret("8A:Cust12345.x")),
            {"authorization": "Bearer 8A:Cust12345.x"},
        ),
        (Credential("Basic", Secret("dXNlcjpwdw==")), {"authorization": "Basic dXNlcjpwdw=="}),
        (
            Credential("SOTicket", Secret("7T:abc"), app_token=Secret("app-1")),
            {"authorization": "SOTicket 7T:abc", "so-apptoken": "app-1"},
        ),
        (Credential("XSRF", Secret("x1")), {"x-xsrf-token": "x1", "cookie": "XSRF-TOKEN=x1"}),
    ],
    ids=["Bearer", "Basic", "SOTicket", "XSRF"],
)
def test_each_scheme_has_its_own_headers(credential, told, name):
    _, wire = run(lambda *_: said(), lambda made: made.call("Ada", "POST", PICKUP),
                  lanes={"Ada": credential}, transport=name)  # fmt: skip
    names = ("authorization", "so-apptoken", "x-xsrf-token", "cookie")
    assert {key: wire.got[0].headers[key] for key in names if key in wire.got[0].headers} == told


@pytest.mark.parametrize("name", NAMES)
def test_a_body_is_json_and_a_query_is_escaped(name):
    async def story(made):
        await made.call("Ada", "PUT", "ChatSession/7", body={"Status": "Finished"})
        await made.call("Ada", "GET", "ChatSession", query={"$top": "5", "$filter": "a gt 'b c'"})

    _, wire = run(lambda *_: said(), story, transport=name)
    put, read = wire.got
    assert json.loads(put.body) == {"Status": "Finished"}
    assert put.headers["content-type"] == "application/json; charset=utf-8"
    assert "content-type" not in read.headers
    assert read.path.endswith("/ChatSession?%24top=5&%24filter=a+gt+%27b+c%27")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 421, 429, 500, 503])
def test_every_status_is_an_answer(status, name):
    answer, wire = run(lambda *_: said(b"", status, Retry_After="7"),
                       lambda made: made.call("Ada", "POST", PICKUP), transport=name)  # fmt: skip
    assert (answer.http, answer.failure, answer.headers["retry-after"]) == (status, None, "7")
    assert len(wire.got) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_stamps_are_in_order_and_measure_the_server(name):
    async def slow(*_):
        await asyncio.sleep(0.1)
        return said()

    async def story(made):
        return time.perf_counter_ns(), await made.call("Ada", "POST", PICKUP)

    (began, answer), _ = run(lambda *_: slow(), story, transport=name)
    assert began <= answer.dispatched_ns < answer.first_byte_ns < answer.answered_ns
    assert 0.1 <= (answer.answered_ns - answer.first_byte_ns) / 1e9 < 10.0


@pytest.mark.parametrize("name", NAMES)
def test_calls_in_flight_are_bounded_and_waiting_is_before_the_dispatch(name):
    async def slow():
        await asyncio.sleep(0.2)
        return said()

    async def story(made):
        lanes = ("Ada", "Bo") * 6
        return await asyncio.gather(*(made.call(lane, "POST", PICKUP) for lane in lanes))

    answers, wire = run(lambda *_: slow(), story, max_in_flight=3, transport=name)
    assert wire.busiest == 3
    # Who waits for a place has not been dispatched: the stamps show three under way at most.
    changes = sorted(
        [(answer.dispatched_ns, 1) for answer in answers]
        + [(answer.answered_ns, -1) for answer in answers]
    )
    assert max(accumulate(change for _, change in changes)) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_a_call_may_have_a_time_of_its_own(name):
    async def slow():
        await asyncio.sleep(0.3)
        return said()

    async def story(made):
        return await made.call("Ada", "POST", PICKUP), await made.call(
            "Ada", "POST", PICKUP, timeout_s=2.0
        )

    (short, long), _ = run(lambda *_: slow(), story, timeout_s=0.1, transport=name)
    assert (short.failure, long.http) == (Failure.BROKEN, 200)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_is_far_too_large_is_broken(name):
    answer, _ = run(lambda *_: said(b"x" * (MOST_BYTES + 1)),
                    lambda made: made.call("Ada", "POST", PICKUP), transport=name)  # fmt: skip
    assert (answer.http, answer.failure, answer.error) == (None, Failure.BROKEN, "TooLarge")


@pytest.mark.parametrize(
    "path",
    ["../../../Cust9/api/v1/ChatSession/Pickup", "%2e%2e/x", "", "/x", "x#y", "x\\y", "x/../y",
     "@evil.com/x y"],
)  # fmt: skip
def test_a_path_that_leads_out_is_held_back_before_it_is_put_in_order(path):
    async def story(made):
        with pytest.raises(GuardError, match="held back"):
            await made.call("Ada", "POST", path)

    _, wire = run(lambda *_: said(), story)
    assert wire.got == []


# --------------------------------------------------------------------------- refreshing


def refreshing(url, *, path="/login/common/oauth/tokens", **more) -> dict[str, Credential]:
    how = Refreshing(url + path, "client-1", Secret("secret-1"), Secret("refresh-1"))
    return {"Ada": Credential("Bearer", Secret("old"), refreshing=how, **more)}


class Tokens:
    """Takes only the newest token; gives a new one for a refresh token that was not used yet."""

    def __init__(self, *, lasts_s=3600, after_s=0.05, refuses=False):
        self.newest, self.asked = "none", 0
        self.lasts_s, self.after_s, self.refuses = lasts_s, after_s, refuses

    def __call__(self, got, wire):
        if got.path.endswith("/oauth/tokens"):
            return self.token(got)
        if got.headers.get("authorization") != f"Bearer {self.newest}":
            return said(b"", 401)
        return said()

    async def token(self, got):
        self.asked += 1
        await asyncio.sleep(self.after_s)
        if self.refuses or f"refresh_token=refresh-{self.asked}" not in got.body.decode():
            return said(b"", 400)
        self.newest = f"new-{self.asked}"
        return said(
            {"access_token": self.newest, "token_type": "Bearer", "expires_in": self.lasts_s,
             "refresh_token": f"refresh-{self.asked + 1}"}
        )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_401_is_answered_by_one_refresh_and_one_more_try(name):
    tokens = Tokens()
    answer, wire = run(tokens, lambda made: made.call("Ada", "POST", PICKUP),
                       lanes=refreshing, transport=name)  # fmt: skip
    assert (answer.http, answer.refreshed) == (200, True)
    assert [got.headers.get("authorization") for got in wire.got] == [
        "Bearer old", None, "Bearer new-1",
    ]  # fmt: skip
    form = wire.got[1]
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form.body == (
        b"grant_type=refresh_token&client_id=client-1&client_secret=secret-1"
        b"&refresh_token=refresh-1"
    )


@pytest.mark.parametrize("name", NAMES)
def test_fifty_401s_at_once_bring_one_refresh(name):
    tokens = Tokens()

    async def story(made):
        return await asyncio.gather(*(made.call("Ada", "POST", PICKUP) for _ in range(50)))

    answers, wire = run(tokens, story, lanes=refreshing, transport=name)
    assert [answer.http for answer in answers] == [200] * 50
    assert tokens.asked == 1
    assert wire.count(PICKUP) == 100


def test_a_second_401_is_the_answer():
    answer, wire = run(
        lambda got, _: said({"access_token": "other"}) if "oauth" in got.path else said(b"", 401),
        lambda made: made.call("Ada", "POST", PICKUP),
        lanes=refreshing,
    )
    assert (answer.http, answer.refreshed, wire.count(PICKUP)) == (401, True, 2)


def test_a_refused_refresh_leaves_the_401_and_is_not_asked_again_at_once():
    tokens = Tokens(refuses=True)

    async def story(made):
        return await asyncio.gather(*(made.call("Ada", "POST", PICKUP) for _ in range(20)))

    answers, wire = run(tokens, story, lanes=refreshing)
    assert {(answer.http, answer.refreshed) for answer in answers} == {(401, False)}
    assert (tokens.asked, wire.count(PICKUP)) == (1, 20)


def test_without_a_refresh_token_the_401_is_the_answer():
    answer, wire = run(Tokens(), lambda made: made.call("Ada", "POST", PICKUP))
    assert (answer.http, len(wire.got)) == (401, 1)


def test_a_token_is_refreshed_ahead_of_its_end(monkeypatch):
    now_s = [1000.0]
    monkeypatch.setattr(credentials, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    tokens = Tokens(lasts_s=3600)

    async def story(made):
        answers = [await made.call("Ada", "POST", PICKUP) for _ in range(4)]
        before = tokens.asked
        now_s[0] += 3600 - credentials.AHEAD_S + 1
        answers += await asyncio.gather(*(made.call("Ada", "POST", PICKUP) for _ in range(10)))
        return answers, before

    (answers, before), _ = run(tokens, story, lanes=refreshing)
    assert (before, tokens.asked) == (1, 2)
    assert [answer.http for answer in answers] == [200] * 14
    assert [answer.refreshed for answer in answers] == [True] + [False] * 13


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"access_token": 5}',
                                  b'{"access_token": "a b"}', b'{"access_token": ""}'])  # fmt: skip
def test_an_answer_without_a_token_is_no_refresh(body):
    answer, _ = run(
        lambda got, _: said(body) if "oauth" in got.path else said(b"", 401),
        lambda made: made.call("Ada", "POST", PICKUP),
        lanes=refreshing,
    )
    assert (answer.http, answer.refreshed) == (401, False)


@pytest.mark.parametrize(
    "url",
    ["https://evil.com/login/common/oauth/tokens", "http://127.0.0.1:1/login/common/oauth/tokens",
     "{url}/other/tokens", "{url}/login/common/oauth/tokens/..", "{url}/api/v1/ChatSession/Pickup"],
)  # fmt: skip
def test_tokens_are_asked_for_nowhere_but_at_the_targets_login(url):
    async def story():
        async with serving(lambda *_: said()) as wire:
            with pytest.raises(GuardError, match="held back"):
                endpoint(wire.url, refreshing("", path=url.format(url=wire.url)))

    asyncio.run(story())
