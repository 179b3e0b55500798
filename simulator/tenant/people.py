"""Who and what a tenant starts with: topics, users and what each may do, from YAML or as given.

::

    context: Cust12345
    topics: [{id: 101, name: Sales}, {id: 102, name: Support, open: false}]
    users:
      - {id: 11, name: Ada, responds: [101, 102]}
      - {id: 90, name: customers, system: true}

Everybody gets a token, a ticket and a password, made up when the tenant's file is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.errors import ScenarioError
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints, known_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.scenario.documents import Entry

__all__ = ["SAMPLE", "Staffing", "TopicOf", "UserOf", "read_staffing"]

_KEYS: Final = {
    "": ("context", "topics", "users"),
    "topics": ("id", "name", "welcome", "open"),
    "users": ("id", "name", "responds", "listens", "manages", "system"),
}
WELCOME: Final = "Welcome! How can I help you?"


@dataclass(frozen=True, slots=True)
class TopicOf:
    """A chat topic."""

    id: int
    name: str
    welcome: str = WELCOME
    is_open: bool = True
    """What IsOpen answers."""


@dataclass(frozen=True, slots=True)
class UserOf:
    """A user of the product."""

    id: int
    """AssociateId."""
    name: str
    responds: tuple[int, ...] = ()
    """Topics with CanRespond; those also give CanListen and CanNotify."""
    listens: tuple[int, ...] = ()
    manages: tuple[int, ...] = ()
    is_system: bool = False


@dataclass(frozen=True, slots=True)
class Staffing:
    """A tenant's topics and users."""

    context: str
    topics: tuple[TopicOf, ...]
    users: tuple[UserOf, ...]


SAMPLE: Final = Staffing(
    "Cust12345",
    (TopicOf(101, "Sales"), TopicOf(102, "Support")),
    (
        UserOf(11, "Ada", (101,)),
        UserOf(12, "Bo", (101,)),
        UserOf(13, "Cy", (101, 102), manages=(101, 102)),
        UserOf(90, "customers", listens=(101, 102), is_system=True),
    ),
)
"""What a tenant has when nothing else is given."""


def read_staffing(path: Path) -> Staffing:
    """The topics and users of a YAML file.

    Raises:
        ScenarioError: with every complaint, a line each.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from error
    root = documents.compose(text, file=str(path), folder=path.parent)
    complaints = Complaints()
    found = _mapping(root, "", complaints)
    topics = tuple(_topic(entry, complaints) for entry in _items(found.get("topics")))
    users = tuple(_user(entry, complaints) for entry in _items(found.get("users")))
    if not topics or not users:
        complaints.add(f"{path} needs topics and users, one at least of each", root.place)
    _unique([topic.id for topic in topics], "topic", root, complaints)
    _unique([user.id for user in users], "user", root, complaints)
    _unique([user.name for user in users], "user", root, complaints)
    there = {topic.id for topic in topics}
    for user in users:
        for topic in {*user.responds, *user.listens, *user.manages} - there:
            complaints.add(f"user {user.name} names topic {topic}, which is not there", root.place)
    complaints.raise_if_any()
    context = found["context"].value if "context" in found else SAMPLE.context
    return Staffing(str(context), topics, users)


def _mapping(entry: Entry, kind: str, complaints: Complaints) -> dict[str, Entry]:
    found = entry.value if isinstance(entry.value, dict) else {}
    if not isinstance(entry.value, dict):
        complaints.add(f"give a mapping of {', '.join(_KEYS[kind])}", entry.place)
    for key, item in found.items():
        if key not in _KEYS[kind]:
            complaints.add(f"unknown key {key}{known_names(key, _KEYS[kind])}", item.place)
    return found


def _items(entry: Entry | None) -> list[Entry]:
    return entry.value if entry is not None and isinstance(entry.value, list) else []


def _topic(entry: Entry, complaints: Complaints) -> TopicOf:
    found = _mapping(entry, "topics", complaints)
    welcome = found["welcome"].value if "welcome" in found else WELCOME
    return TopicOf(
        _number(found, "id", entry, complaints),
        _name(found, entry, complaints),
        str(welcome),
        is_open=_flag(found, "open", complaints, default=True),
    )


def _user(entry: Entry, complaints: Complaints) -> UserOf:
    found = _mapping(entry, "users", complaints)
    numbers = {
        key: tuple(_whole(item, complaints) for item in _items(found.get(key)))
        for key in ("responds", "listens", "manages")
    }
    return UserOf(
        _number(found, "id", entry, complaints),
        _name(found, entry, complaints),
        numbers["responds"],
        numbers["listens"],
        numbers["manages"],
        is_system=_flag(found, "system", complaints, default=False),
    )


def _number(found: dict[str, Entry], key: str, entry: Entry, complaints: Complaints) -> int:
    if key not in found:
        complaints.add(f"{key} is missing; give a whole number from 1", entry.place)
        return 0
    return _whole(found[key], complaints)


def _whole(entry: Entry, complaints: Complaints) -> int:
    value = entry.value
    if isinstance(value, str) and value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    complaints.add(f"{value!r} is no whole number from 1", entry.place)
    return 0


def _flag(found: dict[str, Entry], key: str, complaints: Complaints, *, default: bool) -> bool:
    value = found[key].value if key in found else default
    if not isinstance(value, bool):
        complaints.add(f"{key} is {value!r}; give true or false", found[key].place)
    return value is True


def _name(found: dict[str, Entry], entry: Entry, complaints: Complaints) -> str:
    value = found["name"].value if "name" in found else None
    if isinstance(value, str) and value.strip():
        return value.strip()
    complaints.add("name is missing; write one", entry.place)
    return ""


def _unique(given: Sequence[int | str], what: str, root: Entry, complaints: Complaints) -> None:
    for each in dict.fromkeys(each for each in given if given.count(each) > 1):
        complaints.add(f"{what} {each} is there twice; ids and names are unique", root.place)
