"""Which faults are on: rules that may be changed while the tenant runs, and what they did."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import ScenarioError, UsageError
from simulator.tenant.faults.reading import read_spec, spec_of
from simulator.tenant.faults.rules import Request, Rule, Spec, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.tenant.faults.catalogue import Level

__all__ = ["Faults"]

LOOKS_EVERY_S: Final = 0.2
"""How often the file is looked at for a change, at most."""

_ADMIN: Final = re.compile(r"(?:/[^/]*)?/admin(?:/.*)?", re.IGNORECASE)


class _Count:
    """What one rule has seen and done since it was switched on."""

    __slots__ = ("injected", "matched")

    def __init__(self) -> None:
        self.matched = 0
        self.injected = 0


class _Standing:
    """A specification that is on, with the counts of its rules, exchanged as a whole."""

    __slots__ = ("by_level", "counts", "spec")

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.counts = [_Count() for _ in spec.rules]
        self.by_level: dict[Level, list[tuple[int, Rule, _Count]]] = {"http": [], "tcp": []}
        for at, (rule, count) in enumerate(zip(spec.rules, self.counts, strict=True)):
            if not rule.shuts_at_once:
                self.by_level[rule.fault.level].append((at, rule, count))


class Faults:
    """The faults of one tenant, shared by the middleware and the proxy in front of it.

    Each rule numbers the requests that match it, from 1 at the moment that it is switched on, and
    draws by (seed, number, rule): the same requests in the same order get the same faults, however
    long they take. The first rule whose draw hits is the one that happens. Requests of the admin
    face are neither counted nor harmed.

    >>> faults = Faults({"rules": [{"fault": "status_503_after", "path": "Pickup", "times": 1}]})
    >>> faults.next("http", Request("POST", "/api/v1/ChatSession/Pickup")).fault.name
    'status_503_after'
    >>> faults.next("http", Request("POST", "/api/v1/ChatSession/Pickup")) is None
    True
    """

    def __init__(
        self, spec: Spec | Mapping[str, Any] | None = None, *, file: Path | str | None = None
    ) -> None:
        """From a specification, or from a file that is watched for changes; without either: none.

        Raises:
            ScenarioError: the specification or the file is not right.
        """
        self._file = None if file is None else Path(file)
        self._stamp = self._stamp_now()
        read = read_spec(self._file) if self._file else spec_of(spec or Spec())
        self._standing = _Standing(read)
        self._look_at = time.monotonic() + LOOKS_EVERY_S
        self._listeners: list[Callable[[], None]] = []
        self.has_proxy = False
        """Whether a proxy stands in front, so that faults of the TCP level may be switched on."""
        self.trouble = ""
        """Why the file as it stands is not followed; "" if it is."""

    @property
    def spec(self) -> Spec:
        """What is on now."""
        return self._standing.spec

    @property
    def needs_proxy(self) -> bool:
        """Whether a fault of the TCP level is on."""
        return _is_of_tcp(self.spec)

    @property
    def is_shut(self) -> bool:
        """Whether a rule keeps the port shut for as long as it stands."""
        return any(rule.shuts_at_once for rule in self.spec.rules)

    def switch(self, spec: Spec | Mapping[str, Any] | None) -> None:
        """Put other rules in the place of those that are on; their counts begin anew.

        Raises:
            ScenarioError: the specification is not right, or it needs a proxy and there is none;
                what was on stays on.
        """
        new = spec_of(spec or Spec())
        if _is_of_tcp(new) and not self.has_proxy:
            names = [rule.fault.name for rule in new.rules if rule.fault.level == "tcp"]
            raise ScenarioError(
                f"{names[0]} is a fault of the TCP level, and no proxy stands in front of this "
                "tenant; start it with a file of faults"
            )
        self._standing = _Standing(new)
        self.trouble = ""
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called after each switch, in the switching thread; gives its undoing."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def next(self, level: Level, request: Request) -> Rule | None:
        """The rule that befalls the next request of this level, or None; it is counted as done."""
        self.look()
        standing = self._standing
        rules = standing.by_level[level]
        if not rules or _ADMIN.fullmatch(request.path):
            return None
        hit: Rule | None = None
        for at, rule, count in rules:
            if not rule.matches(request):
                continue
            count.matched += 1
            if hit is None and _befalls(rule, count, draw(standing.spec.seed, at, count.matched)):
                count.injected += 1
                hit = rule
        return hit

    def look(self) -> None:
        """Read the file again if it changed; one that is not right is told of, not followed."""
        if self._file is None or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOKS_EVERY_S
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.switch(read_spec(self._file))
        except UsageError as error:
            self.trouble = str(error)

    def told(self) -> dict[str, Any]:
        """What is on, and by rule and fault what it did: for the admin face."""
        standing = self._standing
        injected: dict[str, int] = {}
        for rule, count in zip(standing.spec.rules, standing.counts, strict=True):
            injected[rule.fault.name] = injected.get(rule.fault.name, 0) + count.injected
        return {
            "spec": standing.spec.told(),
            "matched": [count.matched for count in standing.counts],
            "injected": injected,
            "trouble": self.trouble,
        }

    def _stamp_now(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _is_of_tcp(spec: Spec) -> bool:
    return any(rule.fault.level == "tcp" for rule in spec.rules)


def _befalls(rule: Rule, count: _Count, drawn: float) -> bool:
    if count.matched < rule.first or (rule.last is not None and count.matched > rule.last):
        return False
    return drawn < rule.share and (rule.times is None or count.injected < rule.times)
