"""Bodies: media types by Accept, XML, errors."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.tenant import answers
from tests.tenant.rows import ADA, Forms, a_session, seen

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/json", "text/json"),
        ("application/json-patch+json", "application/json-patch+json"),
        ("application/merge-patch+json", "application/merge-patch+json"),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("application/xml;q=0.1, application/json;q=0.2", "application/json"),
        ("application/xml;q=0", "application/json"),
        ("application/pdf", "application/json"),  # never 406
        ("application/xml;q=much", "application/xml"),
    ],
)
def test_the_media_type_is_the_one_most_accepted(accept, media):
    _, content_type = answers.respond({"Id": 1}, {"accept": accept})
    assert content_type == f"{media}; charset=utf-8"


def test_nothing_is_null_in_json_and_nil_in_xml():
    assert answers.respond(None, {})[0] == b"null"
    body, _ = answers.respond(None, {"accept": "text/xml"})
    root = ET.fromstring(body)
    assert (root.tag, root.get(NIL)) == ("ChatSessionEntity", "true")


def test_json_is_the_object_key_for_key():
    found = answers.session_object(a_session(user=ADA), view=seen())
    body, _ = answers.respond(found, {"accept": "application/json"})
    assert list(orjson.loads(body).items()) == list(found.items())


def test_an_entity_in_xml_has_its_name_as_root_and_its_keys_as_elements():
    found = answers.session_object(a_session(user=ADA, customer_name="Kim & <Co>"), view=seen())
    root = ET.fromstring(answers.respond(found, {"accept": "application/xml"})[0])
    assert root.tag == "ChatSessionEntity"
    assert [child.tag for child in root] == list(found)
    assert root.findtext("CustomerName") == "Kim & <Co>"
    assert root.findtext("User/FullName") == "Ada Lovelace"
    assert root.findtext("CustomerConsented") == "true"
    person = root.find("Person")
    assert person is not None
    assert person.get(NIL) == "true"


def test_lists_in_xml_name_what_they_hold():
    row = {
        "user_id": 31,
        "display_name": "Ada",
        "ongoing_chats": 0,
        "present": 1,
        "chat_topics": (101, 102),
    }
    found = [answers.presence_object(row, view=seen())]
    root = ET.fromstring(answers.respond(found, {"accept": "text/xml"}, "ChatPresence")[0])
    assert root.tag == "ArrayOfChatPresence"
    assert [each.text for each in root.findall("ChatPresence/ChatTopics/int")] == ["101", "102"]


@given(text=st.text(), key=st.text(min_size=1))
def test_whatever_a_customer_typed_is_well_formed_xml(text: str, key: str):
    found: dict[str, Any] = {"FirstMessage": text, key: 1}
    root = ET.fromstring(answers.respond(found, {"accept": "text/xml"}, "Thing")[0])
    if text.isprintable():
        assert (root.findtext("FirstMessage") or "") == (text if key != "FirstMessage" else "1")


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (400, "ArgumentException", "The request is invalid."),
        (401, "SoSessionException", "Authentication is required."),
        (403, "SoSecurityException", "Access denied."),
        (404, "SoNotFoundException", "Not found."),
        (421, "MisdirectedRequest", "Wrong subdomain used to access tenant"),
        (500, "Exception", "An error has occurred."),
    ],
)
def test_an_error_has_the_documented_keys(status, kind, text):
    assert answers.error(status, "", "", Forms()) == {
        "Error": True,
        "ErrorType": kind,
        "ErrorMessage": text,
        "ErrorSource": "SuperOffice.Services.Implementation",
    }


def test_an_errors_text_may_stand_under_message_as_in_the_official_clients_tests():
    found = answers.error(404, "", "Chat session id 9 not found", Forms(error_text_key="Message"))
    assert list(found) == ["Error", "ErrorType", "Message", "ErrorSource"]
    assert found["Message"] == "Chat session id 9 not found"


def test_bad_parameters_of_an_agents_call():
    assert answers.invalid_request("ChatSessionId is missing") == {
        "Message": "The request is invalid.",
        "MessageDetail": "ChatSessionId is missing",
    }
