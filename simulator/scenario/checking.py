"""The notation's complaints in the words of the person who wrote the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from simulator.scenario.complaints import Complaints, known_names
from simulator.scenario.documents import Entry, KeyPath, describe_path, plain, where
from simulator.scenario.notation import Notation, ScenarioNotation
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

__all__ = ["Checked", "checked"]

STAND_INS = {"name": "unnamed", "timezone": "UTC"}
"""Values that let the rest be checked although these are missing or wrong."""


_LEFT_OUT = object()
"""Stands where a topic or group with an error was."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The notation as far as it is right, and where its topics and groups stand in the file."""

    notation: ScenarioNotation
    topics: tuple[int, ...]
    groups: tuple[int, ...]


def checked(root: Entry, complaints: Complaints) -> Checked | None:
    """The notation, or what is right of it: every error is complained of and its part left out.

    None when too little is right to go on.
    """
    document = plain(root)
    spoiled: set[KeyPath] = set()  # what the rest cannot do without, so that it shows up again
    misspelt: dict[KeyPath, set[str]] = {}
    while True:
        remaining, positions = _without_gaps(document)
        try:
            notation = ScenarioNotation.model_validate(remaining)
        except ValidationError as error:
            found = error.errors()
        else:
            return Checked(notation, positions["topics"], positions["agents"])
        new = [(p, d) for d in found if (p := _path(d, positions)) not in spoiled]
        if not new:
            return None
        _gather_misspelt(root, new, misspelt)
        for path, detail in new:
            if not _follows(path, detail, misspelt):
                complaints.add(_message(root, path, detail), where(root, path).place)
            if not _left_out(document, path, detail["type"]):
                spoiled.add(path[:1])


def _without_gaps(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[int, ...]]]:
    """The document without the topics and groups left out, and where the others stood."""
    remaining, positions = dict(document), {}
    for key in ("topics", "agents"):
        items = document.get(key)
        if isinstance(items, list):
            positions[key] = tuple(i for i, item in enumerate(items) if item is not _LEFT_OUT)
            remaining[key] = [items[i] for i in positions[key]]
    return remaining, positions


def _gather_misspelt(
    root: Entry, found: list[tuple[KeyPath, ErrorDetails]], misspelt: dict[KeyPath, set[str]]
) -> None:
    """By mapping, the keys not given that unknown ones are likely to stand for."""
    for path, detail in found:
        if detail["type"] == "extra_forbidden":
            given = plain(where(root, path[:-1]))
            keys = [key for key in _keys_beside(path) if key not in given]
            hint = did_you_mean(str(path[-1]), keys)
            meant = [key for key in keys if f"'{key}'" in hint]
            misspelt.setdefault(path[:-1], set()).update(meant)


def _follows(path: KeyPath, detail: ErrorDetails, misspelt: dict[KeyPath, set[str]]) -> bool:
    """Whether the error is there only because a key beside it is misspelt, and so not read.

    What is wrong between the keys of a mapping names them in its message.
    """
    kind = detail["type"]
    if kind == "missing":
        return path[-1] in misspelt.get(path[:-1], ())
    if kind not in ("value_error", "wrong_key"):
        return False
    meant = misspelt.get(path[:-1] if kind == "wrong_key" else path, set())
    return not meant.isdisjoint(re.findall(r"\w+", detail["msg"]))


def _path(detail: ErrorDetails, positions: dict[str, tuple[int, ...]]) -> KeyPath:
    """Where in the file: without the marks that pydantic adds, and with the key at fault."""
    path = [step for step in detail["loc"] if step != "[key]"]
    if len(path) > 1 and path[0] in positions and isinstance(path[1], int):
        path[1] = positions[str(path[0])][path[1]]
    if detail["type"] == "wrong_key":
        path.append(detail["ctx"]["key"])
    return tuple(path)


def _message(root: Entry, path: KeyPath, detail: ErrorDetails) -> str:
    subject = describe_path(root, path) or "the scenario"
    kind, given = detail["type"], detail["input"]
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key {subject}{known_names(str(path[-1]), _keys_beside(path))}"
    if kind == "missing" or (kind in ("model_type", "model_attributes_type") and given is None):
        return f"{subject} is missing; write it"
    if kind == "value_error":
        return f"{subject} {context['error']}"
    if kind == "wrong_key":
        return f"{subject} {context['message']}"
    if kind == "too_long":
        most = context["max_length"]
        return f"{subject} has {len(detail['input'])} items; give at most {most}"
    rule = RULES.get(kind)
    if rule is not None:
        return f"{subject} is {_shown(given)}; {rule(context, given)}"
    return f"{subject} is {_shown(given)}; {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _literal(context: dict[str, Any], given: object) -> str:
    options = [
        part.strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(", ")
    ]
    close = known_names(str(given), options)
    return f"give one of {', '.join(options)}" + (close if close.startswith("; did") else "")


RULES: dict[str, Callable[[dict[str, Any], object], str]] = {
    "literal_error": _literal,
    "greater_than": lambda context, _: f"give a number above {context['gt']:g}",
    "greater_than_equal": lambda context, _: f"give a number of {context['ge']:g} or more",
    "less_than": lambda context, _: f"give a number below {context['lt']:g}",
    "less_than_equal": lambda context, _: f"give a number of {context['le']:g} or less",
    "float_parsing": lambda *_: "give a number",
    "float_type": lambda *_: "give a number",
    "finite_number": lambda *_: "give a finite number",
    "int_parsing": lambda *_: "give a whole number",
    "int_type": lambda *_: "give a whole number",
    "int_from_float": lambda *_: "give a whole number",
    "bool_parsing": lambda *_: "give true or false",
    "bool_type": lambda *_: "give true or false",
    "string_type": lambda *_: "give text",
    "string_too_short": lambda *_: "give at least one character",
    "list_type": lambda *_: "give a list",
    "dict_type": lambda *_: "give a mapping of keys to values",
    "model_type": lambda *_: "give a mapping of keys to values",
    "too_short": lambda *_: "give at least one item",
}
"""What the file's author should do, by pydantic's kind of error."""


def _shown(given: object) -> str:
    if given is None:
        return "blank"
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "an empty list" if not given else "a list"
    return str(given).lower() if isinstance(given, bool) else str(given)


def _keys_beside(path: KeyPath) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    model: type[Notation] | None = ScenarioNotation
    for step in path[:-1]:
        if isinstance(step, str) and model is not None:
            model = _model_under(model, step)
    return [] if model is None else list(model.model_fields)


def _model_under(model: type[Notation], key: str) -> type[Notation] | None:
    """The notation that a key of another one holds, itself or in a list."""
    field = model.model_fields.get(key)
    kinds = [] if field is None else [field.annotation]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, Notation):
            return kind
        kinds.extend(getattr(kind, "__args__", ()))
    return None


def _left_out(document: Any, path: KeyPath, kind: str) -> bool:
    """Take what is wrong out of the document: the unknown key, or the topic or group around it.

    False when nothing can be checked without it.
    """
    if kind == "extra_forbidden":
        holder = document
        for step in path[:-1]:
            holder = holder[step] if holder is not _LEFT_OUT else _LEFT_OUT
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        return True
    if len(path) > 1 and path[0] in ("topics", "agents") and isinstance(path[1], int):
        document[path[0]][path[1]] = _LEFT_OUT
        return bool([item for item in document[path[0]] if item is not _LEFT_OUT])
    if not path:
        return False
    key = str(path[0])
    if key in STAND_INS:
        document[key] = STAND_INS[key]
    else:
        document.pop(key, None)
    return key in STAND_INS or not ScenarioNotation.model_fields[key].is_required()
