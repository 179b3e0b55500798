"""Secrets come from the environment or the keyring, and come out in headers alone."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import sys
import traceback
import types

import pytest

from simulator.errors import GuardError, UsageError
from simulator.replay.endpoint.credentials import (
    AHEAD_S,
    TICKET_S,
    Credential,
    Credentials,
    Refreshing,
    read_credentials,
)
from simulator.replay.endpoint.hidden import Secret
from simulator.replay.endpoint.transports import NAMES
from tests.replay.endpoint.wire import endpoint, said, serving, within


def headers(credential) -> dict[str, str]:
    signed: dict[str, str] = {}
    credential.sign(signed)
    return signed


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("8A:Cust12345.abc", {"Authorization": "Bearer 8A:Cust12345.abc"}),
        ("  8A:Cust12345.abc\n", {"Authorization": "Bearer 8A:Cust12345.abc"}),
        ("Bearer 8A:x", {"Authorization": "Bearer 8A:x"}),
        ("bearer   8A:x", {"Authorization": "Bearer 8A:x"}),
        ("SoTicket 7T:x", {"Authorization": "SOTicket 7T:x"}),
        ("BASIC dXNlcjpwdw==", {"Authorization": "Basic dXNlcjpwdw=="}),
        ("xsrf v1", {"X-XSRF-TOKEN": "v1", "Cookie": "XSRF-TOKEN=v1"}),
    ],
)
def test_a_value_tells_its_scheme(monkeypatch, value, told):
    monkeypatch.setenv("PICKUP_ADA", value)
    assert headers(read_credentials({"Ada": {"env": "PICKUP_ADA"}}).of("Ada")) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Negotiate secret-abc", "variable PICKUP_ADA begins with no known scheme; there are"),
        ("Basic user:secret-abc", "variable PICKUP_ADA is not Basic and base64"),
        ("Bearer secret-abc def", "variable PICKUP_ADA has spaces"),
        ("secret-abc\u00e9", "variable PICKUP_ADA has spaces or letters"),
        ("secret-abc\r\nHost:\u00a0evil", "begins with no known scheme"),
        ("Bearer secret-abc\x00", "has spaces or letters"),
        ("   ", "variable PICKUP_ADA is not there"),
    ],
)
def test_a_value_of_no_known_form_is_refused_and_not_repeated(monkeypatch, value, told):
    if "\x00" not in value:
        monkeypatch.setenv("PICKUP_ADA", value)
    else:
        monkeypatch.setattr("os.environ", {"PICKUP_ADA": value})
    with pytest.raises(UsageError, match=told) as raised:
        read_credentials({"Ada": {"env": "PICKUP_ADA"}})
    assert "secret-abc" not in str(raised.value)


def test_all_that_is_missing_is_named_at_once(monkeypatch):
    for name in ("PICKUP_ADA", "PICKUP_BO", "PICKUP_APP"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="PICKUP_ADA is not there") as raised:
        read_credentials(
            {
                "Ada": {"env": "PICKUP_ADA", "app_token": {"env": "PICKUP_APP"}},
                "Bo": {"env": "PICKUP_BO", "app_token": {"env": "PICKUP_APP"}},
            }
        )
    assert str(raised.value).count("PICKUP_APP") == 1
    assert "PICKUP_BO" in str(raised.value)


def test_lanes_that_name_the_same_secret_share_it(monkeypatch):
    monkeypatch.setenv("PICKUP_ADA", "a")
    monkeypatch.setenv("PICKUP_BO", "b")
    read = read_credentials(
        {
            "Ada": {"env": "PICKUP_ADA", "agents": ["Ada"], "associate_id": 7},
            "customers": {"env": "PICKUP_ADA", "agents": [], "associate_id": None},
            "Bo": {"env": "PICKUP_BO"},
        }
    )
    assert read.of("Ada") is read.of("customers") is not read.of("Bo")
    assert read.lanes == ("Ada", "customers", "Bo")


def test_app_token_and_refresh_come_with_the_lane(monkeypatch):
    values = {"A": "SOTicket 7T:a", "APP": "app-1", "R": "refresh-1", "S": "secret-1"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    url = "https://sod.superoffice.com/login/common/oauth/tokens"
    told = {
        "env": "A",
        "app_token": {"env": "APP"},
        "refresh_token": {"env": "R"},
        "refresh": {"url": url, "client_id": "c", "client_secret": {"env": "S"}},
    }
    read = read_credentials({"Ada": told})
    assert headers(read.of("Ada")) == {"Authorization": "SOTicket 7T:a", "SO-AppToken": "app-1"}
    assert read.refreshed_at == {url}
    assert read.of("Ada").refreshing.form() == {
        "grant_type": "refresh_token", "client_id": "c",
        "client_secret": "secret-1", "refresh_token": "refresh-1",
    }  # fmt: skip


class FakeErrors(types.ModuleType):
    class KeyringError(Exception):
        pass


def a_keyring(monkeypatch, entries):
    """A keyring that is not the machine's."""

    def get_password(service, user):
        if service == "locked":
            raise FakeErrors.KeyringError("secret-abc")
        return entries.get((service, user))

    ring = types.ModuleType("keyring")
    ring.get_password = get_password
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", FakeErrors("keyring.errors"))


