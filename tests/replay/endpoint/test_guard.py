"""What a replay may talk to, and the many ways to write what it may not."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
import yarl
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import GuardError
from simulator.replay.endpoint.allowed import Allowed, Pair
from simulator.replay.endpoint.guard import (
    check_argv,
    check_request,
    checked_target,
    same_context,
)
from simulator.replay.endpoint.target import Target

NONE = Allowed()
SANDBOX = Allowed(
    (
        Pair("online3.superoffice.com", "cust12345", is_sandbox=True),
        Pair("online4.superoffice.com", "cust12345", is_sandbox=False),
        Pair("crm.example.com", "cust7", is_sandbox=False),
        Pair("crm.example.com:8443", "cust8", is_sandbox=False),
        Pair("sod2.superoffice.com:8443", "cust12345", is_sandbox=True),
    )
)


@pytest.mark.parametrize(
    ("url", "base", "login"),
    [
        ("https://sod.superoffice.com", "https://sod.superoffice.com", "sod"),
        ("https://sod2.superoffice.com", "https://sod2.superoffice.com", "sod"),
        ("https://sod12.superoffice.com/", "https://sod12.superoffice.com", "sod"),
        ("https://app-sod.superoffice.com", "https://app-sod.superoffice.com", "sod"),
        ("https://stage.superoffice.com", "https://stage.superoffice.com", "qaonline"),
        ("https://stage2.superoffice.com", "https://stage2.superoffice.com", "qaonline"),
        ("https://app-stage.superoffice.com", "https://app-stage.superoffice.com", "qaonline"),
        ("https://qaonline.superoffice.com", "https://qaonline.superoffice.com", "qaonline"),
        ("https://SOD2.SuperOffice.COM", "https://sod2.superoffice.com", "sod"),
        ("HTTPS://sod2.superoffice.com", "https://sod2.superoffice.com", "sod"),
        ("https://sod2.superoffice.com:443", "https://sod2.superoffice.com", "sod"),
        ("https://sod2.superoffice.com/cust12345/", "https://sod2.superoffice.com", "sod"),
    ],
)
def test_development_and_stage_are_let_through(url, base, login):
    target = checked_target(url, "Cust12345", NONE)
    assert (target.base, target.login) == (base, f"https://{login}.superoffice.com")
    assert not target.is_loopback
    assert target.confirmation == "Cust12345"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8900", "http://127.0.0.1:8900"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://127.8.9.1:8900/Cust12345", "http://127.8.9.1:8900"),
        ("http://localhost:8900", "http://127.0.0.1:8900"),  # a table of hosts may say otherwise
        ("http://LocalHost:8900", "http://127.0.0.1:8900"),
        ("http://[::1]:8900", "http://[::1]:8900"),
        ("http://[0:0:0:0:0:0:0:1]:8900", "http://[::1]:8900"),
        ("https://localhost:8901", "https://127.0.0.1:8901"),
    ],
)
def test_loopback_is_let_through_over_http_too(url, base):
    target = checked_target(url, "Cust12345", NONE)
    assert (target.base, target.login, target.is_loopback) == (base, base, True)
    assert target.confirmation == "local"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        # production, and all that is not known under superoffice.com
        ("https://online.superoffice.com", "production host"),
        ("https://online3.superoffice.com", "production host"),
        ("https://ONLINE3.superoffice.com:443", "production host"),
        ("https://app.superoffice.com", "production host"),
        ("https://disasterrecovery.superoffice.com", "production host"),
        ("https://www.superoffice.com", "production host"),
        ("https://superoffice.com", "production host"),
        ("https://sod2.online.superoffice.com", "production host"),
        ("https://sod-online.superoffice.com", "production host"),
        ("https://sodx.superoffice.com", "production host"),
        ("https://sod12345.superoffice.com", "production host"),
        ("https://sod2.superoffice.com:8443", "production host"),
        # hosts that look like one that is allowed
        ("https://sod2.superoffice.com.evil.example", "not known as a test tenant"),
        ("https://sod2.superoffice.com.evil.com", "not known as a test tenant"),
        ("https://sod2-superoffice.com", "not known as a test tenant"),
        ("https://sod2superoffice.com", "not known as a test tenant"),
        ("https://evilsuperoffice.com", "not known as a test tenant"),
        ("https://sod2.superoffice.co", "not known as a test tenant"),
        ("https://sod2", "not known as a test tenant"),
        ("https://localhost.evil.com", "not known as a test tenant"),
        ("https://127.0.0.1.nip.io", "not known as a test tenant"),
        ("https://127-0-0-1.example", "not known as a test tenant"),
        ("https://10.0.0.5", "not known as a test tenant"),
        ("https://0.0.0.0", "not known as a test tenant"),
        ("https://169.254.169.254", "not known as a test tenant"),
        ("https://[::]", "not known as a test tenant"),
        ("https://[::ffff:127.0.0.1]", "not known as a test tenant"),
        ("https://[fe80::1]", "not known as a test tenant"),
        # http to another machine
        ("http://sod2.superoffice.com", "only https"),
        ("http://localhost.evil.com", "only https"),
        ("http://127.0.0.1.nip.io:8900", "only https"),
        ("http://10.0.0.5", "only https"),
        ("http://[::ffff:127.0.0.1]:8900", "only https"),
        # numbers and names in other forms
        ("http://2130706433:8900", "not written plainly"),
        ("http://0x7f000001:8900", "not written plainly"),
        ("http://0x7f.0.0.1:8900", "not written plainly"),
        ("http://017700000001:8900", "not written plainly"),
        ("http://0177.0.0.1:8900", "not written plainly"),
        ("http://127.1:8900", "not written plainly"),
        ("http://127.0.0.1.:8900", "not written plainly"),
        ("http://localhost.:8900", "not written plainly"),
        ("https://sod2.superoffice.com.", "not written plainly"),
        ("https://sod2..superoffice.com", "not written plainly"),
        ("https://.superoffice.com", "not written plainly"),
        ("https://sod_2.superoffice.com", "not written plainly"),
        ("https://-sod.superoffice.com", "not written plainly"),
        ("https://xn--sod2-hoa.superoffice.com", "not written plainly"),
        ("https://xn--spero-mva.com", "not written plainly"),
        # what is no plain address
        ("https://ѕod2.superoffice.com", "no plain address"),  # a Cyrillic letter
        ("https://sod2.superoffice。com", "no plain address"),
        ("https://sod2.superoffıce.com", "no plain address"),
        ("https://user:pw@sod2.superoffice.com", "no plain address"),
        ("https://sod2.superoffice.com@evil.com", "no plain address"),
        ("https://evil.com#@sod2.superoffice.com", "no plain address"),
        ("https://evil.com\\@sod2.superoffice.com", "no plain address"),
        ("https://evil.com\\.superoffice.com", "no plain address"),
        ("https://sod2.superoffice.com?x=1", "no plain address"),
        ("https://sod2%2esuperoffice.com", "no plain address"),
        ("https://sod2.superoffice.com\t.evil.com", "no plain address"),
        ("https://sod2.superoffice.com\n", "no plain address"),
        (" https://sod2.superoffice.com", "no plain address"),
        ("http://[::1%25eth0]:8900", "no plain address"),
        ("", "no plain address"),
        ("https://sod2.superoffice.com:99999", "no address"),
        ("https://sod2.superoffice.com:x", "no address"),
        ("https://[::1", "no address"),
        ("sod2.superoffice.com", "no https://"),
        ("//sod2.superoffice.com", "no https://"),
        ("https:sod2.superoffice.com", "no https://"),
        ("https://", "no https://"),
        ("ftp://sod2.superoffice.com", "no https://"),
        ("file:///etc/passwd", "no https://"),
        # a path that is not the ContextId's
        ("https://sod2.superoffice.com/Cust99999", "give the host alone"),
        ("https://sod2.superoffice.com/Cust12345/../Cust9", "give the host alone"),
        ("https://sod2.superoffice.com/Cust12345/api/v1", "give the host alone"),
    ],
)
def test_anything_else_is_refused(url, told):
    with pytest.raises(GuardError, match=told):
        checked_target(url, "Cust12345", NONE)


@pytest.mark.parametrize(
    "context",
    ["", "Cust", "12345", "Cust1/..", "Cust1?", "Cust1 ", "Cust12345678901", "../Cust1", "Cust%31",
     "Cust１", "*"],
)  # fmt: skip
def test_a_context_is_cust_and_digits(context):
    with pytest.raises(GuardError, match="ContextId is Cust and digits"):
        checked_target("https://sod2.superoffice.com", context, NONE)


def test_a_local_context_is_one_plain_word():
    assert checked_target("http://127.0.0.1:1", "my-desk_1", NONE).context == "my-desk_1"
    with pytest.raises(GuardError, match="letters, digits"):
        checked_target("http://127.0.0.1:1", "../x", NONE)


def test_a_production_host_is_let_through_only_as_a_sandbox_of_the_file():
    target = checked_target("https://online3.superoffice.com", "CUST12345", SANDBOX)
    assert target.is_allowed_by_file
    assert target.login == "https://online.superoffice.com"
    for host, context in (("online3", "Cust12346"), ("online4", "Cust12345")):
        with pytest.raises(GuardError, match="sandbox: true"):
            checked_target(f"https://{host}.superoffice.com", context, SANDBOX)


def test_another_host_is_let_through_only_by_its_pair_and_port():
    assert checked_target("https://crm.example.com", "Cust7", SANDBOX).is_allowed_by_file
    other_port = checked_target("https://crm.example.com:8443", "Cust8", SANDBOX)
    assert other_port.base == other_port.login == "https://crm.example.com:8443"
    for url, context in (
        ("https://crm.example.com", "Cust8"),
        ("https://crm.example.com:8443", "Cust7"),
        ("https://crm.example.com.evil.com", "Cust7"),
        ("https://x.crm.example.com", "Cust7"),
    ):
        with pytest.raises(GuardError, match="not known"):
            checked_target(url, context, SANDBOX)
    with pytest.raises(GuardError, match="only https"):
        checked_target("http://crm.example.com", "Cust7", SANDBOX)


TARGET = Target("https://sod2.superoffice.com", "Cust12345", "https://sod.superoffice.com", False)
API = "https://sod2.superoffice.com/Cust12345/api/v1"


@pytest.mark.parametrize(
    "url",
    [
        f"{API}/ChatSession/Pickup",
        f"{API}/ChatSession/12/TransferTo/7",
        f"{API}/ChatSession?$filter=whenRequested afterTime '2026-01-01'&$top=5",
        "https://sod2.superoffice.com/cust12345/api/v1/ChatSession/Pickup",
        "https://sod.superoffice.com/api/state/Cust12345",
        "https://sod.superoffice.com/login/common/oauth/tokens",
        "https://sod.superoffice.com/Cust12345/login/common/oauth/tokens",
    ],
)
def test_requests_of_the_target_pass(url):
    check_request(url, TARGET)


@pytest.mark.parametrize(
    "url",
    [
        "https://sod3.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://SOD2.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com:444/Cust12345/api/v1/ChatSession/Pickup",
        "http://sod2.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com./Cust12345/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com.evil.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com@evil.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://a:b@sod2.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://evil.com\\@sod2.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com/Cust99999/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com/api/v1/ChatSession/Pickup",
        "https://sod2.superoffice.com/Cust12345/api/v2/ChatSession",
        f"{API}/../../../Cust99999/api/v1/ChatSession/Pickup",
        f"{API}/ChatSession/..",
        f"{API}/./ChatSession",
        f"{API}//ChatSession",
        f"{API}/%2e%2e/%2e%2e/Cust99999/api/v1/ChatSession",
        f"{API}/ChatSession%2fPickup",
        f"{API}/ChatSession;x=1",
        f"{API}/ChatSession#fragment",
        f"{API}/ChatSession\\..\\x",
        f"{API}/Chat Session",
        f"{API}/ChatSession\n",
        f"{API}/ChatSession?a=1\r\nHost: evil.com",
        f"{API}/ChatSessiоn",  # a Cyrillic letter
        f"{API}",
        f"{API}/",
        "https://sod2.superoffice.com/api/state/Cust12345",
        "https://sod.superoffice.com/api/state/Cust99999",
        "https://sod.superoffice.com/Cust12345/api/v1/ChatSession/Pickup",
        "https://sod.superoffice.com/login/other",
        "",
    ],
)
def test_requests_elsewhere_are_held_back(url):
    with pytest.raises(GuardError, match="held back"):
        check_request(url, TARGET)


@pytest.mark.parametrize(
    "argument",
    ["Bearer 8A:Cust1.abcdef", "--token=abcdefgh", "SOTicket 7T:xyzabc", "8A:Cust12345.AbC",
     "7T:abcdef", "Basic dXNlcjpwYXNz", "https://me:pw@sod2.superoffice.com",
     "https://me@sod2.superoffice.com", "eyJhbGciOiJI.eyJzdWIi", "PASSWORD=hunter22",
     "authorization: bearer abcdefgh"],
)  # fmt: skip
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(argument):
    with pytest.raises(GuardError, match="argument 2 looks like a secret") as raised:
        check_argv(["--target", argument])
    assert argument not in str(raised.value)


def test_an_ordinary_command_line_passes():
    check_argv(
        ["replay", "plan", "data/runs/monday-seed1", "--target", "http://127.0.0.1:8900/Cust1",
         "--context", "Cust12345", "--from", "08:00", "--topics", "kit/topics.yaml",
         "--max-rate", "50", "--agents", "basic/agents.yaml"]
    )  # fmt: skip


def test_contexts_are_the_same_in_any_case():
    assert same_context("Cust12345", "CUST12345")
    assert not same_context("Cust12345", "Cust1234")


PIECES = ("https://", "http://", "sod2.superoffice.com", "sod.superoffice.com", "evil.com", ".",
          "..", "/", "//", "\\", "@", ":", ":443", "?", "#", "%2f", "%2e", "%00", "Cust12345",
          "Cust9", "api", "v1", "state", "ChatSession", "\t", "\n", " ", ";", "ı", "。", "[::1]",
          "/Cust12345/api/v1/", "https://sod2.superoffice.com/Cust12345/api/v1/",
          "https://sod.superoffice.com/api/state/Cust12345")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
@settings(max_examples=2000)
def test_what_passes_is_read_in_one_way_by_everybody(url):
    try:
        check_request(url, TARGET)
    except GuardError:
        return
    plain, ordered = urlsplit(url), httpx.URL(url)
    assert (plain.scheme, plain.netloc, plain.path) == (
        ordered.scheme, ordered.netloc.decode(), ordered.path,
    )  # fmt: skip
    assert plain.netloc in ("sod2.superoffice.com", "sod.superoffice.com")
    assert yarl.URL(url, encoded=True).host == plain.netloc
    assert "cust12345" in plain.path.lower()
    assert ".." not in plain.path
