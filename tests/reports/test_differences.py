"""What two executions show: figures count, and what changes from run to run by itself does not."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.reports.differences import Differences, differences, same_in_value
from simulator.reports.shown import shown

CHART = (
    '<figure id="c{id}"><style>#c{id}{{color:red}}</style>'
    '<svg role="img" aria-label="Waits"><defs><clipPath id="f{id}-p1"><rect width="{width}"/>'
    '</clipPath></defs><g id="f{id}-matplotlib.axis_1"><text>{tick}</text></g>'
    '<g clip-path="url(#f{id}-p1)"><path d="M 1 {y} L 2 3"/></g><text>{title}</text></svg>'
    "<details><summary>Data table</summary><table><thead><tr><th>topic</th><th>wait (s)</th></tr>"
    "</thead><tbody><tr><td>Billing</td><td>{wait}</td></tr></tbody></table></details></figure>"
)


def chart(**changed: object) -> dict[str, Any]:
    looks = {"id": "aa", "width": 5, "tick": 10, "y": "2.0", "title": "41 s", "wait": "41.5"}
    return bundle({"text/html": CHART.format(**{**looks, **changed}), "text/plain": "Waits"})


def bundle(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def notebook(*cells: Any) -> dict[str, Any]:
    """Text is Markdown; a pair is code and its outputs."""
    made: list[dict[str, Any]] = []
    for cell in cells:
        if isinstance(cell, str):
            made.append({"cell_type": "markdown", "source": cell, "metadata": {}})
        else:
            source, *outputs = cell
            made.append({"cell_type": "code", "source": source, "metadata": {}, "outputs": outputs})
    return {"cells": made}


def between(was: Any, now: Any) -> Differences:
    return differences(notebook(("show()", was)), notebook(("show()", now)))


def told(was: Any, now: Any) -> list[tuple[str, str, str]]:
    return [(each.what, each.was, each.now) for each in between(was, now).figures]


# ------------------------------------------------------------------------------- what counts


def test_a_cell_of_a_table_is_named_by_row_and_column() -> None:
    assert told(chart(), chart(wait="43.2")) == [
        ("table 1, row 1, 'wait (s)' of Billing", "41.5", "43.2")
    ]


def test_the_words_of_a_chart_are_figures() -> None:
    assert told(chart(), chart(title="43 s")) == [("words in a chart", "41 s", "43 s")]


def test_a_chart_drawn_differently_of_the_same_data_is_told_apart() -> None:
    found = between(chart(), chart(y="2.5", tick="12"))
    assert found.figures == ()
    assert [(each.cell, each.what) for each in found.redrawn] == [(1, "drawing")]


def test_a_picture_without_data_counts_as_a_figure() -> None:
    was, now = (bundle({"image/png": each, "text/plain": "<Figure>"}) for each in ("aGk=", "aGo="))
    (difference,) = told(was, now)
    assert difference[0] == "image"


def test_a_row_that_is_gone_is_told() -> None:
    was = bundle({"text/html": "<table><tr><td>1</td></tr><tr><td>2</td></tr></table>"})
    now = bundle({"text/html": "<table><tr><td>1</td></tr></table>"})
    assert told(was, now) == [("table 1, row 2, column 1", "2", "(nothing)")]


def test_what_only_a_terminal_shows_of_a_long_table_counts() -> None:
    table = "<table><tr><td>1</td></tr></table>"
    was, now = (bundle({"text/html": table, "text/plain": text}) for text in ("1\n2", "1\n3"))
    assert told(was, now) == [("line of text 2", "2", "3")]


def test_an_output_that_is_no_longer_there_is_told() -> None:
    found = differences(notebook(("a", printed("81 %\n"))), notebook(("a",)))
    assert [(each.was, each.now) for each in found.figures] == [("81 %", "(nothing)")]


def test_a_difference_is_told_with_cell_and_heading() -> None:
    found = differences(
        notebook("# Waits\n\n## By topic", ("show()", printed("81 %"))),
        notebook("# Waits\n\n## By topic", ("show()", printed("82 %"))),
    )
    assert str(found.figures[0]) == ("cell 2 (By topic), printed line 1\n  was  81 %\n  is   82 %")


def test_a_difference_of_great_length_is_cut() -> None:
    (difference,) = between(printed("a" * 5000), printed("b" * 5000)).figures
    assert len(difference.was) == 300


# ----------------------------------------------------------------------------- what does not


SAME = [
    # was, now: another run of the same
    (printed("<object at 0x7f3a2b1c9d50>"), printed("<object at 0x7f0000000010>")),
    (printed("/tmp/worked-example-ab12cd_9/run"), printed("/tmp/worked-example-zz98y_x1/run")),
    (printed("CPU times: user 3 ms\n81 %"), printed("CPU times: user 9 ms\n81 %")),
    (printed("Wall time: 3 s"), printed("Wall time: 4 s")),
    (printed("note 1", "stderr"), printed("note 2", "stderr")),
    (printed("0.1"), printed("0.1000000000000000055")),
    (printed("a   b"), printed("a b")),
    (chart(), chart(id="bb")),
    (chart(y="2.0000000001"), chart(y="2")),
    (
        bundle({"text/html": '<style>#T_1{}</style><p id="T_1">a</p>'}),
        bundle({"text/html": '<style>#T_2{}</style><p id="T_2">a</p>'}),
    ),
    (
        bundle({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}),
        bundle({"application/vnd.jupyter.widget-view+json": {"model_id": "2"}}),
    ),
]


@pytest.mark.parametrize(("was", "now"), SAME)
def test_what_changes_by_itself_does_not_count(was: Any, now: Any) -> None:
    found = between(was, now)
    assert (found.figures, found.redrawn) == ((), ())


def test_what_is_printed_in_pieces_is_one_text() -> None:
    was = notebook(("a", printed("81"), printed(" %\n")))
    assert differences(was, notebook(("a", printed("81 %\n")))).figures == ()


def test_the_cell_that_gives_the_parameters_is_not_of_the_notebook() -> None:
    made = notebook("# T", ("threshold_s = 3",), ("a", printed("1")))
    made["cells"][1]["metadata"]["tags"] = ["injected-parameters"]
    assert [(each.number, each.heading) for each in shown(made)] == [(3, "T")]


SAME_IN_VALUE = [
    ("1,234.50 s", "1234.5 s", True),
    ("−3", "-3", True),
    ("1e-3", "0.001", True),
    ("0.30000000000000004", "0.3", True),
    ("41.5", "41.6", False),
    ("3 s", "3 min", False),
    ("3", "", False),
    ("12:30", "12:31", False),
    ("a1b2", "a1b3", False),
    ("1,2", "12", False),
]


@pytest.mark.parametrize(("was", "now", "same"), SAME_IN_VALUE)
def test_numbers_are_compared_by_their_value(was: str, now: str, same: bool) -> None:
    assert same_in_value(was, now) is same


# ------------------------------------------------------------------------- a changed notebook


def test_cells_are_paired_by_their_code() -> None:
    was = notebook(("a", printed("1")), ("b", printed("2")))
    now = notebook(("new", printed("0")), ("a", printed("1")), ("b", printed("3")))
    found = differences(was, now)
    assert found.compared == 3
    assert [(each.cell, each.was, each.now) for each in found.figures] == [
        (1, "(nothing)", "0"),
        (3, "2", "3"),
    ]


def test_a_cell_whose_code_was_changed_is_paired_by_its_place() -> None:
    was = notebook(("a", printed("1")), ("b", printed("2")))
    assert differences(was, notebook(("a", printed("1")), ("b + 0", printed("2")))).figures == ()