def test_a_secret_may_stand_in_the_keyring(monkeypatch):
    a_keyring(monkeypatch, {("pickup-lab", "bo"): "Bearer 8A:bo"})
    read = read_credentials({"Bo": {"keyring": "pickup-lab/bo"}})
    assert headers(read.of("Bo")) == {"Authorization": "Bearer 8A:bo"}


@pytest.mark.parametrize(
    ("entry", "told"),
    [("pickup-lab/cy", "pickup-lab/cy is not there"), ("locked/bo", r"read \(KeyringError\)")],
)
def test_a_keyring_without_the_entry_is_told(monkeypatch, entry, told):
    a_keyring(monkeypatch, {})
    with pytest.raises(UsageError, match=told) as raised:
        read_credentials({"Bo": {"keyring": entry}})
    assert "secret-abc" not in "".join(traceback.format_exception(raised.value))


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UsageError, match=r"pip install 'pickup-lab\[keyring\]'"):
        read_credentials({"Bo": {"keyring": "pickup-lab/bo"}})


def test_a_tickets_end_moves_on_when_it_is_used(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    ticket, token = Credential("SOTicket", Secret("7T:x")), Credential("Bearer", Secret("8A:x"))
    for credential in (ticket, token):
        credential.note_use()
    clock[0] += TICKET_S - AHEAD_S - 1
    assert not ticket.ends_soon
    ticket.note_use()
    clock[0] += TICKET_S - AHEAD_S - 1
    assert not ticket.ends_soon
    clock[0] += 2
    assert ticket.ends_soon
    assert not token.ends_soon  # its end is not known


# ----------------------------------------------------------------------------- nothing shows

SECRETS = ("s3cret-value", "s3cret-app", "s3cret-client", "s3cret-refresh")


def a_credential(url="http://127.0.0.1:1") -> Credential:
    value, app, client, refresh = map(Secret, SECRETS)
    tokens = f"{url}/login/common/oauth/tokens"
    return Credential("Bearer", value, app, Refreshing(tokens, "client-1", client, refresh))


def test_no_way_of_printing_shows_a_secret():
    secret, credential = Secret(SECRETS[0]), a_credential()
    all_of_it = Credentials({"Ada": credential})
    shown = [
        f"{thing} {thing!r} {thing!s} {thing:>40}" if isinstance(thing, Secret) else repr(thing)
        for thing in (secret, credential, credential.refreshing, all_of_it, [credential])
    ]
    assert within(" ".join(shown), *SECRETS) == []
    assert "Ada" in repr(all_of_it)


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy, copy.copy, json.dumps])
def test_a_secret_is_neither_copied_nor_written(write):
    with pytest.raises(TypeError) as raised:
        write(Secret(SECRETS[0]))
    assert within(str(raised.value), *SECRETS) == []


def everything_told(error: BaseException) -> str:
    """The traceback with the local variables of every frame."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format())


def ours(error: BaseException) -> str:
    """The local variables of the frames in our own code."""
    frames = []
    while error is not None:
        frames += [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        error = error.__cause__ or error.__context__
    return " ".join(
        f"{name}={value!r}"
        for frame in frames
        if "simulator" in frame.f_code.co_filename
        for name, value in frame.f_locals.items()
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["refused", "hang", "reset", "guard", 401])
def test_no_log_answer_or_traceback_shows_a_secret(caplog, what, name):
    caplog.set_level(logging.DEBUG)

    def script(got, wire):
        cookie = {"Set_Cookie": f"id={SECRETS[0]}"}
        return said(b"", what, **cookie) if isinstance(what, int) else what

    async def story():
        async with serving(script) as wire:
            url = "http://127.0.0.1:9" if what == "refused" else wire.url
            made = endpoint(url, {"Ada": a_credential(url)}, transport=name, timeout_s=0.3,
                            reads_only=what == "guard")  # fmt: skip
            async with made:
                return repr(await made.call("Ada", "POST", "ChatSession/Pickup"))

    told = []
    try:
        told.append(asyncio.run(story()))
    except GuardError as error:
        told += [str(error), repr(error), everything_told(error), ours(error)]
    told += [str(record.__dict__) for record in caplog.records]
    assert within(" ".join(told), *SECRETS) == []
