"""The maps that tie a simulated desk to a tenant: topics to TopicIds, agents to credentials.

::

    # topics.yaml            # agents.yaml
    Sales: 101               customers: {env: PICKUP_CUSTOMERS}
    Support: 102             agents:
                               Ada: {env: PICKUP_ADA}
                               Bo: {keyring: pickup-lab/bo}
                               "*": {env: PICKUP_SHARED}
                             app_token: {env: PICKUP_APP_TOKEN}

A secret itself never stands in a map: only the name of the variable, or of the keyring's entry,
that holds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import GuardError, ScenarioError
from simulator.replay.calls import CUSTOMERS
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints, known_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.scenario.documents import Entry

__all__ = ["OTHERS", "AgentMap", "read_agents", "read_topics"]

OTHERS: Final = "*"
"""The lane of all agents that the map does not name."""

_SOURCES: Final = ("env", "keyring")
_KEYS: Final = {
    "lane": (*_SOURCES, "refresh_token"),
    "refresh": ("url", "client_id", "client_secret"),
    "": ("agents", CUSTOMERS, "app_token", "refresh"),
}
_ENV: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEYRING: Final = re.compile(r"[^/\s]+/[^\s]+")


@dataclass(frozen=True, slots=True)
class AgentMap:
    """Where each lane's credential comes from; names of variables alone."""

    lanes: Mapping[str, dict[str, Any]]
    """By agent's name; ``OTHERS`` for the rest. Each has ``env`` or ``keyring``."""
    customers: dict[str, Any]
    shared: dict[str, Any]
    """What all lanes have in common: app_token, refresh."""

    def lane_of(self, agent: str) -> str | None:
        """The lane of an agent, or None if nothing stands for them."""
        if agent in self.lanes:
            return agent
        return OTHERS if OTHERS in self.lanes else None

    def credential(self, lane: str) -> dict[str, Any]:
        """Where the lane's credential comes from, with what all lanes share."""
        own = self.customers if lane == CUSTOMERS else self.lanes[lane]
        return {**self.shared, **own}


def read_topics(path: Path, names: Mapping[int, str]) -> dict[int, int]:
    """TopicIds by simulated topic id.

    Args:
        path: the map; its keys are names or simulated ids.
        names: the simulated topics' names by id.

    Raises:
        ScenarioError: with every complaint, a line each.
    """
    complaints = Complaints()
    found: dict[int, int] = {}
    by_name = {name: number for number, name in names.items()}
    for key, entry in _mapping(path, complaints).items():
        number = by_name.get(key)
        if number is None and key.isascii() and key.isdigit() and int(key) in names:
            number = int(key)
        if number is None:
            complaints.add(f"no topic {key!r}{known_names(key, by_name)}", entry.place)
            continue
        value = entry.value
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and int(value) > 0):
            complaints.add(
                f"{key} is {value!r}; give the tenant's TopicId, such as 115", entry.place
            )
            continue
        if int(value) in found.values():
            complaints.add(f"TopicId {value} stands for two topics; each has its own", entry.place)
        if number in found:
            complaints.add(f"{names[number]} is given twice; keep one TopicId", entry.place)
        found[number] = int(value)
    complaints.raise_if_any()
    return found


def read_agents(path: Path, names: tuple[str, ...]) -> AgentMap:
    """Where the agents' credentials come from.

    Args:
        path: the map.
        names: of the simulated agents.

    Raises:
        ScenarioError: with every complaint, a line each.
        GuardError: something in it looks like a secret.
    """
    complaints = Complaints()
    root = _mapping(path, complaints)
    _known(root, "", complaints, "")
    agents = root.get("agents")
    listed = agents.value if agents is not None and isinstance(agents.value, dict) else {}
    if not listed:
        place = agents.place if agents is not None else None
        complaints.add(f"{path} names no agents; write agents: {{Ada: {{env: PICKUP_ADA}}}}", place)
    for name, entry in listed.items():
        if name != OTHERS and name not in names:
            complaints.add(f"no agent {name!r}{known_names(name, names)}", entry.place)
    lanes = {
        name: _credential(entry, f"agents.{name}", complaints) for name, entry in listed.items()
    }
    first = next(iter(lanes.values()), {})
    customers = root.get(CUSTOMERS)
    own = _credential(customers, CUSTOMERS, complaints) if customers is not None else first
    shared = _shared(root, complaints)
    complaints.raise_if_any()
    return AgentMap(lanes, own, shared)


def _mapping(path: Path, complaints: Complaints) -> dict[str, Entry]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(f"there is no file {path}; check the path of the map") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from error
    root = documents.compose(text, file=str(path), folder=path.parent)
    if isinstance(root.value, dict) and root.value:
        return root.value
    complaints.add(f"{path} is no mapping; see `pickup replay plan --help`", root.place)
    complaints.raise_if_any()
    return {}


def _known(found: Mapping[str, Entry], kind: str, complaints: Complaints, where: str) -> None:
    for key, entry in found.items():
        if key not in _KEYS[kind]:
            named = f"{where}.{key}" if where else key
            complaints.add(f"unknown key {named}{known_names(key, _KEYS[kind])}", entry.place)


def _shared(root: Mapping[str, Entry], complaints: Complaints) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    if "app_token" in root:
        shared["app_token"] = _credential(root["app_token"], "app_token", complaints)
    refresh = root.get("refresh")
    if refresh is None:
        return shared
    if not isinstance(refresh.value, dict):
        complaints.add("refresh is no mapping; give url, client_id, client_secret", refresh.place)
        return shared
    _known(refresh.value, "refresh", complaints, "refresh")
    told: dict[str, Any] = {}
    for key in _KEYS["refresh"]:
        entry = refresh.value.get(key)
        if entry is None:
            complaints.add(f"refresh.{key} is missing; write it", refresh.place)
        elif key == "client_secret":
            told[key] = _credential(entry, f"refresh.{key}", complaints)
        else:
            told[key] = documents.plain(entry)
    return {**shared, "refresh": told}


def _credential(entry: Entry, where: str, complaints: Complaints) -> dict[str, Any]:
    """``{env: NAME}`` or ``{keyring: service/user}``, for a lane also its refresh token."""
    if isinstance(entry.value, str):
        raise GuardError(
            f"{where} is a text ({entry.place}), and may be a secret: a map holds names only; "
            "write {env: NAME_OF_THE_VARIABLE}, and change the secret if it stood there"
        )
    if not isinstance(entry.value, dict):
        complaints.add(f"{where} is no mapping; write {{env: NAME}}", entry.place)
        return {}
    _known(entry.value, "lane", complaints, where)
    sources = [key for key in _SOURCES if key in entry.value]
    if len(sources) != 1:
        complaints.add(f"{where} needs one of env and keyring; write {{env: NAME}}", entry.place)
        return {}
    told: dict[str, Any] = {sources[0]: _name(entry.value[sources[0]], sources[0], where)}
    if "refresh_token" in entry.value:
        token = entry.value["refresh_token"]
        told["refresh_token"] = _credential(token, f"{where}.refresh_token", complaints)
    return told


def _name(entry: Entry, source: str, where: str) -> str:
    """The name of a variable or keyring entry; what cannot be one may be a secret."""
    value = entry.value
    form = _ENV if source == "env" else _KEYRING
    if isinstance(value, str) and len(value) <= 100 and form.fullmatch(value):
        return value
    rule = "capitals, digits and _" if source == "env" else "service/user"
    raise GuardError(
        f"{where}.{source} ({entry.place}) is not the name of one ({rule}), and may be a secret; "
        "write a name, and change the secret if it stood there"
    )
