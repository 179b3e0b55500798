"""The plan of a replay: every call that will be sent, to whom, how fast, and until when it holds.

A plan is one JSON file. Its ``hash`` is the SHA-256 of everything else in it, in one canonical
spelling, and the file has one spelling too, so a changed byte is seen; it holds for 24 hours.
Secrets are not in it, only the names of the variables that hold them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from simulator.errors import DataError, GuardError, Place
from simulator.files import into_place
from simulator.replay.calls import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FORMAT",
    "HOLDS_FOR",
    "Plan",
    "PlanHead",
    "check",
    "check_confirmed",
    "check_inputs",
    "check_unexpired",
    "read_plan",
    "run_hash",
    "write_plan",
]

FORMAT: Final = 1
"""Rises when a plan of before can no longer be read as one of now."""

HOLDS_FOR: Final = timedelta(hours=24)

_COLUMNS: Final = tuple(each.name for each in fields(Call))


@dataclass(frozen=True, slots=True)
class PlanHead:
    """Everything about a plan but its calls."""

    made_at: str
    """ISO instant, UTC."""
    expires_at: str
    run: str
    """Absolute path of the run folder."""
    run_hash: str
    """SHA-256 of the hashes of the run's files, as its manifest tells them."""
    scenario: str
    replication: int
    base: str
    """``https://host``, or ``http://127.0.0.1:8900``."""
    context: str
    """ContextId: ``Cust12345``."""
    mode: str
    """pickups or full."""
    warp: float
    """How many simulated seconds pass in one."""
    first_at: str
    """ISO instant of due_us = 0, with the scenario's offset."""
    timezone: str
    topics: dict[str, dict[str, Any]]
    """Those of the calls, by simulated id as text: name, topic_id (the tenant's)."""
    lanes: dict[str, dict[str, Any]]
    """By lane: the names of its credential's variables (as in the map of agents), ``agents``, the
    names of the simulated ones, and ``associate_id``, whom the tenant took it for (or null)."""
    caps: dict[str, float]
    """max_pickups, max_rate (calls a second), max_duration_s."""
    late: dict[str, Any]
    """policy (fire, shed, abort) and after_s."""
    min_gap_s: float
    breaker: dict[str, float]
    wire: dict[str, str]
    """How what the tenant does not document is done: end and leave by put or patch."""
    duration_s: float
    """Predicted, from the first call to the last, at this warp and below ``max_rate``."""
    counts: dict[str, int]
    """Calls by kind."""
    left_out: dict[str, int]
    """Sessions that make no call, by reason."""
    carried: list[int]
    """Chats that waited already at the first instant, and are created then."""
    warnings: list[str]
    inputs: dict[str, str]
    """SHA-256 by absolute path: the maps."""
    format: int = FORMAT

    @property
    def is_loopback(self) -> bool:
        """Whether it goes to this very machine."""
        host = urlsplit(self.base).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def confirmation(self) -> str:
        """What a person types to have the plan sent."""
        return "local" if self.is_loopback else self.context


@dataclass(frozen=True)
class Plan:
    """A head, and the calls in the order of their instants."""

    head: PlanHead
    calls: tuple[Call, ...] = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the plan in its canonical spelling, as hexadecimal digits."""
        return hashlib.sha256(_canonical(_content(self))).hexdigest()

    @cached_property
    def name(self) -> str:
        """``chat_desk-full-1a2b3c4d``: what its replay folder is called."""
        scenario = re.sub(r"[^\w.-]+", "-", self.head.scenario).strip(".-") or "run"
        return f"{scenario}-{self.head.mode}-{self.hash[:8]}"


def write_plan(plan: Plan, path: Path) -> None:
    """Write the plan, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with into_place(path) as draft:
        draft.write_bytes(_spelt(plan))


