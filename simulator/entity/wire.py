"""Carriers: frozen values read from JSON objects and written back as they stood.

A carrier is a dataclass whose fields are each declared once, with ``wire(name, kind)``. That
table makes the reader, the writer and (``simulator.entity.lines``) the writer by columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar

from simulator.entity.codes import Unlisted
from simulator.entity.times import NOT_YET, WireTime
from simulator.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

__all__ = [
    "NUMBER",
    "OBJECT",
    "TEXT",
    "TIME",
    "WHOLE",
    "WHOLES",
    "YES_NO",
    "Carrier",
    "Kind",
    "WireField",
    "carried",
    "flags_of",
    "mapping_of",
    "one_of",
    "wire",
    "wire_fields",
]

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value on the wire."""

    read: Callable[[Any, str], Any]
    """From (JSON value, its path); null never gets here. DataError names the path."""
    write: Callable[[Any], Any]
    """To a JSON value; None never gets here."""
    blank: Callable[[], Any]
    """The value of a carrier made without one."""


class WireField(NamedTuple):
    """A field of a carrier: its name in Python and what it is on the wire."""

    attribute: str
    kind: Kind


def wire(name: str, kind: Kind, *, shown: bool = True) -> Any:
    """Declare a field of a carrier; ``shown=False`` keeps a secret out of ``repr``."""
    return field(
        default_factory=kind.blank, metadata={"wire": name, "kind": kind}, repr=shown, kw_only=True
    )


def wire_fields(carrier: type[Carrier]) -> Mapping[str, WireField]:
    """A carrier's fields by wire name, in the order of the reference page."""
    owner: Any = carrier  # a class can be hashed, whatever mypy makes of its instances' __hash__
    return _table(owner)


@cache
def _table(carrier: Any) -> Mapping[str, WireField]:
    return {
        each.metadata["wire"]: WireField(each.name, each.metadata["kind"])
        for each in fields(carrier)
        if "wire" in each.metadata
    }


_EVERY_KEY: Final = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An object of the wire. Null and missing are both None; ``keys`` tells them apart.

    A carrier made here is blank but for what it is given, and has every key.
    """

    keys: tuple[str, ...] = field(default=_EVERY_KEY, repr=False)
    """The wire names that are written, in order. A field with a value is always written: one
    that ``keys`` lacks is added at the end."""

    def __post_init__(self) -> None:
        table = wire_fields(type(self))
        keys = tuple(table) if self.keys is _EVERY_KEY else self.keys
        written = set(keys)
        if strange := written - table.keys():
            raise DataError(f"{type(self).__name__} has no key {min(strange)!r}; see wire_fields")
        if len(written) < len(keys):
            raise DataError(f"keys of {type(self).__name__} repeat; name each key once")
        added = (
            key
            for key, (attribute, _) in table.items()
            if key not in written and getattr(self, attribute) is not None
        )
        object.__setattr__(self, "keys", (*keys, *added))

    @classmethod
    def from_wire(
        cls, value: object, path: str = "", *, only: Container[str] | None = None
    ) -> Self:
        """The carrier that a parsed JSON object holds.

        Unknown keys are left out, as newer tenants have more of them; a missing key gives None.
        ``path`` is where the object stands, for the DataError about a value of the wrong kind.
        ``only``: the attributes to read, where not all are wanted; the others count as missing.
        """
        path = path or cls.__name__
        if not isinstance(value, dict):
            raise _unlike(value, path, "an object or null")
        table = wire_fields(cls)
        found: dict[str, Any] = dict.fromkeys(each.attribute for each in table.values())
        keys = [
            key for key in value if key in table and (only is None or table[key].attribute in only)
        ]
        for key in keys:
            attribute, kind = table[key]
            if value[key] is not None:
                found[attribute] = kind.read(value[key], f"{path}.{key}")
        return cls(keys=tuple(keys), **found)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object as the tenant writes it: what was read, key for key and in order."""
        table = wire_fields(type(self))
        found: dict[str, Any] = {}
        for key in self.keys:
            attribute, kind = table[key]
            value = getattr(self, attribute)
            found[key] = None if value is None else kind.write(value)
        return found


# --------------------------------------------------------------------------------- the kinds


