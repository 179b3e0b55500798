"""Carriers: what the tenant writes is read, and written back key for key."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import entity
from simulator.entity import (
    Associate,
    AssociateType,
    ChatMessageSpecialType,
    ChatSession,
    ChatSessionFlags,
    ChatSessionStatus,
    Right,
    TicketBaseStatus,
    TicketOrigin,
    Unlisted,
    WireTime,
    from_wire,
    to_wire,
)
from simulator.entity.session import Contact, FieldProperty, Person, Project, Sale, Ticket
from simulator.entity.wire import Carrier, wire_fields
from simulator.errors import DataError
from tests.entity.made import ASSOCIATE, RECORD
from tests.entity.test_times import wire_times

PAGE = Path(__file__).parents[3] / "shared" / "seed" / "000_12b92a302c29d985.txt"
needs_page = pytest.mark.skipif(not PAGE.exists(), reason="the reference page is not here")


def page_sample() -> str:
    """The JSON of the reference page's sample answer, as it is written there."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index('{\n  "ChatSessionId"') : text.rindex("```")].strip()


# ------------------------------------------------------------------------------- round trips


@needs_page
def test_the_reference_pages_sample_comes_back_character_for_character():
    sample = page_sample()
    assert json.dumps(to_wire(from_wire(json.loads(sample))), indent=2) == sample


@needs_page
def test_the_carriers_have_the_reference_pages_keys_in_its_order():
    sample = json.loads(page_sample())
    newer = {"ChatbotIsActive", "Rating"}
    assert [key for key in wire_fields(ChatSession) if key not in newer] == list(sample)
    for key, carrier in [
        ("User", Associate),
        ("Person", Person),
        ("Contact", Contact),
        ("Project", Project),
        ("Sale", Sale),
        ("Ticket", Ticket),
        ("TransferTo", Associate),
    ]:
        assert list(wire_fields(carrier)) == list(sample[key]), key


def test_a_record_in_all_the_tenants_forms_comes_back_exactly():
    text = json.dumps(RECORD, ensure_ascii=False)
    again = json.dumps(to_wire(from_wire(json.loads(text))), ensure_ascii=False)
    assert again == text


@pytest.mark.parametrize(
    ("carrier", "count"),
    [
        (ChatSession, 33),
        (Associate, 14),
        (Person, 42),
        (Contact, 24),
        (Project, 20),
        (Sale, 27),
        (Ticket, 50),
    ],
)
def test_a_carrier_has_all_its_keys(carrier, count):
    assert len(wire_fields(carrier)) == count
    assert len(to_wire(ChatSession())) == 33


def values_of(annotation: str) -> st.SearchStrategy[Any]:
    """Any value that a field of that annotation can have, None apart."""
    kind = annotation.removesuffix(" | None")
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    strange = st.text("abcXYZ", min_size=1, max_size=8).map(lambda name: Unlisted(f"New{name}"))
    plain: dict[str, st.SearchStrategy[Any]] = {
        "int": st.integers(-(2**31), 2**31 - 1),
        "float": st.floats(allow_nan=False, allow_infinity=False),
        "str": text,
        "bool": st.booleans(),
        "WireTime": wire_times(),
        "dict[str, Any]": st.dictionaries(text, st.integers(0, 9) | text, max_size=2),
        "FieldProperties": st.dictionaries(text, carriers(FieldProperty) | st.none(), max_size=2),
        "tuple[ChatSessionFlags | Unlisted, ...]": st.lists(
            st.sampled_from(ChatSessionFlags) | strange, max_size=3
        ).map(tuple)
        | st.integers().map(lambda number: (Unlisted(number),)),
    }
    if kind in plain:
        return plain[kind]
    if kind.endswith(" | Unlisted"):
        listed = st.sampled_from(getattr(entity, kind.removesuffix(" | Unlisted")))
        return listed | strange | st.integers().map(Unlisted)
    return carriers(getattr(entity, kind))


@st.composite
def carriers(draw: st.DrawFn, carrier: type[Carrier]) -> Carrier:
    """A carrier with some of its keys, in any order, and some of them null."""
    table = wire_fields(carrier)
    kinds = {field.name: str(field.type) for field in dataclasses.fields(carrier)}
    keys = draw(st.lists(st.sampled_from(sorted(table)), unique=True, max_size=6))
    given: dict[str, Any] = dict.fromkeys(attribute for attribute, _ in table.values())
    for key in keys:
        attribute = table[key].attribute
        given[attribute] = draw(st.none() | values_of(kinds[attribute]))
    return carrier(keys=tuple(keys), **given)


@settings(max_examples=60)
@given(carriers(ChatSession))
def test_any_session_survives_being_written_and_read(session):
    wire = json.loads(json.dumps(to_wire(session)))
    again = from_wire(wire)
    assert again == session
    assert json.dumps(to_wire(again)) == json.dumps(wire)


# ------------------------------------------------------------------- what is there, what is not


def test_missing_and_null_are_both_none_and_stay_apart():
    session = from_wire({"Rating": None, "ChatSessionId": 5})
    assert (session.rating, session.rank, session.chat_session_id) == (None, None, 5)
    assert to_wire(session) == {"Rating": None, "ChatSessionId": 5}


def test_unknown_keys_are_left_out():
    record = {"ChatSessionId": 5, "_Links": {"Self": "…"}, "User": {**ASSOCIATE, "ExtraFields": {}}}
    assert to_wire(from_wire(record)) == {"ChatSessionId": 5, "User": ASSOCIATE}


def test_an_empty_carrier_is_no_missing_carrier():
    session = from_wire({"TableRight": {}, "Person": None})
    assert session.table_right == Right(keys=(), mask=None, reason=None)
    assert to_wire(session) == {"TableRight": {}, "Person": None}


def test_a_session_made_in_python_is_blank_and_has_every_key():
    wire = to_wire(ChatSession(chat_session_id=1, status=ChatSessionStatus.InQueue))
    assert wire["Status"] == "InQueue"
    assert wire["Flags"] == "CustomerIsTyping"
    assert wire["WhenStarted"] == "0001-01-01T00:00:00"
    assert (wire["User"], wire["CustomerName"], wire["FieldProperties"]) == (None, None, {})
    assert from_wire(wire) == ChatSession(chat_session_id=1, status=ChatSessionStatus.InQueue)


def test_a_value_given_later_is_written_too():
    session = from_wire({"ChatSessionId": 5})
    assert to_wire(dataclasses.replace(session, rating=4)) == {"ChatSessionId": 5, "Rating": 4}


def test_only_what_is_asked_for_is_read():
    session = from_wire({"ChatSessionId": 5, "WhenIdle": "never"}, only={"chat_session_id"})
    assert (session.chat_session_id, session.when_idle) == (5, None)


def test_a_session_key_is_not_in_repr():
    assert "secret" not in repr(ChatSession(session_key="secret"))


def test_a_session_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ChatSession().rating = 5  # type: ignore[misc]


# ------------------------------------------------------------------------------------- enums


@pytest.mark.parametrize("status", ChatSessionStatus)
def test_a_status_is_read_by_its_name(status):
    assert from_wire({"Status": status.name}).status is status


def test_the_documented_numbers_hold():
    numbers = {status.name: status.value for status in ChatSessionStatus}
    assert numbers == {
        "Invalid": 0,
        "PreChatForm": 1,
        "Faq": 2,
        "OfflineForm": 3,
        "InQueue": 4,
        "CustomerLast": 5,
        "UserLast": 6,
        "Finished": 7,
        "Deleted": 8,
        "Closed": 9,
        "RequestPosted": 10,
        "ClosedFromQueue": 11,
    }
    assert ChatMessageSpecialType["None"] == 0
    assert ChatMessageSpecialType["Options"] == 17
    assert (AssociateType.InternalAssociate, TicketOrigin.Chat) == (1, 11)
    assert TicketBaseStatus.Postponed1Hour == 1002


@pytest.mark.parametrize("value", ["OnHold", "inqueue", "4", 4, 99])
def test_a_status_that_is_not_listed_is_kept_and_taken_for_no_other(value):
    session = from_wire({"Status": value})
    assert session.status == Unlisted(value)
    assert session.status not in list(ChatSessionStatus)
    assert to_wire(session) == {"Status": value}


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("CustomerIsTyping", (ChatSessionFlags.CustomerIsTyping,)),
        ("UserIsTyping, IsBot", (ChatSessionFlags.UserIsTyping, Unlisted("IsBot"))),
        ("", ()),
        (4, (Unlisted(4),)),
    ],
)
def test_flags_are_a_comma_list(text, flags):
    session = from_wire({"Flags": text})
    assert session.flags == flags
    assert to_wire(session) == {"Flags": text}


