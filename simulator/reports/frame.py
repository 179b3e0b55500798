"""The frame of every page: our style and script inline, a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path, PurePath

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulator.reports.trust import plain_text

__all__ = ["TEMPLATE", "filled"]

TEMPLATE = Path(__file__).parent / "template"


def filled(
    template: str, *, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = (), **content: object
) -> str:
    """One of our templates with the frame's style and script, and the content escaped.

    Args:
        template: its name.
        styles: further files of the template folder that this kind of page needs.
        scripts: further files of the template folder, run after the frame's.
        content: what the template shows.
    """
    script = _joined("page.js", *scripts)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_joined("style.css", *styles)),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=f"sha256-{digest}",
            **content,
        )
    )


def _joined(*files: str) -> str:
    return "\n".join((TEMPLATE / file).read_text(encoding="utf-8") for file in files)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day_and_time=_day_and_time,
        first_line=lambda text: plain_text(text).strip().partition("\n")[0],
        short_commit=lambda commit: commit[:12] + ("-dirty" if commit.endswith("-dirty") else ""),
        file_name=lambda path: plain_text(PurePath(path).name),
        tojson_text=lambda value: json.dumps(value, ensure_ascii=False, default=str),
    )
    return environment


def _day_and_time(instant: str) -> str:
    """``22 November 2025, 15:22 UTC+01:00``."""
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y, %H:%M} {at.tzname()}"
