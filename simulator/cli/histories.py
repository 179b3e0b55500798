"""What commands on recorded sessions share: their arguments, and the account of what was read."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from simulator.calibration.history import History

__all__ = ["First", "HistoryFiles", "Jobs", "Kind", "Last", "told_of", "zone_of"]

HistoryFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="HISTORY...",
        help="History files, or folders of them: JSON lines, archive JSON, CSV or Excel.",
        show_default=False,
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        "--kind", help="auto, records, archive, spreadsheet, or the importer anonymous_bank."
    ),
]
First = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="First date to use.  [default: all]"),
]
Last = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last date to use.  [default: all]"),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Processes.  [default: one per core]"),
]


def zone_of(name: str | None) -> "ZoneInfo | None":
    """The time zone of that name; none if none was given."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from simulator.errors import ParameterError

    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(
            f"--zone '{name}' is no time zone; give an IANA name, such as Europe/Oslo"
        ) from error


def told_of(history: "History") -> str:
    """What was read, left out and put right, in lines."""
    problems, dates = history.problems, history.dates
    files = ", ".join(f"{s.file} ({s.kind}, {s.rows:,} rows)" for s in history.sources)
    span = f", {dates[0]} to {dates[-1]}" if dates else ""
    lines = [f"read {files}: {len(history.sessions):,} sessions on {len(dates)} days{span}"]
    for reason, rows in problems.left_out.items():
        lines.append(f"  left out {rows:,}: {reason}")
        where = problems.listed[problems.listed["reason"] == reason].head(3)
        lines += [f"    {row.file}:{row.row}, column {row.column}" for row in where.itertuples()]
    lines += [f"  put right {rows:,}: {what}" for what, rows in problems.put_right.items()]
    if history.holes:
        lines.append(f"  no session on {', '.join(map(str, history.holes))}: taken for holes")
    return "\n".join(lines)
