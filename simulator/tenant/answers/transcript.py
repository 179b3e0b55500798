"""A session's messages as one text, the only answer in which dates follow a culture."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.tenant.answers.views import View

__all__ = ["transcript"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO: Final = "%Y-%m-%d %H:%M:%S"
_CULTURES: Final = {
    "en": "%d/%m/%Y %H:%M:%S",
    "en-us": "%m/%d/%Y %I:%M:%S %p",
    "no": "%d.%m.%Y %H:%M:%S",
    "nb": "%d.%m.%Y %H:%M:%S",
    "sv": _ISO,
    "da": "%d-%m-%Y %H:%M:%S",
    "de": "%d.%m.%Y %H:%M:%S",
    "nl": "%d-%m-%Y %H:%M:%S",
}
"""The form of a date by culture, in lower case; the tenant's own forms are not documented."""
_TAG: Final = re.compile(r"<[^<>]*>")


def transcript(messages: Iterable[Mapping[str, Any]], *, view: View, html: bool = False) -> str:
    """One line a message, rows as ``message_object`` takes them: when, who, what.

    As text, a message's tags are left out; as HTML it stands as it is stored.
    """
    lines = [_parts(message, view) for message in messages]
    if html:
        return "".join(f"<p>{when} {escape(who)}: {what}</p>" for when, who, what in lines)
    return "\n".join(f"{when} {who}: {unescape(_TAG.sub('', what))}" for when, who, what in lines)


def _parts(message: Mapping[str, Any], view: View) -> tuple[str, str, str]:
    posted = _EPOCH + timedelta(microseconds=message["when_posted"])
    when = f"{posted.astimezone(view.message_clock.zone):{_form(view.culture)}}"
    return when, message["author"] or "", message["message"] or ""


def _form(culture: str) -> str:
    name = culture.lower()
    return _CULTURES.get(name) or _CULTURES.get(name.partition("-")[0], _ISO)
