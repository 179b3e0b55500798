"""Objects cut out of a JSON text, wherever its blocks end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.calibration.history.json_objects import lines, nested, parsed
from simulator.calibration.history.json_rows import depth_of

VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(st.sampled_from('a"\\{}[]:,é'), max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text('k{["\\', max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b{", 'c"]']), VALUES, max_size=3), max_size=5
)

FEW = settings(max_examples=40)


def in_blocks(text, size):
    data = text.encode()
    return [data[start : start + size] for start in range(0, len(data), size)]


def objects(text, depth, size):
    return [json.loads(each) for found in nested(in_blocks(text, size), depth) for each in found]


@FEW
@given(ROWS, st.integers(5, 60), st.booleans(), st.sampled_from([None, 1]))
def test_an_array_gives_its_objects(rows, size, is_ascii, indent):
    assert objects(json.dumps(rows, ensure_ascii=is_ascii, indent=indent), 1, size) == rows


@FEW
@given(st.lists(ROWS, min_size=1, max_size=3), st.integers(5, 60))
def test_pages_give_the_rows_of_each(pages, size):
    text = "\n".join(json.dumps({"odata.metadata": 'a "[{', "value": page}) for page in pages)
    assert objects(text, 2, size) == [row for page in pages for row in page]


@FEW
@given(ROWS, st.integers(5, 60))
def test_objects_one_after_another_need_no_lines(rows, size):
    assert objects(json.dumps(rows, indent=2).strip("[]"), 0, size) == rows


@given(st.lists(st.text("ab", max_size=5), max_size=6), st.integers(1, 8))
def test_lines_are_those_of_the_text(texts, size):
    text = "\n".join(texts)
    found = [each.decode() for block in lines(in_blocks(text, size)) for each in block]
    assert found == text.split("\n") or (found, texts[-1:]) in [
        (text.split("\n")[:-1], [""]),
        ([], []),
    ]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a"', '[{"a": 1}', "[{}]]", '{"value": [{}]'])
def test_a_text_that_is_cut_off_is_told(text):
    with pytest.raises(ValueError, match="bracket"):
        objects(text, 1, 7)


def test_what_is_no_object_is_none():
    assert [parsed(text) for text in (b"[1]", b"{", b"3", b"")] == [None] * 4


@pytest.mark.parametrize(
    ("head", "depth"),
    [
        ('{"ChatSessionId": 1}\n{"Chat', 0),
        ('{\n  "ChatSessionId": 1', 0),
        ('[{"ChatSessionId": 1', 1),
        ("[\n", 1),
        (
            '{"odata.metadata":"https://example.com/$metadata#[{","odata.nextLink":null,"value":[{',
            2,
        ),
        ('{"value": [', 2),
        ('[ {"odata.metadata": "x", "value" : [{', 3),
        ('{"FirstMessage": "\\"value\\": [", "ChatSessionId": 1}', 0),
        ('{"User": {"value": [1]}}', 0),
    ],
)
def test_the_beginning_tells_how_deep_the_rows_stand(head, depth):
    assert depth_of(head) == depth