def read_plan(path: Path) -> Plan:
    """The plan in a file.

    Raises:
        DataError: there is none, or it is of another format.
        GuardError: it is not as it was written.
    """
    try:
        data = path.read_bytes()
        content = orjson.loads(data)
        told = content["hash"]
        _check_format(content["head"]["format"], path)
        plan = Plan(PlanHead(**content["head"]), _calls(content["calls"]))
    except FileNotFoundError as error:
        raise DataError(f"there is no plan {path}; `pickup replay plan RUN …` makes one") from error
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"this is no plan of a replay ({type(error).__name__}); `pickup replay plan` makes one",
            Place(path),
        ) from error
    if plan.hash != told or _spelt(plan) != data:
        raise GuardError(
            f"the plan was changed after it was made ({path}); make it again with "
            "`pickup replay plan`"
        )
    return plan


def run_hash(manifest: Mapping[str, Any]) -> str:
    """What makes two runs the same: SHA-256 over the hashes of a run's files."""
    return hashlib.sha256(_canonical(manifest["files"])).hexdigest()


def check(plan: Plan, confirm: str, *, now: datetime | None = None) -> None:
    """See that a plan may be sent: confirmed, not expired, and made from what is still there.

    Raises:
        GuardError: it may not.
    """
    check_confirmed(plan.head, confirm)
    check_unexpired(plan.head, now=now)
    check_inputs(plan.head)


def check_confirmed(head: PlanHead, confirm: str) -> None:
    """GuardError unless the person named the tenant (against this machine: ``local``)."""
    if confirm != head.confirmation:
        raise GuardError(
            f"--confirm is {confirm!r}, and the plan is for {head.context} at {head.base}; "
            f"give --confirm {head.confirmation} if that is what you mean"
        )


def check_unexpired(head: PlanHead, *, now: datetime | None = None) -> None:
    """GuardError if the plan no longer holds."""
    if (now or datetime.now(UTC)) >= datetime.fromisoformat(head.expires_at):
        raise GuardError(
            f"the plan expired at {head.expires_at}: a plan holds for 24 hours, as tenants "
            "change; make it again with `pickup replay plan`"
        )


def check_inputs(head: PlanHead) -> None:
    """GuardError if the run or a map is not as it was when the plan was made."""
    from simulator.files import file_sha256
    from simulator.sessions import open_run

    try:
        run = open_run(head.run, verify=True)
        same = run_hash(run.manifest) == head.run_hash
    except DataError as error:
        raise GuardError(f"the plan's run is not as it was: {error}") from error
    changed = [] if same else [head.run]
    for name, told in head.inputs.items():
        file = Path(name)
        if not file.is_file() or file_sha256(file) != told:
            changed.append(name)
    if changed:
        raise GuardError(
            f"{changed[0]} was changed or is gone since the plan was made; make the plan again "
            "with `pickup replay plan`"
        )


def _check_format(told: Any, path: Path) -> None:
    if told != FORMAT:
        raise DataError(
            f"plan of format {told!r}, this version reads {FORMAT}; make it again with "
            "`pickup replay plan`",
            Place(path),
        )


def _spelt(plan: Plan) -> bytes:
    """The file's one spelling: the head for people, and a line for each column of the calls."""
    content = _content(plan)
    columns = content.pop("calls")
    told = {"hash": plan.hash, **content, "calls": {}}
    lines = b",\n    ".join(
        b"%b: %b" % (orjson.dumps(name), orjson.dumps(column)) for name, column in columns.items()
    )
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2)
    return text.removesuffix(b"{}\n}") + b"{\n    " + lines + b"\n  }\n}\n"


def _content(plan: Plan) -> dict[str, Any]:
    columns = {name: [getattr(call, name) for call in plan.calls] for name in _COLUMNS}
    return {"head": asdict(plan.head), "calls": columns}


def _canonical(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _calls(columns: Mapping[str, list[Any]]) -> tuple[Call, ...]:
    told = {**columns, "touches": [tuple(topics) for topics in columns["touches"]]}
    return tuple(starmap(Call, zip(*(told[name] for name in _COLUMNS), strict=True)))
