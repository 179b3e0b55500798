"""How an answer is to look: time zone, form of dates, language and ``$select`` of one request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from simulator.tenant.answers.clocks import Clock, clock, zone_of
from simulator.tenant.answers.languages import language_asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

__all__ = ["Forms", "View", "view_of"]

_WITH_OFFSET: Final = "includetzoffset"


class Forms(Protocol):
    """What the answers need of the tenant's settings."""

    @property
    def time_zone(self) -> str:
        """The tenant's base time zone."""

    @property
    def fraction_digits(self) -> int:
        """Digits of a second's fraction, 0 to 7."""

    @property
    def error_text_key(self) -> str:
        """``ErrorMessage`` or ``Message``."""


@dataclass(frozen=True, slots=True)
class View:
    """The form of one answer."""

    clock: Clock
    """Writes the dates."""
    message_clock: Clock
    """Writes when messages were posted: in UTC, if no time zone was asked for."""
    language: str = ""
    """Two letters, or "" for untranslated."""
    culture: str = ""
    """The form of dates within texts; "" where no language was asked for."""
    select: frozenset[str] | None = None
    """The keys wanted, in lower case; None: all."""

    @property
    def zone(self) -> ZoneInfo:
        """Where a date of the request without an offset was written."""
        return self.clock.zone


def view_of(headers: Mapping[str, str], query: Mapping[str, str], settings: Forms) -> View:
    """The view that a request asks for; header names in lower case, or a mapping that knows both.

    DataError for a time zone that is not known.
    """
    return _view(
        headers.get("so-timezone", ""),
        headers.get("so-language", ""),
        headers.get("accept-language", ""),
        headers.get("so-culture", ""),
        query.get("$select", ""),
        settings.time_zone,
        settings.fraction_digits,
    )


@lru_cache(maxsize=512)
def _view(
    time_zone: str,
    so_language: str,
    accept_language: str,
    culture: str,
    select: str,
    base: str,
    digits: int,
) -> View:
    code, _, option = time_zone.partition(",")
    has_offset = option.strip().lower() == _WITH_OFFSET
    zone = zone_of(code.strip() or base)
    dates = clock(zone, digits, has_offset=has_offset, has_z=bool(code.strip()))
    plain_utc = clock(zone_of("UTC"), digits, has_offset=False, has_z=False)
    messages = dates if code.strip() else plain_utc
    language = language_asked(so_language, accept_language)
    culture = (culture.strip() or language) if language else ""
    return View(dates, messages, language, culture, _selected(select))


def _selected(text: str) -> frozenset[str] | None:
    """The root keys of a ``$select``: ``User/Name`` wants all of ``User``."""
    names = (name.strip().partition("/")[0].lower() for name in text.split(","))
    return frozenset(name for name in names if name) or None
