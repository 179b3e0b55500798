"""Rows of the store as the wire has them: keys, dates, languages, rights, ``$select``."""

from __future__ import annotations

import timeit
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.entity import (
    ChatMessage,
    ChatPresence,
    ChatSession,
    ChatSessionFlags,
    ChatSessionStatus,
    ChatTopic,
    ChatTopicAgent,
    WireTime,
    from_wire,
    to_wire,
)
from simulator.entity.session import Associate, Person, Ticket
from simulator.entity.wire import wire_fields
from simulator.errors import DataError
from simulator.tenant import answers
from tests.tenant.rows import ADA, NOON, Forms, a_session, seen, us

YEAR_2 = us("0002-01-02T00:00:00+00:00")
YEAR_9999 = us("9999-12-30T00:00:00+00:00")

# ------------------------------------------------------------------------------------- keys


def test_a_session_has_every_key_in_the_order_of_the_reference_page():
    assert list(answers.session_object(a_session(), view=seen())) == list(wire_fields(ChatSession))


def test_carriers_have_every_key_in_order_however_little_the_row_knows():
    row = a_session(user=ADA, person={"Lastname": "Berg", "PersonId": 4}, ticket={"TicketId": 9})
    found = answers.session_object(row, view=seen())
    assert list(found["User"]) == list(wire_fields(Associate))
    assert list(found["Person"]) == list(wire_fields(Person))
    assert list(found["Ticket"]) == list(wire_fields(Ticket))
    assert (found["Person"]["Lastname"], found["Ticket"]["TicketId"]) == ("Berg", 9)


def test_an_unset_carrier_is_null_and_what_it_is_not_is_blank():
    found = answers.session_object(a_session(rating=0), view=seen())
    blank = {key: found[key] for key in ("User", "Person", "TransferTo", "Rating", "Flags")}
    assert blank == {
        "User": None,
        "Person": None,
        "TransferTo": None,
        "Rating": 0,
        "Flags": "CustomerIsTyping",  # what a stored 0 says
    }
    assert found["FieldProperties"] == {}


def test_an_associate_is_written_as_in_captures():
    found = answers.associate_object(ADA)
    assert found["TableRight"] == {"Mask": "Select, Update, Delete", "Reason": ""}
    assert (found["Tooltip"], found["FullName"], found["EjUserId"]) == ("", "Ada Lovelace", 31)


def test_answers_share_no_object_that_a_caller_might_change():
    first = answers.session_object(a_session(user=ADA, person={}), view=seen())
    first["FieldProperties"]["x"] = first["Person"]["FieldProperties"]["x"] = 1
    first["User"]["FieldProperties"]["x"] = first["TableRight"]["Mask"] = 1
    second = answers.session_object(a_session(user=ADA, person={}), view=seen())
    assert second["FieldProperties"] == second["Person"]["FieldProperties"] == {}
    assert second["User"]["FieldProperties"] == {}
    assert second["TableRight"]["Mask"] == "FULL"


# ------------------------------------------------------------------------------------- dates

UTC_OFFSETS = "UTC, includeTZOffset"


@pytest.mark.parametrize(
    ("asked", "digits", "instant", "not_yet"),
    [
        # SO-TimeZone, fraction digits → an instant, and one that has not come
        ("", 0, "2026-03-23T12:00:00", "0001-01-01T00:00:00"),
        ("", 3, "2026-03-23T12:00:00.123", "0001-01-01T00:00:00"),
        ("NO", 0, "2026-03-23T12:00:00", "0001-01-01T00:00:00"),
        (
            "NO, includeTZOffset",
            7,
            "2026-03-23T12:00:00.1234560+01:00",
            "0001-01-01T01:00:00+01:00",
        ),
        ("no,INCLUDETZOFFSET", 0, "2026-03-23T12:00:00+01:00", "0001-01-01T01:00:00+01:00"),
        ("UTC", 0, "2026-03-23T11:00:00Z", "0001-01-01T00:00:00Z"),
        ("1", 0, "2026-03-23T11:00:00Z", "0001-01-01T00:00:00Z"),
        (UTC_OFFSETS, 6, "2026-03-23T11:00:00.123456Z", "0001-01-01T00:00:00Z"),
        (", includeTZOffset", 0, "2026-03-23T12:00:00+01:00", "0001-01-01T01:00:00+01:00"),
        ("America/New_York", 0, "2026-03-23T07:00:00", "0001-01-01T00:00:00"),
        (
            "America/New_York, includeTZOffset",
            1,
            "2026-03-23T07:00:00.1-04:00",
            "0001-01-01T00:00:00-05:00",
        ),
        ("IN, includeTZOffset", 0, "2026-03-23T16:30:00+05:30", "0001-01-01T05:30:00+05:30"),
    ],
)
def test_dates_are_written_in_the_zone_and_form_asked_for(asked, digits, instant, not_yet):
    view = seen(Forms(fraction_digits=digits), so_timezone=asked)
    found = answers.session_object(a_session(), view=view)
    assert (found["WhenRequested"], found["WhenStarted"]) == (instant, not_yet)


