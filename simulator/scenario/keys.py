"""The values of a mapping in a file other than a scenario: a study, a job, faults.

Each is checked as it is read, and complained of with its place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.scenario.complaints import Complaints, known_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.scenario.documents import Entry

__all__ = ["Keys"]

Option = TypeVar("Option", bound=str)


class Keys:
    """A mapping with known keys; ``subject`` names it, and is empty for a whole file.

    What is wrong is added to the complaints, and a stand-in returned, so that one reading tells
    all of it.
    """

    def __init__(
        self, entry: Entry, subject: str, known: Sequence[str], complaints: Complaints
    ) -> None:
        self._entry, self._subject, self._complaints = entry, subject, complaints
        self._found: dict[str, Entry] = entry.value if isinstance(entry.value, dict) else {}
        if not isinstance(entry.value, dict):
            complaints.add(
                f"{subject or 'what is given'} is no mapping; give it the keys {', '.join(known)}",
                entry.place,
            )
        for key, item in self._found.items():
            if key not in known:
                complaints.add(
                    f"unknown key {self._named(key)}{known_names(key, known)}", item.place
                )

    def below(self, key: str, known: Sequence[str]) -> Keys | None:
        """The mapping at a key, or None if it is not there or blank."""
        found = self.entry(key)
        return None if found is None else Keys(found, self._named(key), known, self._complaints)

    def complain(self, key: str, message: str) -> None:
        """Note what is wrong with a key's value; the message begins with the key."""
        place = self._found[key].place if key in self._found else self._entry.place
        self._complaints.add(f"{self._named(key)} {message}", place)

    def entry(self, key: str) -> Entry | None:
        """The key's entry, or None if it is not there or blank."""
        found = self._found.get(key)
        return None if found is None or found.value is None else found

    def text(self, key: str, *, default: str | None = None) -> str:
        """Text; without a default it must be there."""
        value = self._value(key, default)
        if value is None or (isinstance(value, str) and value.strip()):
            return (value or "").strip()
        if value != default:
            self.complain(key, "is no text; give a few words")
        return default or ""

    def whole(self, key: str, *, least: int, default: int) -> int:
        """A whole number from ``least``."""
        value = self._value(key, str(default))
        if isinstance(value, str) and value.isascii() and value.isdigit() and int(value) >= least:
            return int(value)
        self.complain(key, f"is {_shown(value)}; give a whole number from {least}")
        return default

    def number(
        self,
        key: str,
        *,
        above: float = 0.0,
        below: float = math.inf,
        most: float = math.inf,
        default: float | None = None,
    ) -> float:
        """A number strictly between two bounds, and up to ``most``; without a default a must."""
        value = self._value(key, None if default is None else repr(default))
        try:
            number = float(value) if isinstance(value, str) else math.nan
        except ValueError:
            number = math.nan
        if value is not None and not (above < number < below and number <= most):
            bounds = f"above {above:g}" + (f" and below {below:g}" if below < math.inf else "")
            bounds += f" and up to {most:g}" if most < math.inf else ""
            self.complain(key, f"is {_shown(value)}; give a number {bounds}")
        return number

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        found = self.entry(key)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            self.complain(key, f"is {_shown(found.value)}; give true or false")
        return found.value is True

    def choice(self, key: str, options: Sequence[Option], *, default: Option | None) -> Option:
        """One of the options; without a default it must be there."""
        value = self._value(key, default)
        for option in options:
            if value == option:
                return option
        if value is not None:
            hint = known_names(str(value), options)
            told = f"give one of {', '.join(options)}{hint if hint.startswith('; did') else ''}"
            self.complain(key, f"is {_shown(value)}; {told}")
        return options[0]

    def _value(self, key: str, default: str | None) -> Any:
        found = self.entry(key)
        if found is None and default is None:
            self.complain(key, "is missing; write it")
        return default if found is None else found.value

    def _named(self, key: str) -> str:
        return f"{self._subject}.{key}" if self._subject else key


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else str(value)
