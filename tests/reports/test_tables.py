"""Numbers to the right, words to the left."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd
import pytest

from simulator.reports.tables import LAST_RULE, mark_words


def test_a_column_of_words_is_marked_on_the_table() -> None:
    html = (
        "<table><thead><tr><th>agent</th><th>wait</th></tr></thead>"
        "<tbody><tr><th>Ada</th><td>1,234.5 s</td></tr>"
        "<tr><th>Bo</th><td>–</td></tr></tbody></table>"
    )
    assert mark_words(html) == html.replace("<table>", '<table class="w1">')


def test_marks_stand_beside_classes_and_replace_those_of_cells() -> None:
    html = (
        '<table border="1" class="dataframe"><tr><td class="pickup-text">a</td><td>1</td>'
        '<td class="pickup-text">b</td></tr></table>'
    )
    assert mark_words(html) == (
        '<table border="1" class="w1 w3 dataframe"><tr><td>a</td><td>1</td><td>b</td></tr></table>'
    )


def test_there_is_a_rule_for_each_column_and_cells_are_marked_beyond() -> None:
    style = (files("simulator.reports") / "template" / "style.css").read_text(encoding="utf-8")
    for number in range(1, LAST_RULE + 1):
        assert style.count(f".w{number} tr > :nth-child({number})") == 2
    assert f".w{LAST_RULE + 1} " not in style
    cells = "".join("<td>x</td>" for _ in range(LAST_RULE + 1))
    marked = mark_words(f"<table><tr>{cells}</tr></table>")
    assert marked.count('<td class="words">x</td>') == 1
    assert marked.endswith('<td class="words">x</td></tr></table>')


@pytest.mark.parametrize(
    ("values", "numeric"),
    [
        ([1, 2], True),
        ([-1.5, 1e-9], True),
        ([0.5, None], True),
        (["12.5 %", "3 %"], True),
        (["+3", "−4"], True),
        (["1", "one"], False),
        (["", ""], False),
        (["08:30", "09:00"], False),
        (["2026-01-05", "2026-01-06"], False),
        (["3 <b>", "4"], False),
    ],
)
def test_what_counts_as_a_number(values: list[object], numeric: bool) -> None:
    html = pd.DataFrame({"x": values}).to_html(index=False)
    assert ('class="w1 dataframe"' not in mark_words(html)) is numeric


def test_a_table_with_spanning_cells_is_marked_as_a_whole() -> None:
    assert mark_words('<table id="t"><tr><td colspan="2">1</td></tr></table>') == (
        '<table class="words" id="t"><tr><td colspan="2">1</td></tr></table>'
    )


def test_what_is_no_table_stays() -> None:
    for html in ("<table></table>", "<p>a</p>"):
        assert mark_words(html) == html
