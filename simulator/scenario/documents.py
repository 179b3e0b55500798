"""YAML with a place for every entry, and ``extends`` merged over another file.

Scalars stay the text that was written, but for ``null``, ``true`` and ``false``: so ``10:00`` is
no number of seconds, ``no`` no boolean, a date no date, and ``1.70`` can become an exact fraction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from simulator.errors import Place, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Entry",
    "KeyPath",
    "compose",
    "describe_path",
    "parse",
    "plain",
    "read",
    "source",
    "where",
]

KeyPath = tuple[str | int, ...]

MERGED_BY = {"topics": "name", "agents": "group"}
"""Lists whose items are merged with the inherited item of the same name; others are replaced."""

REPLACED = frozenset(
    {"work", "patience", "reaction", "delay", "wrap_up", "opening_hours", "hours"}
    | {"day_factor", "period_factor"}
)
"""Mappings that are one thing, so an inherited one is replaced whole."""

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(slots=True)
class Entry:
    """A value and where it stands: for an entry of a mapping the place of its key."""

    value: dict[str, Entry] | list[Entry] | str | bool | None
    place: Place
    folder: Path = field(default_factory=Path)
    """What relative paths in it start from."""


def read(path: Path, *, within: tuple[Path, ...] = ()) -> Entry:
    """The file's tree, merged over the file that it extends; ScenarioError if it cannot be read."""
    if path.resolve() in within:
        raise ScenarioError(f"{path} extends itself; take the extends out of one of the files")
    if path.is_dir():
        inside = path / "scenario.yaml"
        hint = f", such as {inside}" if inside.is_file() else ""
        raise ScenarioError(f"{path} is a folder; name a scenario file{hint}")
    return parse(source(path), file=str(path), folder=path.parent, within=(*within, path.resolve()))


def source(path: Path) -> str:
    """The file's text; ScenarioError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(f"there is no file {path}; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from error


def parse(text: str, *, file: str, folder: Path, within: tuple[Path, ...] = ()) -> Entry:
    """The text's tree, as ``read`` gives it."""
    root = compose(text, file=file, folder=folder)
    if not isinstance(root.value, dict):
        kind = "empty" if root.value is None else f"a {type(root.value).__name__}"
        raise ScenarioError(
            f"the scenario is {kind}; write a mapping of keys such as name, start and topics",
            Place(file, root.place.line),
        )
    base = root.value.pop("extends", None)
    if base is None:
        return root
    if not isinstance(base.value, str):
        raise ScenarioError("extends is not a path; name one file", base.place)
    try:
        inherited = read(folder / base.value, within=within)
    except ScenarioError as error:
        if error.place is not None or "\n" in error.message:
            raise
        raise ScenarioError(error.message, base.place) from error
    return _merged(inherited, root)


def compose(text: str, *, file: str, folder: Path) -> Entry:
    """The tree of any YAML text as it stands, ``extends`` being a key like others."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise ScenarioError(
            f"this is not YAML: {error.problem or error.context}", Place(file, line)
        ) from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"this is not YAML: {error}", Place(file)) from error
    if node is None:
        return Entry(None, Place(file), folder)
    return _Tree(file, folder).entry(node, node)


def plain(entry: Entry) -> Any:
    """The value without its places."""
    if isinstance(entry.value, dict):
        return {key: plain(item) for key, item in entry.value.items()}
    if isinstance(entry.value, list):
        return [plain(item) for item in entry.value]
    return entry.value


def where(root: Entry, path: Iterable[str | int]) -> Entry:
    """The entry at ``path``, or the deepest one on the way there."""
    entry = root
    for key in path:
        value = entry.value
        if isinstance(value, dict) and key in value:
            entry = value[str(key)]
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            entry = value[key]
        else:
            break
    return entry


def describe_path(root: Entry, path: KeyPath) -> str:
    """The path as people name it: ``topics[Sales].work.gamma.mean``."""
    text, walked = "", root
    for position, key in enumerate(path):
        walked = where(root, path[: position + 1])
        if isinstance(key, int):
            text += f"[{_name_of(walked, path[position - 1]) or key}]"
        else:
            text += f".{key}" if text else key
    return text


def _name_of(item: Entry, of_list: str | int) -> str | None:
    named = (
        item.value.get(MERGED_BY.get(str(of_list), "")) if isinstance(item.value, dict) else None
    )
    return named.value if named is not None and isinstance(named.value, str) else None


class _Tree:
    """Turns PyYAML's nodes into entries."""

    def __init__(self, file: str, folder: Path) -> None:
        self.file, self.folder = file, folder
        self._open: set[int] = set()

    def entry(self, node: yaml.Node, placed_by: yaml.Node) -> Entry:
        place = Place(self.file, placed_by.start_mark.line + 1)
        if id(node) in self._open:
            raise ScenarioError("an alias contains itself; write the value out", place)
        self._open.add(id(node))
        value: dict[str, Entry] | list[Entry] | str | bool | None
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node)
        elif isinstance(node, yaml.SequenceNode):
            value = [self.entry(item, item) for item in node.value]
        else:
            value = _scalar(str(node.value), plain_style=not getattr(node, "style", None))
        self._open.discard(id(node))
        return Entry(value, place, self.folder)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for key, item in node.value:
            place = Place(self.file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode):
                raise ScenarioError("a key is not plain text; write key: value", place)
            if key.value in found:
                raise ScenarioError(
                    f"the key '{key.value}' is given twice, first in line "
                    f"{found[key.value].place.line}; keep one",
                    place,
                )
            found[key.value] = self.entry(item, key)
        return found


def _scalar(text: str, *, plain_style: bool) -> str | bool | None:
    if plain_style and text in ("", "~", "null", "Null", "NULL"):
        return None
    if plain_style and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _merged(base: Entry, over: Entry, key: str = "") -> Entry:
    """``over`` where it says something, else ``base``; a null takes the inherited entry out."""
    if isinstance(base.value, dict) and isinstance(over.value, dict) and key not in REPLACED:
        value = dict(base.value)
        for name, item in over.value.items():
            if item.value is None and name in value:
                del value[name]
            else:
                value[name] = _merged(value[name], item, name) if name in value else item
        return Entry(value, over.place, over.folder)
    if isinstance(base.value, list) and isinstance(over.value, list) and key in MERGED_BY:
        return Entry(_merged_items(base.value, over.value, key), over.place, over.folder)
    return over


def _merged_items(base: list[Entry], over: list[Entry], key: str) -> list[Entry]:
    merged = list(base)
    positions = {_name_of(item, key): i for i, item in enumerate(base)}
    for item in over:
        name = _name_of(item, key)
        if name is not None and name in positions:
            merged[positions[name]] = _merged(base[positions[name]], item)
        else:
            merged.append(item)
    return merged
