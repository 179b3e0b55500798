"""At most once, whatever becomes of the connection; and honest about what may have left."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import suppress

import httpx
import pytest

from simulator.errors import GuardError, UsageError
from simulator.replay.endpoint.answer import Failure
from simulator.replay.endpoint.transports import NAMES, transport
from tests.replay.endpoint.wire import endpoint, free_port, listening, local, said, serving

PICKUP = "ChatSession/Pickup"


def stale(how):
    """A server that answers the first request of a connection and fails the second."""
    return lambda got, _: said() if got.in_connection == 1 else how


async def failing_second(how, method, name):
    async with serving(stale(how)) as wire, endpoint(wire.url, transport=name, clients=1) as made:
        body = {"Status": "Finished"} if method in ("PUT", "PATCH") else None
        answers = [await made.call("Ada", method, PICKUP, body=body) for _ in range(6)]
    return wire, answers


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
@pytest.mark.parametrize("how", [None, "reset", (b"HTTP/1.1 200 OK\r\nContent-", None)])
def test_a_request_on_a_stale_connection_is_sent_once_and_told_as_broken(how, method, name):
    wire, answers = asyncio.run(failing_second(how, method, name))
    assert len(wire.got) == 6
    assert [answer.http for answer in answers] == [200, None] * 3
    assert {answer.failure for answer in answers[1::2]} == {Failure.BROKEN}
    assert all(answer.first_byte_ns for answer in answers)


@pytest.mark.parametrize("name", NAMES)
def test_under_many_stale_connections_at_once_nothing_is_sent_twice(name):
    async def story():
        script = stale(None)
        async with serving(script) as wire, endpoint(wire.url, transport=name) as made:
            for _ in range(5):
                calls = (made.call(lane, "POST", PICKUP) for lane in ("Ada", "Bo") * 10)
                answers.extend(await asyncio.gather(*calls))
        return wire

    answers = []
    wire = asyncio.run(story())
    sent = [answer for answer in answers if answer.failure is not Failure.NOT_SENT]
    arrived = [answer for answer in answers if answer.http == 200]
    assert len(arrived) <= len(wire.got) <= len(sent) == 100


@pytest.mark.parametrize("name", NAMES)
def test_a_connection_that_the_server_has_closed_is_not_used(name):
    async def story():
        script = lambda *_: (said(), None)  # noqa: E731
        async with serving(script) as wire, endpoint(wire.url, transport=name, clients=1) as made:
            answers = []
            for _ in range(3):
                answers.append(await made.call("Ada", "POST", PICKUP))
                await asyncio.sleep(0.05)
        return len(wire.got), [answer.http for answer in answers]

    assert asyncio.run(story()) == (3, [200, 200, 200])


def test_httpx_does_not_take_an_answer_that_nobody_asked_for_for_the_next():
    async def story():
        async def unasked(reader, writer):
            for number in (1, 2):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(said({"n": number}))
                await asyncio.sleep(0.05)
                writer.write(said({"n": "unasked"}))

        async with (
            listening(unasked) as port,
            endpoint(f"http://127.0.0.1:{port}", clients=1) as made,
        ):
            first = await made.call("Ada", "POST", PICKUP)
            await asyncio.sleep(0.1)
            second = await made.call("Ada", "POST", PICKUP)
        return first.body, second.body

    assert asyncio.run(story()) == (b'{"n": 1}', b'{"n": 1}')


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_connection_is_told_as_not_sent(name):
    async def story():
        async with endpoint(f"http://127.0.0.1:{free_port()}", transport=name) as made:
            return await made.call("Ada", "POST", PICKUP)

    answer = asyncio.run(story())
    assert answer.failure is Failure.NOT_SENT
    assert (answer.http, answer.error, answer.first_byte_ns) == (None, "ConnectError", None)
    assert answer.answered_ns > answer.dispatched_ns


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full backlog is not silent")
@pytest.mark.parametrize("name", NAMES)
def test_a_connection_that_is_never_made_is_told_as_not_sent(name):
    async def story():
        with socket.socket() as full, socket.socket() as first:
            full.bind(("127.0.0.1", 0))
            full.listen(0)  # with one connection waiting nobody else gets in
            first.connect(full.getsockname())
            first.setblocking(False)
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            async with endpoint(url, transport=name, timeout_s=0.6) as made:
                return await made.call("Ada", "POST", PICKUP)

    answer = asyncio.run(story())
    assert (answer.failure, answer.error) == (Failure.NOT_SENT, "ConnectTimeout")


@pytest.mark.parametrize("name", NAMES)
def test_a_handshake_that_breaks_is_told_as_not_sent(name):
    """http where https is expected: the token has not been shown."""

    async def story():
        seen = []

        async def serve(reader, writer):
            seen.append(await reader.read(4))
            writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
            await writer.drain()

        async with (
            listening(serve) as port,
            endpoint(f"https://127.0.0.1:{port}", transport=name) as made,
        ):
            answer = await made.call("Ada", "POST", PICKUP)
        return answer, seen

    answer, seen = asyncio.run(story())
    assert answer.failure is Failure.NOT_SENT
    assert seen[0][:1] == b"\x16"  # TLS, and no HTTP


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("hang", "Timeout"),
        ((said(b"x" * 100)[:60], None), ""),  # cut in the body
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "Timeout"),  # the rest never comes
        ((b"no HTTP at all\r\n\r\n", None), ""),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None), ""),
        ((b"HTTP/1.1 abc OK\r\n\r\n", None), ""),
        (None, ""),
        ("reset", ""),
    ],
    ids=["hang", "cut", "stall", "nonsense", "bad chunk", "bad status", "closed", "reset"],
)
def test_all_that_breaks_after_the_first_byte_is_broken(what, error, name):
    async def story():
        async with (
            serving(lambda *_: what) as wire,
            endpoint(wire.url, transport=name, timeout_s=0.4) as made,
        ):
            return await made.call("Ada", "POST", PICKUP), wire

    answer, wire = asyncio.run(story())
    assert (answer.http, answer.failure) == (None, Failure.BROKEN)
    assert answer.dispatched_ns <= answer.first_byte_ns <= answer.answered_ns
    assert error in answer.error
    assert len(wire.got) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status, name):
    async def story():
        async with serving(lambda *_: said()) as other:
            script = lambda *_: said(status=status, Location=f"{other.url}/x")  # noqa: E731
            async with serving(script) as wire, endpoint(wire.url, transport=name) as made:
                answer = await made.call("Ada", "POST", PICKUP)
                return answer.http, len(wire.got), len(other.got)

    assert asyncio.run(story()) == (status, 1, 0)


@pytest.mark.parametrize("name", NAMES)
def test_cookies_of_one_lane_do_not_go_out_with_anothers(name):
    async def story():
        script = lambda *_: said(Set_Cookie="session=of-ada; Path=/")  # noqa: E731
        async with serving(script) as wire, endpoint(wire.url, transport=name, clients=1) as made:
            answers = [await made.call(lane, "POST", PICKUP) for lane in ("Ada", "Bo", "Ada")]
        return [got.headers.get("cookie") for got in wire.got], answers

    cookies, answers = asyncio.run(story())
    assert cookies == [None] * 3
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("name", NAMES)
def test_proxies_and_netrc_of_the_environment_are_not_used(name, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def story():
        async with serving(lambda *_: said()) as proxy, serving(lambda *_: said()) as wire:
            for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(variable, proxy.url)
            async with endpoint(wire.url, transport=name) as made:
                await made.read_state()
                await made.call("Ada", "POST", PICKUP)
            return [got.headers.get("authorization") for got in wire.got], len(proxy.got)

    assert asyncio.run(story()) == ([None, "Bearer token-Ada"], 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("url", "extensions", "headers"),
    [
        ("http://127.0.0.1:1/Cust12345/api/v1/ChatSession", {}, {}),
        ("http://localhost.evil.com/Cust12345/api/v1/ChatSession", {}, {}),
        ("{url}/Cust99999/api/v1/ChatSession", {}, {}),
        ("{url}/Cust12345/api/v1/../../../x", {}, {}),
        ("{url}/Cust12345/api/v1/%2e%2e/x", {}, {}),
        ("{url}/Cust12345/api/v1/ChatSession", {"target": b"/evil"}, {}),
        ("{url}/Cust12345/api/v1/ChatSession", {"sni_hostname": "evil.com"}, {}),
        ("{url}/Cust12345/api/v1/ChatSession", {}, {"Host": "evil.com"}),
    ],
)
def test_the_guard_stands_inside_the_transport(url, extensions, headers, name):
    async def story():
        async with serving(lambda *_: said()) as wire:
            made = transport(name, local(wire.url), ssl.create_default_context(), 2)
            request = httpx.Request(
                "GET", url.format(url=wire.url), headers=headers, extensions=extensions
            )
            try:
                with pytest.raises(GuardError, match="held back"):
                    await made.handle_async_request(request)
            finally:
                await made.aclose()
            return len(wire.got)

    assert asyncio.run(story()) == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_endpoint_that_only_reads_sends_nothing_but_get(method, name):
    async def story():
        async with (
            serving(lambda *_: said()) as wire,
            endpoint(wire.url, transport=name, reads_only=True) as made,
        ):
            with pytest.raises(GuardError, match=f"only GET may be sent here; a {method}"):
                await made.call("Ada", method, "ChatSession/1")
            return (await made.call("Ada", "GET", "ChatSession/1")).http, len(wire.got)

    assert asyncio.run(story()) == (200, 1)


def test_an_unknown_transport_is_refused_by_name():
    with pytest.raises(UsageError, match=r"no transport 'aiohtp'; did you mean 'aiohttp'\?"):
        transport("aiohtp", local("http://127.0.0.1:1"), ssl.create_default_context(), 1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_that_nobody_vouches_for_is_refused(name, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen = []

    async def serve(reader, writer):
        seen.append(await reader.read(1))

    async def story():
        async with (
            listening(serve, ssl=context) as port,
            endpoint(f"https://127.0.0.1:{port}", transport=name) as made,
        ):
            return await made.call("Ada", "POST", PICKUP)

    answer = asyncio.run(story())
    assert (answer.failure, answer.error) == (Failure.NOT_SENT, "ConnectError")
    assert b"".join(seen) == b""


@pytest.mark.parametrize("name", NAMES)
def test_a_cancelled_call_gives_its_place_back_and_its_connection_is_not_used_again(name):
    async def story():
        script = lambda _, wire: "hang" if len(wire.got) == 1 else said()  # noqa: E731
        async with (
            serving(script) as wire,
            endpoint(wire.url, transport=name, max_in_flight=1, clients=1) as made,
        ):
            first = asyncio.create_task(made.call("Ada", "POST", PICKUP))
            while not wire.got:
                await asyncio.sleep(0.01)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
            answer = await made.call("Ada", "POST", PICKUP)
        return answer.http, [got.in_connection for got in wire.got]

    assert asyncio.run(story()) == (200, [1, 1])
