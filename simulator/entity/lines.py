"""Many carriers at once as JSON, from columns: no Python object per row and field.

A column is one of three things: ``bytes``, the same JSON value in every row; an integer array;
or a list of JSON values, one a row, which the functions here make (``texts``, ``times`` …).
``objects`` puts the columns into a template made from the carrier's field table, so what is
written here has the keys and the order of ``to_wire``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import orjson

from simulator.entity.wire import Carrier, wire_fields
from simulator.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = [
    "NEVER_US",
    "NULL",
    "Column",
    "DateForm",
    "constant",
    "members",
    "objects",
    "optional",
    "texts",
    "times",
    "yes_no",
]

Column: TypeAlias = "bytes | list[bytes] | NDArray[np.integer[Any]]"

DateForm = Literal["offset", "none", "utc"]
"""How dates are written: local with the zone's offset, local without it, or UTC with ``Z``."""

NULL: Final = b"null"
NEVER_US: Final = int(np.iinfo(np.int64).min)
"""An instant that has not happened."""

_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_BLOCK_DAYS: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TWO_DIGITS: Final = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint8).reshape(
    100, 2
)


def constant(value: Any) -> bytes:
    """A JSON value that stands in every row."""
    return orjson.dumps(value)


def texts(pool: tuple[str, ...], codes: NDArray[np.integer[Any]]) -> list[bytes]:
    """``pool[code]`` for each code; a pool is escaped once, however many rows there are."""
    return _picked(_escaped(pool), codes)


@lru_cache(maxsize=64)
def _escaped(pool: tuple[str, ...]) -> list[bytes]:
    return [orjson.dumps(text) for text in pool]


def members(pool: Sequence[bytes], codes: NDArray[np.integer[Any]]) -> list[bytes]:
    """``pool[code]`` for each code, of JSON values made before; null where the code is negative."""
    return _picked([*pool, NULL], np.where(codes < 0, len(pool), codes))


def yes_no(values: NDArray[np.bool_]) -> list[bytes]:
    """``true`` and ``false``."""
    return _picked([b"false", b"true"], values.view(np.uint8))


def optional(values: Iterable[bytes], there: NDArray[np.bool_]) -> list[bytes]:
    """``values`` in the rows that are ``there``, in order, and null in the others."""
    column = np.full(there.size, NULL, dtype=object)
    column[there] = list(values)
    listed: list[bytes] = column.tolist()
    return listed


def _picked(pool: Sequence[bytes], codes: NDArray[np.integer[Any]]) -> list[bytes]:
    column = np.empty(len(pool), dtype=object)
    column[:] = pool
    listed: list[bytes] = column[codes].tolist()
    return listed


def objects(
    carrier: type[Carrier], rows: int, columns: Mapping[str, Column], *, end: bytes = b""
) -> Iterator[bytes]:
    """One JSON object a row, with every key of ``carrier``, and ``end`` after it.

    ``columns`` are named as the carrier's attributes; what they leave out is blank. Each object
    is made when it is asked for, so that few are in memory. ParameterError for a name that the
    carrier does not have.
    """
    blank = carrier()
    parts: list[bytes] = []
    filled: list[Sequence[Any]] = []
    names = set(columns)
    for key, (attribute, kind) in wire_fields(carrier).items():
        names.discard(attribute)
        column = columns.get(attribute)
        if column is None:
            value = getattr(blank, attribute)
            column = orjson.dumps(None if value is None else kind.write(value))
        if isinstance(column, bytes):
            place = column.replace(b"%", b"%%")
        else:
            place = b"%b" if isinstance(column, list) else b"%d"
            filled.append(column if isinstance(column, list) else column.tolist())
        parts.append(b"%b:%b" % (orjson.dumps(key), place))
    if names:
        raise ParameterError(f"{carrier.__name__} has no field {min(names)!r}; see wire_fields")
    template = b"{" + b",".join(parts) + b"}" + end
    return map(template.__mod__, zip(*filled, strict=True) if filled else repeat((), rows))


# ------------------------------------------------------------------------------------- dates


