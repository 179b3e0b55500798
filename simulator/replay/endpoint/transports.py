"""What carries a request: httpx's own transport or aiohttp, each behind the guard.

A transport must never send a request twice, and when it fails it must say whether the request may
have left. httpx's own does both. aiohttp repeats a PUT or GET whose connection was lost, so here
each request may be tried once. The adapters that there are for httpx fail: that of aiohttp and
that of reqwest both call a connection lost in the middle one that was never made, and a pickup
would be sent again.

A server that answers what nobody asked breaks HTTP: httpx's own transport drops a connection on
which such bytes wait, aiohttp takes them for the next answer. So httpx's is the default, and
aiohttp is for the local tenant under load.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import httpx

from simulator.errors import GuardError, UsageError
from simulator.replay.endpoint.guard import check_request
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    import aiohttp

    from simulator.replay.endpoint.target import Target

__all__ = ["FIRST_BYTE", "NAMES", "NOT_SENT", "Guarded", "transport"]

NAMES: Final = ("httpx", "aiohttp")

KEEP_ALIVE_S: Final = 4.0
"""Idle connections are given up after this, before a server does (uvicorn: 5 s)."""

FIRST_BYTE: Final = "http11.send_request_headers.started"
"""What a transport tells the request's ``trace`` just before the first byte; httpcore's word."""

NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Raised where no connection was had; from the transports here for nothing else."""


class Guarded(httpx.AsyncBaseTransport):
    """Lets through what belongs to the target; GuardError for anything else."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, target: Target, *, reads_only: bool = False
    ) -> None:
        self._inner, self._target, self._reads_only = inner, target, reads_only

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check the address as it will be sent, then send it."""
        check_request(str(request.url), self._target)
        if request.headers.get("Host") != request.url.netloc.decode("ascii"):
            raise GuardError("a request that names another host than it goes to was held back")
        if request.extensions.keys() & {"target", "sni_hostname"}:
            raise GuardError("a request that goes elsewhere than its address was held back")
        if self._reads_only and request.method != "GET":
            raise GuardError(f"only GET may be sent here; a {request.method} was held back")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Give its connections back."""
        await self._inner.aclose()


def transport(
    name: str,
    target: Target,
    context: ssl.SSLContext,
    connections: int,
    *,
    reads_only: bool = False,
) -> Guarded:
    """A transport by its name: no proxies, no cookies, no redirects, no retries, HTTP/1.1 alone.

    To be called where an event loop runs.

    Raises:
        UsageError: there is none of that name, or its package is not there.
    """
    if name not in NAMES:
        raise UsageError(
            f"there is no transport {name!r}{did_you_mean(name, NAMES)}; give one of: "
            f"{', '.join(NAMES)}"
        )
    made = _by_httpx(context, connections) if name == "httpx" else _Aiohttp(context, connections)
    return Guarded(made, target, reads_only=reads_only)


def _by_httpx(context: ssl.SSLContext, connections: int) -> httpx.AsyncBaseTransport:
    logging.getLogger("httpcore").setLevel(logging.INFO)  # DEBUG would show Set-Cookie
    limits = httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEEP_ALIVE_S,
    )
    return httpx.AsyncHTTPTransport(
        verify=context, http1=True, http2=False, limits=limits, trust_env=False, retries=0
    )


class _Aiohttp(httpx.AsyncBaseTransport):
    """aiohttp, told apart exactly: what came before the first byte, and what after."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        try:
            import aiohttp
        except ImportError as error:
            raise UsageError(
                "transport 'aiohttp' needs its package: pip install 'pickup-lab[fast]'"
            ) from error
        told = aiohttp.TraceConfig()
        told.on_request_headers_sent.append(_tell_first_byte)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=connections, keepalive_timeout=KEEP_ALIVE_S, ssl=context
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            trace_configs=[told],
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it once; failures are httpx's."""
        import aiohttp
        from yarl import URL

        times = request.extensions["timeout"]
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=times["connect"], sock_read=times["read"]
                ),
                middlewares=(_Once(),),
                trace_request_ctx=request.extensions.get("trace"),
            )
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from error
        return httpx.Response(
            answer.status, headers=list(answer.raw_headers), stream=_Body(answer), request=request
        )

    async def aclose(self) -> None:
        """Give its connections back."""
        await self._session.close()


class _Once:
    """Holds back a request that aiohttp sends again on its own."""

    __slots__ = ("_failed",)

    def __init__(self) -> None:
        self._failed: Exception | None = None

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._failed is not None:
            raise self._failed
        try:
            return await send(request)
        except Exception as error:
            self._failed = error
            raise


class _Body(httpx.AsyncByteStream):
    """The answer's bytes as they come."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import aiohttp

        try:
            async for part in self._answer.content.iter_any():
                yield part
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        """Drop the connection, unless all was read and it went back to the others."""
        self._answer.close()


async def _tell_first_byte(_session: Any, told: Any, _sent: Any) -> None:
    trace = told.trace_request_ctx
    if trace is not None:
        await trace(FIRST_BYTE, {})


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The failure in httpx's words; what is not surely before the first byte is a ReadError."""
    import aiohttp

    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("no connection in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx.ConnectError("no connection")
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout("no answer in time")
    return httpx.ReadError(type(error).__name__)
