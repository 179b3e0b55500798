"""Every guard at the prompt: what it refuses ends with its exit code, and nothing was sent.

The server behind the plans keeps each request it gets, so that "nothing" is seen, not believed.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from dataclasses import dataclass, replace

import pytest

from simulator.cli import main
from simulator.replay import locks
from simulator.replay.plan import Plan, read_plan, write_plan
from tests.replay.made import CONTEXT, made_plan, made_run
from tests.replay.stub import Queue, Reply, running

ASSOCIATES = {"Ada": 11, "Bo": 12, "Cy": 13, "customers": 10}
TOKEN = "8A:Cust12345.vQ3kXo9rTz"
CAPS = ("--max-pickups", "3", "--max-rate", "50", "--max-duration", "10m")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


class Bench:
    """A plan of three pickups, the server it is for, and the prompt."""

    def __init__(self, folder, run, queue, stub, capsys):
        self.folder, self.queue, self.stub, self.capsys = folder, queue, stub, capsys
        self.made = made_plan(
            folder, stub.url, run=run, mode="pickups", max_pickups=3, warp=36000.0
        )
        self.out = folder / "out"

    def pickup(self, *arguments, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["pickup", *map(str, arguments)])
        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            signal.signal(signal.SIGTERM, before)
        said = self.capsys.readouterr()
        return Said(ended.value.code or 0, said.out + said.err)

    @property
    def sent(self) -> list[str]:
        """All but reads."""
        return [f"{got.method} {got.path}" for got in self.stub.got if got.method != "GET"]

    def rewrite(self, **facts) -> None:
        """The plan with another head, and a hash that fits: as only a forger would write it."""
        plan = read_plan(self.made.path)
        write_plan(Plan(replace(plan.head, **facts), plan.calls), self.made.path)


@dataclass
class Said:
    """How a command ended."""

    code: int
    text: str


@pytest.fixture
def bench(tmp_path, made_once, monkeypatch, capsys):
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    for lane in ASSOCIATES:
        monkeypatch.setenv(f"PICKUP_{lane.upper()}", f"Bearer token-{lane}")
    run = shutil.copytree(made_once, tmp_path / "run")
    queue = Queue(ASSOCIATES, waiting=range(9), context=CONTEXT)
    with running(queue) as stub:
        yield Bench(tmp_path, run, queue, stub, capsys)


@pytest.fixture
def apply(bench, monkeypatch):
    """``pickup replay apply`` of the plan."""

    def applied(*more, confirm="local"):
        return bench.pickup(
            *("replay", "apply", bench.made.path, "--confirm", confirm, "--out", bench.out),
            *more,
            monkeypatch=monkeypatch,
        )

    return applied


@pytest.fixture
def plan(bench, monkeypatch):
    """``pickup replay plan``; what is given last counts."""

    def planned(*more, caps=CAPS):
        made = bench.made
        return bench.pickup(
            *("replay", "plan", made.run, "--target", bench.stub.url, "--context", CONTEXT),
            *("--topics", made.topics, "--agents", made.agents, "--mode", "pickups"),
            *("--warp", "36000", "--out", bench.folder / "new.json", *caps, *more),
            monkeypatch=monkeypatch,
        )

    return planned


@pytest.fixture
def again(bench, monkeypatch):
    """``pickup replay resume`` or ``reconcile`` of the folder."""

    def went_on(command="resume", *more):
        return bench.pickup("replay", command, bench.out, *more, monkeypatch=monkeypatch)

    return went_on


def test_the_plan_as_it_is_goes_through(bench, plan, apply):
    """Else the refusals below would prove nothing."""
    assert plan().code == 0
    assert bench.sent == []
    said = apply()
    assert said.code == 0, said.text
    assert len(bench.sent) == 3


# ------------------------------------------------------------------------- where it goes

HOSTS = [
    # target, ContextId, what is said
    ("https://online.superoffice.com", CONTEXT, "production host"),
    ("https://online3.superoffice.com", CONTEXT, "production host"),
    ("https://app.superoffice.com", CONTEXT, "production host"),
    ("https://disasterrecovery.superoffice.com", CONTEXT, "production host"),
    ("https://ONLINE.superoffice.com", CONTEXT, "production host"),
    ("https://sod2.superoffice.com.example.com", CONTEXT, "not known as a test tenant"),
    ("https://chat.example.com", CONTEXT, "not known as a test tenant"),
    ("https://192.0.2.7", CONTEXT, "not known as a test tenant"),
    ("http://sod2.superoffice.com", CONTEXT, "only https"),
    ("http://chat.example.com", CONTEXT, "only https"),
    ("https://sod2.superoffice.com", "Contoso", "ContextId"),
    ("ftp://127.0.0.1", CONTEXT, "https"),
]


@pytest.mark.parametrize(("target", "context", "why"), HOSTS)
def test_a_host_that_is_no_test_tenant_is_refused_by_plan(bench, plan, target, context, why):
    said = plan("--target", target, "--context", context)
    assert (said.code, why in said.text) == (4, True), said.text
    assert not (bench.folder / "new.json").exists()
    assert bench.stub.got == []


@pytest.mark.parametrize(("target", "context", "why"), HOSTS)
def test_and_by_apply_whoever_wrote_the_plan(bench, apply, target, context, why):
    bench.rewrite(base=target, context=context)
    head = read_plan(bench.made.path).head
    said = apply(confirm=head.confirmation)
    assert (said.code, why in said.text) == (4, True), said.text
    assert not bench.out.exists()
    assert bench.stub.got == []


def test_a_production_host_is_let_through_by_no_file_that_others_may_write(bench, plan):
    config = bench.folder / "user" / "pickup-lab"
    config.mkdir(parents=True)
    file = config / "allowed_targets.yaml"
    file.write_text(f"- {{host: online.superoffice.com, context: {CONTEXT}, sandbox: true}}\n")
    file.chmod(0o666)
    if sys.platform == "win32":
        pytest.skip("a profile's folder is its user's alone")
    said = plan("--target", "https://online.superoffice.com")
    assert (said.code, "others may write" in said.text) == (4, True), said.text


def test_another_tenant_than_the_one_named_is_refused(bench, plan, apply):
    said = plan("--context", "Cust99999")
    assert (said.code, f"tenant '{CONTEXT}', not Cust99999" in said.text) == (4, True), said.text
    bench.queue.context = "Cust99999"  # the host serves another tenant since the plan was made
    said = apply()
    assert (said.code, "not Cust12345" in said.text) == (4, True), said.text
    assert bench.sent == []
    assert not list(bench.out.glob("journal*"))


def test_a_credential_of_another_tenant_is_refused(bench, apply):
    right = bench.queue.principal
    bench.queue.principal = lambda lane: {
        **right(lane), "DatabaseContextIdentifier": "Cust99999"
    }  # fmt: skip
    said = apply()
    assert (said.code, "belongs to tenant Cust99999" in said.text) == (4, True), said.text
    assert bench.sent == []


@pytest.mark.parametrize("state", ["OfflineMaintenance", "Suspended", "Deleted", "Unknown"])
def test_a_tenant_that_is_not_in_use_is_refused(bench, plan, apply, state):
    bench.queue.state = state
    for said in (plan(), apply()):
        assert (said.code, state in said.text) == (4, True), said.text
    assert bench.sent == []


# --------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("where", ["/api/state/", "User/currentPrincipal"])
def test_a_target_that_sends_us_elsewhere_is_refused(bench, plan, apply, where, status):
    right = bench.queue
    with running(Queue(ASSOCIATES, context=CONTEXT)) as elsewhere:

        def script(got, stub):
            if where in got.path:
                return Reply(status, {}, {"Location": f"{elsewhere.url}{got.path}"})
            return right(got, stub)

        bench.stub.script = script
        for said in (plan(), apply()):
            assert (said.code, "redirects are not followed" in said.text) == (4, True), said.text
        assert bench.sent == []
        assert elsewhere.got == []


@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
def test_a_pickup_that_is_sent_elsewhere_is_not_followed(bench, apply, transport):
    """Whether it was applied nobody knows (6), but no token goes to the other host."""
    right = bench.queue
    with running(Queue(ASSOCIATES, context=CONTEXT)) as elsewhere:

        def script(got, stub):
            if got.path.endswith("/Pickup") and bench.stub.count("/Pickup") == 2:
                return Reply(307, {}, {"Location": f"{elsewhere.url}{got.path}"})
            return right(got, stub)

        bench.stub.script = script
        said = apply("--transport", transport)
        assert (said.code, "1 unknown" in said.text) == (6, True), said.text
        assert elsewhere.got == []
    assert bench.stub.count("/Pickup") == 3


@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
def test_neither_proxies_nor_netrc_of_the_environment_are_asked(
    bench, apply, monkeypatch, transport
):
    netrc = bench.folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter2hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with running(Queue(ASSOCIATES, context=CONTEXT)) as elsewhere:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere.url)
            monkeypatch.setenv(name.lower(), elsewhere.url)
        assert apply("--transport", transport).code == 0
        assert elsewhere.got == []
    authorised = {got.headers.get("authorization", "Bearer") for got in bench.stub.got}
    assert {each.partition(" ")[0] for each in authorised} == {"Bearer"}


# ----------------------------------------------------------- what the plan was made of


def changed_sessions(bench):
    sessions = next((bench.made.run).rglob("sessions.parquet"))
    sessions.write_bytes(sessions.read_bytes() + b"\0")


def another_seed(bench):
    shutil.rmtree(bench.made.run)
    made_run(bench.folder, seed=27)


def changed_scenario(bench):
    scenario = next(bench.made.run.glob("scenario*"))
    scenario.write_text(scenario.read_text().replace("4m", "5m", 1))


def changed_text(bench):
    text = bench.made.path.read_text()
    bench.made.path.write_text(text.replace('"max_pickups": 3', '"max_pickups": 30'))


def later_end(bench):
    text = bench.made.path.read_text()
    end = bench.made.plan.head.expires_at
    bench.made.path.write_text(text.replace(end, end.replace("20", "21", 1)))


CHANGES = {
    "a run with other sessions": (changed_sessions, "run is not as it was"),
    "a run of another seed": (another_seed, "was changed or is gone"),
    "a run of another scenario": (changed_scenario, "run is not as it was"),
    "a run that is gone": (lambda bench: shutil.rmtree(bench.made.run), "not as it was"),
    "other topics": (lambda b: b.made.topics.write_text("Sales: 102\n"), "was changed or is gone"),
    "other agents": (lambda b: b.made.agents.write_text("agents: {}"), "was changed or is gone"),
    "no agents": (lambda bench: bench.made.agents.unlink(), "was changed or is gone"),
    "a higher cap": (changed_text, "the plan was changed after it was made"),
    "a later end": (later_end, "the plan was changed after it was made"),
    "an end that has come": (
        lambda bench: bench.rewrite(expires_at="2026-01-01T00:00:00+00:00"),
        "the plan expired",
    ),
}


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=list(CHANGES))
def test_a_plan_that_does_not_hold_any_more_is_refused(bench, apply, change, why):
    change(bench)
    said = apply()
    assert (said.code, why in said.text) == (4, True), said.text
    assert bench.stub.got == []
    assert not bench.out.exists()


@pytest.mark.parametrize("name", ["other topics", "other agents", "a run with other sessions"])
def test_nor_is_a_replay_gone_on_with_that_was_begun_on_it(bench, apply, again, name):
    assert apply("--canary").code == 0
    sent = list(bench.sent)
    CHANGES[name][0](bench)
    said = again()
    assert (said.code, CHANGES[name][1] in said.text) == (4, True), said.text
    assert bench.sent == sent


# ---------------------------------------------------------------- what a person must say


@pytest.mark.parametrize("confirm", [CONTEXT, "Local", "yes", "127.0.0.1", ""])
def test_a_wrong_confirmation_is_refused(bench, apply, confirm):
    said = apply(confirm=confirm)
    assert (said.code, "--confirm local" in said.text) == (4, True), said.text
    assert bench.stub.got == []


def test_no_confirmation_at_all_is_a_matter_of_usage(bench, monkeypatch):
    said = bench.pickup("replay", "apply", bench.made.path, monkeypatch=monkeypatch)
    assert said.code == 2
    assert bench.stub.got == []


@pytest.mark.parametrize("left", [0, 2, 4])
def test_every_cap_must_be_given(bench, plan, left):
    said = plan(caps=CAPS[:left] + CAPS[left + 2 :])
    assert (said.code, f"{CAPS[left]} not given" in said.text) == (4, True), said.text
    assert bench.stub.got == []


@pytest.mark.parametrize("bound", [("--max-pickups", "0"), ("--max-rate", "inf"),
                                   ("--max-rate", "nan"), ("--max-duration", "0s")])  # fmt: skip
def test_a_cap_that_bounds_nothing_is_refused(bench, plan, bound):
    said = plan(*bound)
    assert (said.code, bound[0] in said.text) == (4, True), said.text
    assert bench.stub.got == []


# ------------------------------------------------------------------------ secrets

SECRETS = {
    "a header": f"Bearer {TOKEN}",
    "a bare token": TOKEN,
    "a ticket": "SOTicket 7T:abcdefgh1234",
    "a password": "https://ada:hunter2hunter2@127.0.0.1",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.sig",
    "an assignment": "PICKUP_TOKEN=abcdef123456",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
@pytest.mark.parametrize("command", ["plan", "apply", "resume", "reconcile"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    bench, plan, apply, again, command, secret
):
    how = {
        "plan": lambda: plan("--context", secret),
        "apply": lambda: apply(confirm=secret),
        "resume": lambda: again("resume", "--transport", secret),
        "reconcile": lambda: again("reconcile", "--transport", secret),
    }
    said = how[command]()
    assert said.code == 4, said.text
    assert secret.split()[-1] not in said.text
    assert bench.stub.got == []


def test_a_secret_in_a_map_is_refused_and_not_repeated(bench, plan):
    bench.made.agents.write_text(f"agents: {{Ada: '{TOKEN}'}}\n")
    said = plan()
    assert (said.code, TOKEN in said.text) == (4, False), said.text
    assert bench.stub.got == []


def test_a_secret_that_is_not_set_is_named(bench, apply, monkeypatch):
    lane = next(call.lane for call in bench.made.plan.calls)
    monkeypatch.delenv(f"PICKUP_{lane.upper()}")
    said = apply()
    assert (said.code, f"PICKUP_{lane.upper()}" in said.text) == (2, True), said.text
    assert bench.stub.got == []


def test_agents_who_are_one_associate_are_refused(bench, apply):
    bench.queue.associates = dict.fromkeys(ASSOCIATES, 11)
    lanes = {call.lane for call in bench.made.plan.calls}
    assert len(lanes) > 1
    said = apply()
    assert (said.code, "the same associate" in said.text) == (4, True), said.text
    assert bench.sent == []


# --------------------------------------------------------------------- once, and by one


def test_a_plan_is_not_applied_a_second_time(bench, apply):
    assert apply().code == 0
    sent = list(bench.sent)
    assert apply().code == 2
    said = apply("--out", bench.folder / "elsewhere")
    assert said.code == 4, said.text
    assert bench.sent == sent


def test_nor_in_another_number_of_parts(bench, apply):
    assert apply("--part", "1/2").code == 0
    sent = list(bench.sent)
    for part in ("1/1", "2/3"):
        said = apply("--part", part)
        assert said.code == 4, said.text
    assert bench.sent == sent


def test_a_tenant_that_another_plan_is_at_work_on_is_left_alone(bench, apply):
    with locks.claimed_tenant(bench.made.plan.head, "0" * 64):
        said = apply()
    assert said.code == 4, said.text
    assert bench.sent == []


def test_a_stop_file_keeps_a_replay_from_going_on(bench, apply, again):
    assert apply("--canary").code == 0
    (bench.out / "STOP").touch()
    said = again()
    assert (said.code, "STOP" in said.text) == (4, True), said.text
    assert len(bench.sent) == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--part", "3/2"), "no part 3 of 2"),
        (("--part", "half"), "no part of a plan"),
        (("--transport", "curl"), "curl"),
        (("--timeout", "0"), "--timeout"),
    ],
)
def test_what_cannot_be_meant_is_a_matter_of_usage(bench, apply, more, why):
    said = apply(*more)
    assert (said.code, why in said.text) == (2, True), said.text
    assert bench.stub.got == []


@pytest.mark.parametrize("command", ["resume", "reconcile", "report"])
def test_there_is_nothing_to_go_on_with_before_an_apply(bench, again, command):
    said = again(command)
    assert said.code == 2, said.text
    assert bench.stub.got == []


def test_a_foreign_topic_stops_the_replay_at_its_first_answer(bench, apply):
    for session in bench.queue.sessions.values():
        session["TopicId"] = 777
    said = apply("--max-in-flight", "1")
    assert (said.code, "TopicId 777" in said.text) == (5, True), said.text
    assert len(bench.sent) == 1
    lines = (bench.out / "journal-1-of-1.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["ended"] == "breaker"
