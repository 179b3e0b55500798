"""The journal: what was about to be sent is known after any kill, and nothing is sent twice."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import DataError, GuardError, PickupError, RunExistsError
from simulator.replay.journal import Intent, Journal, Outcome, has_begun, read_state

HEAD = {"plan": "9f" * 32, "part": [1, 1], "context": "Cust12345"}
DONE = Outcome("done", http=200, tries=1, session_id=813, position=1, rank=0, intended_us=0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal-1-of-1.jsonl"


@pytest.fixture
def journal(path):
    with Journal.create(path, HEAD) as made:
        yield made


def test_a_call_goes_from_intent_to_outcome(journal):
    journal.intent(1, 1, 1_774_252_800_000_000)
    assert journal.state().intents == {1: Intent(1, 1_774_252_800_000_000)}
    journal.outcome(1, DONE)
    assert journal.state().intents == {}
    assert journal.state().outcomes == {1: DONE}


def test_a_call_that_was_turned_away_may_be_sent_again(journal):
    journal.intent(1, 1, 5)
    journal.turned_away(1, 1, 429, 2.0)
    assert not journal.state().is_sent(1)
    journal.intent(1, 2, 9)
    assert journal.state().intents == {1: Intent(2, 9)}
    assert journal.state().tries == {1: 2}


def test_what_stands_in_the_file_is_what_was_told(journal, path):
    journal.intent(1, 1, 5)
    journal.turned_away(1, 1, 503, None)
    journal.intent(1, 2, 6)
    journal.outcome(1, DONE)
    journal.note("begun", skew_s=0.25)
    journal.outcome(2, Outcome("shed", reason="late by 6.2 s"))
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"k": "head", "format": 1, **HEAD},
        {"k": "intent", "n": 1, "try": 1, "at": 5},
        {"k": "turned_away", "n": 1, "try": 1, "http": 503, "retry_after_s": None},
        {"k": "intent", "n": 1, "try": 2, "at": 6},
        {"k": "outcome", "n": 1, "cls": "done", "http": 200, "tries": 1, "session_id": 813,
         "position": 1, "rank": 0, "intended_us": 0},
        {"k": "note", "note": "begun", "skew_s": 0.25},
        {"k": "outcome", "n": 2, "cls": "shed", "reason": "late by 6.2 s", "tries": 0},
    ]  # fmt: skip
    assert read_state(path) == journal.state()


@pytest.mark.parametrize("cls", ["done", "recovered", "empty", "rejected", "unknown", "skipped"])
def test_a_call_that_came_to_something_is_never_sent_again(journal, cls):
    journal.intent(1, 1, 5)
    journal.outcome(1, Outcome(cls))
    with pytest.raises(GuardError, match="not sent again"):
        journal.intent(1, 2, 6)


def test_a_call_that_may_be_under_way_is_not_sent_again(journal):
    journal.intent(1, 1, 5)
    with pytest.raises(GuardError, match="call 1 may have been sent before"):
        journal.intent(1, 2, 6)


def test_only_an_unknown_outcome_may_be_followed_by_another(journal):
    journal.outcome(1, Outcome("unknown"))
    journal.outcome(1, Outcome("recovered", session_id=7))
    assert journal.state().outcomes[1].cls == "recovered"
    with pytest.raises(GuardError, match="call 1 was recovered"):
        journal.outcome(1, Outcome("done"))


def test_a_journal_is_gone_on_with(journal, path):
    journal.intent(1, 1, 5)
    with Journal.open(path, plan=HEAD["plan"]) as again:
        assert again.state().head == {"format": 1, **HEAD}
        again.outcome(1, Outcome("unknown"))
    assert read_state(path).outcomes == {1: Outcome("unknown")}


def test_a_journal_is_begun_once(journal, path):
    with pytest.raises(RunExistsError, match="replay resume"):
        Journal.create(path, HEAD)


def test_the_journal_of_another_plan_is_refused(journal, path):
    with pytest.raises(DataError, match="another plan"):
        Journal.open(path, plan="00" * 32)


def test_a_torn_line_is_cut_off_and_noted(journal, path):
    journal.intent(1, 1, 5)
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"k":"outcome","n":1,"cls":"do')
    assert read_state(path).torn
    with Journal.open(path) as again:
        assert again.state().notes == [{"note": "torn_line", "at_byte": whole}]
        again.outcome(1, DONE)
    after = read_state(path)
    assert not after.torn
    assert after.outcomes == {1: DONE}


def test_a_journal_whose_first_line_was_torn_was_not_begun(path):
    path.write_bytes(b'{"k":"head","form')
    assert not has_begun(path)
    with pytest.raises(DataError, match="nothing was sent under it"):
        Journal.open(path)
    with Journal.create(path, HEAD) as made:
        made.intent(1, 1, 5)
    assert has_begun(path)
    assert read_state(path).intents == {1: Intent(1, 5)}


def test_there_is_none_before_it_is_made(path):
    assert not has_begun(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_state(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{not json}", "damaged here"),
        (b'{"k":"outcome"}', "damaged here"),
        (b'{"k":"outcome","n":1}', "damaged here"),
        (b'{"k":"other","n":1}', "damaged here"),
        (b"[]", "damaged here"),
        (b"", "damaged here"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(journal, path, line, told):
    with path.open("ab") as file:
        file.write(line + b'\n{"k":"note","note":"x"}\n')
    with pytest.raises(DataError, match=rf"{told}.*jsonl:2"):
        read_state(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"k":"intent","n":1,"try":1,"at":5}\n', "no journal of a replay"),
        (b'{"k":"head","format":9}\n', "format 9"),
        (b'{"k":"head"}\n', "damaged here"),
        (b"\x00\x00\x00\n", "damaged here"),
    ],
)
def test_something_else_is_no_journal(path, line, told):
    path.write_bytes(line)
    with pytest.raises(DataError, match=told):
        read_state(path)


def test_only_its_owner_reads_a_journal(journal, path):
    if os.name != "nt":
        assert path.stat().st_mode & 0o077 == 0


def test_a_line_that_does_not_fit_on_the_disk_leaves_no_half(journal, path, monkeypatch):
    journal.intent(1, 1, 5)
    whole = path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
    with pytest.raises(PickupError, match=r"nothing is sent without it.*No space left"):
        journal.outcome(1, DONE)
    assert path.read_bytes() == whole
    assert journal.state().intents == {1: Intent(1, 5)}
    monkeypatch.undo()
    journal.outcome(1, DONE)
    assert read_state(path).outcomes == {1: DONE}


@pytest.mark.parametrize("fsync", [True, False])
def test_lines_are_forced_to_the_disk_where_asked(path, monkeypatch, fsync):
    forced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (forced.append(file), real(file)))
    with Journal.create(path, HEAD, fsync=fsync) as made:
        before = len(forced)
        made.intent(1, 1, 5)
        assert len(forced) == before + fsync
    assert bool(forced) is fsync


# ------------------------------------------------------------------------ any kill


@st.composite
def histories(draw):
    """What a driver writes: interleaved calls, each from INTENT to OUTCOME as far as it got."""
    lines, stage = [], dict.fromkeys(range(1, draw(st.integers(1, 5)) + 1), (0, "planned"))
    for _ in range(draw(st.integers(0, 20))):
        number = draw(st.sampled_from(sorted(stage)))
        tries, now = stage[number]
        if now == "planned":
            tries += 1
            lines.append(("intent", number, tries))
            stage[number] = (tries, "intent")
        elif now == "intent":
            cls = draw(st.sampled_from(["turned_away", "done", "empty", "unknown"]))
            lines.append((cls, number, tries))
            stage[number] = (tries, "planned" if cls == "turned_away" else cls)
        elif now == "unknown":
            lines.append(("recovered", number, tries))
            stage[number] = (tries, "recovered")
    return lines


def write(journal, kind, number, tries):
    if kind == "intent":
        journal.intent(number, tries, 1000 + tries)
    elif kind == "turned_away":
        journal.turned_away(number, tries, 429, 1.0)
    else:
        journal.outcome(number, Outcome(kind, tries=tries))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_after_a_kill_at_any_byte_no_call_that_may_have_been_sent_counts_as_unsent(
    history, tmp_path
):
    path = tmp_path / "journal-1-of-1.jsonl"
    path.unlink(missing_ok=True)
    ends = []
    with Journal.create(path, HEAD) as made:
        ends.append(path.stat().st_size)
        for line in history:
            write(made, *line)
            ends.append(path.stat().st_size)
    data = path.read_bytes()
    for cut in range(ends[0], len(data) + 1):
        path.write_bytes(data[:cut])
        written = sum(end <= cut for end in ends[1:])
        # A call may be sent once its INTENT is written; it is unsent again once turned away.
        sent = set()
        for kind, number, _ in history[:written]:
            (sent.discard if kind == "turned_away" else sent.add)(number)
        state = read_state(path)
        assert {n for n in range(1, 6) if state.is_sent(n)} == sent
        assert set(state.intents) | set(state.outcomes) == sent
        assert not set(state.intents) & set(state.outcomes)
        assert state.torn is (cut not in ends)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), cut=st.integers(0, 400))
def test_a_journal_cut_anywhere_goes_on_from_there(history, tmp_path, cut):
    path = tmp_path / "journal-1-of-1.jsonl"
    path.unlink(missing_ok=True)
    with Journal.create(path, HEAD) as made:
        for line in history:
            write(made, *line)
    path.write_bytes(path.read_bytes()[:cut])
    if not has_begun(path):
        Journal.create(path, HEAD).close()
    with Journal.open(path, plan=HEAD["plan"]) as again:
        for number in list(again.state().intents):
            again.outcome(number, Outcome("unknown"))
        again.intent(99, 1, 5)
    state = read_state(path)
    assert set(state.intents) == {99}
    assert not state.torn
