"""Each Agents call answers and does what its REST twin does, told by all that can be seen."""

from __future__ import annotations

import pytest

from simulator.tenant import rpc
from tests.tenant.house import BO, CY, EJ_USER, SALES, SUPPORT

DATES = ("WhenRequested", "WhenStarted", "WhenEnded", "WhenIdle", "WhenFetched", "WhenPosted")
NEVER_THE_SAME = {*DATES, "LastAccept", "SessionKey", "ChatMessageId", "_Links"}
"""And the links, which REST alone adds."""

ONE = {"ChatSessionId": 1}
NEW = {"TopicId": SALES, "CustomerName": "Kim"}
SAVED = {**ONE, "CustomerName": "Kim", "Status": "Finished"}
AWAY = [{"UserId": EJ_USER + BO, "Present": False}]


def plain(found):
    """An answer without what is never the same twice."""
    if isinstance(found, list):
        return [plain(each) for each in found]
    if not isinstance(found, dict):
        return found
    return {key: plain(value) for key, value in found.items() if key not in NEVER_THE_SAME}


def empty(house):
    """Nobody in the queue."""
    assert house.truth()["sessions"] == 0


def waiting(house):
    house.seed(2)


def taken(house):
    waiting(house)
    house.post("ChatSession/Pickup")


def offered(house):
    taken(house)
    house.post(f"ChatSession/1/TransferTo/{BO}")


def talked(house):
    taken(house)
    for text in ("one", "two"):
        house.post("ChatSession/1/Messages", {"Message": text, "Type": "ToUser"})


def everything(house):
    """What is to be seen of the tenant from outside."""
    truth = house.truth()
    log = [(each["id"], each["associate_id"]) for each in truth.pop("pickup_log")]
    sessions = house.get("ChatSession/ForCurrentUser", who="CY")
    said = [house.get(f"ChatSession/{each['ChatSessionId']}/Messages") for each in sessions]
    return truth, log, plain(sessions), plain(said), house.get("Presence/GetAll")


TWINS = [
    # what is there before, who asks, REST's method, path and body, the call and its body
    (waiting, "ADA", "POST ChatSession/Pickup", None, "PickUpFirstChatSession", None),
    (empty, "ADA", "POST ChatSession/Pickup", None, "PickUpFirstChatSession", None),
    (waiting, "BO", "POST ChatSession/1/Pickup", None, "PickUpChatSession", ONE),
    (taken, "BO", "POST ChatSession/1/Pickup", None, "PickUpChatSession", ONE),
    (
        *(waiting, "CUSTOMERS", f"POST ChatTopic/{SUPPORT}/Sessions", None),
        *("CreateChatSessionForTopic", {"ChatTopicId": SUPPORT}),
    ),
    (taken, "ADA", "GET ChatSession/1", None, "GetChatSessionEntity?chatSessionEntityId=1", None),
    (waiting, "ADA", "POST ChatSession", NEW, "SaveChatSessionEntity", NEW),
    (taken, "ADA", "PUT ChatSession/1", SAVED, "SaveChatSessionEntity", SAVED),
    (
        *(taken, "ADA", "DELETE ChatSession/1", None),
        *("DeleteChatSessionEntity?chatSessionEntityId=1", None),
    ),
    (taken, "ADA", "GET ChatSession/default", None, "CreateDefaultChatSessionEntity", None),
    (
        *(taken, "ADA", "POST ChatSession/1/Messages", {"Message": "Hi"}),
        *("AddChatMessage", {**ONE, "Message": {"Message": "Hi"}}),
    ),
    (talked, "ADA", "GET ChatSession/1/Messages", None, "GetChatMessages", ONE),
    (
        *(taken, "ADA", "POST ChatSession/99/Messages", {"Message": "Hi"}),
        *("AddChatMessage", {"ChatSessionId": 99, "Message": {"Message": "Hi"}}),
    ),
    (waiting, "ADA", "POST ChatSession/1/Transcript", None, "GetChatTranscript", ONE),
    (taken, "CY", "GET ChatSession/ForCurrentUser", None, "ChatSessionsForUser", None),
    (
        *(taken, "ADA", f"POST ChatSession/1/TransferTo/{CY}", None),
        *("TransferChatSession", {**ONE, "ToAssociate": str(CY)}),
    ),
    (offered, "BO", "POST ChatSession/1/AcceptTransfer", None, "AcceptChatSessionTransfer", ONE),
    (offered, "CY", "POST ChatSession/1/AcceptTransfer", None, "AcceptChatSessionTransfer", ONE),
    (offered, "BO", "POST ChatSession/1/RejectTransfer", None, "RejectChatSessionTransfer", ONE),
    (taken, "ADA", "POST ChatSession/1/Reset", None, "ResetChatSession", ONE),
    (taken, "ADA", "GET Presence/GetAll", None, "GetChatPresence", None),
    (taken, "ADA", "POST Presence/SaveAll", AWAY, "SaveChatPresence", {"ChatPresence": AWAY}),
]


@pytest.mark.parametrize(("before", "who", "rest", "body", "call", "told"), TWINS)
def test_a_call_answers_and_does_what_its_rest_twin_does(
    house, before, who, rest, body, call, told
):
    before(house)
    method, _, path = rest.partition(" ")
    answer = house.ask(method, path, body, who=who)
    by_rest = None if answer.status_code == 404 else plain(house.told(answer)), everything(house)
    house.as_new()
    before(house)
    assert (plain(house.call(call, told, who=who)), everything(house)) == by_rest


def test_every_call_has_a_twin_in_the_table():
    told = {f"Agents/Chat/{call.partition('?')[0]}" for *_, call, _ in TWINS}
    assert told == {path for _, path, *_ in rpc.ROUTES}
