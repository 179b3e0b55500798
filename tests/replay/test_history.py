"""``pickup history pull``: what it prints and writes, and what it says when it may not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from simulator.cli import main
from tests.replay.old_chats import CONTEXT, TOKEN, OldChats, some_chats
from tests.replay.stub import Reply, running


@pytest.fixture(autouse=True)
def secret(monkeypatch, tmp_path):
    monkeypatch.setenv("PICKUP_HISTORY", TOKEN)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def arguments(url, out, *more):
    given = ["history", "pull", "--target", url, "--context", CONTEXT, "--out", str(out)]
    return [*given, *(more or ("--credential", "env:PICKUP_HISTORY")), "--page-size", "5"]


def called(monkeypatch, *given) -> int:
    """The exit code of ``pickup`` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["pickup", *given])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_it_prints_the_path_and_tells_what_it_did(tmp_path, monkeypatch, capsys):
    out = tmp_path / "h.jsonl"
    with running(OldChats(some_chats(12))) as stub:
        assert called(monkeypatch, *arguments(stub.url, out)) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}\n"
    assert told.err == "pulled 12 sessions in 5 requests\n"


def test_what_calibration_will_miss_is_told(tmp_path, monkeypatch, capsys):
    def no_list(path, *_):
        return Reply(status=404) if path.startswith("MDOList") else None

    chats = some_chats(3)
    for chat in chats:
        chat.agent = None
    script = OldChats(chats, instead=no_list)
    with running(script) as stub:
        assert called(monkeypatch, *arguments(stub.url, tmp_path / "h.jsonl")) == 0
    told = capsys.readouterr().err
    assert "known labels only" in told
    assert "2 of 2 picked up do not tell by whom" in told


@pytest.mark.parametrize(
    ("credential", "code", "said"),
    [
        ("Bearer 8A:Cust1.abcdefgh", 4, "looks like a secret"),
        ("8A:Cust1.abcdefgh", 4, "looks like a secret"),
        ("hunter2", 2, "--credential cannot be read; give env:NAME"),
        ("env:hunter-2", 2, "--credential cannot be read; give env:NAME"),
        ("env:PICKUP_NOT_SET", 2, "variable PICKUP_NOT_SET"),
    ],
)
def test_a_credential_is_named_and_never_given(
    credential, code, said, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "h.jsonl"
    given = arguments("http://127.0.0.1:1", out, "--credential", credential)
    assert called(monkeypatch, *given) == code
    told = capsys.readouterr().err
    assert said in told
    assert "abcdefgh" not in told
    assert "hunter" not in told
    assert not out.exists()


def test_production_is_refused(tmp_path, monkeypatch, capsys):
    given = arguments("https://online3.superoffice.com", tmp_path / "h.jsonl")
    assert called(monkeypatch, *given) == 4
    assert "production host" in capsys.readouterr().err


def test_no_secret_and_no_customer_in_the_output_or_the_files(tmp_path, monkeypatch, capsys):
    out = tmp_path / "h.jsonl"
    chats = OldChats(some_chats(12))
    with running(chats) as stub:
        chats.instead = lambda path, number, _: Reply(status=401) if number >= 2 else None
        assert called(monkeypatch, *arguments(stub.url, out)) == 4
    told = capsys.readouterr()
    left = [path.read_text("utf-8") for path in tmp_path.iterdir() if path.is_file()]
    everything = "".join([told.out, told.err, *left])
    assert "ChatSession" in everything or "chatSessionId" in everything
    for word in ("token-history", "Kim", "kim@", "my secret wish", "Ada Example"):
        assert word not in everything


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is unix")
def test_killed_again_and_again_it_comes_to_the_same_bytes(tmp_path):
    with running(OldChats(some_chats(200))) as stub:
        command = [sys.executable, "-m", "simulator.cli", *arguments(stub.url, tmp_path / "w")]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        out, kills = tmp_path / "h.jsonl", 0
        command = [sys.executable, "-m", "simulator.cli", *arguments(stub.url, out), "--rate", "60"]
        while not out.exists():
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE)
            lasts_s = 0.5 + 0.07 * kills
            try:
                process.communicate(timeout=lasts_s)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                kills += 1
            assert kills < 40
    assert kills >= 2
    assert out.read_bytes() == (tmp_path / "w").read_bytes()
