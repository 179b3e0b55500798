"""The page of a report: an executed notebook in our own frame, whole in one file."""

# nbconvert and nbformat are typed in part only.
# mypy: allow-untyped-calls

from __future__ import annotations

import html
import re
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from simulator.reports.frame import TEMPLATE, filled
from simulator.reports.jupyter import (
    Highlight2HTML,
    IPythonRenderer,
    MarkdownWithMath,
    TemplateExporter,
)
from simulator.reports.tables import mark_words
from simulator.reports.trust import plain_text, safe_html

if TYPE_CHECKING:
    from simulator.reports.provenance import Manifest

__all__ = ["Heading", "Rendered", "page", "render"]

_SHOWN = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "text/latex",
    "text/plain",
)
_PAGE_IDS = ("content", "provenance", "failed-cell", "code-toggle", "theme-toggle")
_HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
_FIRST_TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_CARD_STYLE = re.compile(r'(<\w+ [^>]*class="pickup-card"[^>]*>)<style>[^<]*</style>')
"""A card of ``simulator.charts`` dresses itself for a notebook; here the page dresses it."""
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the contents."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notebook as HTML, not yet in its frame."""

    title: str
    contents: tuple[Heading, ...]
    article: str
    not_run: int
    """How many cells after the failed one did not run; they are left out."""


def render(notebook: Any, *, name: str, failed_cell: int | None = None) -> Rendered:
    """An executed notebook as an article with its title and contents.

    The first heading of level 1 becomes the title, ``name`` where there is none. After a failed
    cell nothing is shown, for nothing ran.

    Args:
        notebook: The ``NotebookNode``.
        name: Of the notebook.
        failed_cell: The place of the cell that failed, from 1.
    """
    shown = deepcopy(notebook)
    not_run = 0
    if failed_cell is not None:
        shown.cells[failed_cell - 1].metadata["failed"] = True
        not_run = len(shown.cells) - failed_cell
        del shown.cells[failed_cell:]
    shown.cells = [
        cell for cell in shown.cells if "remove-cell" not in cell.metadata.get("tags", [])
    ]
    article, _ = _Exporter().from_notebook_node(shown)
    title, article = _titled(article, name)
    contents, article = _with_contents(article)
    return Rendered(title, contents, article, not_run)


def page(
    rendered: Rendered,
    manifest: Manifest,
    *,
    notebook_file: str,
    manifest_file: str,
    index_link: str = "../index.html",
) -> str:
    """The whole HTML document; the two files are named in its footer and stand beside it."""
    return filled(
        "report.html.j2",
        kind="report",
        title=rendered.title,
        contents=rendered.contents,
        article=Markup(rendered.article),  # noqa: S704 - every piece of it went through safe_html
        not_run=rendered.not_run,
        manifest=manifest,
        notebook_file=notebook_file,
        manifest_file=manifest_file,
        index_link=index_link,
    )


class _Exporter(TemplateExporter):
    """nbconvert's walk over the cells with our blocks and filters."""

    template_name = "template"
    extra_template_basedirs = [str(TEMPLATE.parent)]  # noqa: RUF012 - a traitlets trait, set as such
    output_mimetype = "text/html"
    file_extension = ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
        """The article; see nbconvert."""
        self._pieces = count(1)
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3"))
        return super().from_notebook_node(nb, resources, **options)

    def default_filters(self) -> Any:
        """Nbconvert's and ours; every one of ours gives HTML that is safe to stand in the page."""
        yield from super().default_filters()
        yield "filter_data_type", _best_form
        yield "plain_text", plain_text
        yield "data_html", self._data_html
        yield "data_markdown", self._data_markdown
        yield "author_markdown", self._author_markdown
        yield "alternative", _alternative
        yield "picture", _picture

    def _data_html(self, source: str) -> str:
        source = _CARD_STYLE.sub(r"\1", source)
        return mark_words(safe_html(source, prefix=f"o{next(self._pieces)}-"))

    def _data_markdown(self, source: str) -> str:
        """Markdown that code put together may have data in it: HTML inside it is shown as text."""
        return mark_words(safe_html(_markdown(source, escape=True)))

    def _author_markdown(self, source: str) -> str:
        return mark_words(safe_html(_markdown(source, escape=False), links=True))


def _best_form(data: dict[str, Any]) -> list[str]:
    """The one type of an output to show, or none: scripts and widgets are no form here."""
    return [form for form in _SHOWN if form in data][:1]


def _markdown(source: str, *, escape: bool) -> str:
    renderer = IPythonRenderer(escape=escape, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _alternative(output: Any, mimetype: str, cell: Any) -> str:
    """The alt text that came with a picture, or was written in its cell's metadata."""
    own = output.get("metadata", {}).get(mimetype, {})
    given = own.get("alt") if isinstance(own, dict) else None
    return str(given or cell.metadata.get("alt") or "Chart without a description")


def _picture(output: Any, mimetype: str, cell: Any) -> str:
    """An ``img`` in a figure, in the size for which it was drawn."""
    own = output.get("metadata", {}).get(mimetype, {})
    size = "".join(
        f' {side}="{int(own[side])}"'
        for side in ("width", "height")
        if isinstance(own, dict) and isinstance(own.get(side), int | float)
    )
    alt = html.escape(plain_text(_alternative(output, mimetype, cell)))
    data = re.sub(r"[^A-Za-z0-9+/=]", "", output.data[mimetype])
    return f'<figure><img alt="{alt}"{size} src="data:{mimetype};base64,{data}"></figure>'


def _titled(article: str, name: str) -> tuple[str, str]:
    found = _FIRST_TITLE.search(article)
    if found is None:
        return name.replace("_", " ").capitalize(), article
    return _text(found[1]), article[: found.start()] + article[found.end() :]


def _with_contents(article: str) -> tuple[tuple[Heading, ...], str]:
    """The headings of levels 2 and 3, and the article with an id of its own on each heading."""
    contents: list[Heading] = []
    taken = set(_PAGE_IDS)

    def identified(found: re.Match[str]) -> str:
        level, text = int(found[1]), _text(found[3])
        slug = re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"
        names = chain([slug], (f"{slug}-{number}" for number in count(2)))
        id_ = next(name for name in names if name not in taken)
        taken.add(id_)
        if level in {2, 3}:
            contents.append(Heading(level, id_, text))
        given = re.sub(r'\sid="[^"]*"', "", found[2])
        return f'<h{level} id="{id_}"{given}>{found[3]}</h{level}>'

    identified_article = _HEADING.sub(identified, article)
    return tuple(contents), identified_article


def _text(markup: str) -> str:
    return html.unescape(_MARKUP.sub("", markup)).strip()