def test_a_base_zone_of_utc_writes_no_z_unless_asked():
    assert seen(Forms(time_zone="UTC")).clock(NOON) == "2026-03-23T11:00:00"


@pytest.mark.parametrize(
    ("instant", "written"),
    [  # the clocks of Oslo go back at 01:00 UTC on the 25th of October 2026
        ("2026-10-25T00:59:59+00:00", "2026-10-25T02:59:59+02:00"),
        ("2026-10-25T01:00:00+00:00", "2026-10-25T02:00:00+01:00"),
        ("2026-03-29T00:59:59+00:00", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"),
    ],
)
def test_the_offset_tells_the_two_hours_of_autumn_apart(instant, written):
    assert seen(so_timezone="NO, includeTZOffset").clock(us(instant)) == written


def test_an_unknown_time_zone_is_refused_by_name():
    with pytest.raises(DataError, match=r"'Atlantis' is not known; give one of UTC, GMT, NO"):
        seen(so_timezone="Atlantis")


@pytest.mark.parametrize("code", ["../../etc/passwd", "/etc/localtime", "a" * 5000, "\x00", "NO;x"])
def test_no_path_is_taken_for_a_time_zone(code):
    with pytest.raises(DataError, match="is not known"):
        seen(so_timezone=code)


@given(
    instant=st.integers(YEAR_2, YEAR_9999),
    digits=st.integers(0, 7),
    zone=st.sampled_from(["UTC", "NO", "IN", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_date_is_read_back_as_the_instant_cut_to_its_digits(instant, digits, zone):
    clock = seen(Forms(fraction_digits=digits), so_timezone=f"{zone}, includeTZOffset").clock
    unit = 10 ** max(0, 6 - digits)
    assert WireTime.parse(clock(instant)).epoch_us() == instant // unit * unit


@given(instant=st.integers(us("1970-01-02T00:00:00+00:00"), us("2100-01-01T00:00:00+00:00")))
def test_a_date_shows_what_pythons_clock_shows(instant):
    shown = datetime.fromtimestamp(instant // 1_000_000, ZoneInfo("Europe/Oslo"))
    assert seen(so_timezone="NO, includeTZOffset").clock(instant) == shown.isoformat()


def test_the_last_and_first_instants_of_the_calendar_are_written_somehow():
    clock = seen(so_timezone="NO, includeTZOffset").clock
    assert WireTime.parse(clock(us("9999-12-31T23:59:59+00:00"))).is_set
    assert not WireTime.parse(clock(us("0001-01-01T00:00:01+00:00"))).is_set


def test_messages_are_posted_in_utc_unless_a_zone_is_asked_for():
    row = {
        "id": 1,
        "session_id": 7,
        "type": 3,
        "message": "Welcome!",
        "author": "Ada",
        "read_by_customer": True,
        "special_type": 1,
        "special_param": None,
        "when_posted": NOON,
    }
    plain = answers.message_object(row, view=seen())
    asked = answers.message_object(row, view=seen(so_timezone="NO, includeTZOffset"))
    assert plain["WhenPosted"] == "2026-03-23T11:00:00"
    assert asked["WhenPosted"] == "2026-03-23T12:00:00+01:00"
    assert (plain["Type"], plain["SpecialType"], plain["ReadByCustomer"]) == (
        "Special",
        "Welcome",
        1,
    )


# --------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("headers", "waiting"),
    [
        ({}, "[SR_CHATSESSIONSTATUS_INQUEUE]"),
        ({"accept_language": "*"}, "[SR_CHATSESSIONSTATUS_INQUEUE]"),
        ({"accept_language": "x"}, "[SR_CHATSESSIONSTATUS_INQUEUE]"),
        ({"so_language": "*", "accept_language": "de"}, "[SR_CHATSESSIONSTATUS_INQUEUE]"),
        ({"accept_language": "en"}, "Waiting"),
        ({"accept_language": "fr,de;q=0.5"}, "Wartet"),
        ({"accept_language": "de;q=0.5,sv"}, "Väntar"),
        ({"accept_language": "de;q=0,nl"}, "Wachtend"),
        ({"accept_language": "fr"}, "Waiting"),  # a language that the tenant lacks
        ({"so_language": "no", "accept_language": "de"}, "Venter"),
        ({"so_language": "nb-NO"}, "Venter"),
        ({"accept_language": "de;q=high"}, "Wartet"),
    ],
)
def test_status_labels_are_in_the_language_asked_for(headers, waiting):
    named = {item["Id"]: item for item in answers.status_list(seen(**headers))}
    assert (named[4]["Name"], named[4]["ExtraInfo"]) == (waiting, "InQueue")
    assert len(named) == 12


def test_the_status_of_a_session_is_its_enum_name_in_every_language():
    assert answers.session_object(a_session(), view=seen(so_language="no"))["Status"] == "InQueue"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "[SR_CHAT_NOT_MANAGER]"),
        ({"so_language": "da"}, "Kun kanalens ansvarlige kan ændre den"),
    ],
)
def test_a_restricted_right_says_why(headers, reason):
    found = answers.topic_object({"id": 101}, view=seen(**headers), can_manage=False)
    assert found["TableRight"] == {"Mask": "Select", "Reason": reason}


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ({}, "2026-03-23 11:00:00"),
        ({"so_culture": "de"}, "2026-03-23 11:00:00"),  # no language: the culture is not read
        ({"so_language": "no"}, "23.03.2026 11:00:00"),
        ({"so_language": "no", "so_culture": "en-US"}, "03/23/2026 11:00:00 AM"),
        ({"so_language": "en", "so_culture": "xx"}, "2026-03-23 11:00:00"),
    ],
)
def test_a_transcripts_dates_follow_the_culture_or_the_language(headers, line):
    said = {"author": "Ada", "message": "Is <b>3 &lt; 4</b>?", "when_posted": NOON}
    assert answers.transcript([said], view=seen(**headers)) == f"{line} Ada: Is 3 < 4?"


