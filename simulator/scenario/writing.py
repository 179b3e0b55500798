"""A scenario as one YAML document: every default and every table written out, always alike."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.scenario.documents import KeyPath
    from simulator.scenario.notation import ScenarioNotation
    from simulator.scenario.world import Scenario

__all__ = ["resolved_text", "scenario_hash", "to_yaml"]

WIDTH = 96
"""What fits into a line is written on one."""

_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ /.-][A-Za-z0-9_]+)*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What YAML wants escaped, beyond what JSON does."""

_RESERVED = frozenset(
    {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", "inf"}
)


def to_yaml(scenario: Scenario) -> str:
    """The scenario as ``loads`` reads it: self-contained, the same bytes every time."""
    return scenario.resolved


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the resolved text, hexadecimal: what makes two scenarios the same."""
    return hashlib.sha256(scenario.resolved.encode()).hexdigest()


def resolved_text(notation: ScenarioNotation, inlined: Mapping[KeyPath, object]) -> str:
    """The notation with rows in the place of files."""
    document = notation.model_dump(exclude_none=True)
    for path, rows in inlined.items():
        holder: Any = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = rows
    return "\n".join(_block(document, 0)) + "\n"


def _block(value: object, depth: int) -> list[str]:
    """Lines of block style; whatever fits on one line stands in flow style."""
    indent = "  " * depth
    lines = []
    for head, item in _entries(value):
        line = f"{indent}{head} {_flow(item)}" if _is_small(item) else ""
        if line and (len(line) <= WIDTH or not isinstance(item, dict | list | tuple)):
            lines.append(line)
        elif head == "-":
            first, *rest = _block(item, depth + 1)
            lines += [f"{indent}- {first.lstrip()}", *rest]
        else:
            lines += [f"{indent}{head}", *_block(item, depth + 1)]
    return lines


def _is_small(value: object) -> bool:
    """Whether it might fit on a line; spares writing a long table out only to see it does not."""
    return not isinstance(value, dict | list | tuple) or len(value) <= WIDTH // 3


def _entries(value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"{_scalar(key)}:", item) for key, item in value.items()]
    return [("-", item) for item in value] if isinstance(value, list | tuple) else []


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    """Text is quoted unless no reader of YAML, old or new, could take it for something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if _SAFE.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
