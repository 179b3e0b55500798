"""``pickup clean``: old reports and half-made files go; told first, done with ``--yes``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulator.reports.retention import Cleaning

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

    A series is what a job makes every morning, or the same notebook on the same scenario. With
    both bounds a report goes only if it is beyond both; with none, half-made files alone go. What
    `latest` shows stays, files that no report names are left alone, and nothing is deleted without
    --yes.
    """
    from datetime import datetime

    from simulator.reports import retention

    now = datetime.now().astimezone()
    cleaning = retention.plan(out, keep=keep, days=days, now=now, runs=runs or ())
    if yes:
        retention.carry_out(cleaning)
        _index_anew(out)
    if as_json:
        typer.echo(_as_json(cleaning, done=yes))
        return
    for each in cleaning.doomed:
        size = f"{each.bytes / 1e6:,.1f} MB"
        typer.echo(f"{each.made_at:%Y-%m-%d}  {each.kind:<8} {size:>9}  {each.path}  ({each.why})")
    typer.echo(_told(cleaning, done=yes), err=True)


def _index_anew(out: Path) -> None:
    """The index that lists what was deleted: that of the folder, or of the one above a job's."""
    from simulator.reports.index import write_index

    for folder in (out, out.absolute().parent):
        if (folder / "index.html").is_file():
            write_index(folder)
            return


def _told(cleaning: Cleaning, *, done: bool) -> str:
    size = f"{cleaning.bytes / 1e6:,.1f} MB"
    count = len(cleaning.doomed)
    if not count:
        text = f"nothing to delete; {cleaning.kept} stay"
    elif done:
        text = f"deleted {count}, {size}; {cleaning.kept} stay"
    else:
        text = f"would delete {count}, {size}, and leave {cleaning.kept}; --yes does it"
    if cleaning.busy:
        text += f"\nat work, so left as they are: {', '.join(cleaning.busy)}"
    return text


def _as_json(cleaning: Cleaning, *, done: bool) -> str:
    import json

    told = {
        "done": done,
        "bytes": cleaning.bytes,
        "kept": cleaning.kept,
        "busy": cleaning.busy,
        "doomed": [
            {
                "path": str(each.path),
                "kind": each.kind,
                "bytes": each.bytes,
                "made_at": each.made_at.isoformat(timespec="seconds"),
                "why": each.why,
            }
            for each in cleaning.doomed
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