def test_a_transcript_as_html_keeps_the_message_and_escapes_the_name():
    said = {"author": "<Ada>", "message": "<b>yes</b>", "when_posted": NOON}
    found = answers.transcript([said], view=seen(), html=True)
    assert found == "<p>2026-03-23 11:00:00 &lt;Ada&gt;: <b>yes</b></p>"


# ----------------------------------------------------------------------------------- $select


@pytest.mark.parametrize("select", ["ChatSessionId,Status", " chatsessionid , STATUS/x ,"])
def test_select_nulls_what_is_not_selected_and_takes_no_key_away(select):
    found = answers.session_object(a_session(), view=seen(select=select))
    assert list(found) == list(wire_fields(ChatSession))
    assert {key: value for key, value in found.items() if value is not None} == {
        "ChatSessionId": 7,
        "Status": "InQueue",
    }


def test_an_empty_select_selects_everything():
    assert answers.session_object(a_session(), view=seen(select=" , "))["InitialQueuePos"] == 3


# -------------------------------------------------------------------------------- the others


def test_a_topic_is_read_back_by_its_carrier():
    row = {"id": 101, "name": "Sales", "last_accept": NOON, "seconds_pr_accept": 42}
    topic = ChatTopic.from_wire(answers.topic_object(row, view=seen(so_timezone="UTC")))
    assert (topic.chat_topic_id, topic.name, topic.seconds_pr_accept) == (101, "Sales", 42)
    assert str(topic.last_accept) == "2026-03-23T11:00:00Z"
    assert (topic.language, topic.bot_enabled, topic.warn_new_chat_minutes) == (None, False, 0)


def test_presence_and_permissions_are_read_back_by_their_carriers():
    row = {
        "user_id": 31,
        "display_name": "Ada",
        "ongoing_chats": 2,
        "present": 1,
        "chat_topics": (101, 102),
    }
    presence = ChatPresence.from_wire(answers.presence_object(row, view=seen()))
    assert (presence.present, presence.ongoing_chats, presence.chat_topics) == (True, 2, (101, 102))
    row = {"topic_id": 101, "user": ADA, "can_respond": 1, "can_listen": 0}
    rights = ChatTopicAgent.from_wire(answers.topic_agent_object(row, view=seen()))
    assert (rights.can_respond, rights.can_listen, rights.can_manage) == (True, False, False)
    assert rights.user is not None
    assert rights.user.full_name == "Ada Lovelace"


