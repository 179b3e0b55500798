"""Customers who plainly do not exist: whose names, addresses and words a record carries.

Everything is chosen from the pools below by the customer's number, so a customer who comes back
is the same person, whatever the desk did. Names are plants and the word for a pattern; addresses
end in example.com (RFC 2606), phone numbers lie between 555-0100 and 555-0199 (kept free for
fiction by the North American Numbering Plan), hosts in the blocks for documentation (RFC 5737).
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.workload import STREAMS, generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = [
    "COMPANIES",
    "FIRST_MESSAGES",
    "FIRST_NAMES",
    "FORM_TEXT",
    "FULL_NAMES",
    "GOODBYES",
    "HANDED_ON",
    "HOSTS",
    "LAST_NAMES",
    "MAILBOXES",
    "PHONES",
    "PURPOSES",
    "WELCOME",
    "Draws",
]

FIRST_NAMES: Final = (
    *("Acacia", "Alder", "Anise", "Ash", "Aspen", "Basil", "Bay", "Birch", "Briar", "Bryony"),
    *("Cedar", "Clover", "Elder", "Elm", "Fennel", "Fern", "Flax", "Gorse", "Hazel", "Heather"),
    *("Holly", "Iris", "Ivy", "Juniper", "Larch", "Laurel", "Linden", "Maple", "Myrtle", "Oak"),
    *("Olive", "Reed", "Rowan", "Rue", "Sorrel", "Tansy", "Yarrow", "Løvetann", "Åkerbær", "Säde"),
)
LAST_NAMES: Final = (
    *("Example", "Sample", "Specimen", "Pattern", "Template", "Placeholder", "Dummy", "Mockup"),
    *("Eksempel", "Exempel", "Beispiel", "Muster", "Voorbeeld", "Esempio", "Ejemplo", "Esimerkki"),
)
_PLAIN_LETTERS: Final = str.maketrans({"å": "aa", "ä": "ae", "æ": "ae", "ø": "oe"})
COMPANIES: Final = (
    *(
        "Example Bakery",
        "Sample Shipping",
        "Pattern & Daughters",
        "Template Tools",
        "Mockup Motors",
    ),
    *("Specimen Seeds", "Placeholder Paper", "Dummy Dairy", "Eksempel Energi", "Muster Möbel"),
    *("Voorbeeld Velo", "Esempio Espresso", "Ejemplo Exports", "Esimerkki Ice Cream", "Sketch Ltd"),
)
PHONES: Final = tuple(
    f"{area}-555-01{line:02d}" for area in (202, 303, 404, 505, 606) for line in range(100)
)
HOSTS: Final = tuple(
    f"{block}.{host}" for block in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255)
)
FIRST_MESSAGES: Final = (
    "Hello, I have a question about my last invoice.",
    "Hi, I cannot sign in any more.",
    "Good day, where is my order?",
    "I would like to change my address, please.",
    "How do I cancel a subscription?",
    "The form does not let me go on after step 2.",
    "Is there a discount for 3 < n < 10 users?",
    "My colleague & I see different figures.",
    "Can somebody call me back today?",
    "I was charged twice.",
    "Do you deliver to Tromsø as well?",
    'What does the message "not found" mean?',
    "I need a copy of a receipt.",
    "The export stops half-way.",
    "Which plan fits a small shop?",
    "Thanks for the quick help yesterday, one more thing …",
)
WELCOME: Final = "Welcome! You are talking to an agent now. How can I help?"
HANDED_ON: Final = "One moment, please: a colleague takes over from here."
FORM_TEXT: Final = "Please answer me by e-mail."
GOODBYES: Final = (
    "Thank you, that solved it!",
    "Great, have a nice day.",
    "Thanks. Bye!",
    "OK, I will try that.",
    "You are welcome. Goodbye!",
    "Then I will close this chat. All the best!",
    "Takk for hjelpen!",
    "Perfect.",
)


FULL_NAMES: Final = tuple(f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES)
MAILBOXES: Final = tuple(
    f"{first}.{last}".lower().translate(_PLAIN_LETTERS)
    for first in FIRST_NAMES
    for last in LAST_NAMES
)
"""For each of FULL_NAMES what stands before the number and @example.com."""

PURPOSES: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        "first name": ("identity", 1),
        "last name": ("identity", 2),
        "company": ("identity", 3),
        "for company": ("identity", 4),
        "known": ("identity", 5),
        "host": ("identity", 6),
        "phone": ("identity", 7),
        "consent": ("identity", 8),
        "first message": ("identity", 9),
        "goodbye": ("identity", 10),
        "session key": ("identity", 11),
        "ticket": ("identity", 12),
        "rates": ("rating", 1),
        "stars": ("rating", 2),
    }
)
"""(stream, number) of each thing that is drawn; a number, once given, is for good."""


class Draws:
    """What chance gives to customers, asked for by number, in any order and any batch."""

    def __init__(self, seed: int, replications: NDArray[np.int64]) -> None:
        """``replications``: that of each row; the numbers asked for later go with these rows."""
        self._seed = seed
        self._replications, self._which = np.unique(replications, return_inverse=True)

    def bits(self, purpose: str, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        """64 random bits for each number; draws for two of ``PURPOSES`` are independent.

        A hash of the number rather than the next value of a generator, so that a record does not
        depend on which records are written before it. The hash is the finaliser of SplitMix64
        (Steele, Lea and Flood, 2014), and its key a draw from the stream.
        """
        keys = [_key(self._seed, each, purpose) for each in self._replications.tolist()]
        bits = np.array(keys, dtype=np.uint64)[self._which]
        bits += numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        bits ^= bits >> np.uint64(30)
        bits *= np.uint64(0xBF58476D1CE4E5B9)
        bits ^= bits >> np.uint64(27)
        bits *= np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
        return bits

    def uniform(self, purpose: str, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Uniform in [0, 1)."""
        bits = self.bits(purpose, numbers) >> np.uint64(11)
        return bits.astype(np.float64) * 2.0**-53

    def place(
        self, pool: Sequence[object], purpose: str, numbers: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """An index into ``pool``, each as likely as the other."""
        return (self.uniform(purpose, numbers) * len(pool)).astype(np.int64)


@lru_cache(maxsize=4096)
def _key(seed: int, replication: int, purpose: str) -> int:
    stream, number = PURPOSES[purpose]
    rng = generator(seed, replication, 0, STREAMS[stream], number)
    return int(rng.integers(2**64, dtype=np.uint64))
