"""The file of allowed targets: (host, ContextId) pairs that a person wrote down.

::

    # ~/.config/pickup-lab/allowed_targets.yaml
    - {host: online3.superoffice.com, context: Cust12345, sandbox: true}
    - {host: crm.example.com, context: Cust7}

There is no option for it: what a flag allows, a slip of the hand allows. The file counts only if
nobody but its owner may write it.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.errors import GuardError, ScenarioError
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints, known_names

if TYPE_CHECKING:
    from simulator.scenario.documents import Entry

__all__ = ["Allowed", "Pair", "file_of_allowed", "read_allowed", "user_folder"]

FILE: Final = "allowed_targets.yaml"
_KEYS: Final = ("host", "context", "sandbox")
_FORMS: Final = {
    "host": re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?"),
    "context": re.compile(r"cust[0-9]{1,10}"),
}
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Pair:
    """One tenant that may be replayed against."""

    host: str
    """In lower case, with its port where that is not 443."""
    context: str
    """In lower case, as ContextIds are compared."""
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """All pairs of the file; none if there is no file."""

    pairs: tuple[Pair, ...] = ()

    def find(self, host: str, context: str) -> Pair | None:
        """The pair of that host and ContextId."""
        wanted = (host.lower(), context.lower())
        return next((each for each in self.pairs if (each.host, each.context) == wanted), None)


def user_folder() -> Path:
    """Where a user's settings of this package stand."""
    if sys.platform == "win32":
        home = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    else:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "pickup-lab"


def file_of_allowed() -> Path:
    """The one place of the file."""
    return user_folder() / FILE


def read_allowed() -> Allowed:
    """The pairs of the file; none if it is not there.

    Raises:
        GuardError: others may write the file, or it is not as it must be, with a line for each
            complaint.
    """
    path = file_of_allowed()
    try:
        with path.open(encoding="utf-8-sig") as file:
            _check_own(os.fstat(file.fileno()), path)
            _check_own(path.parent.stat(), path.parent)
            text = file.read()
    except FileNotFoundError:
        return Allowed()
    except (OSError, UnicodeDecodeError) as error:
        raise GuardError(f"the allowed targets cannot be read: {error} ({path})") from error
    complaints = Complaints()
    try:
        root = documents.compose(text, file=str(path), folder=path.parent)
        pairs = _pairs(root, complaints)
        complaints.raise_if_any()
    except ScenarioError as error:
        raise GuardError(str(error)) from error
    return Allowed(pairs)


def _check_own(found: os.stat_result, path: Path) -> None:
    """See that nobody else can have written it."""
    if sys.platform == "win32":
        return  # a profile's folder is its user's alone
    if found.st_mode & _WRITABLE_BY_OTHERS:
        raise GuardError(
            f"others may write {path}, so it allows nothing; take that right away: chmod go-w"
        )
    if found.st_uid not in (0, os.getuid()):
        raise GuardError(f"{path} is another user's, so it allows nothing; write your own")


def _pairs(root: Entry, complaints: Complaints) -> tuple[Pair, ...]:
    if root.value is None:
        return ()
    if not isinstance(root.value, list):
        complaints.add("the allowed targets are no list; write - {host: …, context: …}", root.place)
        return ()
    return tuple(_pair(entry, complaints) for entry in root.value)


def _pair(entry: Entry, complaints: Complaints) -> Pair:
    found = entry.value if isinstance(entry.value, dict) else {}
    for key, item in found.items():
        if key not in _KEYS:
            complaints.add(f"unknown key '{key}'{known_names(key, _KEYS)}", item.place)
    texts = {}
    for key, form in _FORMS.items():
        value = found[key].value if key in found else None
        texts[key] = value.lower() if isinstance(value, str) else ""
        if not form.fullmatch(texts[key]):
            complaints.add(f"{key} is {value!r}; write one {key} in full", entry.place)
    sandbox = found["sandbox"].value if "sandbox" in found else False
    if not isinstance(sandbox, bool):
        complaints.add(f"sandbox is {sandbox!r}; write true or false", entry.place)
    return Pair(texts["host"].removesuffix(":443"), texts["context"], sandbox is True)
