"""Which requests a fault befalls: rules, drawn by seed, rule and request, never by the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.tenant.faults.catalogue import Fault

__all__ = ["Request", "Rule", "Spec", "draw"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a rule looks at."""

    method: str
    path: str
    kept_alive: bool = False
    """Whether its connection carried another request before."""


@dataclass(frozen=True)
class Rule:
    """A fault and the requests it befalls."""

    fault: Fault
    share: float = 1.0
    """Of the requests that match, above 0 and up to 1."""
    path: str = ""
    """The end of the path, whole segments in any case; ``*`` is one segment. Empty: every one."""
    method: str = ""
    """In capitals. Empty: every one."""
    first: int = 1
    """The first request that it may befall; requests that match are counted from 1."""
    last: int | None = None
    """The last one; None: no end."""
    times: int | None = None
    """How often at most; None: no limit."""
    seconds: float = 0.0
    """How long the fault takes, where it takes time."""
    megabytes: float = 0.0
    """How large it is, where it has a size."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        segments = [".*" if part == "**" else re.escape(part) for part in self.path.split("/")]
        joined = "/".join(segments).replace(r"\*", "[^/]*")
        return re.compile(rf"(?:.*/)?{joined}/?", re.IGNORECASE)

    def matches(self, request: Request) -> bool:
        """Whether the request is one that the rule counts.

        >>> from simulator.tenant.faults import CATALOGUE
        >>> rule = Rule(CATALOGUE["delay"], path="ChatSession/*/Pickup")
        >>> rule.matches(Request("POST", "/Cust12345/api/v1/ChatSession/42/Pickup"))
        True
        >>> rule.matches(Request("POST", "/api/v1/ChatSession/Pickup"))
        False
        """
        if self.method and self.method != request.method:
            return False
        if self.fault.kept_alive and not request.kept_alive:
            return False
        return not self.path or self._pattern.fullmatch(request.path) is not None

    @property
    def shuts_at_once(self) -> bool:
        """Whether the port is shut for as long as the rule stands: *refused* without a path."""
        return self.fault.name == "refused" and not (self.path or self.method)

    def told(self) -> dict[str, Any]:
        """The rule as it is written, without what was left out."""
        written: dict[str, Any] = {"fault": self.fault.name, "share": self.share}
        written |= {"path": self.path} if self.path else {}
        written |= {"method": self.method} if self.method else {}
        written |= {"first": self.first} if self.first > 1 else {}
        written |= {"last": self.last} if self.last is not None else {}
        written |= {"times": self.times} if self.times is not None else {}
        written |= {"seconds": self.seconds} if self._takes_seconds else {}
        return written | ({"megabytes": self.megabytes} if self.fault.megabytes else {})

    @property
    def _takes_seconds(self) -> bool:
        return self.fault.seconds is not None and not self.shuts_at_once


@dataclass(frozen=True, slots=True)
class Spec:
    """Rules in the order of their right of way, and the seed of their draws."""

    seed: int = 0
    rules: tuple[Rule, ...] = field(default=())

    def told(self) -> dict[str, Any]:
        """The specification as it is written: what comes out can be read in again."""
        return {"seed": self.seed, "rules": [rule.told() for rule in self.rules]}


def draw(seed: int, rule: int, request: int) -> float:
    """A number from 0 up to 1 that is always the same for the same three.

    >>> draw(7, 0, 1) == draw(7, 0, 1) != draw(7, 1, 1)
    True
    """
    digest = blake2b(f"{seed}/{rule}/{request}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