def test_the_principal_says_who_and_in_which_tenant():
    found = answers.principal_object(ADA, "Cust12345")
    told = {key: found[key] for key in ("AssociateId", "EjUserId", "DatabaseContextIdentifier")}
    assert told == {"AssociateId": 12, "EjUserId": 31, "DatabaseContextIdentifier": "Cust12345"}


# ------------------------------------------------------------------------------- round trips

texts = st.none() | st.text(max_size=20)
whole = st.integers(0, 2**31 - 1)
instants = st.none() | st.integers(YEAR_2, YEAR_9999)
people = st.fixed_dictionaries(
    {
        "associate_id": whole,
        "name": texts,
        "full_name": texts,
        "user_name": texts,
        "person_id": whole,
        "ej_user_id": whole,
        "type": st.sampled_from(["InternalAssociate", "SystemAssociate"]),
    }
)
sessions = st.fixed_dictionaries(
    {
        **dict.fromkeys(
            ("id", "topic_id", "initial_queue_pos", "alert_level", "rank", "rating"), whole
        ),
        **dict.fromkeys(("user", "transfer_to"), st.none() | people),
        **dict.fromkeys(
            (
                *("customer_alias", "customer_host", "customer_name", "customer_email"),
                *("customer_phone", "customer_company_name", "first_message", "last_message"),
                "session_key",
            ),
            texts,
        ),
        **dict.fromkeys(("customer_consented", "chatbot_is_active"), st.integers(0, 1)),
        **dict.fromkeys(
            ("when_requested", "when_started", "when_ended", "when_idle", "when_fetched"), instants
        ),
        "status": st.sampled_from([status.value for status in ChatSessionStatus]),
        "flags": st.sampled_from([flag.value for flag in ChatSessionFlags]),
        "person": st.none() | st.fixed_dictionaries({"PersonId": whole, "Lastname": texts}),
        "contact": st.none() | st.fixed_dictionaries({"ContactId": whole, "Name": texts}),
        "project": st.none() | st.fixed_dictionaries({"ProjectId": whole, "Updated": instants}),
        "sale": st.none() | st.fixed_dictionaries({"SaleId": whole, "Amount": st.just(1.5)}),
        "ticket": st.none() | st.fixed_dictionaries({"TicketId": whole, "ClosedAt": instants}),
    }
)
PLAIN = ("topic_id", "customer_name", "first_message", "session_key", "initial_queue_pos", "rank")
DATES = ("when_requested", "when_started", "when_ended", "when_idle", "when_fetched")


@given(row=sessions, zone=st.sampled_from(["UTC", "NO", "America/New_York"]))
def test_a_session_read_back_has_the_rows_values(row: dict[str, Any], zone: str):
    view = seen(Forms(fraction_digits=6), so_timezone=f"{zone}, includeTZOffset")
    found = answers.session_object(row, view=view)
    session = from_wire(found)
    assert {name: getattr(session, name) for name in PLAIN} == {name: row[name] for name in PLAIN}
    assert {name: getattr(session, name).epoch_us() for name in DATES} == {
        name: row[name] for name in DATES
    }
    assert session.status == ChatSessionStatus(row["status"])
    assert session.flags == (ChatSessionFlags(row["flags"]),)
    assert (session.user and session.user.full_name) == (row["user"] and row["user"]["full_name"])
    if session.ticket is not None and session.ticket.closed_at is not None:
        assert session.ticket.closed_at.epoch_us() == row["ticket"]["ClosedAt"]
    assert to_wire(session) == found
    assert orjson.loads(orjson.dumps(found)) == found


@given(row=sessions)
def test_a_message_object_is_its_carriers_form(row: dict[str, Any]):
    message = {
        "id": row["id"],
        "session_id": 7,
        "type": 1,
        "message": row["first_message"],
        "author": row["customer_name"],
        "read_by_customer": row["customer_consented"],
        "special_type": 0,
        "special_param": None,
        "when_posted": row["when_idle"],
    }
    found = answers.message_object(message, view=seen())
    assert ChatMessage.from_wire(found).to_wire() == found


def test_a_session_is_written_in_microseconds():
    row, view = a_session(user=ADA), seen()
    took = min(timeit.repeat(lambda: answers.session_object(row, view=view), number=200, repeat=10))
    assert took / 200 < 100e-6  # some 5 µs; the bound is for a loaded machine
