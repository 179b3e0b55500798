"""Carriers of the desk: messages, topics, presence."""

from __future__ import annotations

import json

import pytest

from simulator.entity import (
    ChatMessage,
    ChatMessageSpecialType,
    ChatMessageType,
    ChatPresence,
    ChatTopic,
    ChatTopicAgent,
)
from simulator.errors import DataError

MESSAGE = {
    "ChatMessageId": 5,
    "ChatSessionId": 7,
    "Type": "Special",
    "Message": "Ada is here",
    "Author": "Ada",
    "ReadByCustomer": 1,
    "SpecialType": "Welcome",
    "SpecialParam": None,
    "WhenPosted": "2026-03-23T08:00:30Z",
    "TableRight": None,
    "FieldProperties": {},
}
TOPIC = {
    "ChatTopicId": 101,
    "Name": "Sales",
    "Language": {"Id": 3, "Value": "Norsk"},
    "LastAccept": "0001-01-01T00:00:00",
    "SecondsPrAccept": 42,
    "OpeningHours": {"MonEnabled": True, "MonStart": "08:00"},
    "UseQueueOfflineForm": True,
    "OfflineFormTimeLimit": 10,
}
PRESENCE = {
    "UserId": 31,
    "DisplayName": "Ada",
    "OngoingChats": 2,
    "Present": True,
    "ChatTopics": [101, 102],
}


@pytest.mark.parametrize(
    ("carrier", "record"),
    [
        (ChatMessage, MESSAGE),
        (ChatTopic, TOPIC),
        (ChatPresence, PRESENCE),
        (ChatTopicAgent, {"TopicId": 101, "User": None, "CanRespond": True}),
    ],
)
def test_a_record_comes_back_as_it_stood(carrier, record):
    found = carrier.from_wire(record).to_wire()
    assert json.dumps(found) == json.dumps(record)


def test_a_message_knows_its_types_and_when_it_was_posted():
    message = ChatMessage.from_wire(MESSAGE)
    assert message.type is ChatMessageType.Special
    assert message.special_type is ChatMessageSpecialType.Welcome
    assert message.when_posted is not None
    assert message.when_posted.is_set


def test_what_a_customer_said_is_not_in_a_messages_repr():
    assert "Ada is here" not in repr(ChatMessage.from_wire(MESSAGE))


def test_blank_carriers_have_the_wires_blanks():
    assert ChatMessage().to_wire()["SpecialType"] == "None"
    assert ChatPresence().to_wire()["ChatTopics"] == []
    assert ChatTopic().to_wire()["LastAccept"] == "0001-01-01T00:00:00"


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ("101", r"ChatPresence\.ChatTopics is text; the tenant writes a list of whole numbers"),
        ([101, "x"], r"ChatPresence\.ChatTopics\[1\] is text; the tenant writes a whole number"),
    ],
)
def test_a_list_of_another_kind_is_told_with_its_place(topics, message):
    with pytest.raises(DataError, match=message):
        ChatPresence.from_wire({"ChatTopics": topics})
