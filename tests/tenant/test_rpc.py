"""The Agents face: the same deeds as REST, with null for what is not there."""

from __future__ import annotations

import pytest

from tests.tenant.served import SALES, SUPPORT, Served


@pytest.fixture
def tenant(house):
    """The sample tenant as it was at the start, asked by name."""
    house.as_new()
    return Served(house.running)


def test_a_session_from_its_creation_to_its_end(tenant):
    made = tenant.call("CUSTOMERS", "CreateChatSessionForTopic", {"ChatTopicId": SALES}).json
    number = made["ChatSessionId"]
    taken = tenant.call("ADA", "PickUpFirstChatSession").json
    tenant.call("ADA", "AddChatMessage", {"ChatSessionId": number, "Message": "Hello"})
    written = tenant.call(
        "ADA",
        "AddChatMessage",
        {"ChatSessionId": number, "Message": {"Message": "Hi", "Type": "ToUser"}},
    ).json
    ended = tenant.call("ADA", "SaveChatSessionEntity", {**taken, "Status": "Finished"}).json
    statuses = [made["Status"], taken["Status"], ended["Status"]]
    assert statuses == ["InQueue", "CustomerLast", "Finished"]
    assert taken["ChatSessionId"] == ended["ChatSessionId"] == number
    assert (written["Message"], written["Type"]) == ("Hi", "ToUser")
    said = tenant.call("ADA", "GetChatMessages", {"ChatSessionId": number, "After": 0}).json
    assert [each["Message"] for each in said if each["SpecialType"] == "None"] == ["Hello", "Hi"]
    after = {"ChatSessionId": number, "After": said[-2]["ChatMessageId"]}
    assert len(tenant.call("ADA", "GetChatMessages", after).json) == 1
    assert "Hello" in tenant.call("ADA", "GetChatTranscript", {"ChatSessionId": number}).json


def test_both_faces_show_the_same_session(tenant):
    number = tenant.seed(1)
    rest = tenant.ask("ADA", "GET", f"ChatSession/{number}").json
    del rest["_Links"]
    agents = tenant.call("ADA", f"GetChatSessionEntity?chatSessionEntityId={number}").json
    assert agents == rest


def test_one_session_is_picked_up_transferred_and_reset(tenant):
    number = tenant.seed(1)
    one = {"ChatSessionId": number}
    tenant.call("ADA", "PickUpChatSession", one)
    to_bo = one | {"ToAssociate": "Bo"}
    told = [
        tenant.call("ADA", "TransferChatSession", to_bo).json,
        tenant.call("BO", "RejectChatSessionTransfer", one).json,
        tenant.call("ADA", "TransferChatSession", to_bo).json,
        tenant.call("BO", "AcceptChatSessionTransfer", one).json,
    ]
    owners = [(each["User"]["Name"], each["TransferTo"] is not None) for each in told]
    assert owners == [("Ada", True), ("Ada", False), ("Ada", True), ("Bo", False)]
    assert tenant.call("BO", "ResetChatSession", one).json["Status"] == "InQueue"


def test_sessions_and_presence_of_the_desk(tenant):
    tenant.seed(1)
    tenant.seed(1, SUPPORT)
    assert len(tenant.call("ADA", "ChatSessionsForUser").json) == 1
    body = {"ChatPresence": [{"UserId": 712, "Present": False}]}
    assert tenant.call("BO", "SaveChatPresence", body).status == 204
    present = {
        each["DisplayName"]: each["Present"] for each in tenant.call("BO", "GetChatPresence").json
    }
    assert present == {"Ada": True, "Bo": False, "Cy": True}


def test_an_entity_with_the_id_0_is_a_new_session(tenant):
    blank = tenant.call("CUSTOMERS", "CreateDefaultChatSessionEntity").json
    told = tenant.call("CUSTOMERS", "SaveChatSessionEntity", {**blank, "TopicId": SALES}).json
    assert told["ChatSessionId"] > 0
    assert told["Status"] == "InQueue"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("PickUpFirstChatSession", None),
        ("PickUpChatSession", {"ChatSessionId": 4711}),
        ("CreateChatSessionForTopic", {"ChatTopicId": 4711}),
        ("GetChatSessionEntity?chatSessionEntityId=4711", None),
        ("SaveChatSessionEntity", {"ChatSessionId": 4711, "Status": "Finished"}),
        ("AddChatMessage", {"ChatSessionId": 4711, "Message": "Hello"}),
        ("GetChatMessages", {"ChatSessionId": 4711}),
        ("GetChatTranscript", {"ChatSessionId": 4711}),
        ("TransferChatSession", {"ChatSessionId": 4711, "ToAssociate": "Bo"}),
        ("AcceptChatSessionTransfer", {"ChatSessionId": 4711}),
        ("RejectChatSessionTransfer", {"ChatSessionId": 4711}),
        ("ResetChatSession", {"ChatSessionId": 4711}),
    ],
)
def test_what_is_not_there_is_null(tenant, name, body):
    told = tenant.call("ADA", name, body)
    assert (told.status, told.json) == (200, None)


@pytest.mark.parametrize(
    ("name", "body", "detail"),
    [
        ("PickUpChatSession", None, "ChatSessionId"),
        ("PickUpChatSession", {"ChatSessionId": "1"}, "ChatSessionId"),
        ("PickUpChatSession", {"ChatSessionId": True}, "ChatSessionId"),
        ("PickUpChatSession", [1], "ChatSessionId"),
        ("GetChatSessionEntity", None, "chatSessionEntityId"),
        ("GetChatSessionEntity?chatSessionEntityId=x", None, "chatSessionEntityId"),
        ("DeleteChatSessionEntity?chatSessionEntityId=-1", None, "chatSessionEntityId"),
        ("GetChatMessages", {"ChatSessionId": 1, "After": "x"}, "After"),
        ("TransferChatSession", {"ChatSessionId": 1}, "ToAssociate"),
        ("AddChatMessage", {"ChatSessionId": 1, "Message": 7}, "Message"),
        ("SaveChatSessionEntity", {"ChatSessionId": "x"}, "ChatSessionId"),
        ("SaveChatSessionEntity", {"ChatSessionId": 0, "Status": "Nope"}, "Nope"),
        ("SaveChatSessionEntity", [], "object"),
    ],
    ids=str,
)
def test_parameters_that_are_not_as_they_must_be_are_told(tenant, name, body, detail):
    told = tenant.call("ADA", name, body)
    assert told.status == 400
    assert told.json["Message"] == "The request is invalid."
    assert detail in told.json["MessageDetail"]


def test_to_delete_twice_is_no_error(tenant):
    number = tenant.seed(1)
    path = f"DeleteChatSessionEntity?chatSessionEntityId={number}"
    told = [tenant.call("ADA", path).status for _ in range(2)]
    assert told == [204, 204]
    assert tenant.truth()["sessions"] == 0


def test_a_missing_right_is_forbidden_here_too(tenant):
    number = tenant.seed(1, SUPPORT)
    told = tenant.call("ADA", "PickUpChatSession", {"ChatSessionId": number})
    assert (told.status, told.json["Error"]) == (403, True)


def test_calls_are_posts_alone(tenant):
    assert tenant.ask("ADA", "GET", "Agents/Chat/ChatSessionsForUser").status == 405
