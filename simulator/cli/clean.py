"""``pickup clean``: old reports and half-made files go; told first, done with ``--yes``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.errors import PickupError

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.reports.retention import Cleaning, Doomed

__all__ = ["command"]


def command(
    out: Annotated[
        Path, typer.Argument(help="The folder of all reports, or that of a job.")
    ] = Path("reports"),
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep", metavar="N", help="The newest N of each series stay.  [default: no bound]"
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            "--days", metavar="D", help="What is not older than D days stays.  [default: no bound]"
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER", help="A folder of runs, whose half-made ones go; may be repeated."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete. Without it, only tell.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """Delete old reports, and what killed processes left half-made; tell it first.

    A series is what a job makes every morning, or the same notebook on the same scenario with the
    same parameters. With both bounds a report goes only if it is beyond both; with none, half-made
    files alone go. What `latest` shows stays, as does all of a job that is at work; files that no
    report names are left alone, and nothing is deleted without --yes.
    """
    from datetime import datetime

    from simulator.reports import retention

    now = datetime.now().astimezone()
    cleaning = retention.plan(out, keep=keep, days=days, now=now, runs=runs or ())
    freed = _carried_out(cleaning) if yes else None
    if as_json:
        typer.echo(_as_json(cleaning, now, freed))
        return
    for each in cleaning.doomed:
        typer.echo(_line(each, now))
    typer.echo(_told(cleaning, freed), err=True)


def _carried_out(cleaning: Cleaning) -> int:
    """Delete, and list in the index what is left, even if not all could be deleted."""
    from simulator.reports import retention
    from simulator.reports.index import write_index

    folder = retention.index_folder(cleaning.out)
    try:
        return retention.carry_out(cleaning)
    finally:
        if cleaning.doomed:
            try:
                write_index(folder)
            except OSError as error:
                raise PickupError(
                    f"the index in {folder} still lists what was deleted: it could not be written "
                    f"({error.strerror}); put that right and clean again"
                ) from error


def _line(each: Doomed, now: datetime) -> str:
    days = (now - each.made_at).days
    age = "1 day" if days == 1 else f"{days} days"
    return f"{each.kind:<8} {age:>9}  {_size(each.bytes):>9}  {each.path}  ({each.why})"


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 50_000 else f"{number / 1e3:,.1f} kB"


def _told(cleaning: Cleaning, freed: int | None) -> str:
    count, kept = len(cleaning.doomed), cleaning.kept
    lines = [f"nothing to delete; {kept} stay"]
    if count and freed is None:
        size = _size(cleaning.bytes)
        lines = [f"would delete {count}, {size}, and leave {kept}; --yes does it"]
    elif count:
        lines = [f"deleted {count}, {_size(freed or 0)}; {kept} stay"]
    if cleaning.busy:
        lines.append(f"at work, so left as they are: {', '.join(cleaning.busy)}")
    if cleaning.unread:
        lines.append(f"{cleaning.unread} manifests cannot be read; what they stand beside stays")
    return "\n".join(lines)


def _as_json(cleaning: Cleaning, now: datetime, freed: int | None) -> str:
    import json

    told = {
        "done": freed is not None,
        "bytes": cleaning.bytes if freed is None else freed,
        "kept": cleaning.kept,
        "busy": cleaning.busy,
        "unread": cleaning.unread,
        "doomed": [
            {
                "path": str(each.path),
                "kind": each.kind,
                "bytes": each.bytes,
                "made_at": each.made_at.isoformat(timespec="seconds"),
                "age_days": (now - each.made_at).days,
                "why": each.why,
            }
            for each in cleaning.doomed
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
