"""What the cells of an executed notebook show, in pieces that can be held against each other.

A piece is a cell of a table, a paragraph, a printed line, or the drawing of a chart. What changes
from run to run without meaning anything is left out of them or made alike: execution counts,
addresses in memory, names of temporary folders, ids that are drawn by lot, IPython's own timings.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Display", "Piece", "Shown", "shown"]

_SILENT: Final = {"style", "script", "template"}
_INLINE: Final = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup"}
_VOLATILE: Final = (
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "0x…"),
    (re.compile(r"\bipykernel_\d+/\d+\.py\b"), "ipykernel/….py"),
    (re.compile(r"^(?:CPU times|Wall time):.*$", re.MULTILINE), ""),
)
_TEMPORARY: Final = re.compile(
    rf"((?:{re.escape(tempfile.gettempdir())}|/tmp|/var/tmp)[/\\](?:[\w.-]*-)?)"
    r"[a-z0-9_]{8}(?![\w.-])"
)
_REFERENCE: Final = re.compile(r"#([\w.:-]+)")
_WIDGET: Final = "application/vnd.jupyter.widget"


@dataclass(frozen=True, slots=True)
class Piece:
    """The smallest thing that can differ."""

    what: str
    """What it is, for people: ``table 1, row 3, 'p90 (s)'``."""
    text: str
    label: str = ""
    """Of which row, if that begins with a name."""
    is_drawing: bool = field(default=False, kw_only=True)
    """Lines and areas, or the digest of an image, and not words or numbers."""


@dataclass(frozen=True, slots=True)
class Display:
    """One thing that a cell shows."""

    rich: tuple[Piece, ...]
    """As a page shows it."""
    plain: tuple[Piece, ...]
    """As a terminal would; it often says the same, and the rest of a long table."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code cell with what it shows."""

    number: int
    """Its place among the cells of the executed notebook, from 1."""
    heading: str
    """The one that it stands under."""
    source: str
    displays: tuple[Display, ...]


def shown(notebook: Mapping[str, Any]) -> list[Shown]:
    """The code cells of a notebook, without the one by which it was given its parameters."""
    found, heading = [], ""
    for number, cell in enumerate(notebook["cells"], start=1):
        if "injected-parameters" in cell["metadata"].get("tags", []):
            continue
        source = _joined(cell["source"])
        if cell["cell_type"] == "code":
            found.append(Shown(number, heading, source, _displays(cell.get("outputs", []))))
        else:
            heading = _last_heading(source) or heading
    return found


def _last_heading(markdown: str) -> str:
    headings = re.findall(r"^#+\s+(.+?)\s*$", markdown, re.MULTILINE)
    return headings[-1] if headings else ""


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _displays(outputs: list[Mapping[str, Any]]) -> tuple[Display, ...]:
    """What is printed comes first and as one: a kernel sends it in pieces as it pleases."""
    printed = [
        _joined(each["text"])
        for each in outputs
        if each["output_type"] == "stream" and each["name"] == "stdout"
    ]
    found = [Display(_lines("".join(printed), "printed line"), ())] if any(printed) else []
    for output in outputs:
        if output["output_type"] == "error":
            told = f"{output['ename']}: {output['evalue']}"
            found.append(Display((Piece("error", _steady(told)),), ()))
        elif "data" in output:
            found.append(_display(output["data"]))
    return tuple(found)


def _display(bundle: Mapping[str, Any]) -> Display:
    rich: list[Piece] = []
    for kind, content in sorted(bundle.items()):
        if kind in {"text/html", "image/svg+xml"}:
            rich += _of_markup(_joined(content))
        elif kind.startswith("image/"):
            rich.append(Piece("image", _digest(_joined(content)), is_drawing=True))
        elif kind.endswith("json") and not kind.startswith(_WIDGET):
            rich.append(Piece("data", json.dumps(content, sort_keys=True)))
        elif kind.startswith("text/") and kind != "text/plain":
            rich += _lines(_joined(content), "line")
    return Display(tuple(rich), _lines(_joined(bundle.get("text/plain", "")), "line of text"))


def _lines(text: str, what: str) -> tuple[Piece, ...]:
    lines = [" ".join(line.split()) for line in _steady(text).splitlines()]
    return tuple(Piece(f"{what} {number}", line) for number, line in enumerate(lines, 1) if line)


def _steady(text: str) -> str:
    """The text without what another run of the same would write otherwise."""
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return _TEMPORARY.sub(r"\1…", text)


def _digest(content: str) -> str:
    return hashlib.sha256("".join(content.split()).encode()).hexdigest()


def _of_markup(markup: str) -> list[Piece]:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    reader.end_paragraph()
    return reader.pieces