# -------------------------------------------------------------------------------- wrong kinds


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "ChatSession is a list; the tenant writes an object"),
        (None, "ChatSession is null"),
        ({"ChatSessionId": "813"}, "ChatSession.ChatSessionId is text; .* a whole number"),
        ({"ChatSessionId": True}, "ChatSessionId is true or false"),
        ({"Rank": 2**31}, "ChatSession.Rank is 2147483648; .* 32 bits"),
        ({"Rank": 1.0}, "ChatSession.Rank is a number; .* a whole number"),
        ({"CustomerConsented": 1}, "CustomerConsented is a number; .* true or false"),
        ({"CustomerName": {}}, "CustomerName is an object; .* text or null"),
        ({"Status": True}, "Status is true or false"),
        ({"Flags": []}, "Flags is a list"),
        ({"WhenIdle": 5}, "ChatSession.WhenIdle is a number"),
        ({"WhenIdle": "now"}, "ChatSession.WhenIdle: 'now' is not a date"),
        ({"User": "Ada"}, "ChatSession.User is text; .* an object or null"),
        ({"Ticket": {"CreatedAt": "x"}}, "ChatSession.Ticket.CreatedAt: 'x' is not a date"),
        ({"Sale": {"Amount": float("nan")}}, "ChatSession.Sale.Amount is a number; .* finite"),
        (
            {"FieldProperties": {"a": {"FieldLength": ""}}},
            "ChatSession.FieldProperties.a.FieldLength is text",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_path(record, message):
    with pytest.raises(DataError, match=message):
        from_wire(record)


def test_an_error_does_not_tell_the_value():
    with pytest.raises(DataError) as caught:
        from_wire({"SessionKey": 123456})
    assert "123456" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "message"), [(("Nope",), "no key 'Nope'"), (("Rank", "Rank"), "repeat")]
)
def test_keys_are_those_of_the_carrier_each_once(keys, message):
    with pytest.raises(DataError, match=message):
        ChatSession(keys=keys)


def test_dates_are_values_to_compare():
    assert from_wire({"WhenIdle": "2026-03-23T08:00:00Z"}).when_idle == WireTime.parse(
        "2026-03-23T08:00:00Z"
    )
