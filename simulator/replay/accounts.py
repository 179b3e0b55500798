"""The account of a replay: every planned call has one outcome, or has yet to be sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.errors import PickupError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.replay.calls import Call
    from simulator.replay.journal import Outcome

__all__ = ["CLASSES", "Account"]

CLASSES: Final = ("done", "recovered", "empty", "rejected", "unknown", "skipped", "shed")
"""The outcomes of a call, in the order they are told."""


@dataclass(slots=True)
class Account:
    """Planned calls by kind, and their outcomes by kind and class.

    planned = done + recovered + empty + rejected + unknown + skipped + shed + left, where ``left``
    counts the calls of a replay that stopped early; a resume sends them.
    """

    planned: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, calls: Iterable[Call]) -> Account:
        """The account of ``calls``, none of them sent."""
        return cls(Counter(call.kind for call in calls))

    def add(self, call: Call, outcome: Outcome) -> None:
        """Enter the one outcome of a call."""
        self.counts[call.kind, outcome.cls] += 1

    def revise(self, call: Call, before: str, after: str) -> None:
        """A call whose outcome was ``before`` turned out to be ``after``."""
        self.counts[call.kind, before] -= 1
        self.counts[call.kind, after] += 1

    def join(self, other: Account) -> None:
        """Enter the account of another part."""
        self.planned += other.planned
        self.counts += other.counts

    def of_class(self, cls: str) -> int:
        """Calls of all kinds with that outcome."""
        return sum(number for (_, each), number in self.counts.items() if each == cls)

    @property
    def unknown(self) -> int:
        """Calls whose outcome nobody knows."""
        return self.of_class("unknown")

    @property
    def settled(self) -> int:
        """Calls that have their outcome."""
        return self.counts.total()

    @property
    def left(self) -> int:
        """Calls without an outcome: the replay stopped before them."""
        return self.planned.total() - self.settled

    def check(self) -> None:
        """PickupError if a call was counted twice, or one that was not planned."""
        for kind in {*self.planned, *(kind for kind, _ in self.counts)}:
            had = sum(number for (each, _), number in self.counts.items() if each == kind)
            if had > self.planned[kind]:
                raise PickupError(
                    f"{had} outcomes stand against {self.planned[kind]} planned calls of kind "
                    f"{kind!r}; each call has one, so the journal is damaged: do not resume it"
                )

    def as_dict(self) -> dict[str, dict[str, int]]:
        """Kind to class to number, with ``planned`` and ``left``: for the journal and tables."""
        told = {}
        for kind in sorted(self.planned):
            row = {cls: self.counts[kind, cls] for cls in CLASSES if self.counts[kind, cls]}
            left = self.planned[kind] - sum(row.values())
            told[kind] = {"planned": self.planned[kind], **row, **({"left": left} if left else {})}
        return told
