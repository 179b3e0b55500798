"""Records in memory as compiled code sees them: a pointer, and nothing else.

Numba's arrays are counted references; handed through fifty rules they cost more than what the
rules do. Here a desk is a *struct*: a row of 64-bit words that hold addresses and numbers. Its
members are *tables* (an address and a length), records, other structs, or numbers, and compiled
code reaches all of them from the one pointer. The NumPy arrays behind the addresses belong to
Python, which keeps them alive and is the only one to make them larger.

No access is checked: an index beyond a table's end is another table's memory.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    overload,
    register_model,
)
from numba.np.numpy_support import from_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["NUMBER", "NUMBERS", "Struct", "Table", "record", "struct_at", "table", "words"]

WORD = ir.IntType(64)
NUMBER = types.int64


class Table(types.Type):
    """Rows of one record, or of numbers: ``t[i]``, ``len(t)``, and ``t[i] = number``."""

    def __init__(self, row: types.Type, size: int) -> None:
        self.row, self.size = row, size
        super().__init__(f"Table({row.name})")


class Struct(types.Type):
    """Named members, each in one word or, if it is a table, in two: its address and its length."""

    def __init__(self, label: str, members: Mapping[str, types.Type]) -> None:
        self.label = label
        self.members: dict[str, tuple[int, types.Type]] = {}
        self.size = 0
        for name, kind in members.items():
            self.members[name] = (self.size, kind)
            self.size += 2 if isinstance(kind, Table) else 1
        super().__init__(f"Struct({label})")


def record(dtype: np.dtype[Any]) -> types.Type:
    """One record, by its NumPy type."""
    return from_dtype(dtype)


def table(dtype: np.dtype[Any]) -> Table:
    """A table of such records."""
    return Table(record(dtype), dtype.itemsize)


NUMBERS = Table(NUMBER, 8)


def words(struct: Struct, values: Mapping[str, NDArray[Any] | int]) -> NDArray[np.int64]:
    """A struct's memory: numbers as they are, of arrays the addresses.

    Whoever calls keeps the arrays; they must be C-contiguous.
    """
    found = np.zeros(struct.size, dtype=np.int64)
    for name, (place, kind) in struct.members.items():
        value = values[name]
        if isinstance(value, int):
            found[place] = value
            continue
        if not value.flags.c_contiguous:
            raise ValueError(f"{name} is not contiguous")
        found[place] = value.ctypes.data
        if isinstance(kind, Table):
            found[place + 1] = len(value)
    return found


def struct_at(struct: Struct) -> Callable[[int], Any]:
    """What makes compiled code see that struct at an address."""

    @intrinsic
    def at(_typing: Any, address: types.Type) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], WORD.as_pointer())

        return struct(address), code

    found: Callable[[int], Any] = at
    return found


@register_model(Table)
class _TableModel(models.StructModel):
    def __init__(self, manager: Any, kind: Table) -> None:
        super().__init__(manager, kind, [("address", types.int64), ("length", types.int64)])


@register_model(Struct)
class _StructModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Struct) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


@infer_getattr
class _Members(AttributeTemplate):
    key = Struct

    def generic_resolve(self, struct: Struct, name: str) -> types.Type | None:
        return struct.members[name][1] if name in struct.members else None


@lower_getattr_generic(Struct)
def _get_member(context: Any, builder: Any, struct: Struct, pointer: Any, name: str) -> Any:
    place, kind = struct.members[name]
    first = builder.load(builder.gep(pointer, [WORD(place)]))
    if isinstance(kind, Table):
        found = cgutils.create_struct_proxy(kind)(context, builder)
        found.address = first
        found.length = builder.load(builder.gep(pointer, [WORD(place + 1)]))
        return found._getvalue()  # noqa: SLF001  (so Numba calls what a proxy holds)
    if kind is NUMBER:
        return first
    return builder.inttoptr(first, context.get_value_type(kind))


@lower_setattr_generic(Struct)
def _set_member(_context: Any, builder: Any, signature: Any, args: Any, name: str) -> None:
    place, _ = signature.args[0].members[name]
    builder.store(args[1], builder.gep(args[0], [WORD(place)]))


def _address(context: Any, builder: Any, kind: Table, value: Any, index: Any) -> Any:
    proxy = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    return builder.add(proxy.address, builder.mul(index, WORD(kind.size)))


@intrinsic
def _row(_typing: Any, rows: Table, _index: types.Type) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args[0], *args)
        if rows.row is NUMBER:
            return builder.load(builder.inttoptr(address, WORD.as_pointer()))
        return builder.inttoptr(address, context.get_value_type(rows.row))

    return rows.row(rows, NUMBER), code


@intrinsic
def _set_row(_typing: Any, rows: Table, _index: types.Type, _number: types.Type) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.inttoptr(address, WORD.as_pointer()))
        return context.get_dummy_value()

    return types.void(rows, NUMBER, NUMBER), code


@intrinsic
def _length(_typing: Any, rows: Table) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return cgutils.create_struct_proxy(signature.args[0])(context, builder, args[0]).length

    return NUMBER(rows), code


@overload(operator.getitem, strict=False)
def _table_getitem(rows: Any, _index: Any) -> Any:
    if isinstance(rows, Table):
        return lambda rows, _index: _row(rows, _index)  # noqa: PLW0108  (Numba compiles it)
    return None


@overload(operator.setitem, strict=False)
def _table_setitem(rows: Any, _index: Any, _number: Any) -> Any:
    if isinstance(rows, Table):
        return lambda rows, _index, _number: _set_row(rows, _index, _number)  # noqa: PLW0108
    return None


@overload(len, strict=False)
def _table_len(rows: Any) -> Any:
    if isinstance(rows, Table):
        return lambda rows: _length(rows)  # noqa: PLW0108
    return None