def times(us: NDArray[np.int64], zone: ZoneInfo, form: DateForm = "offset") -> list[bytes]:
    """Instants (microseconds since 1970-01-01T00:00Z) as the tenant's dates, seven digits long.

    ``NEVER_US`` becomes the year 1, ``0001-01-01T00:00:00`` (with ``Z`` in the form ``utc``).
    """
    never = us == NEVER_US
    # Any instant will do in their place; a near one spares looking up the clocks of other years.
    us = np.where(never, us.max(initial=0), us)
    us[us == NEVER_US] = 0
    offset = np.zeros_like(us) if form == "utc" else offsets(us, zone)
    text = _date_text(us + offset)
    suffix = {"utc": b'Z"', "none": b'"'}.get(form)
    if suffix is None:
        tail = _offset_text(offset)
    else:
        tail = np.broadcast_to(np.frombuffer(suffix, np.uint8), (us.size, len(suffix)))
    text = np.concatenate([text, tail], axis=1)
    blank = b'"0001-01-01T00:00:00' + (suffix or b'"')
    text[never] = np.frombuffer(blank.ljust(text.shape[1], b"\0"), np.uint8)
    listed: list[bytes] = text.view(f"S{text.shape[1]}").ravel().tolist()
    return listed


def _date_text(wall_us: NDArray[np.int64]) -> NDArray[np.uint8]:
    """``"2026-03-23T08:00:00.1234560`` with its opening quote, as rows of characters."""
    days, in_day = np.divmod(wall_us, _DAY_US)
    dates, which = np.unique(days, return_inverse=True)
    written = np.datetime_as_string(dates.astype("datetime64[D]")).astype("S10")
    text = np.empty((wall_us.size, 28), dtype=np.uint8)
    text[:, 0] = ord('"')
    text[:, 1:11] = written.view(np.uint8).reshape(-1, 10)[which]
    seconds, micro = np.divmod(in_day, 1_000_000)
    minutes = seconds // 60
    pairs = (minutes // 60, minutes % 60, seconds % 60)
    for place, mark, pair in zip((12, 15, 18), b"T::", pairs, strict=True):
        text[:, place - 1] = mark
        text[:, place : place + 2] = _TWO_DIGITS[pair]
    text[:, 20] = ord(".")
    for place, pair in zip((21, 23, 25), (micro // 10_000, micro // 100, micro), strict=True):
        text[:, place : place + 2] = _TWO_DIGITS[pair % 100]
    text[:, 27] = ord("0")
    return text


def _offset_text(offset_us: NDArray[np.int64]) -> NDArray[np.uint8]:
    """``+01:00"`` with its closing quote, as rows of characters."""
    found, which = np.unique(offset_us, return_inverse=True)
    written = b""
    for us in found.tolist():
        hours, minutes = divmod(abs(us) // _MINUTE_US, 60)
        written += b'%b%02d:%02d"' % (b"-" if us < 0 else b"+", hours, minutes)
    return np.frombuffer(written, np.uint8).reshape(-1, 7)[which]


def offsets(us: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """How far the zone's clocks are ahead of UTC at each instant, in microseconds.

    DataError if that is no whole number of minutes, as before standard time: the wire cannot
    write such an offset.
    """
    if not us.size:
        return us
    first, last = (int(edge) // (_DAY_US * _BLOCK_DAYS) for edge in (us.min(), us.max()))
    starts, ahead = _clock_changes(zone, first, last)
    if (ahead % _MINUTE_US).any():
        raise DataError(
            f"the clocks of {zone.key} are not whole minutes from UTC at that time, which the "
            "wire cannot write; write the dates as UTC"
        )
    found: NDArray[np.int64] = ahead[np.searchsorted(starts, us, side="right") - 1]
    return found


@lru_cache(maxsize=256)
def _clock_changes(
    zone: ZoneInfo, first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From which instants on the zone has which offset, over whole blocks of days.

    Looks day by day and, where a day ends with another offset than it began with, halves it down
    to the second. Two changes within 24 hours that cancel would be missed; no zone has had them.
    """
    begin, end = first * _BLOCK_DAYS * 86_400, (last + 1) * _BLOCK_DAYS * 86_400
    starts, ahead = [begin], [_offset_at(begin, zone)]
    for day in range(begin, end, 86_400):
        after = _offset_at(day + 86_400, zone)
        if after != ahead[-1]:
            low, high = day, day + 86_400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (
                    (middle, high) if _offset_at(middle, zone) == ahead[-1] else (low, middle)
                )
            starts.append(high)
            ahead.append(after)
    return np.array(starts) * 1_000_000, np.array(ahead)


def _offset_at(second: int, zone: ZoneInfo) -> int:
    ahead = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return 0 if ahead is None else ahead // timedelta(microseconds=1)
