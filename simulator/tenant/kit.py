"""What a replay against the local tenant needs: the maps, and a file of variables with secrets."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from simulator.entity import AssociateType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.tenant.store import Store

__all__ = ["variable_of", "write_kit"]

CUSTOMERS: Final = "customers"


def write_kit(folder: Path, store: Store, admin_token: str, *, names: Mapping[int, str]) -> None:
    """Write ``topics.yaml``, ``agents.yaml`` and ``tenant.env`` into the folder.

    The file of secrets is for its owner alone. ``names``: topics by the name that the map is to
    use, where that is not the tenant's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    topics = [f"{names.get(row['id'], row['name'])!r}: {row['id']}" for row in store.topics()]
    _write(folder / "topics.yaml", topics)
    agents = [row for row in store.users.values() if not _is_system(row)]
    system = next((row for row in store.users.values() if _is_system(row)), agents[0])
    lines = [f"{CUSTOMERS}: {{env: {variable_of(system['name'])}}}", "agents:"]
    lines += [f"  {row['name']!r}: {{env: {variable_of(row['name'])}}}" for row in agents]
    _write(folder / "agents.yaml", lines)
    tokens = {
        associate: value
        for associate, kind, value, _ in reversed(store.secrets())
        if kind == "bearer"
    }
    variables = [
        f"{variable_of(row['name'])}='Bearer {tokens[number]}'"
        for number, row in store.users.items()
    ]
    refresh = {a: value for a, kind, value, _ in store.secrets() if kind == "refresh"}
    variables += [
        f"{variable_of(row['name'])}_REFRESH='{refresh[number]}'"
        for number, row in store.users.items()
    ]
    _write(folder / "tenant.env", [*variables, f"TENANT_ADMIN='{admin_token}'"], mode=0o600)


def variable_of(name: str) -> str:
    """The variable that holds somebody's token.

    >>> variable_of("Ada Holm"), variable_of("Generalists 1")
    ('PICKUP_ADA_HOLM', 'PICKUP_GENERALISTS_1')
    """
    return "PICKUP_" + re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def _is_system(row: Mapping[str, object]) -> bool:
    return row["type"] == AssociateType.SystemAssociate.name


def _write(path: Path, lines: list[str], *, mode: int = 0o644) -> None:
    draft = path.with_name(f".{path.name}.partial")
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(draft, flags, mode), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(path)
