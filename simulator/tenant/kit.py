"""What a replay against the local tenant needs: the maps, and a file of variables with secrets."""

from __future__ import annotations

import base64
import json
import os
import re
from typing import TYPE_CHECKING, Final

from simulator.entity import AssociateType
from simulator.files import into_place
from simulator.tenant.auth import LAPSING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.tenant.store import Store

__all__ = ["variable_of", "write_kit"]

CUSTOMERS: Final = "customers"


def write_kit(folder: Path, store: Store, admin_token: str) -> None:
    """Write ``topics.yaml``, ``agents.yaml`` and ``tenant.env`` into the folder.

    The file of secrets is for its owner alone. It has a variable for everybody's Bearer token,
    and beside it ``…_REFRESH``, ``…_TICKET``, ``…_BASIC`` and ``…_XSRF``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "topics.yaml", [f"{_quoted(row['name'])}: {row['id']}" for row in store.topics()]
    )
    variables = _variables(store.users)
    agents = [row for row in store.users.values() if not _is_system(row)]
    customers = next((row for row in store.users.values() if _is_system(row)), agents[0])
    lines = [f"{CUSTOMERS}: {{env: {variables[customers['associate_id']]}}}", "agents:"]
    lines += [
        f"  {_quoted(row['name'])}: {{env: {variables[row['associate_id']]}}}" for row in agents
    ]
    _write(folder / "agents.yaml", lines)
    told = [
        f"{variables[number]}{ending}='{value}'"
        for number, kinds in _secrets(store).items()
        for ending, value in _forms(store.users[number]["user_name"], kinds).items()
    ]
    _write(folder / "tenant.env", [*told, f"TENANT_ADMIN='{admin_token}'"], mode=0o600)


def _secrets(store: Store) -> dict[int, dict[str, str]]:
    """Everybody's secrets by kind, without an end; made anew where they have been ended."""
    found: dict[int, dict[str, str]] = {number: {} for number in store.users}
    for associate, kind, value, expires_us in store.secrets():
        if expires_us is None:
            found[associate][kind] = value
    for associate, kinds in found.items():
        for kind in {*LAPSING} - kinds.keys():
            kinds[kind] = store.add_secret(associate, kind, None)
    return found


def _forms(user: str, kinds: Mapping[str, str]) -> dict[str, str]:
    """Somebody's secrets as they stand in headers, by the ending of their variable."""
    basic = base64.b64encode(f"{user}:{kinds['password']}".encode()).decode()
    return {
        "": f"Bearer {kinds['bearer']}",
        "_REFRESH": kinds["refresh"],
        "_TICKET": f"SOTicket {kinds['ticket']}",
        "_BASIC": f"Basic {basic}",
        "_XSRF": kinds["xsrf"],
    }


def variable_of(name: str) -> str:
    """The variable that holds somebody's token.

    >>> variable_of("Ada Holm"), variable_of("Generalists 1")
    ('PICKUP_ADA_HOLM', 'PICKUP_GENERALISTS_1')
    """
    return "PICKUP_" + re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def _variables(users: Mapping[int, Mapping[str, str]]) -> dict[int, str]:
    """Everybody's variable; with the number where names come to the same one, or to none."""
    plain = {number: variable_of(user["name"]) for number, user in users.items()}
    taken = list(plain.values())
    return {
        number: name if taken.count(name) == 1 and name != "PICKUP_" else f"{name}_{number}"
        for number, name in plain.items()
    }


def _quoted(name: str) -> str:
    """A name as YAML, whatever signs it has."""
    return json.dumps(name, ensure_ascii=False)


def _is_system(row: Mapping[str, object]) -> bool:
    return row["type"] == AssociateType.SystemAssociate.name


def _write(path: Path, lines: list[str], *, mode: int = 0o644) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with (
        into_place(path) as draft,
        os.fdopen(os.open(draft, flags, mode), "w", encoding="utf-8", newline="\n") as file,
    ):
        file.write("\n".join(lines) + "\n")
