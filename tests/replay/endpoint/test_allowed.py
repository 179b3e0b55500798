"""The file of allowed targets: read only if it is plain, and its owner's alone."""

from __future__ import annotations

import os
import sys

import pytest

from simulator.errors import GuardError
from simulator.replay.endpoint.allowed import Allowed, Pair, file_of_allowed, read_allowed

unix = pytest.mark.skipif(sys.platform == "win32", reason="rights of files are Unix's")


@pytest.fixture
def file(monkeypatch, tmp_path):
    """The file's place, in a folder that is there."""
    monkeypatch.setenv("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "pickup-lab").mkdir(mode=0o700)
    path = tmp_path / "pickup-lab" / "allowed_targets.yaml"
    assert file_of_allowed() == path
    return path


def written(file, text, mode=0o600):
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def test_without_a_file_nothing_is_allowed(file):
    assert read_allowed() == Allowed()
    assert read_allowed().find("online3.superoffice.com", "Cust12345") is None


def test_an_empty_file_allows_nothing(file):
    written(file, "# nobody\n")
    assert read_allowed() == Allowed()


def test_pairs_are_found_whatever_their_case(file):
    written(
        file,
        "- {host: Online3.SuperOffice.com, context: cust12345, sandbox: true}\n"
        "- host: crm.example.com:8443\n"
        "  context: Cust7\n"
        "- {host: 'sod.example.com:443', context: Cust8}\n",
    )
    allowed = read_allowed()
    assert allowed.find("online3.superoffice.com", "CUST12345") == Pair(
        "online3.superoffice.com", "cust12345", is_sandbox=True
    )
    assert allowed.find("crm.example.com:8443", "Cust7").is_sandbox is False
    assert allowed.find("crm.example.com", "Cust7") is None
    assert allowed.find("crm.example.com:8443", "Cust12345") is None
    assert allowed.find("sod.example.com", "Cust8") is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {host: '*.superoffice.com', context: Cust1}", "write one host in full"),
        ("- {host: https://a.example, context: Cust1}", "write one host in full"),
        ("- {host: a.example/x, context: Cust1}", "write one host in full"),
        ("- {host: , context: Cust1}", "host is None"),
        ("- {context: Cust1}", "host is None"),
        ("- {host: a.example}", "context is None"),
        ("- {host: a.example, context: '*'}", "write one context in full"),
        ("- {host: a.example, context: [Cust1, Cust2]}", "write one context in full"),
        ("- {host: a.example, context: Cust1, sandbox: 'true'}", "write true or false"),
        ("- {host: a.example, context: Cust1, sandbox: yes}", "write true or false"),
        ("- {host: a.example, context: Cust1, sandbx: true}", "did you mean 'sandbox'"),
        ("- {host: a.example, host: b.example, context: Cust1}", "given twice"),
        ("host: a.example", "no list"),
        ("a.example", "no list"),
        ("- a.example", "host is None"),
        ("- [", "not YAML"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(file, text, told):
    written(file, f"# allowed\n{text}\n")
    with pytest.raises(GuardError, match=told) as raised:
        read_allowed()
    assert "allowed_targets.yaml:" in str(raised.value)


@unix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(file, mode):
    written(file, "- {host: a.example, context: Cust1}", mode)
    with pytest.raises(GuardError, match=r"others may write .*chmod go-w"):
        read_allowed()


@unix
def test_a_folder_that_others_may_write_is_refused(file):
    written(file, "- {host: a.example, context: Cust1}")
    file.parent.chmod(0o777)
    with pytest.raises(GuardError, match=r"others may write .*pickup-lab, so"):
        read_allowed()


@unix
@pytest.mark.skipif(sys.platform != "win32" and os.getuid() != 0, reason="takes root to give away")
def test_a_file_of_another_user_is_refused(file):
    written(file, "- {host: a.example, context: Cust1}")
    os.chown(file, 12345, 12345)
    with pytest.raises(GuardError, match="another user's"):
        read_allowed()


def test_a_file_that_cannot_be_read_is_refused(file):
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GuardError, match="cannot be read"):
        read_allowed()
    file.unlink()
    file.mkdir()
    with pytest.raises(GuardError, match="cannot be read"):
        read_allowed()
