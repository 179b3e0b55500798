"""The replay's client beside others at the same pickups a second, against one local tenant.

    python benchmarks/replay.py [--seconds 5] [--rates 50,100,200,500,1000] [--json FILE]

Every sender sends ``POST ChatSession/Pickup`` at set instants to a tenant that is a process of its
own with a filled queue; each answer is a committed transaction that gives a session to one of a
hundred agents. Reported are answered calls a second, calls per CPU-second of the sender, and the
99th percentile of the response from the instant a call was *due*, so falling behind shows. The
replay does more than its peers: guard, journal (two lines a call), reading of each answer, one
call in flight per agent. wrk cannot keep a rate: it shows what the tenant gives at most.

Two cores are shared by sender and tenant, and by whoever else is on the machine: trust ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from senders import PEERS, Sent, cpu_s, loop_factory

from simulator.replay.calls import Call
from simulator.replay.course import Surroundings, drive
from simulator.replay.endpoint.client import Endpoint
from simulator.replay.endpoint.credentials import Credential, Credentials
from simulator.replay.endpoint.hidden import Secret
from simulator.replay.endpoint.target import Target
from simulator.replay.endpoint.transports import NAMES as TRANSPORTS
from simulator.replay.journal import Journal
from simulator.replay.plan import Plan, PlanHead
from simulator.tenant.serving import RunningTenant, running_tenant

AGENTS = 100
TOPIC = 101
RATES = (50, 100, 200, 500, 1000)
WRK_CONNECTIONS = 8
LATE_AFTER_S = 1.0
"""When the replay sheds a call."""


def desk(folder: Path) -> Path:
    """A tenant with one topic and a hundred agents."""
    users = "\n".join(
        f"  - {{id: {number}, name: agent{number}, responds: [{TOPIC}]}}"
        for number in range(1, AGENTS + 1)
    )
    path = folder / "desk.yaml"
    path.write_text(f"context: Cust1\ntopics: [{{id: {TOPIC}, name: Queue}}]\nusers:\n{users}\n")
    return path


def plan_of(rate: float, calls: int, base: str) -> Plan:
    """So many pickups, evenly, each agent in turn."""
    made = tuple(
        Call(number + 1, round(number * 1e6 / rate), "pickup", number + 1, 1, (), lane(number), 1)
        for number in range(calls)
    )
    head = PlanHead(
        made_at="", expires_at="", run="", run_hash="", scenario="benchmark", replication=1,
        base=base, context="Cust1", mode="pickups", warp=1.0, first_at="", timezone="UTC",
        topics={"1": {"name": "Queue", "topic_id": TOPIC}}, lanes={},
        caps={"max_pickups": calls, "max_rate": 1e6, "max_duration_s": 600.0},
        late={"policy": "shed", "after_s": LATE_AFTER_S}, min_gap_s=0.0,
        breaker={"unknown_in_a_row": 3, "unknown_share": 0.02, "of_last": 100,
                 "error_share": 0.5},
        wire={}, duration_s=calls / rate, counts={}, left_out={}, carried=[], warnings=[],
        inputs={},
    )  # fmt: skip
    return Plan(head, made)


def lane(number: int) -> str:
    return f"agent{number % AGENTS + 1}"


def by_replay(transport: str, base: str, tokens: list[str], rate: float, calls: int) -> Sent:
    """The replay's own driver, journal and client."""
    lanes = {
        lane(number): Credential("Bearer", Secret(token)) for number, token in enumerate(tokens)
    }
    target = Target(base, "Cust1", base, is_loopback=True)

    async def send(journal: Journal) -> None:
        async with Endpoint(target, Credentials(lanes), transport=transport) as endpoint:
            plan = plan_of(rate, calls, base)
            await drive(plan, plan.calls, journal, endpoint, Surroundings())

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal-1-of-1.jsonl"
        began, cpu = time.perf_counter(), cpu_s()
        with Journal.create(path, {"plan": "benchmark", "part": [1, 1]}) as journal:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(send(journal))
            wall, used = time.perf_counter() - began, cpu_s() - cpu
            outcomes = list(journal.state().outcomes.values())
    done = [each for each in outcomes if each.cls == "done"]
    stamps = [
        (each.intended_us or 0, each.dispatched_us or 0, each.answered_us or 0) for each in done
    ]
    return Sent(
        answered=len(done),
        due=calls,
        wall_s=wall,
        cpu_s=used,
        response_s=[(answered - due) / 1e6 for due, _, answered in stamps],
        lag_s=[(sent - due) / 1e6 for due, sent, _ in stamps],
        shed=sum(each.cls == "shed" for each in outcomes),
    )


def one(sender: str, base: str, rate: float, calls: int) -> Sent:
    """What a fresh process does: ``PICKUP_TOKENS`` holds the agents' tokens."""
    tokens = os.environ["PICKUP_TOKENS"].split()
    kind, _, transport = sender.partition(" ")
    if kind == "replay":
        return by_replay(transport, base, tokens, rate, calls)
    return PEERS[kind](f"{base}/Cust1/api/v1/ChatSession/Pickup", tokens, rate, calls)


