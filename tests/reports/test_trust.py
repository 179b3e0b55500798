"""What may stand in a page: nothing that runs, nothing that fetches, and text as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reports.trust import plain_text, safe_html

DEFANGED = [
    # what comes in, what may stand in the page
    ("<b>bold</b> &amp; 5 &lt; 6", "<b>bold</b> &amp; 5 &lt; 6"),
    ("<script>alert(1)</script>after", "after"),
    ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>after", "after"),
    ("<script>alert(1)", ""),
    ("<p onclick='x()' ONMOUSEOVER=x()>p</p>", "<p>p</p>"),
    ("<svg/onload=alert(1)><path d='M0 0'/></svg>", None),
    ("<a href='javascript:x()'>a</a>", "<a>a</a>"),
    ("<a href='&#106;avascript&colon;x()'>a</a>", "<a>a</a>"),
    ("<a href=' \x01javascript:x()'>a</a>", "<a>a</a>"),
    ("<a href='https://example.com'>a</a>", "<a>a</a>"),
    ("<img src='http://evil.example/x.png' alt='a &lt; b'>", "a &lt; b"),
    ("<img src=//evil.example/x.png>", ""),
    ("<img src='data:image/svg+xml;base64,PHN2Zz4='>", ""),
    (
        "<img src='data:image/png;base64,iVBO Rw0='>",
        '<img src="data:image/png;base64,iVBORw0=" alt="">',
    ),
    (
        "<img src='data:image/png;base64,iVBO Rw0=' alt='a line'>",
        '<img src="data:image/png;base64,iVBORw0=" alt="a line">',
    ),
    ("<img srcset='//evil.example/x 2x'>", ""),
    ("<iframe srcdoc='<script>x()</script>'></iframe>after", "after"),
    ("<object data='x.swf'><b>fallback</b></object>after", "after"),
    ("<form action='//evil.example'><input name=a>words</form>", "words"),
    ("<link rel=stylesheet href=//evil.example><meta http-equiv=refresh>x<base href=//e>", "x"),
    ("<svg><foreignObject><body onload=x()></foreignObject></svg>", None),
    ("<svg><use href='//evil.example/a.svg#b'></use></svg>", None),
    ("<math><mtext></mtext><script>x()</script></math>after", "after"),
    ("<!-- a --><?xml version='1.0'?><!DOCTYPE svg><i>x</i>", "<i>x</i>"),
    ("<p style='background:url(//evil.example/x)'>p</p>", "<p>p</p>"),
    ("<p style='background:url(\"data:image/png;base64,AA==\")'>p</p>", None),
    ("<p style='background:u\\72l(//evil.example)'>p</p>", "<p>p</p>"),
    ("<p style='background:image-set(\"x.png\" 1x)'>p</p>", "<p>p</p>"),
    ("<p style='position:fixed;top:0'>p</p>", "<p>p</p>"),
    ("<p style='color: red'>p</p>", '<p style="color: red">p</p>'),
    ("<style>@import '//evil.example';</style>x", "x"),
    ("<style>body { display: none }</style>x", "x"),
    ("<style>.dataframe thead th { text-align: right }</style>x", "x"),
    ("<style>#t td, #other { color: red }</style><p id=t>x</p>", '<p id="o-t">x</p>'),
    ("<svg><style><img src=x onerror=x()></style></svg>", None),
    ("</div></section></main>x", "x"),
    ("<div><b>never closed", "<div><b>never closed</b></div>"),
    ("<template><b>x</b></template>y", "y"),
    ("nul\x00 bell\x07 escape\x1b next-line\x85 kept\t\n", "nul bell escape next-line kept\t\n"),
]

RUNS_OR_FETCHES = re.compile(
    r"<script|<iframe|<foreignobject|\son\w+\s*=|javascript:|evil\.example|@import|srcset|<base"
    r"|<link",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("given_html", "expected"), DEFANGED)
def test_html_is_reduced_to_what_cannot_do_harm(given_html: str, expected: str | None) -> None:
    written = safe_html(given_html, prefix="o-")
    assert not RUNS_OR_FETCHES.search(written)
    if expected is not None:
        assert written == expected


PIECES = """
<script> </script> <svg> </svg> <style> </style> <title> <table> </table> <iframe> <select>
<textarea> <math> <plaintext> </p> <!-- --> <![CDATA[ ]]> &lt; javascript:x() " ' > < /
"""


@given(
    st.lists(
        st.sampled_from(
            [
                *re.split(r"\s+", PIECES),
                "<a href=",
                "<p onclick=x()>",
                "<img src=//evil.example>",
                "\x00",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_whatever_comes_in_is_safe_and_closed_and_stays_as_it_is_the_second_time(html: str) -> None:
    written = safe_html(html)
    tags = re.findall(r"<[^>]*>", written)
    assert not any(RUNS_OR_FETCHES.search(tag) for tag in tags)
    for name in ("div", "svg", "table", "p", "a", "title"):
        assert len(re.findall(rf"<{name}[ >]", written)) == written.count(f"</{name}>")
    unboxed = re.sub(r"</?div[^>]*>", "", written)
    assert re.sub(r"</?div[^>]*>", "", safe_html(unboxed)) == unboxed


def test_two_drawings_with_the_same_ids_do_not_meet() -> None:
    drawing = (
        '<svg><defs><clipPath id="p1"><rect width="1"/></clipPath></defs>'
        '<g clip-path="url(#p1)" style="fill: #abc; mask: url(#p1)">'
        '<use xlink:href="#p1"/></g></svg>'
    )
    assert safe_html(drawing, prefix="o7-") == (
        '<div class="scroll svg"><svg>'
        '<defs><clippath id="o7-p1"><rect width="1"/></clippath></defs>'
        '<g clip-path="url(#o7-p1)" style="fill: #abc; mask: url(#o7-p1)">'
        '<use xlink:href="#o7-p1"/></g></svg></div>'
    )


def test_what_no_reader_can_see_is_left_out() -> None:
    drawing = '<svg><g id="axes_1"><path id="a" d="M 0.123456 -1.5e-05 \nL 9.875 9"/></g></svg>'
    assert safe_html(drawing) == (
        '<div class="scroll svg"><svg><path d="M 0.12 -1.5e-05 L 9.87 9"/></svg></div>'
    )
    named = '<p id="a">x</p><p aria-labelledby="b a">y</p>'
    assert safe_html(named, prefix="o-") == '<p id="o-a">x</p><p aria-labelledby="b o-a">y</p>'
    assert safe_html('<p id="a">x</p>', links=True) == '<p id="a">x</p>'


def test_rules_about_own_ids_stand_as_a_styler_writes_them() -> None:
    styled = (
        "<style type='text/css'>#T_1_row0_col0, #T_1 td {color: red}</style>"
        "<table id='T_1'><tr><td id='T_1_row0_col0'>1</td></tr></table>"
    )
    assert "<style>#o-T_1_row0_col0, #o-T_1 td {color: red}</style>" in safe_html(
        styled, prefix="o-"
    )


def test_matplotlib_metadata_with_its_addresses_is_left_out() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><metadata><a>http://purl.org/dc</a></metadata>'
        "<title>A &lt; B</title></svg>"
    )
    assert safe_html(drawing) == '<div class="scroll svg"><svg><title>A &lt; B</title></svg></div>'


def test_links_stand_where_an_author_wrote_them() -> None:
    assert safe_html("<a href='https://example.com/a'>a</a>", links=True) == (
        '<a href="https://example.com/a" rel="noopener noreferrer">a</a>'
    )
    assert (
        safe_html("<a href='../index.html#x'>a</a>", links=True)
        == '<a href="../index.html#x">a</a>'
    )
    assert safe_html("<a href='javascript:x()'>a</a>", links=True) == "<a>a</a>"
    assert safe_html("<a href='//example.com'>a</a>", links=True) == "<a>a</a>"


def test_wide_things_get_a_box_to_scroll_in() -> None:
    assert safe_html("<table><tr><td>1</table>") == (
        '<div class="scroll table"><table><tr><td>1</td></tr></table></div>'
    )


def test_plain_text_keeps_line_ends_and_letters_of_all_scripts() -> None:
    assert plain_text("Zoë\t你好\r\n\x1b[31m\u2028😀") == "Zoë\t你好\r\n[31m😀"
