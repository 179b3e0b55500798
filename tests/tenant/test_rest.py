"""The REST face over real sockets: every path, with its errors and with every header's effect."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from simulator.entity import ChatSession
from simulator.entity.wire import wire_fields
from tests.tenant.served import PICKUP, SALES, SUPPORT, Served

NOT_YET = "0001-01-01T00:00:00"


@pytest.fixture
def tenant(house):
    """The sample tenant as it was at the start, asked by name."""
    house.as_new()
    return Served(house.running)


def pick_up(tenant, who="ADA", **headers):
    return tenant.ask(who, "POST", PICKUP, **headers)


# ------------------------------------------------------------------------------ pickup


def test_a_pickup_gives_the_whole_session_without_links(tenant):
    first = tenant.seed(1)
    told = pick_up(tenant)
    session = told.json
    assert told.status == 200
    assert told.headers["content-type"] == "application/json; charset=utf-8"
    assert set(session) == set(wire_fields(ChatSession)) | {"TableRight", "FieldProperties"}
    assert session["ChatSessionId"] == first
    assert session["User"]["FullName"] == "Ada"
    assert (session["Status"], session["Rank"], session["InitialQueuePos"]) == (
        "CustomerLast",
        1,
        1,
    )
    assert session["WhenEnded"] == NOT_YET
    assert session["WhenStarted"] > NOT_YET


def test_nobody_waiting_is_null(tenant):
    told = pick_up(tenant)
    assert (told.status, told.body) == (200, b"null")


def test_two_pickups_are_two_sessions_also_from_the_same_caller(tenant):
    first = tenant.seed(2)
    assert [pick_up(tenant).json["ChatSessionId"] for _ in range(2)] == [first, first + 1]


def test_one_session_may_be_picked_up_by_its_number(tenant):
    first = tenant.seed(2)
    told = tenant.ask("ADA", "POST", f"ChatSession/{first + 1}/Pickup")
    again = tenant.ask("BO", "POST", f"ChatSession/{first + 1}/Pickup")
    assert told.json["ChatSessionId"] == first + 1
    assert (again.status, again.json) == (200, None)


def test_a_session_of_a_topic_that_is_not_the_callers_is_forbidden(tenant):
    number = tenant.seed(1, SUPPORT)
    told = tenant.ask("ADA", "POST", f"ChatSession/{number}/Pickup")
    assert (told.status, told.json["ErrorType"]) == (403, "SoSecurityException")
    assert tenant.truth()["picked_up"] == 0


# ------------------------------------------------------------------------------ addresses


def test_another_host_is_misdirected_where_one_is_set(tenant):
    tenant.set(served_host="sod2.example.com")
    path, token = f"/api/v1/{PICKUP}", {"Authorization": tenant.secrets["PICKUP_ADA"]}
    hosts = ("sod2.example.com", "SOD2.example.com:443", "sod3.example.com")
    told = [tenant.send("POST", path, None, {**token, "Host": host}).status for host in hosts]
    assert told == [200, 200, 421]
    state = tenant.send("GET", "/api/state/Cust12345", None, {"Host": "sod.example.com"})
    assert state.status == 200


def test_what_is_no_path_is_told_in_the_form_of_an_error(tenant):
    missing = tenant.ask("ADA", "GET", "ChatSession/abc")
    wrong = tenant.ask("ADA", "PUT", PICKUP)
    assert (missing.status, missing.json["ErrorType"]) == (404, "SoNotFoundException")
    assert (wrong.status, wrong.json["Error"]) == (405, True)


def test_the_principal_says_who_one_is_and_where(tenant):
    told = tenant.ask("ADA", "GET", "User/currentPrincipal").json
    assert {key: told[key] for key in ("Associate", "AssociateId", "EjUserId", "UserType")} == {
        "Associate": "Ada",
        "AssociateId": 11,
        "EjUserId": 711,
        "UserType": "InternalAssociate",
    }
    assert told["DatabaseContextIdentifier"] == "Cust12345"


# ------------------------------------------------------------------------------ sessions


def test_a_session_of_a_topic_is_created_waiting(tenant):
    told = [tenant.ask("CUSTOMERS", "POST", f"ChatTopic/{SALES}/Sessions").json for _ in range(2)]
    assert [(each["Status"], each["InitialQueuePos"]) for each in told] == [
        ("InQueue", 1),
        ("InQueue", 2),
    ]
    assert told[0]["User"] is None
    assert told[0]["WhenStarted"] == NOT_YET
    assert tenant.ask("CUSTOMERS", "POST", "ChatTopic/999/Sessions").status == 404


def test_a_session_is_created_from_an_entity(tenant):
    given = {"TopicId": SALES, "CustomerName": "Kim", "CustomerEmail": "kim@example.com"}
    told = tenant.ask("CUSTOMERS", "POST", "ChatSession", given).json
    number = told["ChatSessionId"]
    assert told["_Links"]["Self"].endswith(f"/Cust12345/api/v1/ChatSession/{number}")
    read = tenant.ask("ADA", "GET", f"ChatSession/{number}").json
    assert (read["CustomerName"], read["Status"]) == ("Kim", "InQueue")


def test_what_was_read_may_be_put_back_with_a_status_that_ends_it(tenant):
    tenant.seed(1)
    session = pick_up(tenant).json
    path = f"ChatSession/{session['ChatSessionId']}"
    told = tenant.ask("ADA", "PUT", path, {**session, "Status": "Finished"}).json
    assert told["Status"] == "Finished"
    assert told["WhenEnded"] >= told["WhenStarted"] > NOT_YET
    changed = {key for key in session if session[key] != told[key]}
    assert changed <= {"Status", "WhenEnded", "WhenIdle"}


def test_a_save_does_not_write_what_the_tenant_keeps_itself(tenant):
    number = tenant.seed(1)
    before = tenant.ask("ADA", "GET", f"ChatSession/{number}").json
    forged = {"ChatSessionId": 77, "Rank": 9, "InitialQueuePos": 9, "SessionKey": "x"}
    forged |= {"WhenRequested": "2001-01-01T00:00:00", "TopicId": SUPPORT}
    assert tenant.ask("ADA", "PUT", f"ChatSession/{number}", before | forged).json == before


@pytest.mark.parametrize(
    ("patch", "name", "rating"),
    [
        ({"CustomerName": "Kim"}, "Kim", 4),
        ({"CustomerName": None}, None, 4),
        ([{"op": "replace", "path": "/Rating", "value": 5}], "Jo", 5),
        (
            [
                {"op": "test", "path": "/CustomerName", "value": "Jo"},
                {"op": "add", "path": "/CustomerName", "value": "Bea"},
            ],
            "Bea",
            4,
        ),
    ],
)
def test_a_patch_writes_what_it_names(tenant, patch, name, rating):
    path = f"ChatSession/{tenant.seed(1)}"
    tenant.ask("ADA", "PUT", path, {"CustomerName": "Jo", "Rating": 4})
    told = tenant.ask("ADA", "PATCH", path, patch).json
    assert (told["CustomerName"], told["Rating"]) == (name, rating)


@pytest.mark.parametrize(
    "patch",
    [
        "text",
        [1],
        [{"op": "remove", "path": "/Rating"}],
        [{"op": "add", "path": "/Ratings", "value": 1}],
        [{"op": "test", "path": "/Rating", "value": 3}],
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_done_is_400(tenant, patch):
    told = tenant.ask("ADA", "PATCH", f"ChatSession/{tenant.seed(1)}", patch)
    assert (told.status, told.json["ErrorType"]) == (400, "ArgumentException")


def test_a_deleted_session_is_gone(tenant):
    path = f"ChatSession/{tenant.seed(1)}"
    told = tenant.ask("ADA", "DELETE", path)
    assert (told.status, told.body) == (204, b"")
    assert tenant.ask("ADA", "GET", path).json["ErrorMessage"].startswith("ChatSession id ")
    assert tenant.ask("ADA", "DELETE", path).status == 404


def test_transfers_move_a_session_from_one_to_another(tenant):
    tenant.seed(1)
    path = f"ChatSession/{pick_up(tenant).json['ChatSessionId']}"
    offered = tenant.ask("ADA", "POST", f"{path}/TransferTo/bo").json
    refused = tenant.ask("BO", "POST", f"{path}/RejectTransfer").json
    by_number = tenant.ask("ADA", "POST", f"{path}/TransferTo/12").json
    taken = tenant.ask("BO", "POST", f"{path}/AcceptTransfer").json
    told = [
        (each["User"]["Name"], (each["TransferTo"] or {}).get("Name"))
        for each in (offered, refused, by_number, taken)
    ]
    assert told == [("Ada", "Bo"), ("Ada", None), ("Ada", "Bo"), ("Bo", None)]
    assert tenant.ask("BO", "POST", f"{path}/TransferTo/nobody").status == 404


def test_a_reset_puts_a_session_back_on_the_queue(tenant):
    tenant.seed(1)
    number = pick_up(tenant).json["ChatSessionId"]
    told = tenant.ask("ADA", "POST", f"ChatSession/{number}/Reset").json
    assert (told["Status"], told["User"], told["WhenStarted"]) == ("InQueue", None, NOT_YET)
    assert pick_up(tenant, "BO").json["ChatSessionId"] == number
    assert tenant.truth()["double_pickups"] == 0


def test_messages_are_kept_and_read_from_one_on(tenant):
    tenant.seed(1)
    path = f"ChatSession/{pick_up(tenant).json['ChatSessionId']}"
    said = tenant.ask("ADA", "POST", f"{path}/Messages", {"Message": "Hello"}).json
    tenant.ask("ADA", "POST", f"{path}/Messages", {"Message": "Hi", "Type": "ToUser"})
    every = tenant.ask("ADA", "GET", f"{path}/Messages").json
    newer = tenant.ask("ADA", "GET", f"{path}/Messages?after={said['ChatMessageId']}").json
    assert (said["Author"], said["Type"]) == ("Ada", "ToCustomer")
    assert [each["SpecialType"] for each in every] == ["NewSession", "Welcome", "None", "None"]
    assert [each["Message"] for each in newer] == ["Hi"]
    assert tenant.ask("ADA", "GET", path).json["LastMessage"] == "Hi"


def test_a_transcript_is_text_or_html(tenant):
    path = f"ChatSession/{tenant.seed(1)}"
    tenant.ask("ADA", "POST", f"{path}/Messages", {"Message": "Hello"})
    plain = tenant.ask("ADA", "POST", f"{path}/Transcript").json
    html = tenant.ask("ADA", "POST", f"{path}/Transcript?html=true").json
    assert "Hello" in plain
    assert "<" in html
    assert "<" not in plain


def test_a_blank_session_has_every_key_and_is_not_stored(tenant):
    told = tenant.ask("ADA", "GET", "ChatSession/default").json
    assert (told["ChatSessionId"], told["Status"], told["WhenRequested"]) == (0, "Invalid", NOT_YET)
    assert tenant.truth()["sessions"] == 0


def test_sessions_of_the_caller(tenant):
    tenant.seed(1)
    tenant.seed(1, SUPPORT)
    counts = [
        len(tenant.ask(who, "GET", "ChatSession/ForCurrentUser").json) for who in ("ADA", "CY")
    ]
    assert counts == [1, 2]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "ChatSession/{id}", b"{"),
        ("PUT", "ChatSession/{id}", []),
        ("PUT", "ChatSession/{id}", {"Status": "Nope"}),
        ("PUT", "ChatSession/{id}", {"Rating": "five"}),
        ("PUT", "ChatSession/{id}", {"Rating": 10**30}),
        ("POST", "ChatSession/{id}/Messages", {}),
        ("POST", "ChatSession/{id}/Messages", {"Message": "a", "Type": ["ToUser"]}),
        ("GET", "ChatSession/{id}/Messages?after=x", None),
        ("GET", "ChatSession/{id}/Messages?after=99999999999999999999", None),
        ("GET", "ChatSession/99999999999999999999", None),
        ("GET", "ChatSession?$filter=status", None),
        ("POST", "Presence/SaveAll", 7),
        ("POST", "Presence/SaveAll", [7]),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_400_and_changes_nothing(tenant, method, path, body):
    number = tenant.seed(1)
    before = tenant.ask("ADA", "GET", f"ChatSession/{number}").json
    told = tenant.ask("ADA", method, path.format(id=number), body)
    assert (told.status, told.json["ErrorType"]) == (400, "ArgumentException")
    assert tenant.ask("ADA", "GET", f"ChatSession/{number}").json == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "ChatSession/{id}"),
        ("PUT", "ChatSession/{id}"),
        ("PATCH", "ChatSession/{id}"),
        ("POST", "ChatSession/{id}/Pickup"),
        ("POST", "ChatSession/{id}/Reset"),
        ("POST", "ChatSession/{id}/AcceptTransfer"),
        ("POST", "ChatSession/{id}/RejectTransfer"),
        ("POST", "ChatSession/{id}/TransferTo/Bo"),
        ("POST", "ChatSession/{id}/Transcript"),
        ("GET", "ChatSession/{id}/Messages"),
        ("GET", "ChatTopic/{id}"),
        ("GET", "ChatTopic/{id}/IsOpen"),
        ("GET", "ChatTopic/{id}/Sessions"),
        ("POST", "ChatTopic/{id}/Sessions"),
    ],
)
def test_what_is_not_there_is_404(tenant, method, path):
    body = {} if method in ("PUT", "PATCH") else None
    told = tenant.ask("CY", method, path.format(id=4711), body)
    assert (told.status, told.json["ErrorType"]) == (404, "SoNotFoundException")


# ------------------------------------------------------------------------------ lists


def test_the_archive_is_filtered_sorted_and_paged(tenant):
    first = tenant.seed(3)
    tenant.seed(1, SUPPORT)
    pick_up(tenant)
    query = "$select=chatSessionId,status&$filter=" + quote("chatTopic/chatTopicId eq 101")
    page = tenant.ask("CY", "GET", f"ChatSession?{query}&$orderBy=chatSessionId%20desc&$top=2").json
    more = tenant.ask("CY", "GET", page["odata.nextLink"].partition("/api/v1/")[2]).json
    told = [[row["PrimaryKey"] for row in each["value"]] for each in (page, more)]
    assert told == [[str(first + 2), str(first + 1)], [str(first)]]
    assert more["odata.nextLink"] is None


def test_a_topics_sessions_are_its_own(tenant):
    tenant.seed(2)
    tenant.seed(1, SUPPORT)
    told = tenant.ask("CY", "GET", f"ChatTopic/{SUPPORT}/Sessions").json["value"]
    assert [row["chatTopic/name"] for row in told] == ["Support"]


def test_a_page_is_as_long_as_the_setting_says(tenant):
    tenant.seed(5)
    tenant.set(page_size=2)
    assert len(tenant.ask("ADA", "GET", "archive/ChatSession").json["value"]) == 2


def test_statuses_are_named_in_the_language_asked_for(tenant):
    told = {
        language: tenant.ask("ADA", "GET", "MDOList/chatsessionstatus", so_language=language).json
        for language in ("en", "de")
    }
    assert [each[4]["Name"] for each in told.values()] == ["Waiting", "Wartet"]
    assert [each["ExtraInfo"] for each in told["en"]][4] == "InQueue"


def test_channels_and_users_are_listed(tenant):
    channels = tenant.ask("ADA", "GET", "MDOList/chatchannel").json
    users = tenant.ask("ADA", "GET", "MDOList/chatuser").json
    assert [(each["Id"], each["Name"]) for each in channels] == [(101, "Sales"), (102, "Support")]
    assert [each["Name"] for each in users] == ["Ada", "Bo", "Cy", "customers"]
    assert tenant.ask("ADA", "GET", "MDOList/birds").status == 404


def test_every_zone_of_the_list_may_be_asked_for(tenant):
    zones = tenant.send("GET", "/api/v1/timezone").json
    assert zones[0]["TzLocationId"] == 1
    assert zones[0]["TzLocationCode"] == "UTC"
    for zone in zones:
        by = [
            tenant.ask("ADA", "GET", "ChatSession/default", so_timezone=str(zone[key])).text
            for key in ("TzLocationId", "TzLocationCode")
        ]
        assert by[0] == by[1]


# ------------------------------------------------------------------------------ topics, presence


def test_topics_of_the_caller(tenant):
    told = tenant.ask("ADA", "GET", "ChatTopic/ForCurrentUser").json
    assert [(each["ChatTopicId"], each["Name"]) for each in told] == [(SALES, "Sales")]
    assert len(tenant.ask("CY", "GET", "ChatTopic/ForCurrentUser").json) == 2


def test_a_topic_tells_its_last_accept_and_the_mean_time_to_it(tenant):
    tenant.seed(1)
    session = pick_up(tenant).json
    told = tenant.ask("ADA", "GET", f"ChatTopic/{SALES}").json
    assert (told["Name"], told["LastAccept"]) == ("Sales", session["WhenStarted"])
    assert told["SecondsPrAccept"] == 0
    assert tenant.ask("ADA", "GET", "ChatTopic/default").json["ChatTopicId"] == 0


def test_only_who_manages_a_topic_may_do_all_with_it(tenant):
    rights = [
        tenant.ask(who, "GET", f"ChatTopic/{SALES}").json["TableRight"] for who in ("ADA", "CY")
    ]
    assert [each["Mask"] for each in rights] == ["Select", "FULL"]


def test_agents_of_a_topic_with_their_rights(tenant):
    told = tenant.ask("CY", "GET", f"ChatTopic/{SUPPORT}/UserAgent").json
    rights = [(each["User"]["Name"], each["CanRespond"], each["CanManage"]) for each in told]
    assert rights == [("Cy", True, True), ("customers", False, False)]


def test_presence_is_told_with_the_chats_of_the_moment_and_saved(tenant):
    tenant.seed(2)
    pick_up(tenant)
    pick_up(tenant)
    away = [{"UserId": 711, "Present": False, "OngoingChats": 99}]
    assert tenant.ask("BO", "POST", "Presence/SaveAll", away).status == 204
    told = tenant.ask("BO", "GET", "Presence/GetAll").json
    assert [(each["UserId"], each["Present"], each["OngoingChats"]) for each in told] == [
        (711, False, 2),
        (712, True, 0),
        (713, True, 0),
    ]
    assert told[2]["ChatTopics"] == [SALES, SUPPORT]


def test_a_topic_is_open_unless_its_file_says_otherwise(tenant):
    told = tenant.ask("CY", "GET", f"ChatTopic/{SALES}/IsOpen")
    assert told.json is True


def test_an_answer_says_how_long_it_is_and_what_time_it_was(tenant):
    told = pick_up(tenant)
    assert told.headers["content-length"] == "4"
    assert told.headers["date"].endswith("GMT")
    assert json.loads(told.body) is None
