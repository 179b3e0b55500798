"""The catalogue, the specification, the draws and the switch."""

import os
import time

import pytest

from simulator.errors import ScenarioError
from simulator.tenant.faults import CATALOGUE, Faults, Request, Spec, read_spec, spec_of

PICKUP = Request("POST", "/Cust12345/api/v1/ChatSession/Pickup")
END = Request("PUT", "/Cust12345/api/v1/ChatSession/7")


def befallen(faults, count, request=PICKUP, level="http"):
    """The numbers of those of so many requests that a fault befalls."""
    return [n for n in range(1, count + 1) if faults.next(level, request)]


def complaint(text, tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_spec(path)
    return str(caught.value).replace(str(path), "faults.yaml")


# --- the catalogue


def test_the_catalogue_has_every_fault_of_the_rules_of_replay():
    assert list(CATALOGUE) == [
        *("status_401", "status_403", "status_421", "status_429_seconds", "status_429_date"),
        *("status_500_before", "status_500_after", "status_503_before", "status_503_after"),
        *("delay", "timeout_before", "timeout_after", "malformed", "truncated", "huge"),
        *("wrong_type", "null", "no_content"),
        *("reset_before", "reset_after", "stall", "drip", "cut_body", "half_close"),
        *("stale_keep_alive", "refused"),
    ]


@pytest.mark.parametrize("fault", CATALOGUE.values(), ids=lambda fault: fault.name)
def test_a_fault_after_commit_is_never_rejected_nor_empty(fault):
    assert fault.expected in ("rejected", "empty", "unknown", "done")
    if fault.when == "after":
        assert fault.expected in ("unknown", "done")


@pytest.mark.parametrize("fault", CATALOGUE.values(), ids=lambda fault: fault.name)
def test_what_is_unknown_is_settled_by_whether_it_was_done(fault):
    settled = {"before": "unknown", "after": "recovered"}[fault.when]
    assert fault.settled == (settled if fault.expected == "unknown" else fault.expected)


# --- reading


def test_a_file_is_read_with_the_defaults_of_each_fault(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(
        "seed: 7\nrules:\n- {fault: delay, method: put}\n- {fault: huge, path: /A/b/, times: 2}\n"
    )
    assert read_spec(path).told() == {
        "seed": 7,
        "rules": [
            {"fault": "delay", "share": 1.0, "method": "PUT", "seconds": 0.5},
            {"fault": "huge", "share": 1.0, "path": "A/b", "times": 2, "megabytes": 16.0},
        ],
    }


def test_what_is_told_can_be_read_in_again():
    more = {"path": "P", "first": 2, "last": 9, "share": 0.5}
    rules = [{"fault": name, **more} for name in CATALOGUE]
    spec = spec_of({"seed": 3, "rules": rules})
    assert spec_of(spec.told()) == spec


@pytest.mark.parametrize("text", ["", "rules:", "rules: []", "seed: 0"])
def test_no_rules_are_no_faults(text, tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    assert read_spec(path) == Spec()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "what is given is no mapping; give it the keys seed, rules (faults.yaml:1)"),
        ("sed: 7", "unknown key sed; did you mean 'seed'? (faults.yaml:1)"),
        ("seed: -7", "seed is -7; give a whole number from 0 (faults.yaml:1)"),
        ("rules: {}", "rules is no list; write a list of rules, each with a fault (faults.yaml:1)"),
        ("rules: [7]", "rules[1] is no mapping; give it the keys fault, share"),
        ("rules:\n- {share: 1}", "rules[1].fault is missing; write the name of a fault"),
        ("rules:\n- {fault: [1]}", "rules[1].fault is no text; give a few words (faults.yaml:2)"),
        (
            "rules:\n- fault: status_500_befor",
            "which is no fault; did you mean 'status_500_before'? (faults.yaml:2)",
        ),
        (
            "rules:\n- fault: delay\n  shar: 1",
            "unknown key rules[1].shar; did you mean 'share'? (faults.yaml:3)",
        ),
        ("rules:\n- {fault: delay, share: 0}", "rules[1].share is 0; give a number above 0 and up"),
        ("rules:\n- {fault: delay, share: 2 %}", "rules[1].share is 2 %; give a number above 0"),
        ("rules:\n- {fault: delay, share: nan}", "rules[1].share is nan; give a number above 0"),
        ("rules:\n- {fault: delay, share: true}", "rules[1].share is true; give a number above 0"),
        ("rules:\n- {fault: delay, seconds: 1e9}", "rules[1].seconds is 1e9; give a number above"),
        ("rules:\n- {fault: delay, method: FETCH}", "rules[1].method is FETCH; give one of GET,"),
        ("rules:\n- {fault: delay, first: 5, last: 4}", "last is 4; give a whole number from 5"),
        ("rules:\n- {fault: delay, last: 0}", "rules[1].last is 0; give a whole number from 1"),
        ("rules:\n- {fault: delay, times: {}}", "rules[1].times is a mapping; give a whole number"),
        ("rules:\n- {fault: delay, times: []}", "rules[1].times is a list; give a whole number"),
        (
            "rules:\n- {fault: delay, megabytes: 2}",
            "rules[1].megabytes is nothing that delay takes; leave it to huge (faults.yaml:2)",
        ),
        ("rules:\n- {fault: null}", 'is blank; write the name of a fault ("null" is one too, in'),
        ("rules:\n- {fault: refused, seconds: 2}", "rules[1].seconds means nothing without a path"),
        ("rules: [", "this is not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, told, tmp_path):
    assert told in complaint(text, tmp_path)


def test_all_complaints_are_told_at_once(tmp_path):
    told = complaint("seed: x\nrules:\n- {fault: dely}\n- {fault: delay, share: 7}", tmp_path)
    assert [line.rpartition("(")[2] for line in told.splitlines()] == [
        "faults.yaml:1)",
        "faults.yaml:3)",
        "faults.yaml:4)",
    ]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        read_spec(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_spec(tmp_path)


def test_an_object_that_is_no_json_is_refused():
    with pytest.raises(ScenarioError, match="are no JSON"):
        spec_of({"seed": {1, 2}})


def test_an_object_is_complained_of_like_a_file():
    with pytest.raises(ScenarioError, match="did you mean 'drip'"):
        spec_of({"rules": [{"fault": "dripp"}]})


# --- which requests


@pytest.mark.parametrize(
    ("rule", "request_", "is_hit"),
    [
        ({}, END, True),
        ({"path": "ChatSession/Pickup"}, PICKUP, True),
        ({"path": "chatsession/PICKUP"}, PICKUP, True),
        ({"path": "Pickup"}, PICKUP, True),
        ({"path": "ickup"}, PICKUP, False),
        ({"path": "ChatSession"}, PICKUP, False),
        ({"path": "ChatSession/*"}, PICKUP, True),
        ({"path": "api/*/ChatSession/7"}, END, True),
        ({"path": "Cust12345/*/7"}, END, False),
        ({"path": "Cust12345/**/7"}, END, True),
        ({"path": "ChatSession.7"}, END, False),
        ({"method": "POST"}, END, False),
        ({"method": "put", "path": "ChatSession/*"}, END, True),
    ],
)
def test_a_rule_looks_at_the_end_of_the_path_and_the_method(rule, request_, is_hit):
    faults = Faults({"rules": [{"fault": "status_401", **rule}]})
    assert (faults.next("http", request_) is not None) is is_hit


@pytest.mark.parametrize("path", ["/admin/faults", "/Cust12345/admin/truth", "/ADMIN"])
def test_the_admin_face_is_spared_and_not_counted(path):
    faults = Faults({"rules": [{"fault": "status_401"}]})
    assert faults.next("http", Request("GET", path)) is None
    assert faults.told()["matched"] == [0]


def test_a_rule_counts_only_requests_that_match_it():
    faults = Faults({"rules": [{"fault": "null", "path": "Pickup", "first": 2, "last": 3}]})
    requests = [PICKUP, END, END, PICKUP, END, PICKUP, PICKUP]
    assert [faults.next("http", each) is not None for each in requests] == [
        *(False, False, False, True, False, True, False)
    ]


def test_a_rule_with_times_ends_after_so_many():
    assert befallen(Faults({"rules": [{"fault": "null", "times": 2, "first": 3}]}), 9) == [3, 4]


def test_first_0_is_from_the_beginning():
    assert befallen(Faults({"rules": [{"fault": "null", "first": 0, "last": 2}]}), 9) == [1, 2]


def test_the_first_rule_that_hits_has_its_way_and_the_others_count_on():
    rules = [{"fault": "null", "last": 1}, {"fault": "delay", "first": 2, "last": 2}]
    faults = Faults({"rules": rules})
    hit = [faults.next("http", PICKUP) for _ in range(3)]
    assert [rule and rule.fault.name for rule in hit] == ["null", "delay", None]
    assert faults.told()["injected"] == {"null": 1, "delay": 1}


def test_a_rule_is_asked_at_its_own_level_only():
    faults = Faults({"rules": [{"fault": "drip"}]})
    assert befallen(faults, 3) == []
    assert befallen(faults, 3, level="tcp") == [1, 2, 3]


def test_a_stale_connection_is_one_that_was_kept_alive():
    faults = Faults({"rules": [{"fault": "stale_keep_alive"}]})
    assert faults.next("tcp", PICKUP) is None
    assert faults.next("tcp", Request("POST", PICKUP.path, kept_alive=True)) is not None


# --- draws


def test_equal_seeds_draw_equal_faults_and_others_do_not():
    def drawn(seed):
        return befallen(Faults({"seed": seed, "rules": [{"fault": "null", "share": 0.1}]}), 2000)

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_rules_draw_independently_of_each_other():
    rules = [{"fault": "null", "share": 0.5}, {"fault": "delay", "share": 0.5}]
    faults = Faults({"seed": 7, "rules": rules})
    hit = [faults.next("http", PICKUP) for _ in range(4000)]
    names = [rule and rule.fault.name for rule in hit]
    assert names.count("null") == pytest.approx(2000, abs=130)
    assert names.count("delay") == pytest.approx(1000, abs=110)


def test_other_requests_in_between_change_nothing():
    rule = {"fault": "null", "share": 0.3, "path": "Pickup"}
    plain, mixed = (Faults({"seed": 1, "rules": [rule]}) for _ in range(2))
    expected = [plain.next("http", PICKUP) for _ in range(50)]
    found = [(mixed.next("http", END), mixed.next("http", PICKUP))[1] for _ in range(50)]
    assert found == expected


def test_a_switch_to_the_same_begins_anew():
    spec = {"seed": 7, "rules": [{"fault": "null", "share": 0.2}]}
    faults = Faults(spec)
    before = befallen(faults, 100)
    faults.switch(spec)
    assert befallen(faults, 100) == before
    assert faults.told()["matched"] == [100]


# --- switching


def test_a_switch_puts_other_rules_in_place():
    faults = Faults()
    assert befallen(faults, 2) == []
    faults.switch({"rules": [{"fault": "null"}]})
    assert befallen(faults, 2) == [1, 2]
    faults.switch(None)
    assert befallen(faults, 2) == []


def test_a_wrong_switch_leaves_on_what_was_on():
    faults = Faults({"rules": [{"fault": "null"}]})
    with pytest.raises(ScenarioError):
        faults.switch({"rules": [{"fault": "nul"}]})
    assert befallen(faults, 2) == [1, 2]


def test_a_fault_of_the_tcp_level_is_not_switched_on_where_no_proxy_is():
    faults = Faults()
    with pytest.raises(ScenarioError, match="drip is a fault of the TCP level"):
        faults.switch({"rules": [{"fault": "null"}, {"fault": "drip"}]})
    faults.has_proxy = True
    faults.switch({"rules": [{"fault": "drip"}]})
    assert faults.needs_proxy


def saved(path, text, *, later_s):
    path.write_text(text)
    stamp = time.time() + later_s
    os.utime(path, (stamp, stamp))


def looked(faults, *, until):
    """Ask for the next request until the condition holds, as a running tenant would."""
    deadline = time.monotonic() + 5
    while not until() and time.monotonic() < deadline:
        faults.next("http", PICKUP)
        time.sleep(0.02)


def test_a_changed_file_is_followed(tmp_path):
    path = tmp_path / "faults.yaml"
    saved(path, "rules: []", later_s=0)
    faults = Faults(file=path)
    saved(path, "seed: 9\nrules:\n- fault: null_\n", later_s=1)
    looked(faults, until=lambda: faults.trouble)
    assert "did you mean 'null'?" in faults.trouble
    assert faults.spec == Spec()
    saved(path, 'seed: 9\nrules:\n- fault: "null"\n', later_s=2)
    looked(faults, until=lambda: faults.spec.seed == 9)
    assert faults.told() == {
        "spec": {"seed": 9, "rules": [{"fault": "null", "share": 1.0}]},
        "matched": [faults.told()["matched"][0]],
        "injected": {"null": faults.told()["injected"]["null"]},
        "trouble": "",
    }


def test_a_file_that_goes_away_changes_nothing(tmp_path):
    path = tmp_path / "faults.yaml"
    saved(path, "seed: 9", later_s=0)
    faults = Faults(file=path)
    path.unlink()
    looked(faults, until=lambda: faults.trouble)
    assert faults.spec.seed == 9
    assert "there is no file" in faults.trouble
