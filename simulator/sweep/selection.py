"""Which case is best: ranking and selection by the fully sequential procedure of Kim and Nelson.

S.-H. Kim and B. L. Nelson, "A fully sequential procedure for indifference-zone selection in
simulation", *ACM TOMACS* 11(3), 2001, with c = 1. After every replication a case is put out if
another one is ahead of it by more than chance explains. Variances are those of the paired
differences, so the procedure is valid, and quick, where all cases meet the same customers (common
random numbers). It supposes that replications are independent and that a replication's figure is
about normal.

The guarantee: the case chosen is the best with probability at least 1 - α whenever the best is
better than every other by δ or more. Closer ones the procedure does not try to tell apart, and it
promises nothing about which of them is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Goal", "KimNelson"]

Goal = Literal["max", "min"]


class KimNelson:
    """The procedure at work: shown replications, it tells which systems are still in.

    Replications are judged one by one, in their order, so that it makes no difference in how many
    parts they are shown::

        choice = KimNelson(n0=20, delta=0.01, alpha=0.05, systems=3, goal="max")
        while not choice.is_decided:
            choice.observe(next_replications(of=choice.survivors))
        choice.best

    It ends by itself: two systems that differ by nothing at all are told apart at the latest after
    ``at_most`` replications, by their means so far; if these are equal too, the first one stays.
    """

    def __init__(self, n0: int, delta: float, alpha: float, systems: int, goal: Goal) -> None:
        """Nothing has been shown yet.

        Args:
            n0: replications before the first system is put out, from which the variances are
                estimated; 10 or more are advised, 2 is the least.
            delta: the smallest difference worth detecting, in the figure's unit.
            alpha: the probability of a wrong choice that is put up with.
            systems: how many there are to choose from.
            goal: whether the largest or the smallest mean is wanted.

        Raises:
            ParameterError: one of these is out of range.
        """
        _check(n0, delta, alpha, systems)
        self.n0, self.delta, self.alpha, self.goal = n0, delta, alpha, goal
        self.replications = 0
        """How many have been judged."""
        self.eliminated: dict[int, int] = {}
        """The systems put out, in that order, with the replication after which it happened."""
        self._in = np.arange(systems)
        self._sums = np.zeros(systems)
        self._first: list[NDArray[np.float64]] = []
        self._bound = np.zeros((systems, systems))
        """h² S² / δ² of every pair: from so many replications on, chance explains nothing."""

    @property
    def survivors(self) -> tuple[int, ...]:
        """The systems still in, in ascending order."""
        return tuple(self._in.tolist())

    @property
    def is_decided(self) -> bool:
        """Whether a single one is left."""
        return len(self._in) == 1

    @property
    def best(self) -> int:
        """The survivor that is ahead: the choice once it is decided, before it a provisional one.

        Equal ones: the first.
        """
        return int(self._in[np.argmax(self._sums[self._in])])

    @property
    def at_most(self) -> int | None:
        """The replications after which it is decided for sure; ``None`` before there are ``n0``.

        It falls as systems are put out, and is ``replications`` when it is decided.
        """
        if self.is_decided:
            return self.replications
        if self.replications < self.n0:
            return None
        return max(int(self._bound[np.ix_(self._in, self._in)].max()) + 1, self.n0)

    def observe(self, values: NDArray[np.float64]) -> tuple[int, ...]:
        """Judge further replications, and give the survivors.

        Systems that are put out on the way are ignored in the rows after, and so is all that
        comes after the decision.

        Args:
            values: (replications, systems still in before this call), in order of ``survivors``.

        Raises:
            ParameterError: another number of columns.
            DataError: a value is not known.
        """
        shown = self._in
        rows = np.asarray(values, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(shown):
            raise ParameterError(
                f"values of shape {rows.shape} were shown, but {len(shown)} systems are still in; "
                "give a row per replication and a column per survivor"
            )
        for row in rows:
            if self.is_decided:
                break
            self._judge(shown, row)
        return self.survivors

    def _judge(self, shown: NDArray[np.intp], row: NDArray[np.float64]) -> None:
        """One more replication."""
        kept = np.isin(shown, self._in)
        if not np.isfinite(row[kept]).all():
            raise DataError(
                f"replication {self.replications + 1} has nothing to count for the figure chosen "
                "by; choose by one that every replication has, or simulate longer horizons"
            )
        own = row[kept] if self.goal == "max" else -row[kept]
        self.replications += 1
        self._sums[self._in] += own
        if self.replications <= self.n0:
            self._first.append(own)
        if self.replications == self.n0:
            self._bound = _bounds(np.array(self._first), self.delta, self.alpha)
        if self.replications >= self.n0:
            self._put_out()

    def _put_out(self) -> None:
        """Drop those that another survivor is ahead of by more than the margin."""
        n, ahead = self.replications, self._sums[self._in]
        bound = self._bound[np.ix_(self._in, self._in)]
        margin = np.maximum(self.delta / 2 * (bound - n), 0.0)
        lead = ahead[np.newaxis, :] - ahead[:, np.newaxis]
        out = lead > margin
        # Equal to the last digit when chance explains nothing any more: the first one stays.
        number = np.arange(len(self._in))
        out |= (lead == 0) & (n > bound) & (number[np.newaxis, :] < number[:, np.newaxis])
        loses = out.any(axis=1)
        for system in self._in[loses].tolist():
            self.eliminated[system] = n
        self._in = self._in[~loses]

    @property
    def guarantee(self) -> str:
        """What may be relied on, in a plain sentence."""
        by = "Kim and Nelson's sequential procedure, 2001, on common random numbers"
        sure = f"With probability at least {100 * (1 - self.alpha):g} %"
        wanted = "largest" if self.goal == "max" else "smallest"
        best = (
            f"the case with the {wanted} mean, if it is better than every other by {self.delta:g} "
            "or more"
        )
        if self.is_decided:
            return f"{sure} the case chosen is {best} ({by})."
        return (
            f"{sure} {best}, is among the {len(self._in)} cases that are still in after "
            f"{self.replications} replications ({by})."
        )


def _check(n0: int, delta: float, alpha: float, systems: int) -> None:
    if systems < 1:
        raise ParameterError(f"{systems} systems are to choose from; give 1 or more")
    if n0 < 2:
        raise ParameterError(f"n0 is {n0}; give 2 or more replications, a variance needs them")
    if not delta > 0:
        raise ParameterError(
            f"the smallest difference worth detecting is {delta:g}; give a positive number"
        )
    if not 0 < alpha < 1 - 1 / max(systems, 2):
        raise ParameterError(
            f"alpha is {alpha:g} for {systems} systems; give a number above 0 and below "
            f"{1 - 1 / max(systems, 2):g}, which guessing would reach"
        )


def _bounds(first: NDArray[np.float64], delta: float, alpha: float) -> NDArray[np.float64]:
    """h² S² / δ² of every pair of systems, from (n0, systems) of replications.

    h² = 2 η (n0 - 1), with η from g(η) = ½ (1 + 2 η)^(-(n0 - 1)/2) = α/(k - 1): c = 1, and
    Bonferroni over the k - 1 rivals, which holds under any dependence among the systems.
    """
    n0, systems = first.shape
    freedom = n0 - 1
    eta = ((2 * alpha / max(systems - 1, 1)) ** (-2 / freedom) - 1) / 2
    apart = first - first.mean(axis=0)
    variance = np.array([(apart - one[:, np.newaxis]).var(axis=0, ddof=1) for one in apart.T])
    bounds: NDArray[np.float64] = 2 * eta * freedom * variance / delta**2
    return bounds
