"""A chart on a page: inline SVG with a text alternative, and its numbers in a table below.

The card is light in light and dark pages alike: a chart has one set of colours, chosen and
checked on white. Everything that came with the data (names, messages) is escaped.
"""

from __future__ import annotations

import hashlib
import html
import io
import math
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd

from simulator.charts.style import is_nothing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Displayed",
    "figure_svg",
    "heading",
    "prose",
    "show",
    "stacked",
    "table_card",
    "tiles",
]

FONTS = "'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif"
STYLE = (
    "CARD{background:#fff;color:#1f2328;font-weight:400;border:1px solid #d0d7de;border-radius:8px;"
    "padding:12px 14px;margin:0 0 1.2em;break-inside:avoid;color-scheme:light}"
    "CARD figcaption,CARD summary{font-size:85%;color:#57606a;margin-top:4px}"
    "CARD summary{cursor:pointer}"
    "CARD .pickup-scroll{overflow-x:auto}"
    "CARD .pickup-finding{display:none}"
    "CARD details .pickup-scroll{overflow-y:auto;max-height:24em}"
    "CARD .scroll{background:#fff;border:0;padding:0}"
    "CARD table{border-collapse:collapse;font-size:80%;margin:6px 0;color:#1f2328;"
    "background:#fff;font-variant-numeric:tabular-nums}"
    "CARD th,CARD td{padding:2px 10px;text-align:right;background:#fff;color:#1f2328;"
    "border-bottom:1px solid #e4e8ec}"
    "CARD td{white-space:nowrap}"
    "CARD .pickup-text{text-align:left;white-space:normal}"
    "CARD .pickup-tiles{display:flex;flex-wrap:wrap;gap:14px;background:#fff;border:0}"
    "CARD .pickup-tile{flex:1 1 14em;border-left:4px solid #0072b2;padding:2px 10px;"
    "background:#fff;color:#1f2328}"
    "CARD .pickup-tile b{display:block;font-size:150%}"
    "CARD .pickup-tile small{display:block;color:#57606a}"
)
"""Repeated in every card, for its own id alone: a notebook has no page to put it on."""

UNITS = {"_per_hour": "per hour", "_min": "min", "_h": "h", "_s": "s"}
"""How the end of a column's name says its unit."""

SHARES = re.compile(
    r"(share\w*|of_all|of_served|excl_short_abandons|p_wait|abandoned|silent|form_in_queue"
    r"|closed|busy|slots|work|open_\d+)"
)
"""Columns that hold shares from 0 to 1; they are shown in per cent."""

MOST_ROWS = 400
"""A longer frame is cut in the table, which then says so."""


class Displayed:
    """Something ready for a notebook or a page; made by the functions below."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Markup for a page, words for a terminal."""
        del include, exclude
        return {"text/html": self._markup, "text/plain": self._text}


def show(
    figure: Figure, *, alt: str, table: pd.DataFrame, caption: str = "", decimals: int = 1
) -> Displayed:
    """A figure as a card: inline SVG, caption, and the frame it was drawn from as a data table.

    Its finding stands above it once more, for narrow pages, where a title inside the drawing has to
    be scrolled to; elsewhere it is out of sight.

    Args:
        figure: as the functions of this package return it.
        alt: what a reader who does not see the figure is told; one or two sentences.
        table: the figure's frame. Its headings get units; shares are shown in per cent.
        caption: below the figure: definitions and reservations.
        decimals: of the numbers in the table.
    """
    finding = " ".join(figure.get_suptitle().split())
    if is_nothing(figure):
        return Displayed(_card("div", f"<p>{_written(finding)}.</p>"), finding)
    below = f"<figcaption>{_written(caption)}</figcaption>" if caption else ""
    return Displayed(
        _card(
            "figure",
            f'<p class="pickup-finding" aria-hidden="true">{_written(finding)}</p>'
            f"{figure_svg(figure, alt=alt)}{below}"
            f"<details><summary>Data table</summary>"
            f'<div class="pickup-scroll">{_table(table, decimals)}</div></details>',
        ),
        alt,
    )


def table_card(table: pd.DataFrame, *, caption: str = "", decimals: int = 1) -> Displayed:
    """A frame as a card of its own, for figures that are read rather than looked at."""
    words = f"<p>{_written(caption)}</p>" if caption else ""
    return Displayed(
        _card("div", f'{words}<div class="pickup-scroll">{_table(table, decimals)}</div>'),
        "\n".join(filter(None, [caption, table.to_string(index=False)])),
    )


def prose(*paragraphs: str) -> Displayed:
    """Findings as paragraphs of text that wrap."""
    inside = "".join(f"<p>{_written(paragraph)}</p>" for paragraph in paragraphs)
    return Displayed(f"<div>{inside}</div>", "\n\n".join(paragraphs))


def stacked(*shown: Displayed) -> Displayed:
    """Several of these, one below the other: a card per topic, say."""
    bundles = [each._repr_mimebundle_() for each in shown]
    return Displayed(
        "".join(bundle["text/html"] for bundle in bundles),
        "\n\n".join(bundle["text/plain"] for bundle in bundles),
    )


