"""A page is one file that opens anywhere, tells its contents and lets nothing run or load."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from simulator.reports.gates import Verdict
from simulator.reports.jupyter import nbformat
from simulator.reports.page import Heading, page, render
from simulator.reports.provenance import Manifest, Source, Subject

v4 = nbformat.v4

MANIFEST = Manifest(
    title="Monday",
    made_at="2026-01-05T07:30:00+01:00",
    notebook=Source("service_report", "cd" * 32, "ef" * 20 + "-dirty"),
    parameters={"threshold_s": 60.0, "topic": "<script>Billing</script>"},
    run=Subject(
        folder="/runs/a",
        scenario="corner <shop>",
        seed=7,
        replications=1,
        engine="simpy",
        package="0.1.0",
        scenario_sha256="ab" * 32,
        summary_sha256="12" * 32,
        figures={},
    ),
    failure=None,
    gates=(),
    figures={},
    versions={"python": "3.11"},
    seconds={"execute": 1.25},
    files={},
)

RED_LINE = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    '<style>*{stroke-linejoin: round}</style><path d="M0 0L9 9" style="stroke: #f00"/></svg>'
)


def code(source: str = "1", *outputs: Any, tags: tuple[str, ...] = (), **metadata: Any) -> Any:
    return v4.new_code_cell(
        source, outputs=list(outputs), metadata={"tags": list(tags), **metadata}
    )


def shown(metadata: dict[str, Any] | None = None, **data: str) -> Any:
    """An output; ``text_html=…`` is its text/html."""
    types = {name.replace("_", "/", 1): value for name, value in data.items()}
    types = {"image/svg+xml" if name == "image/svg" else name: v for name, v in types.items()}
    return v4.new_output("display_data", types, metadata=metadata or {})


def rendered_page(
    *cells: Any, manifest: Manifest = MANIFEST, failed_cell: int | None = None
) -> str:
    notebook = v4.new_notebook(cells=list(cells))
    rendered = render(notebook, name="service_report", failed_cell=failed_cell)
    return page(rendered, manifest, notebook_file="n.ipynb", manifest_file="n.manifest.json")


class Loads(HTMLParser):
    """Everything in a document by which a browser would fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"link", "base", "iframe", "object", "embed", "form"}:
            self.found.append(tag)
        for name, value in attrs:
            given = (value or "").strip()
            fetches = name in {"src", "srcset", "data", "poster", "background", "action"}
            refers = name.endswith("href") and tag != "a"
            if name.startswith("on") or (
                (fetches or refers) and not given.startswith(("#", "data:image/"))
            ):
                self.found.append(f"{tag} {name}={given}")


def loads(html: str) -> list[str]:
    """What a page would fetch, by element or by style, in whatever quotes."""
    reader = Loads()
    reader.feed(html)
    styles = re.findall(r"@import|@font-face", html) + [
        url
        for url in re.findall(r"url\(\s*[\"']?([^)\"']*)", html)
        if not url.startswith(("#", "data:"))
    ]
    return reader.found + styles


def test_the_reader_of_this_test_finds_what_it_looks_for() -> None:
    html = """<link href=x><img src='http://x/y.png'><p style="background:url('z')" onclick="x()">
    <style>@import 'a'; b{background:url(data:image/png;base64,AA)}</style><use href='#a'>"""
    assert loads(html) == [
        "link",
        "link href=x",
        "img src=http://x/y.png",
        "p onclick=x()",
        "@import",
        "z",
    ]


def test_nothing_is_fetched_whatever_a_notebook_shows() -> None:
    html = rendered_page(
        v4.new_markdown_cell("# T\n![x](http://e.example/x.png) <link href='http://e.example'>"),
        code("1", shown(text_html="<img src='http://e.example/a'><script src='http://e.example'>")),
        code("1", shown(image_svg=RED_LINE)),
        code("1", shown(text_markdown="<img src='http://e.example/a'> ![x](http://e.example)")),
        code("1", shown(application_javascript="fetch('http://e.example')")),
        code("1", shown(image_png="iVBORw0KGgo=\n")),
    )
    assert loads(html) == []
    assert "An output of type application/javascript is not shown" in html
    assert "e.example" not in re.sub(r"&lt;.*?&gt;", "", html)


def test_only_the_page_s_own_script_may_run() -> None:
    html = rendered_page(code("1", shown(text_html="<script>alert(1)</script><b>b</b>")))
    assert html.count("<script") == 1
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", policy[1])


def test_text_of_a_session_comes_out_as_text() -> None:
    hostile = "<script>alert('x')</script>"
    frame = pd.DataFrame({"first_message": [hostile + "\x00"]})
    html = rendered_page(
        code("1", shown(text_html=frame.to_html())),
        code("1", shown(text_html=frame.to_html(escape=False))),
        code("1", shown(text_markdown=f"He said {hostile}")),
        code("1", shown(text_plain=hostile)),
        code("1", v4.new_output("stream", name="stdout", text=hostile + "\x1b[31mred\x1b[0m\x07")),
        code("1", v4.new_output("error", ename="E", evalue=hostile, traceback=[hostile])),
        code(f"print({hostile!r})"),
    )
    assert html.count("<script") == 1
    assert html.count("&lt;script&gt;alert") >= 5
    assert '<span class="ansi-red-fg">red</span>' in html
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", html)


def test_names_in_the_frame_are_escaped_too() -> None:
    html = rendered_page(v4.new_markdown_cell("# A <b>bold</b> & title"))
    assert "<title>A bold &amp; title</title>" in html
    assert "corner &lt;shop&gt;" in html
    assert "&lt;script&gt;Billing" in html


