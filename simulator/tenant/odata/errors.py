"""The error of a query that cannot be read."""

from __future__ import annotations

from simulator.errors import DataError

__all__ = ["QueryError"]


class QueryError(DataError):
    """A query option cannot be read, or asks for what the archive does not have: answer 400."""


def at(option: str, character: int, found: str, remedy: str) -> QueryError:
    """The error about what stands at a place (from 0) of an option."""
    return QueryError(f"{option}, character {character + 1}: {found}; {remedy}")
