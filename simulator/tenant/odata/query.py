"""The options of a list's address: what to show, which rows, in which order, how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from simulator.spelling import did_you_mean
from simulator.tenant.odata.errors import QueryError
from simulator.tenant.odata.reading import read_filter
from simulator.tenant.odata.sql import condition
from simulator.tenant.odata.tree import And, Comparison, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from simulator.tenant.odata.archive import Archive

__all__ = ["LARGEST_PAGE", "Mode", "Order", "Query", "parse"]

Mode = Literal["slim", "wide", "full"]

LARGEST_PAGE: Final = 10_000
"""Rows of one answer, whatever ``$top`` says; the next page goes on from there."""
_FARTHEST: Final = 2**31 - 1
_MOST_NAMES: Final = 100

_OPTIONS: Final = {
    name.lower(): name
    for name in (
        *("$select", "$filter", "$orderBy", "$entities", "$top", "$skip", "$mode"),
        *("$options", "$context", "$format", "$jsonSafe", "$output"),
    )
}
_MEDIA: Final = {"json": "application/json", "xml": "application/xml"}


class Order(NamedTuple):
    """A column to sort by."""

    column: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks of a list."""

    select: tuple[str, ...] = ()
    """Columns to show; none: the archive's own choice."""
    where: Node | None = None
    order_by: tuple[Order, ...] = ()
    top: int | None = None
    """Rows of a page."""
    skip: int = 0
    mode: Mode = "slim"
    json_safe: bool = False
    entities: tuple[str, ...] = ()
    format: str = ""
    """``json`` or ``xml``; "" leaves it to the Accept header."""
    given: tuple[tuple[str, str], ...] = ()
    """The options as they were given, for the address of the next page."""

    def page_size(self, usual: int) -> int:
        """Rows of this page at most."""
        return min(usual if self.top is None else self.top, LARGEST_PAGE)

    def accepted(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The Accept header, ``$format`` going before it."""
        return {"accept": _MEDIA.get(self.format) or headers.get("accept", "")}

    def shown(self, archive: Archive) -> tuple[str, ...]:
        """The columns of a row; QueryError for one that the archive does not have."""
        for name in self.select:
            _checked(name, "$select", archive)
        return self.select or archive.default

    def sql(
        self,
        archive: Archive,
        *,
        zone: ZoneInfo,
        page_size: int,
        only: Mapping[str, Scalar] | None = None,
    ) -> tuple[str, tuple[str | int | float, ...]]:
        """The SELECT and its parameters: the key, the columns shown, one row more than a page.

        ``zone`` is where a date without an offset was written; ``only`` are columns that must
        have these values besides the filter. QueryError for an entity, a column or a value that
        the archive does not have.
        """
        self._check_entities(archive)
        shown = ", ".join(archive.columns[name].shown for name in self.shown(archive))
        text = f"SELECT {archive.columns[archive.key].sql}, {shown} FROM {archive.source}"  # noqa: S608
        parameters: tuple[str | int | float, ...] = ()
        if (tree := self._tree(only or {})) is not None:
            found = condition(tree, archive, zone)
            text, parameters = f"{text} WHERE {found.text}", found.parameters
        text += f" ORDER BY {', '.join(self._sorting(archive))} LIMIT ? OFFSET ?"
        return text, (*parameters, self.page_size(page_size) + 1, self.skip)

    def _check_entities(self, archive: Archive) -> None:
        for name in self.entities:
            if name != archive.entity:
                raise QueryError(
                    f"$entities: the archive has no {name[:40]!r}; it has {archive.entity!r}"
                )

    def _tree(self, only: Mapping[str, Scalar]) -> Node | None:
        parts = [Comparison(column, "eq", (value,), 0) for column, value in only.items()]
        found = (*parts, *([] if self.where is None else [self.where]))
        return And(found) if found else None

    def _sorting(self, archive: Archive) -> Iterator[str]:
        """SQL of the columns to sort by; the key comes last, so that pages do not overlap."""
        for name, is_descending in self.order_by:
            _checked(name, "$orderBy", archive)
            yield archive.columns[name].shown + (" DESC" if is_descending else "")
        yield archive.columns[archive.key].sql


def _checked(name: str, option: str, archive: Archive) -> None:
    if name not in archive.columns:
        near = did_you_mean(name, archive.columns) or "; name one of its columns"
        raise QueryError(f"{option}: the archive has no column {name[:40]!r}{near}")


def parse(parameters: Mapping[str, str]) -> Query:
    """The query of an address; option names in any case, what begins with no ``$`` is not read.

    QueryError, naming the option and the place in it, for what cannot be read.

    >>> query = parse({"$select": "status", "$orderby": "whenRequested desc", "$top": "10"})
    >>> query.order_by[0].column, query.order_by[0].is_descending, query.top
    ('whenRequested', True, 10)
    """
    given = {name.lower(): text for name, text in parameters.items() if name.startswith("$")}
    for name in given:
        if name not in _OPTIONS:
            near = did_you_mean(name, _OPTIONS.values())
            raise QueryError(f"option {name[:40]!r} is not known{near or '; leave it out'}")
    _one_of(given, "$output", ("logical", "display"))
    top = _whole(given, "$top")
    return Query(
        select=tuple(_names(given, "$select")),
        where=read_filter(given.get("$filter", "")),
        order_by=tuple(_orders(given)),
        top=top or None,
        skip=_whole(given, "$skip") or 0,
        mode=cast("Mode", _one_of(given, "$mode", ("slim", "wide", "full")) or "slim"),
        json_safe=_one_of(given, "$jsonsafe", ("true", "false")) == "true",
        entities=tuple(_names(given, "$entities")),
        format=_one_of(given, "$format", tuple(_MEDIA)),
        given=tuple((_OPTIONS[name], text) for name, text in given.items()),
    )


def _names(given: Mapping[str, str], option: str) -> list[str]:
    names = [name.strip() for name in given.get(option, "").split(",")]
    if len(names) > _MOST_NAMES:
        raise QueryError(f"{_OPTIONS[option]} has {len(names)} names; give at most {_MOST_NAMES}")
    return list(dict.fromkeys(name for name in names if name))


def _orders(given: Mapping[str, str]) -> Iterator[Order]:
    for part in _names(given, "$orderby"):
        name, _, direction = part.partition(" ")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise QueryError(
                f"$orderBy: {part[:60]!r} cannot be read; give columns, each with asc or desc"
            )
        yield Order(name, direction.strip().lower() == "desc")


def _whole(given: Mapping[str, str], option: str) -> int | None:
    text = given.get(option, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:12]) > _FARTHEST:
        rule = f"give a whole number from 0 to {_FARTHEST}"
        raise QueryError(f"{_OPTIONS[option]} is {text[:40]!r}; {rule}")
    return int(text[:12])


def _one_of(given: Mapping[str, str], option: str, choices: tuple[str, ...]) -> str:
    text = given.get(option, "").strip().lower()
    if text and text not in choices:
        raise QueryError(f"{_OPTIONS[option]} is {text[:40]!r}; give {' or '.join(choices)}")
    return text
