"""Pages of the archive as rows of a history: the columns wanted, and nothing beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

import orjson

from simulator.entity import ChatSessionStatus, WireTime
from simulator.entity.labels import status_of
from simulator.errors import DataError, GuardError
from simulator.replay.archive.question import COLUMNS, DATES, KEY
from simulator.replay.endpoint.guard import check_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from simulator.replay.endpoint.target import Target

__all__ = ["Page", "Row", "link_options", "page_of", "statuses_of"]

_WHOLE: Final = re.compile(r"(?:\[I:)?([0-9]{1,18})\]?")
_LONGEST: Final = 200
"""Characters of a cell: the name of a topic, the label of a status."""


@dataclass(frozen=True, slots=True)
class Row:
    """One session."""

    key: int
    requested: datetime | None
    picked_up: bool
    has_agent: bool
    line: bytes
    """As it is written: a JSON object and the line's end."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some sessions, by their ids."""

    rows: tuple[Row, ...]
    link: str
    """Where the tenant says that the list goes on; "" where it ends."""


def page_of(told: Any, after: int, statuses: Mapping[str, str]) -> Page:
    """The page that the archive answered.

    Args:
        told: its JSON value.
        after: the id that all of its sessions must come after.
        statuses: what a status is called in this tenant → its name.

    Raises:
        DataError: it is no page, or not what was asked for.
    """
    rows = told.get("value") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError("the archive answered something that is no page: it has no list 'value'")
    read = tuple(_row(row, statuses) for row in rows)
    _check_order([row.key for row in read], after)
    link = told.get("odata.nextLink")
    return Page(read, link if isinstance(link, str) else "")


def _check_order(keys: Sequence[int], after: int) -> None:
    for before, key in zip((after, *keys), keys, strict=False):
        if key <= before:
            raise DataError(
                f"the archive put session {key} after {before}, though asked for {KEY} above "
                f"{after} in order of {KEY}; going on by the key would lose sessions"
            )


def _row(found: Mapping[str, Any], statuses: Mapping[str, str]) -> Row:
    key = _key(found)
    cells = {name: _plain(found.get(name), name, key) for name in COLUMNS}
    cells[KEY] = key
    times = {name: _time(cells[name], name, key) for name in DATES}
    for name, instant in times.items():
        cells[name] = cells[name] if instant is not None else None
    if cells["status"] is not None:
        cells["status"] = _status(str(cells["status"]), statuses)
    return Row(
        key,
        times["whenRequested"],
        times["whenStarted"] is not None,
        cells["associateId"] not in (None, 0, "", "0"),
        orjson.dumps(cells) + b"\n",
    )


def _key(found: Mapping[str, Any]) -> int:
    """The session's id: the column, or the row's key, which is the same."""
    told = found.get(KEY) or found.get("PrimaryKey")
    form = _WHOLE.fullmatch(str(told))
    if form is None:
        raise DataError(f"the archive gave a row without {KEY} and PrimaryKey")
    return int(form[1])


def _plain(value: Any, name: str, key: int) -> str | int | float | None:
    """A number or a short text; whatever else stands there is not what the column holds."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    raise DataError(f"the archive's column {name} holds no plain value in session {key}")


def _time(value: Any, name: str, key: int) -> datetime | None:
    """The instant of a date; None for what has not happened."""
    if value is None or value == "":
        return None
    time = WireTime.parse(str(value))
    if time.is_set and not time.offset:
        raise DataError(
            f"{name} of session {key} is written without an offset, though SO-TimeZone asked for "
            "one; which instant it is cannot be told"
        )
    return time.instant()


def _status(text: str, statuses: Mapping[str, str]) -> str:
    """The name of a status; the text itself where nobody knows what it means."""
    if (name := statuses.get(text)) is not None:
        return name
    known = status_of(text)
    return text if known is None else known.name


def statuses_of(told: Any) -> dict[str, str]:
    """What the tenant's list of statuses calls each: number and labels → name.

    ``ExtraInfo`` is the name; where it is none the number tells. What cannot be read is left out.
    """
    found: dict[str, str] = {}
    for item in told if isinstance(told, list) else ():
        if isinstance(item, dict) and (status := _listed(item)) is not None:
            texts = (item.get("Id"), item.get("Name"), item.get("FullName"))
            found |= {str(text): status.name for text in texts if text not in (None, "")}
    return found


def _listed(item: Mapping[str, Any]) -> ChatSessionStatus | None:
    name = item.get("ExtraInfo")
    if isinstance(name, str) and name in ChatSessionStatus.__members__:
        return ChatSessionStatus[name]
    number = item.get("Id")
    return status_of(str(number)) if isinstance(number, int) else None


def link_options(link: str, target: Target, path: str) -> dict[str, str]:
    """The options of a nextLink.

    Raises:
        GuardError: it leads to another host, tenant or list.
    """
    here = target.url(path)
    try:
        parts = urlsplit(urljoin(here, link))
    except ValueError as error:
        raise GuardError(f"the archive's nextLink is no address ({error})") from error
    check_request(f"{parts.scheme}://{parts.netloc}{parts.path}", target)
    if parts.path.lower() != urlsplit(here).path.lower():
        raise GuardError(f"the archive's nextLink leads to {parts.path}, and not on in {path}")
    return dict(parse_qsl(parts.query))
