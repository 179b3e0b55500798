"""Which kind of export a file is, by what stands in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simulator.calibration.history.anonymous_bank import COLUMNS
from simulator.calibration.history.fields import found_fields
from simulator.calibration.history.spreadsheet import heading
from simulator.errors import DataError, Place, UsageError

if TYPE_CHECKING:
    from simulator.calibration.history.files import SourceFile

__all__ = ["KINDS", "kind_of", "written"]

KINDS: Final = {
    "records": "ChatSessionEntity records: JSON lines, a JSON array, or our own CSV or Excel",
    "archive": "pages of the archive API, as JSON",
    "spreadsheet": "the product's export as CSV or Excel, under translated headings",
    "anonymous_bank": "the call records of the Anonymous Bank of 1999, as CSV",
}
"""The kinds of file, and what each is."""

_RECORD: Final = re.compile(r'"(?:WhenRequested|ChatSessionId|InitialQueuePos)"\s*:')
_ARCHIVE: Final = re.compile(r'"(?:whenRequested|PrimaryKey|chatSessionId|chat_session\.\w+)"\s*:')
_DATE: Final = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?(Z|[+-]\d{2}:?\d{2})?(?![\d:])")


def kind_of(source: SourceFile) -> str:
    """The kind of file.

    Raises:
        DataError: it is none.
        UsageError: it may be more than one.
    """
    if source.head.lstrip().startswith(("{", "[")):
        return _of_json(source)
    names = heading(source)
    if set(COLUMNS) <= set(names):
        return "anonymous_bank"
    if "WhenRequested" in names:
        return "records"
    if len(found_fields(names)) >= 2:
        return "spreadsheet"
    raise DataError(
        # What stands there is not told: without a heading it may be a customer.
        "this is no export of chats: its first row has none of the headings; "
        "give one of the kinds " + _kinds(),
        Place(source.path, 1),
    )


def _of_json(source: SourceFile) -> str:
    is_record = _RECORD.search(source.head) is not None
    is_archive = _ARCHIVE.search(source.head) is not None
    if is_record and is_archive:
        raise UsageError(
            "the file has both a record's keys (WhenRequested) and the archive's (whenRequested); "
            "say which it is: kind records or archive",
            Place(source.path),
        )
    if not is_record and not is_archive:
        raise DataError(
            "this JSON has neither a record's keys (WhenRequested) nor the archive's "
            "(whenRequested); give one of the kinds " + _kinds(),
            Place(source.path),
        )
    return "records" if is_record else "archive"


def _kinds() -> str:
    return "; ".join(f"{kind} ({what})" for kind, what in KINDS.items())


def written(source: SourceFile) -> str:
    """How the file's dates stand to the clock, in words, by its beginning."""
    if source.is_workbook:
        return "a workbook has no time zones"
    offsets = sorted(set(_DATE.findall(source.head)))
    if offsets in ([], [""]):
        return "its dates do not say in which"
    named = ", ".join(offset or "none" for offset in offsets[:3])
    return f"its dates have the offset {named}, which does not tell the local days"