def test_the_first_heading_is_the_title_and_the_next_levels_are_the_contents() -> None:
    rendered = render(
        v4.new_notebook(
            cells=[
                v4.new_markdown_cell("# Waits on Monday\n\ntext\n\n## By hour\n\n### Billing"),
                code("1", shown(text_markdown="## By hour\n\n#### too deep")),
                code("1", shown(text_html="<h3>From HTML</h3>")),
            ]
        ),
        name="n",
    )
    assert rendered.title == "Waits on Monday"
    assert "<h1" not in rendered.article
    assert rendered.contents == (
        Heading(2, "by-hour", "By hour"),
        Heading(3, "billing", "Billing"),
        Heading(2, "by-hour-2", "By hour"),
        Heading(3, "from-html", "From HTML"),
    )
    for heading in rendered.contents:
        assert rendered.article.count(f'id="{heading.id}"') == 1


def test_no_heading_takes_an_id_that_is_taken() -> None:
    headings = ("Provenance", "By hour", "By hour", "By hour 2", "???", "Wartezeit für Süß")
    text = "\n\n".join(f"## {heading}" for heading in headings)
    rendered = render(v4.new_notebook(cells=[v4.new_markdown_cell(text)]), name="n")
    assert [heading.id for heading in rendered.contents] == [
        "provenance-2",
        "by-hour",
        "by-hour-2",
        "by-hour-2-2",
        "section",
        "wartezeit-für-süß",
    ]


def test_without_a_heading_the_notebook_s_name_is_the_title() -> None:
    assert render(v4.new_notebook(cells=[code()]), name="service_report").title == "Service report"


def test_code_is_folded_and_tags_leave_things_out() -> None:
    html = rendered_page(
        code("kept = 1", shown(text_plain="seen")),
        code("gone = 1", shown(text_plain="stays"), tags=("remove-input",)),
        code("left = 1", shown(text_plain="away"), tags=("remove-output",)),
        code("nothing = 1", shown(text_plain="at all"), tags=("remove-cell",)),
        code("threshold_s = 1", tags=("injected-parameters",)),
    )
    words = re.sub(r"<[^>]*>", "", html[html.index("<main") :])
    assert [word in words for word in ("kept", "seen", "gone", "stays", "left", "away")] == [
        True, True, False, True, True, False,
    ]  # fmt: skip
    assert "nothing" not in words
    assert "at all" not in words
    assert html.count('<details class="code">') == 3
    assert "<summary>Parameters</summary>" in html


def test_pictures_keep_their_alternative_text_and_size() -> None:
    alt = {"alt": 'A line "rises" <fast>'}
    html = rendered_page(
        code("1", shown({"image/png": {**alt, "width": 300}}, image_png="iVBORw0KGgo=")),
        code("1", shown({"image/svg+xml": alt}, image_svg=RED_LINE)),
        code("1", shown(image_jpeg="/9j/4A=="), alt="From the cell"),
    )
    assert 'alt="A line &quot;rises&quot; &lt;fast&gt;" width="300" src="data:image/png;' in html
    assert 'role="img" aria-label="A line &#34;rises&#34; &lt;fast&gt;"' in html
    assert 'alt="From the cell"' in html


def test_a_drawing_stands_inline_with_its_text() -> None:
    html = rendered_page(code("1", shown(image_svg=RED_LINE)))
    assert '<svg viewbox="0 0 9 9"><path d="M0 0L9 9" style="stroke: #f00"/></svg>' in html


def test_a_card_of_ours_is_dressed_by_the_page() -> None:
    card = '<figure id="c1" class="pickup-card"><style>#c1{color:#000}</style>A</figure>'
    other = '<figure id="c1"><style>#c1{color:#000}</style>B</figure>'
    html = rendered_page(code("1", shown(text_html=card)), code("1", shown(text_html=other)))
    assert html.count("{color:#000}") == 1
    assert '<figure class="pickup-card">A</figure>' in html


def test_a_page_of_a_failed_notebook_says_so_and_links_the_cell() -> None:
    failure = {"cell": 2, "error": "KeyError", "message": "'wait'\nmore"}
    html = rendered_page(
        v4.new_markdown_cell("# T\n## Before"),
        code(
            "x['wait']", v4.new_output("error", ename="KeyError", evalue="", traceback=["KeyError"])
        ),
        v4.new_markdown_cell("## Never shown"),
        code("never_run"),
        manifest=replace(MANIFEST, failure=failure),
        failed_cell=2,
    )
    assert "The notebook stopped in cell 2 with KeyError: &#39;wait&#39;</p>" in html
    assert '<a href="#failed-cell">' in html
    assert html.count('id="failed-cell"') == 1
    assert '<details class="code" open>' in html
    assert "2 later cells did not run" in html
    assert "Never shown" not in html


def test_gates_and_provenance_are_told() -> None:
    verdicts = (
        Verdict("asa_s<40", "asa_s", "value", 41.5, met=False),
        Verdict("asa_s<50", "asa_s", "low", None, met=True),
    )
    html = rendered_page(code(), manifest=replace(MANIFEST, gates=verdicts))
    assert "<strong>Target missed</strong> asa_s is 41.5, asked for asa_s&lt;40" in html
    footer = re.sub(r"<[^>]*>", "", html[html.index("<footer") :])
    for told in (
        "seed 7",
        "1 replication,",
        "simpy engine",
        "efefefefefef-dirty",
        "threshold_s = 60.0",
        "5 January 2026, 07:30 UTC+01:00",
        "python 3.11",
    ):
        assert told in footer
    assert 'href="n.ipynb"' in html
    assert 'href="n.manifest.json"' in html


@pytest.mark.parametrize("cells", [[], [v4.new_raw_cell("raw")], [code("")]])
def test_an_empty_notebook_gives_a_page(cells: list[Any]) -> None:
    assert "Where this comes from" in rendered_page(*cells)
