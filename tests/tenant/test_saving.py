"""From an entity that a client sends to the columns that a save writes."""

from __future__ import annotations

import json

import pytest

from simulator.entity import ChatSession, ChatSessionStatus, from_wire
from simulator.errors import DataError
from simulator.tenant.saving import columns_of, merged, patched

KEPT = (
    *("ChatSessionId", "TopicId", "User", "TransferTo", "WhenRequested", "WhenStarted"),
    *("WhenEnded", "WhenIdle", "WhenFetched", "SessionKey", "InitialQueuePos", "Rank"),
    *("AlertLevel", "TableRight", "FieldProperties"),
)


def columns(entity, *, new=False):
    return columns_of(from_wire(entity), entity, new=new)


@pytest.mark.parametrize(
    ("entity", "written"),
    [
        ({}, {}),
        ({"CustomerName": "Kim"}, {"customer_name": "Kim"}),
        ({"CustomerName": None}, {"customer_name": None}),
        ({"CustomerConsented": True}, {"customer_consented": 1}),
        ({"Status": "Finished"}, {"status": ChatSessionStatus.Finished}),
        ({"Flags": "UserIsTyping"}, {"flags": 1}),
        ({"Flags": "CustomerIsTyping, UserIsTyping"}, {"flags": 1}),
        ({"Rating": 4}, {"rating": 4}),
        ({"Rating": None}, {"rating": 0}),
        ({"ChatbotIsActive": True}, {"chatbot_is_active": 1}),
        ({"Contact": None}, {"contact": None}),
        ({"NoSuchKey": 1}, {}),
    ],
)
def test_what_was_sent_is_written_and_nothing_else(entity, written):
    assert columns(entity) == written


@pytest.mark.parametrize("key", KEPT)
def test_what_the_tenant_keeps_is_not_written(key):
    entity = ChatSession().to_wire()
    assert columns({key: entity[key]}) == {}


def test_the_topic_is_written_for_a_new_session_alone():
    assert columns({"TopicId": 7}, new=True) == {"topic_id": 7}
    assert columns({"TopicId": 7}) == {}


def test_a_carrier_is_kept_as_it_was_sent():
    written = columns({"Person": {"PersonId": 7, "FullName": "Kim"}})
    assert json.loads(written["person"]) == {"PersonId": 7, "FullName": "Kim"}


@pytest.mark.parametrize("entity", [{"Status": "Napping"}, {"Flags": "Napping"}])
def test_a_word_that_is_none_is_refused(entity):
    with pytest.raises(DataError, match="Napping"):
        columns(entity)


def test_a_merge_takes_away_what_is_null():
    assert merged({"A": 1, "B": 2}, {"B": None, "C": 3}) == {"A": 1, "B": None, "C": 3}


BEFORE = {"Rating": 1, "CustomerName": "Kim"}


@pytest.mark.parametrize(
    ("steps", "after"),
    [
        ([], BEFORE),
        ([{"op": "replace", "path": "/Rating", "value": 4}], {**BEFORE, "Rating": 4}),
        ([{"op": "add", "path": "/FirstMessage", "value": "Hi"}], {**BEFORE, "FirstMessage": "Hi"}),
        ([{"op": "test", "path": "/Rating", "value": 1}], BEFORE),
        (
            [
                {"op": "replace", "path": "/Rating", "value": 2},
                {"op": "test", "path": "/Rating", "value": 2},
                {"op": "replace", "path": "/Rating", "value": 3},
            ],
            {**BEFORE, "Rating": 3},
        ),
    ],
)
def test_steps_are_done_in_their_order(steps, after):
    before = dict(BEFORE)
    assert patched(before, steps) == after
    assert before == BEFORE


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([{"op": "test", "path": "/Rating", "value": 2}], "the test of Rating failed"),
        ([{"op": "remove", "path": "/Rating"}], "add, replace or test"),
        ([{"op": "replace", "path": "/User/Name", "value": "x"}], "root keys"),
        ([{"op": "replace", "path": "", "value": {}}], "root keys"),
        ([{"path": "/Rating", "value": 2}], "add, replace or test"),
        (["replace"], "list of operations"),
        (None, "list of operations"),
    ],
)
def test_other_steps_are_refused(steps, told):
    with pytest.raises(DataError, match=told):
        patched(BEFORE, steps)
