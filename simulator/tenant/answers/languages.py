"""The texts that an answer translates, and which language a request asks for.

Without a language, and for ``*`` and ``x``, texts stay references such as ``[SR_CHAT_…]``. The
references' own names are ours: the real tenant's are not documented.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simulator.entity.labels import LANGUAGES, label, language_code, reference

if TYPE_CHECKING:
    from simulator.entity import ChatSessionStatus

__all__ = ["TEXTS", "language_asked", "status_text", "text"]

TEXTS: Final = {
    "SR_CHAT_NOT_MANAGER": {
        "en": "Only managers of the channel may change it",
        "no": "Bare ledere av kanalen kan endre den",
        "sv": "Endast kanalens ansvariga kan ändra den",
        "da": "Kun kanalens ansvarlige kan ændre den",
        "de": "Nur Leiter des Kanals können ihn ändern",
        "nl": "Alleen beheerders van het kanaal mogen het wijzigen",
    },
    "SR_CHAT_NO_RESPOND": {
        "en": "You may not respond in this channel",
        "no": "Du kan ikke svare i denne kanalen",
        "sv": "Du får inte svara i den här kanalen",
        "da": "Du må ikke svare i denne kanal",
        "de": "Sie dürfen in diesem Kanal nicht antworten",
        "nl": "U mag in dit kanaal niet antwoorden",
    },
}
"""Reasons of a restricted right by resource and language."""

_UNTRANSLATED: Final = ("", "*", "x")


def text(resource: str, language: str) -> str:
    """The resource's text; in no language its reference.

    >>> text("SR_CHAT_NO_RESPOND", "no"), text("SR_CHAT_NO_RESPOND", "")
    ('Du kan ikke svare i denne kanalen', '[SR_CHAT_NO_RESPOND]')
    """
    return TEXTS[resource][language] if language else f"[{resource}]"


def status_text(status: ChatSessionStatus, language: str) -> str:
    """A status as a list shows it."""
    return label(status, language) if language else reference(status)


@lru_cache(maxsize=256)
def language_asked(so_language: str, accept_language: str) -> str:
    """The language of an answer, "" for none: ``SO-Language`` goes before ``Accept-Language``.

    A language that the tenant does not have gives English.

    >>> language_asked("", "fr;q=0.8, nb-NO;q=0.9"), language_asked("*", "de")
    ('no', '')
    """
    asked = _by_preference(so_language) or _by_preference(accept_language)
    if not asked or asked[0] in _UNTRANSLATED:
        return ""
    known = (language_code(each) for each in asked)
    return next((each for each in known if each in LANGUAGES), "en")


def _by_preference(header: str) -> list[str]:
    """A header's languages, the most wanted first."""
    found: list[tuple[float, str]] = []
    for part in header.split(","):
        name, _, quality = part.partition(";")
        if name.strip():
            found.append((-_quality(quality), name.strip().lower()))
    return [name for quality, name in sorted(found, key=lambda each: each[0]) if quality < 0]


def _quality(text: str) -> float:
    try:
        return float(text.partition("=")[2]) if text.strip() else 1.0
    except ValueError:
        return 1.0