def _nothing() -> None:
    return None


def _same(value: Any) -> Any:
    return value


def _unlike(value: object, path: str, rule: str) -> DataError:
    # The value itself is not told: it may be a name, an address or a session key.
    if value is None:
        found = "null"
    elif isinstance(value, bool):
        found = "true or false"
    elif isinstance(value, int | float):
        found = "a number"
    elif isinstance(value, str):
        found = "text"
    else:
        found = "a list" if isinstance(value, list) else "an object"
    return DataError(f"{path} is {found}; the tenant writes {rule} there")


def _read_whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unlike(value, path, "a whole number")
    if not -(2**31) <= value < 2**31:
        raise DataError(f"{path} is {value}; the tenant's whole numbers have 32 bits")
    return value


def _read_wholes(value: Any, path: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise _unlike(value, path, "a list of whole numbers")
    return tuple(_read_whole(each, f"{path}[{place}]") for place, each in enumerate(value))


def _read_number(value: Any, path: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _unlike(value, path, "a finite number")
    return value


def _read_text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _unlike(value, path, "text or null")
    return value


def _read_yes_no(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _unlike(value, path, "true or false")
    return value


def _read_time(value: Any, path: str) -> WireTime:
    text = _read_text(value, path)
    try:
        return WireTime.parse(text)
    except DataError as error:
        raise DataError(f"{path}: {error.message}") from error


def _read_object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unlike(value, path, "an object or null")
    return value


WHOLE: Final = Kind(_read_whole, _same, int)
WHOLES: Final = Kind(_read_wholes, list, tuple)
NUMBER: Final = Kind(_read_number, _same, float)
"""A decimal number; one that stands without a point stays a Python int, so that it is written
without one again."""
TEXT: Final = Kind(_read_text, _same, _nothing)
YES_NO: Final = Kind(_read_yes_no, _same, bool)
TIME: Final = Kind(_read_time, str, lambda: NOT_YET)
OBJECT: Final = Kind(_read_object, _same, _nothing)
"""A JSON object kept as it is."""


def _member(choices: type[Enum], text: str) -> Enum | Unlisted:
    # Asked for by name, not by truth: a member numbered 0 is false.
    return choices.__members__[text] if text in choices.__members__ else Unlisted(text)


def _name(value: Enum | Unlisted) -> str | int:
    return value.value if isinstance(value, Unlisted) else value.name


def one_of(choices: type[Choice], blank: Choice) -> Kind:
    """A member by its name; a name or number that is not listed is kept as ``Unlisted``."""

    def read(value: Any, path: str) -> Enum | Unlisted:
        if isinstance(value, int) and not isinstance(value, bool):
            return Unlisted(value)
        return _member(choices, _read_text(value, path))

    return Kind(read, _name, lambda: blank)


def flags_of(choices: type[Choice], *blank: Choice) -> Kind:
    """Members by name in a comma list, as a tuple in the order written.

    A bare number is one ``Unlisted`` member, and "" no member.
    """

    def read(value: Any, path: str) -> tuple[Enum | Unlisted, ...]:
        if isinstance(value, int) and not isinstance(value, bool):
            return (Unlisted(value),)
        text = _read_text(value, path)
        return tuple(_member(choices, name.strip()) for name in text.split(",")) if text else ()

    def write(members: tuple[Enum | Unlisted, ...]) -> str | int:
        names = [_name(member) for member in members]
        return names[0] if len(names) == 1 else ", ".join(map(str, names))

    return Kind(read, write, lambda: blank)


def carried(carrier: type[Carrier]) -> Kind:
    """A nested carrier; null where there is none."""
    return Kind(carrier.from_wire, lambda value: value.to_wire(), _nothing)


def mapping_of(carrier: type[Carrier]) -> Kind:
    """A carrier by name; none is ``{}``."""

    def read(value: Any, path: str) -> dict[str, Carrier | None]:
        named = _read_object(value, path)
        return {
            name: None if each is None else carrier.from_wire(each, f"{path}.{name}")
            for name, each in named.items()
        }

    def write(value: Mapping[str, Carrier | None]) -> dict[str, Any]:
        return {name: each and each.to_wire() for name, each in value.items()}

    return Kind(read, write, dict)
