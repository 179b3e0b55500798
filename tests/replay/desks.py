"""A tenant as a process of its own, a run that fits it, and the command line in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from simulator.cli import app
from simulator.replay.journal import Outcome, read_state
from simulator.replay.plan import Plan, read_plan
from simulator.tenant.serving import RunningTenant, running_tenant
from tests.replay.made import SCENARIO, made_run

if TYPE_CHECKING:
    from click.testing import Result

PICKUP = Path(sys.executable).with_name("pickup")
CLASSES = ("done", "recovered", "empty", "rejected", "unknown", "skipped", "shed")
OPEN_BREAKER = ("--breaker-in-a-row", "100000", "--breaker-share", "1", "--breaker-errors", "1")


@dataclass
class Desk:
    """All that a test of the whole needs."""

    tenant: RunningTenant
    folder: Path
    run: Path

    @property
    def environment(self) -> dict[str, str]:
        state = {"XDG_CONFIG_HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder)}
        return {**os.environ, **self.tenant.secrets, **state}

    def command(self, *arguments: object) -> list[str]:
        return [str(PICKUP), *map(str, arguments)]

    def pickup(self, *arguments: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert code in (None, done.returncode), f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def invoke(self, *arguments: object) -> Result:
        """The command in this very process, which saves the start of another."""
        return CliRunner().invoke(app, list(map(str, arguments)), env=self.environment)

    def plan_arguments(self, *options: object) -> list[object]:
        kit = self.tenant.kit
        return [
            *("replay", "plan", self.run, "--target", self.tenant.url),
            *("--context", self.tenant.context, "--topics", kit / "topics.yaml"),
            *("--agents", kit / "agents.yaml", "--max-pickups", 1000, "--max-rate", 500),
            *("--max-duration", "10m", "--warp", 600, "--out", self.folder / "plan.json"),
            *options,
        ]

    def plan(self, *options: object) -> Plan:
        self.pickup(*self.plan_arguments(*options))
        return read_plan(self.folder / "plan.json")

    def fill(self, sessions: int = 100) -> None:
        """So many waiting sessions in each topic, for plans that only pick up."""
        for topic in (101, 102):
            self.tenant.admin("POST", "seed", {"topic_id": topic, "sessions": sessions})

    def truth(self) -> dict:
        return self.tenant.admin("GET", "truth")


@contextmanager
def desk(folder: Path, *arguments: str, scenario: str = SCENARIO):
    """A desk whose tenant has the topics and agents of the scenario."""
    (folder / "scenario.yaml").write_text(scenario)
    run = made_run(folder, scenario=scenario)
    like = ("--like", str(folder / "scenario.yaml"))
    with running_tenant(*like, *arguments, kit=folder / "kit") as tenant:
        yield Desk(tenant, folder, run)


def outcomes(folder: Path) -> dict[int, Outcome]:
    """By call, over all journals of a replay."""
    found: dict[int, Outcome] = {}
    for path in folder.glob("journal-*.jsonl"):
        found |= read_state(path).outcomes
    return found


def check_account(plan: Plan, found: dict[int, Outcome]) -> dict[str, int]:
    """planned = done + recovered + empty + rejected + unknown + skipped + shed."""
    counts = {cls: sum(each.cls == cls for each in found.values()) for cls in CLASSES}
    assert sum(counts.values()) == len(plan.calls), counts
    assert set(found) == {call.number for call in plan.calls}
    return counts


def check_pickups(plan: Plan, found: dict[int, Outcome], truth: dict) -> None:
    """What the tenant says was picked up is what the journal says, by the same associates."""
    associates = {lane: told["associate_id"] for lane, told in plan.head.lanes.items()}
    ours = [
        (found[call.number].session_id, associates[call.lane])
        for call in plan.calls
        if call.kind == "pickup" and found[call.number].cls in ("done", "recovered")
    ]
    theirs = [(each["id"], each["associate_id"]) for each in truth["pickup_log"]]
    assert len(set(ours)) == len(ours)
    assert sorted(ours) == sorted(theirs), told_apart(ours, theirs)
    assert truth["double_pickups"] == 0
    assert truth["welcome_messages"] == truth["picked_up"]


def told_apart(ours: list, theirs: list) -> str:
    return json.dumps({"only ours": list(set(ours) - set(theirs)),
                       "only theirs": list(set(theirs) - set(ours))})  # fmt: skip
