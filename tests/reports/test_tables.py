"""Numbers to the right, words to the left."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.reports.tables import mark_words


def test_a_column_of_words_is_marked_with_its_heading() -> None:
    html = (
        "<table><thead><tr><th>agent</th><th>wait</th></tr></thead>"
        "<tbody><tr><th>Ada</th><td>1,234.5 s</td></tr>"
        "<tr><th>Bo</th><td>–</td></tr></tbody></table>"
    )
    assert mark_words(html) == (
        '<table><thead><tr><th class="words">agent</th><th>wait</th></tr></thead>'
        '<tbody><tr><th class="words">Ada</th><td>1,234.5 s</td></tr>'
        '<tr><th class="words">Bo</th><td>–</td></tr></tbody></table>'
    )


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
    assert ('<td class="words">' not in mark_words(html)) is numeric


def test_a_table_with_spanning_cells_is_marked_as_a_whole() -> None:
    assert mark_words('<table id="t"><tr><td colspan="2">1</td></tr></table>') == (
        '<table class="words" id="t"><tr><td colspan="2">1</td></tr></table>'
    )


def test_what_is_marked_already_and_what_is_no_table_stays() -> None:
    for html in ('<table><tr><td class="mine">a</td></tr></table>', "<table></table>", "<p>a</p>"):
        assert mark_words(html) == html