@dataclass(slots=True)
class _Table:
    """Where in a table the reader stands."""

    number: int
    headings: list[str] = field(default_factory=list)
    row: int = 0
    cells: list[str] = field(default_factory=list)
    in_head: bool = False

    def pieces(self) -> list[Piece]:
        """Those of the row that has ended, with the column's name and the row's first words."""
        label = self.cells[0] if self.cells and not _is_number(self.cells[0]) else ""
        row = f"table {self.number}, row {self.row}"
        return [
            Piece(f"{row}, {self._column(place)}", text, label if place else "")
            for place, text in enumerate(self.cells)
        ]

    def _column(self, place: int) -> str:
        name = self.headings[place] if place < len(self.headings) else ""
        return f"'{name}'" if name else f"column {place + 1}"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+−–]?[\d.,]*\s*%?", text) is not None


class _Reader(HTMLParser):
    """Takes markup to pieces; attributes count in drawings alone, styles and scripts nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._words: list[str] = []
        self._silent = 0
        self._tables: list[_Table] = []
        self._table_count = 0
        self._drawing: _Drawing | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        told = {name: value or "" for name, value in attrs}
        if tag == "svg" and self._drawing is None:
            self.end_paragraph()
            self._drawing = _Drawing()
            self._say("text alternative", told.get("aria-label", ""))
        if self._drawing is not None:
            self._drawing.enter(tag, told)
        elif tag in _SILENT:
            self._silent += 1
        elif tag == "img":
            self._say("text alternative", told.get("alt", ""))
            self.pieces.append(Piece("image", _digest(told.get("src", "")), is_drawing=True))
        elif tag in _INLINE:
            self._words.append(" ")
        else:
            self._enter_block(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if self._drawing is not None:
            self._drawing.leave(tag)
            if tag == "svg":
                self.pieces += self._drawing.pieces()
                self._drawing = None
        elif tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _INLINE:
            self._words.append(" ")
        else:
            self._leave_block(tag)

    def handle_data(self, data: str) -> None:
        """Words, of a paragraph, a table's cell or a chart."""
        if self._drawing is not None:
            self._drawing.say(data)
        elif not self._silent:
            self._words.append(data)

    def end_paragraph(self) -> None:
        """What has been read since the last block began is a piece, if it is anything."""
        self._say("text", "".join(self._words))
        self._words = []

    def _say(self, what: str, text: str) -> None:
        if words := " ".join(_steady(text).split()):
            self.pieces.append(Piece(what, words))

    def _enter_block(self, tag: str) -> None:
        if tag not in {"td", "th"} and not (self._tables and self._tables[-1].cells):
            self.end_paragraph()
        if tag == "table":
            self._table_count += 1
            self._tables.append(_Table(self._table_count))
        elif self._tables and tag == "thead":
            self._tables[-1].in_head = True
        elif tag in {"td", "th"}:
            self._words = []

    def _leave_block(self, tag: str) -> None:
        table = self._tables[-1] if self._tables else None
        if table is None:
            self.end_paragraph()
        elif tag in {"td", "th"}:
            table.cells.append(" ".join(_steady("".join(self._words)).split()))
            self._words = []
        elif tag == "tr":
            self._end_row(table)
        elif tag == "thead":
            table.in_head = False
        elif tag == "table":
            self._tables.pop()

    def _end_row(self, table: _Table) -> None:
        if table.in_head:
            table.headings = table.cells
            self.pieces += [
                Piece(f"table {table.number}, heading {place}", text)
                for place, text in enumerate(table.cells, 1)
            ]
        else:
            table.row += 1
            self.pieces += table.pieces()
        table.cells = []


class _Drawing:
    """An SVG: its shapes without the names of their ids, and its words apart from them.

    The words along an axis belong to the drawing: where the ticks are is a matter of looks.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = []
        self._marks: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._text: list[str] | None = None

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        is_axis = self._in_axis() or "matplotlib.axis" in attributes.get("id", "")
        self._open.append((tag, is_axis))
        self._marks.append((tag, {k: v for k, v in attributes.items() if k != "aria-label"}))
        if tag == "text":
            self._text = []

    def leave(self, tag: str) -> None:
        if tag == "text" and self._text is not None:
            said, self._text = " ".join(_steady("".join(self._text)).split()), None
            if self._in_axis():
                self._marks.append((said, {}))
            elif said:
                self._words.append(said)
        while self._open and self._open.pop()[0] != tag:
            pass

    def say(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def pieces(self) -> list[Piece]:
        words = [Piece("words in a chart", text) for text in self._words]
        return [*words, Piece("drawing", self._shapes(), is_drawing=True)]

    def _in_axis(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _shapes(self) -> str:
        """A line for each element; ids are numbered, for many are drawn by lot or are digests."""
        names: dict[str, str] = {}
        for _, attributes in self._marks:
            if "id" in attributes:
                names.setdefault(attributes["id"], f"id{len(names)}")

        def numbered(found: re.Match[str]) -> str:
            return "#" + names.get(found[1], found[1])

        return "\n".join(
            " ".join([tag, *(_attribute(n, v, names, numbered) for n, v in attributes.items())])
            for tag, attributes in self._marks
        )


def _attribute(name: str, value: str, names: Mapping[str, str], numbered: Any) -> str:
    return f"{name}={names[value] if name == 'id' else _REFERENCE.sub(numbered, value)}"
