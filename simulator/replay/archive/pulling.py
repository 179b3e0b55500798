"""A pull from beginning to end: look who the target is, ask page by page, write, rename."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import DataError, PickupError
from simulator.replay.archive.pages import link_options, page_of, statuses_of
from simulator.replay.archive.partial import check_place, opened
from simulator.replay.archive.reading import LANE, USUAL_RATE, Reader
from simulator.replay.endpoint import preflight
from simulator.replay.endpoint.allowed import read_allowed
from simulator.replay.endpoint.client import Endpoint
from simulator.replay.endpoint.credentials import read_credentials
from simulator.replay.endpoint.guard import checked_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from simulator.replay.archive.pages import Page
    from simulator.replay.archive.partial import Cursor, Partial
    from simulator.replay.archive.question import Question
    from simulator.replay.endpoint.credentials import Credentials
    from simulator.replay.endpoint.target import Target

__all__ = ["Pulled", "pull_history", "reading_endpoint"]

LIST: Final = "ChatSession"
STATUSES: Final = "MDOList/chatsessionstatus"
_TIMEOUT_S: Final = 60.0
_EMPTY_PAGES: Final = 50
"""Pages without a session that are followed by their links, one after another."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to."""

    file: Path
    sessions: int
    began_at: int
    """Sessions that an earlier pull had left."""
    requests: int
    picked_up: int
    without_agent: int
    """Of those picked up: sessions without an associateId."""
    knows_statuses: bool
    """The tenant told what it calls its statuses."""


def pull_history(
    url: str,
    context: str,
    question: Question,
    out: Path,
    *,
    credential: Mapping[str, Any],
    rate: float | None = None,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Pulled:
    """Write the sessions of a tenant's archive to ``out``, as lines of JSON, by their ids.

    Args:
        url: the target, as a replay's.
        context: its ContextId.
        question: which sessions.
        out: the file; it is there when it is whole, and not before.
        credential: where the secret is: ``env`` or ``keyring``, and so for ``app_token``.
        rate: requests a second at most; None: 2, and no limit on this machine.
        overwrite: replace a file that stands there.
        progress: called with the number of sessions after each page.

    Raises:
        GuardError: the target may not be read, or does not let itself be.
        UsageError: the file may not be written, the secret is not there, or nothing was found.
        PickupError: the tenant could not be read; the same pull goes on later.
    """
    check_place(out, overwrite=overwrite)
    target = checked_target(url, context, read_allowed())
    credentials = read_credentials({LANE: credential})
    if rate is None and not target.is_loopback:
        rate = USUAL_RATE

    async def pull() -> Pulled:
        async with reading_endpoint(target, credentials) as endpoint:
            await preflight.check(endpoint, [LANE])
            return await _Pull(Reader(endpoint, rate=rate), target, question, partial).run(
                progress or _say_nothing, out
            )

    with opened(out, question.identity(target)) as partial:
        return asyncio.run(pull())


def reading_endpoint(target: Target, credentials: Credentials) -> Endpoint:
    """A client that can send nothing but GET: its transport holds anything else back."""
    return Endpoint(
        target, credentials, reads_only=True, max_in_flight=1, clients=1, timeout_s=_TIMEOUT_S
    )


class _Pull:
    """The pages of one question into one partial file."""

    def __init__(
        self, reader: Reader, target: Target, question: Question, partial: Partial
    ) -> None:
        self._reader, self._target = reader, target
        self._question, self._partial = question, partial

    async def run(self, progress: Callable[[int], None], out: Path) -> Pulled:
        if not self._partial.cursor.is_whole:
            await self._read_statuses()
            while (page := await self._next_page()).rows:
                self._take(page)
                progress(self._partial.cursor.sessions)
        cursor = self._partial.cursor
        if not cursor.sessions:
            self._partial.drop()
            raise DataError(
                "the archive holds no chat of those dates and topics that this credential may "
                "read; ask for more, or with another credential"
            )
        self._partial.finish()
        return self._pulled(cursor, out)

    async def _read_statuses(self) -> None:
        """Ask once what the tenant calls its statuses; a pull goes on without it, too."""
        if self._partial.cursor.statuses is not None:
            return
        try:
            told = await self._reader.read(STATUSES)
        except PickupError:
            told = None
        self._partial.keep(replace(self._partial.cursor, statuses=statuses_of(told)))

    async def _next_page(self) -> Page:
        """The next page that has sessions, or the last, which has none."""
        cursor = self._partial.cursor
        options = self._question.options(cursor.after)
        for _ in range(_EMPTY_PAGES):
            told = await self._reader.read(LIST, options)
            page = page_of(told, cursor.after, cursor.statuses or {})
            if page.rows or not page.link:
                return page
            options = link_options(page.link, self._target, LIST)
        raise DataError(
            f"the archive gave {_EMPTY_PAGES} pages without a session, and a link to one more"
        )

    def _take(self, page: Page) -> None:
        wanted = [row for row in page.rows if self._question.wants(row.requested)]
        before = self._partial.cursor
        picked_up = [row for row in wanted if row.picked_up]
        after: Cursor = replace(
            before,
            after=page.rows[-1].key,
            sessions=before.sessions + len(wanted),
            picked_up=before.picked_up + len(picked_up),
            without_agent=before.without_agent + sum(not row.has_agent for row in picked_up),
        )
        self._partial.append(b"".join(row.line for row in wanted), after)

    def _pulled(self, cursor: Cursor, out: Path) -> Pulled:
        return Pulled(
            out,
            cursor.sessions,
            self._partial.began_at,
            self._reader.requests,
            cursor.picked_up,
            cursor.without_agent,
            bool(cursor.statuses),
        )


def _say_nothing(_: int) -> None:
    """Tell nobody how far it is."""
