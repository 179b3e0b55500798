"""A notebook's parameters, read from its ``parameters`` cell and checked before a kernel starts.

The cell is the declaration: annotated assignments with a default, and a comment for people::

    run: str = "data/runs/bank"      # the run folder
    threshold_s: float | None = None  # another target than the scenario's, in seconds

papermill by itself injects whatever it is given and only warns about a name it does not know.
"""

from __future__ import annotations

import ast
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import DataError, ParameterError, Place
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parameter", "check", "declared", "from_text"]

_PLAIN = {"str": str, "Path": str, "bool": bool, "int": int, "list": list, "dict": dict}
_PATH_NAMES = ("run", "runs", "path", "folder", "file", "files")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of a ``parameters`` cell."""

    name: str
    type: ast.expr
    """The annotation, or the type of the default where there is none."""
    line: str
    """The line as it stands in the notebook, its comment included."""
    default: object = None
    """None also where it is no literal."""

    @property
    def type_name(self) -> str:
        """The type as one writes it: ``float | None``."""
        return ast.unparse(self.type)

    @property
    def is_path(self) -> bool:
        """It names a file or folder: annotated ``Path``, or called ``run`` or ``…_file``."""
        return self.type_name == "Path" or self.name.rpartition("_")[2] in _PATH_NAMES


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook takes, by name, in the order of the cell.

    Empty if no cell is tagged ``parameters``.

    Raises:
        DataError: The file is not a notebook.
        ParameterError: The cell is not Python, or a type in it is none of those known here.
    """
    source = _parameters_cell(notebook)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"the parameters cell is not Python: {error.msg}", Place(notebook, error.lineno)
        ) from error
    lines = source.splitlines()
    found: dict[str, Parameter] = {}
    for statement in statements:
        for name, type_, default in _assigned(statement):
            line = lines[statement.lineno - 1].strip()
            parameter = Parameter(name, type_, line, _literal_of(default))
            _must_be_known(parameter, notebook)
            found[name] = parameter
    return found


def check(
    values: Mapping[str, object],
    known: Mapping[str, Parameter],
    *,
    notebook: str,
    folder: Path = Path(),
) -> dict[str, object]:
    """The values, each of a known name and the declared type; paths in them absolute.

    Args:
        values: By name.
        known: What the notebook declares.
        notebook: Its name.
        folder: What relative paths start from.

    Raises:
        ParameterError: A name is unknown (with the nearest one) or a value is of another type.
    """
    for name, value in values.items():
        parameter = _named(name, known, notebook)
        if not _admits(parameter.type, value):
            raise _wrong_type(parameter, value, notebook)
    return {
        name: _absolute(value, folder) if known[name].is_path else value
        for name, value in values.items()
    }


def from_text(name: str, text: str, known: Mapping[str, Parameter], *, notebook: str) -> object:
    """The value that ``--parameter name=text`` means, given the declared type.

    Numbers, ``true``, ``null``, lists and objects are written as in JSON; anything else is text,
    and so is everything for a parameter that takes text.

    Raises:
        ParameterError: The name is unknown, or the text is no value of its type.
    """
    parameter = _named(name, known, notebook)
    for candidate in (*_literal(text), text):
        if _admits(parameter.type, candidate):
            return candidate
    raise _wrong_type(parameter, text, notebook)


def _parameters_cell(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", []):
                return "".join(cell["source"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"not a notebook that can be read ({type(error).__name__}: {error}); "
            "give an .ipynb file of format 4",
            Place(notebook),
        ) from error
    return ""


def _assigned(statement: ast.stmt) -> list[tuple[str, ast.expr, ast.expr | None]]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            return [(name, annotation, value)]
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [(name, _type_of(value), value)]
        case _:
            return []


def _type_of(default: ast.expr) -> ast.expr:
    """A default of None, or one that is no literal, says nothing about the type."""
    value = _literal_of(default)
    return ast.Name("Any" if value is None else type(value).__name__)


def _literal_of(default: ast.expr | None) -> object:
    try:
        return None if default is None else ast.literal_eval(default)
    except ValueError:
        return None


def _must_be_known(parameter: Parameter, notebook: Path) -> None:
    try:
        _admits(parameter.type, None)
    except TypeError as error:
        raise ParameterError(
            f"parameter '{parameter.name}' is declared '{parameter.type_name}'; declare it as "
            "str, int, float, bool, Path, list[…], dict[…], Literal[…] or a union of these",
            Place(notebook),
        ) from error


def _admits(type_: ast.expr, value: object) -> bool:
    """Whether a value is of the type an annotation names; TypeError if it names none known."""
    match type_:
        case ast.Constant(value=None):
            return value is None
        case ast.Constant(value=str(quoted)):
            return _admits(ast.parse(quoted, mode="eval").body, value)
        case ast.Name(id="Any"):
            return True
        case ast.Name(id="float"):
            return isinstance(value, int | float) and not _is_bool(value) and math.isfinite(value)
        case ast.Name(id="int"):
            return isinstance(value, int) and not _is_bool(value)
        case ast.Name(id=plain) if plain in _PLAIN:
            return isinstance(value, _PLAIN[plain])
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _admits(left, value) | _admits(right, value)
        case ast.Subscript(value=ast.Name(id=outer), slice=inner):
            return _admits_generic(outer, inner, value)
    raise TypeError(ast.unparse(type_))


def _admits_generic(outer: str, inner: ast.expr, value: object) -> bool:
    match outer, inner:
        case "list", _:
            _admits(inner, None)
            return isinstance(value, list) and all(_admits(inner, item) for item in value)
        case "dict", ast.Tuple(elts=[key, item]):
            _admits(key, None)
            _admits(item, None)
            return isinstance(value, dict) and all(
                _admits(key, k) and _admits(item, v) for k, v in value.items()
            )
        case "Literal", _:
            return value in _literals(inner)
    raise TypeError(outer)


def _literals(inner: ast.expr) -> tuple[Any, ...]:
    choices = ast.literal_eval(inner)
    return choices if isinstance(choices, tuple) else (choices,)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _literal(text: str) -> tuple[object, ...]:
    """The JSON value that the text spells, unless it is text or not a number (NaN)."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError:
        return ()
    return () if isinstance(value, str) else (value,)


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _named(name: str, known: Mapping[str, Parameter], notebook: str) -> Parameter:
    if name not in known:
        listed = "".join(f"\n  {parameter.line}" for parameter in known.values())
        raise ParameterError(
            f"notebook '{notebook}' has no parameter '{name}'{did_you_mean(name, known)}"
            + (f"\nIt takes:{listed}" if known else "\nIt takes none.")
        )
    return known[name]


def _wrong_type(parameter: Parameter, value: object, notebook: str) -> ParameterError:
    return ParameterError(
        f"parameter '{parameter.name}' of notebook '{notebook}' is {value!r}; "
        f"give a value of type {parameter.type_name}:\n  {parameter.line}"
    )


def _absolute(value: object, folder: Path) -> object:
    """A kernel runs in the notebook's folder, so a path must not depend on ours."""
    if isinstance(value, list):
        return [_absolute(item, folder) for item in value]
    if not isinstance(value, str) or not value:
        return value
    return str((folder / Path(value).expanduser()).absolute())
