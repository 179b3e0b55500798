"""Did you mean …?"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A clause that names the choice nearest to ``word``, whatever its case, or nothing.

    >>> did_you_mean("Thresold_s", ["run", "threshold_s"])
    "; did you mean 'threshold_s'?"
    >>> did_you_mean("colour", ["run", "threshold_s"])
    ''
    """
    as_written = {choice.lower(): choice for choice in choices}
    nearest = get_close_matches(word.lower(), as_written, n=1, cutoff=0.6)
    return f"; did you mean '{as_written[nearest[0]]}'?" if nearest else ""
