"""``pickup replay plan``: from a run to a plan that says what will be sent."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulator.replay.endpoint.preflight import Preflight
    from simulator.replay.plan import Plan

__all__ = ["plan"]


class Mode(StrEnum):
    """What of the sessions is replayed."""

    PICKUPS = "pickups"
    FULL = "full"


class Late(StrEnum):
    """What becomes of a call that is late."""

    FIRE = "fire"
    SHED = "shed"
    ABORT = "abort"


class Way(StrEnum):
    """How a session's status is changed."""

    PUT = "put"
    PATCH = "patch"


_INSTANT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]


def plan(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    target: Annotated[str, typer.Option(help="https://HOST of the tenant.", show_default=False)],
    context: Annotated[
        str, typer.Option(help="Its ContextId, such as Cust12345.", show_default=False)
    ],
    topics: Annotated[
        Path, typer.Option(help="Map of topics to TopicIds (YAML).", show_default=False)
    ],
    agents: Annotated[
        Path,
        typer.Option(help="Map of agents to variables that hold secrets.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The plan (JSON).", show_default=False)],
    max_pickups: Annotated[
        int | None, typer.Option(help="Pickups at most.", show_default=False)
    ] = None,
    max_rate: Annotated[
        float | None, typer.Option(help="Calls a second at most.", show_default=False)
    ] = None,
    max_duration: Annotated[
        str | None, typer.Option(help="How long at most: 90s, 1h.", show_default=False)
    ] = None,
    replication: Annotated[int, typer.Option("--replication", "-r", min=1)] = 1,
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=_INSTANT,
            metavar="<instant>",
            help="First request, local time.  [default: all]",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            formats=_INSTANT,
            metavar="<instant>",
            help="Requests before it.  [default: all]",
        ),
    ] = None,
    warp: Annotated[
        float, typer.Option(help="How many simulated seconds pass in one.", min=1e-3)
    ] = 1.0,
    mode: Annotated[
        Mode, typer.Option(help="pickups of a queue that is filled, or all of every chat.")
    ] = Mode.FULL,
    late: Annotated[Late, typer.Option(help="What becomes of a call that is late.")] = Late.SHED,
    late_after: Annotated[str, typer.Option(help="When a call counts as late.")] = "5s",
    min_gap: Annotated[
        str, typer.Option(help="Calls of one queue nearer than this wait for each other.")
    ] = "50ms",
    end_by: Annotated[Way, typer.Option(help="How a chat is ended.")] = Way.PUT,
    leave_by: Annotated[Way, typer.Option(help="How a customer leaves the queue.")] = Way.PUT,
    breaker_in_a_row: Annotated[
        int, typer.Option(min=1, help="Unknown answers in a row that stop the replay.")
    ] = 3,
    breaker_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of unknown among the last 100 that does.")
    ] = 0.02,
    breaker_errors: Annotated[
        float, typer.Option(min=0, max=1, help="Share of errors among the last 100 that does.")
    ] = 0.5,
) -> None:
    """Plan a replay: every call, to whom, how fast. Sends nothing but reads.

    Prints the plan's path; what it says goes to stderr. The plan holds for 24 hours, and `pickup
    replay apply` sends it. All three caps have to be given (exit 4).
    """
    import asyncio

    from simulator.replay import planning, proposal
    from simulator.replay.endpoint import allowed, guard
    from simulator.replay.plan import write_plan
    from simulator.sessions import open_run

    guard.check_argv(sys.argv[1:])
    caps = proposal.Caps.given(max_pickups, max_rate, _seconds("--max-duration", max_duration))
    found = guard.checked_target(target, context, allowed.read_allowed())
    made = proposal.propose(
        open_run(run, verify=True),
        found,
        replication=replication,
        topics_map=topics,
        agents_map=agents,
        window=planning.Window(begin, until),
        caps=caps,
        manner=proposal.Manner(
            mode=mode.value,
            warp=warp,
            late=late.value,
            late_after_s=_seconds("--late-after", late_after) or 0.0,
            min_gap_s=_seconds("--min-gap", min_gap) or 0.0,
            breaker={
                "unknown_in_a_row": breaker_in_a_row,
                "unknown_share": breaker_share,
                "of_last": 100,
                "error_share": breaker_errors,
            },
            wire={"end": end_by.value, "leave": leave_by.value},
        ),
    )
    told = asyncio.run(proposal.ask_target(made, found))
    associates = {lane: who.associate_id for lane, who in told.principals.items()}
    made = proposal.with_principals(made, associates)
    write_plan(made, out)
    typer.echo("\n".join(_overview(made, told, out)), err=True)
    typer.echo(out)


def _seconds(option: str, text: str | None) -> float | None:
    from simulator.errors import ParameterError
    from simulator.scenario.durations import parse_duration

    if text is None:
        return None
    try:
        seconds = float(parse_duration(text))
    except ValueError as error:
        raise ParameterError(f"{option} {error}") from error
    if seconds < 0:
        raise ParameterError(f"{option} is {text}; give a duration such as 5s")
    return seconds


def _overview(plan: "Plan", told: "Preflight", path: Path) -> list[str]:
    """What will be sent, to whom, at what rate, and until when it holds; a line each."""
    from simulator.cli.progress import duration

    head, caps, late = plan.head, plan.head.caps, plan.head.late
    counts = ", ".join(f"{number} {kind}" for kind, number in head.counts.items())
    fate = {"fire": "are sent all the same", "shed": "are shed", "abort": "end the replay"}
    begins = f"from {head.first_at} on, {head.warp:g} x as fast"
    bounds = f"{caps['max_pickups']:,} pickups, {caps['max_rate']:g} calls a second"
    return [
        f"{len(plan.calls)} calls ({counts}) in {duration(head.duration_s)}",
        f"  {begins} ({head.scenario}, replication {head.replication})",
        f"to {told.context} at {head.base}, which is {told.state}",
        "  topics: " + ", ".join(_topic(each) for each in head.topics.values()),
        *(f"  {_lane(lane, who)}" for lane, who in head.lanes.items()),
        f"at most {bounds}, {duration(caps['max_duration_s'])}",
        f"  calls more than {late['after_s']:g} s late {fate[late['policy']]}",
        *(f"left out: {number} chats {reason}" for reason, number in head.left_out.items()),
        *(f"warning: {warning}" for warning in head.warnings),
        f"holds until {head.expires_at}; to send it:",
        f"  pickup replay apply {path} --confirm {head.confirmation}",
    ]


def _topic(told: dict[str, Any]) -> str:
    return f"{told['name']} = TopicId {told['topic_id']}"


def _lane(lane: str, told: dict[str, Any]) -> str:
    """``Ada = associate 11`` or ``* (Bo, Cy) = associate 12``."""
    people = told["agents"]
    named = f" ({', '.join(people)})" if people and people != [lane] else ""
    return f"{lane}{named} = associate {told['associate_id']}"