def tiles(figures: pd.DataFrame) -> Displayed:
    """Key figures side by side: columns ``figure``, ``value``, ``interval``, ``definition``.

    All four are text; a value comes with its 95 % interval and the words that define it.
    """
    columns = [figures[name].astype(str) for name in ("figure", "value", "interval", "definition")]
    boxes = "".join(
        f'<div class="pickup-tile">{_written(figure)}<b>{_written(value)}</b>'
        f"<small>95 %: {_written(interval)}</small>"
        f"<small>{_written(definition)}</small></div>"
        for figure, value, interval, definition in zip(*columns, strict=True)
    )
    return Displayed(
        _card("div", f'<div class="pickup-tiles">{boxes}</div>'),
        figures.to_string(index=False),
    )


def _written(text: str) -> str:
    """Escaped, with numbers and their units kept on one line."""
    return re.sub(r"(?<=\d) (?=(%|h|min|s)\b|%)|(?<=min) (?=\d+ s\b)", "&nbsp;", html.escape(text))


def _card(element: str, inside: str) -> str:
    """The element with its style, which names its id and so reaches nothing else on a page."""
    own = "c" + hashlib.sha256(inside.encode()).hexdigest()[:10]
    style = STYLE.replace("CARD", f"#{own}")
    return f'<{element} id="{own}" class="pickup-card"><style>{style}</style>{inside}</{element}>'


def figure_svg(figure: Figure, *, alt: str) -> str:
    """The figure as an ``<svg role="img">`` element to stand inside an HTML page.

    Text stays text; ids carry a prefix made of the content's hash, so that two figures on a page
    do not take each other's clip paths; no date, no outside reference, no style that leaks out.
    The same figure gives the same bytes.
    """
    raw = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pickup-lab"}):
        figure.savefig(raw, format="svg", metadata=nothing)
    text = raw.getvalue()
    opening = text.index("<svg")
    start = text.index(">", opening) + 1
    view_box = re.search(r'viewBox="([^"]+)"', text[opening:start])
    width, height = view_box[1].split()[2:] if view_box else ("100%", "auto")
    body = _embeddable(text[start : text.rindex("</svg>")], salt=alt)
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" viewBox="0 0 {width} {height}" '
        f'width="{width}pt" height="{height}pt" style="display:block;max-width:100%;height:auto;'
        f"font-family:{FONTS};font-weight:400;font-style:normal;text-align:left;"
        f'stroke-linejoin:round;stroke-linecap:butt">{body}</svg>'
    )


def _embeddable(body: str, *, salt: str) -> str:
    """The inside of a matplotlib SVG without what does not belong into an HTML page."""
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # This style is for every element ("*"): inline, it would reach the whole page.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"font-family: [^;\"]*(; )?", "", body)
    body = re.sub(r">\s*\n\s*<", "><", body).replace("xlink:href", "href")
    prefix = "f" + hashlib.sha256((body + salt).encode()).hexdigest()[:10]
    body = re.sub(r'(<[^>]*?\bid=")([^"]+")', rf"\1{prefix}-\2", body)
    body = re.sub(r'(<[^>]*?\bhref="#)([^"]+")', rf"\1{prefix}-\2", body)
    return re.sub(r"url\(#([^)]+\))", rf"url(#{prefix}-\1", body).strip()


def _table(frame: pd.DataFrame, decimals: int) -> str:
    """The frame as an HTML table, everything escaped."""
    shown = frame.head(MOST_ROWS)
    texts = [_texts(shown[column], decimals) for column in shown]
    kinds = [' class="pickup-text"' if _is_text(shown[column]) else "" for column in shown]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(heading(str(column)))}</th>'
        for column, kind in zip(shown, kinds, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in zip(*texts, strict=True)
    )
    left = len(frame) - len(shown)
    note = f"<p>… and {left:,} more rows</p>" if left else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def heading(column: str) -> str:
    """A column's name as a heading with its unit.

    >>> heading("p90_low_s"), heading("of_all"), heading("time_h"), heading("open_2")
    ('p90 low (s)', 'of all (%)', 'time (h)', '2 open (%)')
    """
    bare = re.sub(r"_(low|high)$", "", column)
    if SHARES.fullmatch(bare):
        named = re.sub(r"^open_(\d+)$", r"\1 open", column)
        return f"{named.replace('_', ' ')} (%)"
    for ending, unit in UNITS.items():
        if column.endswith(ending):
            return f"{column.removesuffix(ending).replace('_', ' ')} ({unit})"
    return column.replace("_", " ")


def _is_text(values: pd.Series[Any]) -> bool:
    return not pd.api.types.is_numeric_dtype(values.dtype)


def _texts(values: pd.Series[Any], decimals: int) -> list[str]:
    """A column's cells as escaped text; – where there is nothing."""
    name = re.sub(r"_(low|high)$", "", str(values.name))
    factor = 100.0 if SHARES.fullmatch(name) else 1.0
    if pd.api.types.is_float_dtype(values.dtype):
        return [
            "–" if math.isnan(number) else f"{number * factor:,.{decimals}f}"
            for number in values.tolist()
        ]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return [moment.strftime("%Y-%m-%d %H:%M %Z") for moment in values]
    return ["–" if pd.isna(cell) else _written(str(cell)) for cell in values.tolist()]
