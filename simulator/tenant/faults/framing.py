"""Where a request and an answer of HTTP/1.1 begin and end on the wire; nothing else of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

__all__ = ["FramingError", "Head", "pieces_of_answer", "pieces_of_request", "read_head"]

PIECE: Final = 65536

_BODILESS: Final = frozenset({204, 304})


class FramingError(Exception):
    """What came over the wire is no HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers."""

    raw: bytes
    """With the empty line that ends it."""
    line: tuple[str, str, str]
    """Method, target and version; or version, status and reason."""
    headers: dict[str, str]
    """By lower-case name; the last one where a name occurs twice."""

    @property
    def status(self) -> int:
        """The status of an answer."""
        if not self.line[1].isdigit():
            raise FramingError(f"the status is {self.line[1]}")
        return int(self.line[1])

    @property
    def path(self) -> str:
        """The path of a request, without its query."""
        return self.line[1].partition("?")[0]

    @property
    def is_last(self) -> bool:
        """Whether the connection ends after this message, as its sender says."""
        told = self.headers.get("connection", "").lower()
        return "close" in told or ("HTTP/1.0" in self.line and "keep-alive" not in told)

    def closing(self) -> bytes:
        """The head, saying that the connection ends after this message."""
        lines = self.raw[:-4].split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        return b"\r\n".join((*kept, b"connection: close", b"", b""))


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next message's head, or None if the other side ended before its first byte."""
    first = await reader.read(1)
    while first in (b"\r", b"\n"):  # empty lines before a request are to be passed over
        first = await reader.read(1)
    if not first:
        return None
    raw = first + await reader.readuntil(b"\r\n\r\n")
    start, *lines = raw[:-4].decode("latin-1").split("\r\n")
    line = [*start.split(" ", 2), "", ""]
    pairs = (header.partition(":") for header in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Head(raw, (line[0], line[1], line[2]), headers)


def pieces_of_request(head: Head, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The body that belongs to a request's head, as it comes, chunk marks and all."""
    if _is_chunked(head):
        return _chunks(reader)
    return _counted(reader, _length(head) or 0)


def pieces_of_answer(
    head: Head, reader: asyncio.StreamReader, *, method: str
) -> AsyncIterator[bytes]:
    """The body that belongs to an answer's head; ``method`` is the request's."""
    if method == "HEAD" or head.status in _BODILESS:
        return _counted(reader, 0)
    if _is_chunked(head):
        return _chunks(reader)
    length = _length(head)
    return _until_end(reader) if length is None else _counted(reader, length)


def ends_with_connection(head: Head, *, method: str) -> bool:
    """Whether an answer's body goes on until the connection ends."""
    bodiless = method == "HEAD" or head.status in _BODILESS
    return not bodiless and not _is_chunked(head) and _length(head) is None


def _is_chunked(head: Head) -> bool:
    return "chunked" in head.headers.get("transfer-encoding", "").lower()


def _length(head: Head) -> int | None:
    told = head.headers.get("content-length")
    if told is None:
        return None
    if not (told.isascii() and told.isdigit()):
        raise FramingError(f"the Content-Length is {told}")
    return int(told)


async def _counted(reader: asyncio.StreamReader, length: int) -> AsyncIterator[bytes]:
    while length > 0:
        piece = await reader.read(min(length, PIECE))
        if not piece:
            raise FramingError(f"{length} bytes of the body are missing")
        length -= len(piece)
        yield piece


async def _until_end(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(PIECE):
        yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    size = -1
    while size != 0:
        mark = await reader.readuntil(b"\r\n")
        yield mark
        size = _chunk_size(mark)
        if size:
            async for piece in _counted(reader, size + 2):
                yield piece
    while (trailer := await reader.readuntil(b"\r\n")) != b"\r\n":
        yield trailer
    yield trailer


def _chunk_size(mark: bytes) -> int:
    try:
        return int(mark.partition(b";")[0], 16)
    except ValueError:
        raise FramingError("a chunk has no size") from None
