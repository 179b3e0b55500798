"""Objects as the bytes of an answer, in the media type that the request accepts, and errors."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.tenant.answers.xml import xml_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.tenant.answers.views import Forms

__all__ = ["error", "invalid_request", "respond"]

_JSON: Final = (
    "application/json",
    "text/json",
    "application/json-patch+json",
    "application/merge-patch+json",
)
_XML: Final = ("application/xml", "text/xml")
_WILD: Final = {"*/*": _JSON[0], "application/*": _JSON[0], "text/*": _JSON[1]}

_ERRORS: Final = {
    400: ("ArgumentException", "The request is invalid."),
    401: ("SoSessionException", "Authentication is required."),
    403: ("SoSecurityException", "Access denied."),
    404: ("SoNotFoundException", "Not found."),
    421: ("MisdirectedRequest", "Wrong subdomain used to access tenant"),
}
"""Type and text where the caller names none; those of 401 and 403 are ours."""
_SOURCE: Final = "SuperOffice.Services.Implementation"


def respond(
    found: object, request_headers: Mapping[str, str], name: str = "ChatSessionEntity"
) -> tuple[bytes, str]:
    """The body and its Content-Type; ``name`` is the root of an XML document.

    What the request accepts and the tenant does not have is answered as JSON, and never 406.
    """
    media = _media(request_headers.get("accept", ""))
    if media in _XML:
        return xml_document(found, name), f"{media}; charset=utf-8"
    return orjson.dumps(found), f"{media}; charset=utf-8"


@lru_cache(maxsize=256)
def _media(accept: str) -> str:
    """The first media type of an Accept header, by its quality, that the tenant has."""
    wanted: list[tuple[float, str]] = []
    for part in accept.lower().split(","):
        media, _, parameters = part.partition(";")
        name = _WILD.get(media.strip(), media.strip())
        quality = _quality(parameters)
        if quality > 0 and name in (*_JSON, *_XML):
            wanted.append((-quality, name))
    return min(wanted, key=lambda each: each[0])[1] if wanted else _JSON[0]


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def error(status: int, kind: str, message: str, settings: Forms) -> dict[str, Any]:
    """The body of an error; "" for ``kind`` or ``message`` takes the status's usual one.

    >>> from types import SimpleNamespace
    >>> forms = SimpleNamespace(error_text_key="ErrorMessage", time_zone="UTC", fraction_digits=0)
    >>> error(421, "", "", forms)["ErrorMessage"]
    'Wrong subdomain used to access tenant'
    """
    usual_kind, usual = _ERRORS.get(status, ("Exception", "An error has occurred."))
    return {
        "Error": True,
        "ErrorType": kind or usual_kind,
        settings.error_text_key: message or usual,
        "ErrorSource": _SOURCE,
    }


def invalid_request(detail: str) -> dict[str, str]:
    """The body for bad parameters of an Agents call."""
    return {"Message": "The request is invalid.", "MessageDetail": detail}
