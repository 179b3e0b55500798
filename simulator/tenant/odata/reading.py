"""A filter's tokens as a tree, by recursive descent: or, and, not, parentheses, tests.

::

    or    = and { "or" and }
    and   = not { "and" not }
    not   = "not" not | "(" or ")" | function | test
    test  = column operator value { "," value }
    function = ("contains" | "startswith" | "endswith" | "substringof") "(" … "," … ")"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from simulator.tenant.odata.errors import QueryError, at
from simulator.tenant.odata.tokens import Token, tokens
from simulator.tenant.odata.tree import OPERATORS, And, Comparison, Node, Not, Operator, Or, Scalar

__all__ = ["DEEPEST", "MOST_TESTS", "read_filter"]

DEEPEST: Final = 40
"""Levels of parentheses and ``not``."""
MOST_TESTS: Final = 200
"""Tests and listed values of one filter."""

_CONSTANTS: Final[dict[str, Scalar]] = {"null": None, "true": True, "false": False}
_FUNCTIONS: Final[dict[str, Operator]] = {
    "contains": "contains",
    "substringof": "contains",
    "startswith": "begins",
    "endswith": "ends",
}
_LISTED: Final = ("one of", "between")


def read_filter(text: str) -> Node | None:
    """The tree of a ``$filter``; None if it is empty. QueryError says where it cannot be read.

    >>> read_filter("status eq 'InQueue'")
    Comparison(column='status', operator='eq', values=('InQueue',), place=0)
    """
    if not text.strip():
        return None
    reader = _Reader(tokens(text))
    tree = reader.either()
    reader.expect("", "'and', 'or' or nothing more")
    return tree


@dataclass(slots=True)
class _Reader:
    """Where the reading stands."""

    read: tuple[Token, ...]
    next: int = 0
    depth: int = 0
    tests: int = field(default=0)

    @property
    def token(self) -> Token:
        return self.read[self.next]

    def take(self) -> Token:
        token = self.token
        self.next += token.kind != "end"
        return token

    def took(self, word: str) -> bool:
        if self.token.word != word:
            return False
        self.take()
        return True

    def expect(self, word: str, remedy: str) -> None:
        """Take ``word``, or the end for ""."""
        if self.token.word != word or (not word and self.token.kind != "end"):
            raise self.unexpected(remedy)
        self.take()

    def unexpected(self, remedy: str) -> QueryError:
        token = self.token
        found = "the filter ends" if token.kind == "end" else f"{str(token.value)[:40]!r} stands"
        return at("$filter", token.place, f"{found} where it should not", f"give {remedy}")

    def either(self) -> Node:
        parts = [self.all()]
        while self.took("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all(self) -> Node:
        parts = [self.negated()]
        while self.took("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negated(self) -> Node:
        place = self.token.place
        self.depth += 1
        if self.depth > DEEPEST:
            raise at("$filter", place, "nested too deeply", f"give at most {DEEPEST} levels")
        node = self.nested()
        self.depth -= 1
        return node

    def nested(self) -> Node:
        if self.took("not"):
            return Not(self.negated())
        if self.took("("):
            node = self.either()
            self.expect(")", "the closing ')'")
            return node
        if self.token.kind != "name":
            raise self.unexpected("a column")
        if self.read[self.next + 1].word == "(" and self.token.word in _FUNCTIONS:
            return self.function()
        return self.test()

    def test(self) -> Node:
        column = self.take()
        known = OPERATORS.get(self.token.word)
        if known is None:
            raise self.unexpected("an operator such as eq, ne, gt, ge, lt, le, contains, afterTime")
        self.take()
        operator, is_so = known
        values = self.values() if operator in _LISTED else (self.value(),)
        return self.made(Comparison(str(column.value), operator, values, column.place), is_so=is_so)

    def made(self, test: Comparison, *, is_so: bool) -> Node:
        self.tests += len(test.values)
        if self.tests > MOST_TESTS:
            rule = f"give at most {MOST_TESTS} values"
            raise at("$filter", test.place, "too many tests", rule)
        return test if is_so else Not(test)

    def values(self) -> tuple[Scalar, ...]:
        """``4, 5`` or ``(4, 5)``."""
        is_open = self.took("(")
        found = [self.value()]
        while self.took(","):
            found.append(self.value())
        if is_open:
            self.expect(")", "the closing ')'")
        return tuple(found)

    def value(self) -> Scalar:
        token = self.token
        if token.kind in ("text", "number"):
            return self.take().value
        if token.word in _CONSTANTS:
            return _CONSTANTS[self.take().word]
        raise self.unexpected("a value: a number, 'text', null")

    def function(self) -> Node:
        """``contains(firstMessage, 'x')``; of ``substringof`` the text comes first."""
        named = self.take()
        self.take()
        first, second = self.argument(), self.closing_argument()
        column, text = (second, first) if named.word == "substringof" else (first, second)
        if column.kind != "name" or text.kind != "text":
            rule = "give a column and a text, as in contains(firstMessage, 'x')"
            raise at("$filter", named.place, f"{named.value} has other arguments", rule)
        operator = _FUNCTIONS[named.word]
        node = self.made(
            Comparison(str(column.value), operator, (text.value,), named.place), is_so=True
        )
        return self.compared(node)

    def argument(self) -> Token:
        if self.token.kind not in ("name", "text"):
            raise self.unexpected("a column or a text")
        return self.take()

    def closing_argument(self) -> Token:
        self.expect(",", "',' and the second argument")
        token = self.argument()
        self.expect(")", "the closing ')'")
        return token

    def compared(self, node: Node) -> Node:
        """A function's ``eq true`` and ``eq false``, which may follow it."""
        if not self.took("eq"):
            return node
        if self.token.word not in ("true", "false"):
            raise self.unexpected("true or false")
        return node if self.take().word == "true" else Not(node)
