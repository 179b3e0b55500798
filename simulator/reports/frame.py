"""The frame of every page: our style and script inline, a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulator.reports.trust import plain_text

__all__ = ["TEMPLATE", "filled"]

TEMPLATE = Path(__file__).parent / "template"


def filled(template: str, **content: object) -> str:
    """One of our templates with the frame's style and script, and the content escaped."""
    script = (TEMPLATE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup((TEMPLATE / "style.css").read_text(encoding="utf-8")),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=f"sha256-{digest}",
            **content,
        )
    )


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
        figure=_figure,
        first_line=lambda text: plain_text(text).strip().partition("\n")[0],
        short_commit=lambda commit: commit[:12] + ("-dirty" if commit.endswith("-dirty") else ""),
        tojson_text=lambda value: json.dumps(value, ensure_ascii=False, default=str),
    )
    return environment


def _day_and_time(instant: str) -> str:
    """``22 November 2025, 15:22 UTC+01:00``."""
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y, %H:%M} {at.tzname()}"


def _figure(figure: dict[str, Any], form: str) -> Markup:
    """An estimate and its interval: ``81.2 %`` and, smaller, ``79.9 to 82.4``."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return Markup("–")
    shown = Markup("{}").format(_number(value, form, with_unit=True))
    if low is None:
        return shown
    bounds = f"{_number(low, form)} to {_number(high, form)}"
    return shown + Markup(" <small>{}</small>").format(bounds)


def _number(value: float, form: str, *, with_unit: bool = False) -> str:
    if form == "share":
        return f"{100 * value:.1f}" + (" %" if with_unit else "")
    digits = 1 if abs(value) < 10 else 0
    return f"{value:.{digits}f}" + (" s" if with_unit else "")