def in_fresh_process(sender: str, tenant: RunningTenant, rate: float, calls: int) -> Sent:
    """Send from a process of its own, after filling the queue."""
    tenant.admin("POST", "reset", {})
    tenant.admin("POST", "seed", {"topic_id": TOPIC, "sessions": calls + 10})
    done = subprocess.run(
        [sys.executable, __file__, "--one", sender, "--base", tenant.url, "--rates", str(rate),
         "--calls", str(calls)],
        env={**os.environ, "PICKUP_TOKENS": " ".join(tokens_of(tenant))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    sent = Sent(**json.loads(done.stdout))
    truth = tenant.admin("GET", "truth")
    if truth["double_pickups"] or truth["picked_up"] < sent.answered:
        raise SystemExit(f"{sender}: {sent.answered} answered, the tenant counts {truth}")
    return sent


def tokens_of(tenant: RunningTenant) -> list[str]:
    secrets = tenant.secrets
    named = (f"PICKUP_AGENT{number}" for number in range(1, AGENTS + 1))
    return [secrets[name].removeprefix("Bearer ") for name in named]


def wrk(tenant: RunningTenant, seconds: int, folder: Path) -> dict[str, float] | None:
    """Pickups a second that the tenant gives at most to a closed loop; None without wrk."""
    program = shutil.which("wrk")
    if program is None:
        return None
    tenant.admin("POST", "reset", {})
    tenant.admin("POST", "seed", {"topic_id": TOPIC, "sessions": 20_000 * seconds})
    tokens = ", ".join(f'"Bearer {token}"' for token in tokens_of(tenant))
    script = folder / "pickup.lua"
    script.write_text(
        f'wrk.method = "POST"\nlocal tokens = {{{tokens}}}\nlocal n = 0\n'
        "request = function()\n  n = n % #tokens + 1\n"
        '  wrk.headers["Authorization"] = tokens[n]\n  return wrk.format()\nend\n'
    )
    url = f"{tenant.url}/Cust1/api/v1/ChatSession/Pickup"
    before = _cpu_of(tenant)
    began = time.perf_counter()
    subprocess.run(
        [program, "-t1", f"-c{WRK_CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url],
        check=True, capture_output=True,
    )  # fmt: skip
    wall, used = time.perf_counter() - began, _cpu_of(tenant) - before
    truth = tenant.admin("GET", "truth")
    return {
        "per_s": truth["picked_up"] / wall,
        "per_tenant_cpu_s": truth["picked_up"] / used if used else float("nan"),
        "double_pickups": truth["double_pickups"],
    }


def _cpu_of(tenant: RunningTenant) -> float:
    """CPU seconds of the tenant's process so far."""
    import psutil

    if tenant.process is None:
        return 0.0
    used = psutil.Process(tenant.process.pid).cpu_times()
    return used.user + used.system


def row(sender: str, rate: float, sent: Sent) -> dict[str, Any]:
    def p99_ms(values: Any) -> float:
        return float(np.quantile(values, 0.99) * 1000) if len(values) else float("nan")

    return {
        "sender": sender,
        "rate": rate,
        "answered_per_s": sent.answered / sent.wall_s,
        "answered_share": sent.answered / sent.due,
        "shed": sent.shed,
        "calls_per_cpu_s": sent.answered / sent.cpu_s,
        "response_p99_ms": p99_ms(sent.response_s),
        "lag_p99_ms": p99_ms(sent.lag_s),
    }


HEAD = (
    f"{'calls/s':>8}  {'sender':16}{'answered':>9}{'shed':>7}{'per CPU-s':>11}"
    f"{'p99 resp.':>13}{'p99 lag':>12}"
)


def told(found: dict[str, Any]) -> str:
    return (
        f"{found['rate']:>8g}  {found['sender']:16}{found['answered_share']:>9.1%}"
        f"{found['shed']:>7}{found['calls_per_cpu_s']:>11,.0f}"
        f"{found['response_p99_ms']:>10,.1f} ms{found['lag_p99_ms']:>9,.1f} ms"
    )


def compare(rates: list[float], seconds: int) -> dict[str, Any]:
    """All senders at all rates, each in a fresh process, one after the other."""
    senders = [*(f"replay {name}" for name in TRANSPORTS), *PEERS]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_tenant(
            "--desk", str(desk(folder)), "--db", str(folder / "tenant.db")
        ) as tenant:
            print(HEAD)
            for rate in rates:
                for sender in senders:
                    sent = in_fresh_process(sender, tenant, rate, round(rate * seconds))
                    rows.append(row(sender, rate, sent))
                    print(told(rows[-1]), flush=True)
            most = wrk(tenant, seconds, folder)
    if most is None:
        print("wrk is not there (Debian: apt-get install wrk)")
    else:
        print(
            f"wrk, {WRK_CONNECTIONS} connections: {most['per_s']:,.0f} pickups/s, "
            f"{most['per_tenant_cpu_s']:,.0f} per CPU-second of the tenant, "
            f"{most['double_pickups']} double"
        )
    return {"rows": rows, "wrk": most}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rates", default=",".join(map(str, RATES)))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--base", help=argparse.SUPPRESS)
    parser.add_argument("--calls", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    rates = [float(each) for each in asked.rates.split(",")]
    if asked.one:
        json.dump(asdict(one(asked.one, asked.base, rates[0], asked.calls)), sys.stdout)
        return
    found = compare(rates, asked.seconds)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
