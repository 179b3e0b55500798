"""A specification of faults, read from YAML or from a JSON object, with every complaint at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import Place, ScenarioError
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints, known_names
from simulator.tenant.faults.catalogue import CATALOGUE
from simulator.tenant.faults.rules import Rule, Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.scenario.documents import Entry

__all__ = ["read_spec", "spec_of"]

KEYS = ("seed", "rules")
RULE_KEYS = (
    *("fault", "share", "path", "method", "first", "last", "times"),
    *("seconds", "megabytes"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
GIVEN = "the faults given"
LONGEST_S = 3600.0
LARGEST_MB = 1024.0


def read_spec(path: Path | str) -> Spec:
    """The specification in a YAML file; ScenarioError tells all that is wrong, with file:line."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(f"there is no file {path}; check the path of the faults") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from error
    return _spec(documents.compose(text, file=str(path), folder=path.parent))


def spec_of(given: Spec | Mapping[str, Any]) -> Spec:
    """The specification in a JSON object, as the admin face takes it, or one as it is.

    >>> spec_of({"rules": [{"fault": "status_50"}]})
    Traceback (most recent call last):
    simulator.errors.ScenarioError: rules[1].fault is status_50, which is no fault; did you mean ...
    """
    if isinstance(given, Spec):
        return given
    try:
        text = json.dumps(given, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"the faults are no JSON: {error}", Place(GIVEN)) from error
    return _spec(documents.compose(text, file=GIVEN, folder=Path()))


def _spec(root: Entry) -> Spec:
    complaints = Complaints()
    if root.value is None:
        return Spec()
    keys = _Keys(root, "", KEYS, complaints)
    seed = keys.whole("seed", least=0)
    rules = [_rule(entry, at, complaints) for at, entry in enumerate(_rules(keys), 1)]
    complaints.raise_if_any()
    return Spec(seed or 0, tuple(rule for rule in rules if rule is not None))


def _rules(keys: _Keys) -> list[Entry]:
    found = keys.found.get("rules")
    if found is None or found.value is None:
        return []
    if isinstance(found.value, list):
        return found.value
    keys.complain("rules", "is no list; write a list of rules, each with a fault")
    return []


def _rule(entry: Entry, at: int, complaints: Complaints) -> Rule | None:
    keys = _Keys(entry, f"rules[{at}]", RULE_KEYS, complaints)
    name = keys.text("fault")
    fault = CATALOGUE.get(name)
    if fault is None:
        told = f"is {name}, which is no fault{known_names(name, CATALOGUE)}" if name else ""
        keys.complain("fault", told or _no_name(keys))
        return None
    first = keys.whole("first", least=0)
    rule = Rule(
        fault,
        share=keys.number("share", most=1.0) or 1.0,
        path=keys.text("path").strip("/"),
        method=keys.method(),
        first=max(first or 1, 1),
        last=keys.whole("last", least=max(first or 1, 1)),
        times=keys.whole("times", least=1),
        seconds=keys.measure("seconds", fault.seconds, most=LONGEST_S, fault=name),
        megabytes=keys.measure("megabytes", fault.megabytes, most=LARGEST_MB, fault=name),
    )
    _check_refusal(rule, keys)
    return rule


def _no_name(keys: _Keys) -> str:
    if "fault" in keys.found:
        return 'is blank; write the name of a fault ("null" is one too, in quotes)'
    return "is missing; write the name of a fault"


def _check_refusal(rule: Rule, keys: _Keys) -> None:
    if not rule.shuts_at_once:
        return
    for key in ("share", "first", "last", "times", "seconds"):
        if key in keys.found:
            keys.complain(
                key,
                "means nothing without a path, as the port is then shut for as long as the rule "
                "stands; add a path, and the port is shut after each request that it befalls",
            )


class _Keys:
    """A mapping with known keys; what is wrong is added to the complaints."""

    def __init__(
        self, entry: Entry, subject: str, known: tuple[str, ...], complaints: Complaints
    ) -> None:
        self._entry, self._subject, self._complaints = entry, subject, complaints
        self.found: dict[str, Entry] = entry.value if isinstance(entry.value, dict) else {}
        if not isinstance(entry.value, dict):
            named = subject or "what holds the faults"
            complaints.add(f"{named} is no mapping; give it {', '.join(known)}", entry.place)
        for key, item in self.found.items():
            if key not in known:
                complaints.add(
                    f"unknown key {self._named(key)}{known_names(key, known)}", item.place
                )

    def complain(self, key: str, message: str) -> None:
        place = self.found[key].place if key in self.found else self._entry.place
        self._complaints.add(f"{self._named(key)} {message}", place)

    def text(self, key: str) -> str:
        value = self._value(key)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self.complain(key, "is no text; give a few words")
        return ""

    def method(self) -> str:
        text = self.text("method").upper()
        if text and text not in METHODS:
            self.complain("method", f"is {text}; give one of {', '.join(METHODS)}")
        return text

    def whole(self, key: str, *, least: int) -> int | None:
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and int(value) >= least:
            return int(value)
        self.complain(key, f"is {_shown(value)}; give a whole number from {least}")
        return None

    def number(self, key: str, *, most: float) -> float | None:
        value = self._value(key)
        if value is None:
            return None
        try:
            number = float(value) if isinstance(value, str) else -1.0
        except ValueError:
            number = -1.0
        if 0 < number <= most:
            return number
        self.complain(key, f"is {_shown(value)}; give a number above 0 and up to {most:g}")
        return None

    def measure(self, key: str, default: float | None, *, most: float, fault: str) -> float:
        """A number that some faults take; 0 for the others, who complain if it is given."""
        if default is None and self._value(key) is not None:
            takers = [known.name for known in CATALOGUE.values() if getattr(known, key) is not None]
            self.complain(key, f"is nothing that {fault} takes; leave it to {', '.join(takers)}")
        number = self.number(key, most=most)
        return (default or 0.0) if number is None else number

    def _value(self, key: str) -> Any:
        found = self.found.get(key)
        return None if found is None else found.value

    def _named(self, key: str) -> str:
        return f"{self._subject}.{key}" if self._subject else key


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else str(value)
