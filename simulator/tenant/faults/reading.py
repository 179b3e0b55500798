"""A specification of faults, read from YAML or from a JSON object, with every complaint at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import Place, ScenarioError
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints, known_names
from simulator.scenario.keys import Keys
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
    text = documents.source(path)
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
    keys = Keys(root, "", KEYS, complaints)
    seed = keys.whole("seed", least=0, default=0)
    rules = [_rule(entry, at, complaints) for at, entry in enumerate(_rules(keys), 1)]
    complaints.raise_if_any()
    return Spec(seed, tuple(rule for rule in rules if rule is not None))


def _rules(keys: Keys) -> list[Entry]:
    found = keys.entry("rules")
    if found is None:
        return []
    if isinstance(found.value, list):
        return found.value
    keys.complain("rules", "is no list; write a list of rules, each with a fault")
    return []


def _rule(entry: Entry, at: int, complaints: Complaints) -> Rule | None:
    keys = _RuleKeys(entry, f"rules[{at}]", RULE_KEYS, complaints)
    name = keys.text("fault", default="")
    fault = CATALOGUE.get(name)
    if fault is None:
        told = f"is {name}, which is no fault{known_names(name, CATALOGUE)}" if name else ""
        keys.complain("fault", told or _no_name(keys))
        return None
    first = max(keys.whole("first", least=0, default=1), 1)
    rule = Rule(
        fault,
        share=keys.number("share", most=1.0, default=1.0),
        path=keys.text("path", default="").strip("/"),
        method=keys.method(),
        first=first,
        last=keys.count("last", least=first),
        times=keys.count("times", least=1),
        seconds=keys.measure("seconds", fault.seconds, most=LONGEST_S, fault=name),
        megabytes=keys.measure("megabytes", fault.megabytes, most=LARGEST_MB, fault=name),
    )
    _check_refusal(rule, keys)
    return rule


def _no_name(keys: _RuleKeys) -> str:
    if keys.has("fault"):
        return 'is blank; write the name of a fault ("null" is one too, in quotes)'
    return "is missing; write the name of a fault"


def _check_refusal(rule: Rule, keys: _RuleKeys) -> None:
    if not rule.shuts_at_once:
        return
    for key in ("share", "first", "last", "times", "seconds"):
        if keys.has(key):
            keys.complain(
                key,
                "means nothing without a path, as the port is then shut for as long as the rule "
                "stands; add a path, and the port is shut after each request that it befalls",
            )


class _RuleKeys(Keys):
    """The keys of a rule, most of which may be left out."""

    def has(self, key: str) -> bool:
        """Whether the key is there, be it blank."""
        return key in self._found

    def method(self) -> str:
        text = self.text("method", default="").upper()
        if text and text not in METHODS:
            self.complain("method", f"is {text}; give one of {', '.join(METHODS)}")
        return text

    def count(self, key: str, *, least: int) -> int | None:
        """A whole number from ``least``, or None if it is left out."""
        return None if self.entry(key) is None else self.whole(key, least=least, default=least)

    def measure(self, key: str, default: float | None, *, most: float, fault: str) -> float:
        """A number that some faults take; 0 for the others, who complain if it is given."""
        if self.entry(key) is None:
            return default or 0.0
        if default is None:
            takers = [known.name for known in CATALOGUE.values() if getattr(known, key) is not None]
            self.complain(key, f"is nothing that {fault} takes; leave it to {', '.join(takers)}")
        return self.number(key, most=most)
