"""JSON objects as the XML that .NET writes: the entity's name is the root, null is ``xsi:nil``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["xml_document"]

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_SCHEMA: Final = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped; a customer may have pasted it."""
_KINDS: Final = {bool: "boolean", int: "int", float: "double", str: "string"}


def xml_document(found: object, name: str) -> bytes:
    """``found`` under a root element ``name``, or ``ArrayOf…`` where it is a list.

    >>> xml_document({"Id": 3, "Person": None}, "Thing").decode().partition("instance")[2]
    '"><Id>3</Id><Person xsi:nil="true" /></Thing>'
    """
    root = f"ArrayOf{name}" if isinstance(found, list) else name
    body = "".join(_element(found, root, _SCHEMA, name))
    return (_HEAD + body).encode()


def _element(value: object, name: str, attributes: str = "", item: str = "") -> Iterator[str]:
    """An element; ``item`` names those within a list."""
    if not _NAME.fullmatch(name):
        attributes += f" Key={quoteattr(_writable(name))}"
        name = "Item"
    if value is None:
        yield f'<{name}{attributes} xsi:nil="true" />'
        return
    yield f"<{name}{attributes}>"
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _element(each, str(key))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _element(each, _KINDS.get(type(each)) or item or "Item")
    elif isinstance(value, bool):
        yield "true" if value else "false"
    else:
        # A carriage return would be read as a line feed, if it were not escaped.
        yield escape(_writable(str(value)), {"\r": "&#13;"})
    yield f"</{name}>"


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
