"""Columns of numbers stand right-aligned, columns of words left, whatever made the table."""

from __future__ import annotations

import re
from itertools import count

__all__ = ["mark_words"]

LAST_RULE = 16
"""The last column for which the style has a rule."""

_OWN_MARK = ' class="pickup-text"'
"""What the package's own tables have on such cells, for pages that are not ours."""

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])([^>]*)>(.*?)</\1>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_NUMBER = re.compile(
    r"""[-+−±≤≥~]?\s? [\d.,\s]*\d[\d.,\s]* (?:e[-+]?\d+)? \s?(?:%|s|min|h)?  # 1,234.5 s
    | [-–—] | NaN | NA | None | &lt;NA&gt; |                               # missing""",
    re.VERBOSE,
)


def mark_words(html: str) -> str:
    """The HTML with ``class="w1 w3"`` on tables whose first and third column hold words.

    The page sets numbers to the right unless told otherwise, and such columns to the left (see
    ``style.css``): a mark on each of their cells would be a tenth of a page. Columns beyond the
    last of those rules have ``class="words"`` on their cells. Meant for HTML as
    :func:`simulator.reports.trust.safe_html` writes it. A table in which a cell spans columns
    gets that mark as a whole.
    """
    return _TABLE.sub(lambda found: _marked_table(found[0]), html)


def _marked_table(table: str) -> str:
    table = table.replace(_OWN_MARK, "")
    rows = [_CELL.findall(row) for row in _ROW.findall(table)]
    if any("colspan" in given for row in rows for _, given, _ in row):
        return _with_class(table, "words")
    body = [row for row in rows if any(kind == "td" for kind, _, _ in row)]
    columns = zip(*body, strict=False)
    words = [place for place, column in enumerate(columns, 1) if not _is_numeric(column)]
    beyond = {place for place in words if place > LAST_RULE}
    table = _ROW.sub(lambda row: _marked_row(row[0], beyond), table) if beyond else table
    return _with_class(table, " ".join(f"w{place}" for place in words if place <= LAST_RULE))


def _with_class(table: str, name: str) -> str:
    """Beside the classes that the table has."""
    if not name:
        return table
    opening, rest = table.split(">", 1)
    if ' class="' in opening:
        given = ' class="'
        return f"{opening.replace(given, given + name + ' ', 1)}>{rest}"
    return f'<table class="{name}"{opening.removeprefix("<table")}>{rest}'


def _is_numeric(column: tuple[tuple[str, str, str], ...]) -> bool:
    texts = [_MARKUP.sub("", text).strip() for _, _, text in column]
    return all(_NUMBER.fullmatch(text) for text in texts) and any(
        character.isdigit() for text in texts for character in text
    )


def _marked_row(row: str, words: set[int]) -> str:
    places = count(1)
    return _CELL.sub(lambda cell: _marked(cell) if next(places) in words else cell[0], row)


def _marked(cell: re.Match[str]) -> str:
    kind, given, text = cell.groups()
    return cell[0] if "class=" in given else f'<{kind}{given} class="words">{text}</{kind}>'
