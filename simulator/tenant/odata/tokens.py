"""A filter's text as tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from simulator.tenant.odata.errors import at

__all__ = ["LONGEST", "Token", "tokens"]

TokenKind = Literal["name", "text", "number", "mark", "end"]
Scalar = str | int | float | bool | None

LONGEST: Final = 8_000
"""Characters of a filter."""

_FORM: Final = re.compile(
    r"\s+"
    r"|(?P<text>(?:datetime(?:offset)?|time)?'(?:[^']|'')*')"
    r"|(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)(?![\w.])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<mark>[(),=])",
    re.IGNORECASE,
)
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A name, a literal or a mark."""

    kind: TokenKind
    value: Scalar
    """A name or mark as it stands; a text without its quotes; a number."""
    place: int
    """Its first character, from 0."""

    @property
    def word(self) -> str:
        """A name or mark in lower case; "" for a literal."""
        return str(self.value).lower() if self.kind in ("name", "mark") else ""


def tokens(text: str, option: str = "$filter") -> tuple[Token, ...]:
    """The tokens of ``text``, an end token last; QueryError where nothing can be read.

    >>> [token.value for token in tokens("rating ge 4 and firstMessage contains 'it''s'")][:-1]
    ['rating', 'ge', 4, 'and', 'firstMessage', 'contains', "it's"]
    """
    if len(text) > LONGEST:
        raise at(option, LONGEST, "the text is too long", f"give at most {LONGEST} characters")
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _FORM.match(text, place)
        if match is None:
            raise _unread(text, place, option)
        if match.lastgroup is not None:
            found.append(_token(match, option))
        place = match.end()
    return (*found, Token("end", None, len(text)))


def _unread(text: str, place: int, option: str) -> Exception:
    if "'" in text[place : place + 20].partition(" ")[0]:
        return at(option, place, "a text without its closing quote", "end it with '")
    shown = text[place : place + 12]
    return at(option, place, f"{shown!r} cannot be read", "give a column, an operator or a value")


def _token(match: re.Match[str], option: str) -> Token:
    text, place = match[0], match.start()
    if match.lastgroup == "text":
        inner = text[text.index("'") + 1 : -1].replace("''", "'")
        if _UNSTORABLE.search(inner):
            raise at(option, place, "a text with a character that is none", "leave it out")
        return Token("text", inner, place)
    if match.lastgroup == "number":
        return Token("number", _number(text, place, option), place)
    return Token("mark" if match.lastgroup == "mark" else "name", text, place)


def _number(text: str, place: int, option: str) -> int | float:
    if len(text) > 18:
        raise at(option, place, "a number with too many digits", "give at most 17")
    return float(text) if "." in text else int(text)
