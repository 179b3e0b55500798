"""``pickup theory …``: closed forms at the prompt, in seconds and shares."""

import json
from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from simulator.theory import Patience, QueueFigures

__all__ = ["app"]

app = typer.Typer(
    name="theory",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Closed forms at the prompt. Durations carry a unit: 20s, 7m30s, 1h.",
)

PerHour = Annotated[float, typer.Option("--per-hour", help="Chats per hour.", show_default=False)]
Agents = Annotated[int, typer.Option(help="Agents on duty.", show_default=False)]
Handle = Annotated[str, typer.Option(help="Mean handle time.", show_default=False)]
MeanPatience = Annotated[str, typer.Option("--patience", help="Mean patience.", show_default=False)]
MaybePatience = Annotated[
    str | None, typer.Option("--patience", help="Mean patience.  [default: nobody gives up]")
]
Threshold = Annotated[str, typer.Option(help="T of the service levels.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Row(NamedTuple):
    """A figure as it is printed."""

    name: str
    value: float | None
    unit: str
    meaning: str


class Curve(StrEnum):
    """The patience one can ask for."""

    EXPONENTIAL = "exponential"
    FIXED = "fixed"
    UNIFORM = "uniform"
    LOGNORMAL = "lognormal"
    WEIBULL = "weibull"


@app.command("erlang-b")
def erlang_b(per_hour: PerHour, handle: Handle, agents: Agents, as_json: AsJson = False) -> None:
    """No place to wait (M/M/c/c): the share that is turned away."""
    from simulator import theory

    load = per_hour / 3600 * _seconds("--handle", handle)
    lost = theory.erlang_b(agents, load)
    _show(
        [
            Row("load", load, "erlang", "mean number of agents wanted"),
            Row("p_block", lost, "", "share of arrivals turned away"),
            Row("occupancy", load * (1 - lost) / agents, "", "busy time ÷ time on duty"),
        ],
        as_json=as_json,
    )


@app.command("erlang-c")
def erlang_c(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    threshold: Threshold = "20s",
    as_json: AsJson = False,
) -> None:
    """Patient customers (M/M/c)."""
    from simulator import theory

    figures = theory.mmc(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        threshold=_seconds("--threshold", threshold),
    )
    _show(_queue(figures), as_json=as_json)


@app.command("erlang-a")
def erlang_a(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    patience: MeanPatience,
    threshold: Threshold = "20s",
    curve: Annotated[Curve, typer.Option(help="Its distribution.")] = Curve.EXPONENTIAL,
    shape: Annotated[
        float | None,
        typer.Option(help="σ of the logarithm (lognormal) or shape (weibull); both need it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Impatient customers: M/M/c+M, or M/M/c+G with another curve of patience."""
    from simulator import theory

    figures = theory.mmc_g(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        patience=_patience(curve, _seconds("--patience", patience), shape),
        threshold=_seconds("--threshold", threshold),
    )
    _show(_queue(figures), as_json=as_json)


@app.command("waiting-places")
def waiting_places(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    places: Annotated[int, typer.Option(help="Most customers waiting.", show_default=False)],
    threshold: Threshold = "20s",
    as_json: AsJson = False,
) -> None:
    """A queue that is full at some length (M/M/c/K)."""
    from simulator import theory

    figures = theory.mmc_k(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        waiting_places=places,
        threshold=_seconds("--threshold", threshold),
    )
    _show(_queue(figures), as_json=as_json)


@app.command("one-agent")
def one_agent(
    per_hour: PerHour,
    handle: Handle,
    cv: Annotated[float, typer.Option(help="Coefficient of variation of handle time.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Any handle time, one agent, patient customers (M/G/1)."""
    from simulator import theory

    mean = _seconds("--handle", handle)
    wait = theory.mg1_wait(arrival_rate=per_hour / 3600, mean=mean, cv=cv)
    _show(_patient(wait, per_hour, occupancy=per_hour / 3600 * mean), as_json=as_json)


@app.command("fixed-handle")
def fixed_handle(
    per_hour: PerHour, handle: Handle, agents: Agents, as_json: AsJson = False
) -> None:
    """Every chat takes equally long, patient customers (M/D/c)."""
    from simulator import theory

    length = _seconds("--handle", handle)
    wait = theory.mdc_wait(arrival_rate=per_hour / 3600, handle=length, agents=agents)
    _show(_patient(wait, per_hour, occupancy=per_hour / 3600 * length / agents), as_json=as_json)


@app.command("chat")
def chat(
    per_hour: PerHour,
    work: Annotated[str, typer.Option(help="Mean work of a solo chat.", show_default=False)],
    output: Annotated[
        str, typer.Option(help="r(1..cap) with commas: 1,1.7,2.2.", show_default=False)
    ],
    agents: Agents,
    patience: MaybePatience = None,
    threshold: Threshold = "20s",
    as_json: AsJson = False,
) -> None:
    """Several chats per agent, least loaded first: the exact Markov chain."""
    from simulator import theory

    solo = 1 / _seconds("--work", work)
    figures = theory.chat_desk(
        arrival_rate=per_hour / 3600,
        output=[solo * rate for rate in _numbers("--output", output)],
        agents=agents,
        patience=(
            theory.EndlessPatience()
            if patience is None
            else theory.ExponentialPatience(_seconds("--patience", patience))
        ),
        threshold=_seconds("--threshold", threshold),
    )
    rows = [
        Row("mean_handle_s", figures.mean_handle, "s", "pickup → end, stretched by the others"),
        Row("busy", figures.busy, "", "agents with an open chat ÷ agents"),
        Row("slots", figures.slots, "", "slots held ÷ slots offered"),
        Row("concurrency", figures.concurrency, "chats", "per agent who has any"),
        *(
            Row(f"open_{k}", share, "", f"share of agents with {k} open")
            for k, share in enumerate(figures.open_share)
        ),
    ]
    _show([*_queue(figures.waiting), *rows], as_json=as_json)


@app.command("pickup")
def pickup(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    reaction: Annotated[str, typer.Option(help="Mean reaction time.", show_default=False)],
    patience: MaybePatience = None,
    as_json: AsJson = False,
) -> None:
    """Agents who take time to react, one chat each; customers can leave before and during it."""
    from simulator import theory

    figures = theory.pickup_desk(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        reaction_rate=1 / _seconds("--reaction", reaction),
        patience_rate=0.0 if patience is None else 1 / _seconds("--patience", patience),
    )
    _show(
        [
            Row("p_wait", figures.p_wait, "", "share to whom nobody reacts at once"),
            Row("p_abandon", figures.p_abandon, "", "share who give up"),
            Row("p_abandon_in_queue", figures.p_abandon_in_queue, "", "… with nobody reacting"),
            Row("mean_wait_s", figures.mean_wait, "s", "of all, the reaction included"),
            Row("queue_length", figures.queue_length, "chats", "waiting, nobody reacting"),
            Row("reacting", figures.reacting, "agents", "mean number reacting"),
            Row("in_service", figures.in_service, "chats", "mean number open"),
        ],
        as_json=as_json,
    )


@app.command("retries")
def retries(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    patience: MeanPatience,
    probability: Annotated[float, typer.Option(help="Share who come back.", show_default=False)],
    delay: Annotated[str, typer.Option(help="Mean time away.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Customers who give up and come back: the exact chain. --per-hour counts first attempts."""
    from simulator import theory

    figures = theory.retrying_desk(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        patience_rate=1 / _seconds("--patience", patience),
        probability=probability,
        delay_rate=1 / _seconds("--delay", delay),
    )
    _show(
        [
            Row("attempts_per_hour", 3600 * figures.attempt_rate, "", "retries included"),
            Row("p_wait", figures.p_wait, "", "share of attempts that wait"),
            Row("p_abandon", figures.p_abandon, "", "share of attempts given up"),
            Row("mean_wait_s", figures.mean_wait, "s", "of all attempts"),
            Row("finally_lost", figures.finally_lost, "", "share of customers lost for good"),
            Row("away", figures.away, "customers", "mean number who will come back"),
        ],
        as_json=as_json,
    )


@app.command("day")
def day(
    per_hour: PerHour,
    handle: Handle,
    agents: Agents,
    length: Annotated[str, typer.Option(help="From opening to closing.")] = "8h",
    patience: MaybePatience = None,
    threshold: Threshold = "20s",
    as_json: AsJson = False,
) -> None:
    """One day that opens empty and serves its queue out: expected totals."""
    from simulator import theory

    figures = theory.one_day(
        arrival_rate=per_hour / 3600,
        service_rate=1 / _seconds("--handle", handle),
        agents=agents,
        length=_seconds("--length", length),
        threshold=_seconds("--threshold", threshold),
        patience_rate=0.0 if patience is None else 1 / _seconds("--patience", patience),
    )
    _show(
        [
            Row("arrivals", figures.arrivals, "chats", ""),
            Row("served", figures.served, "chats", ""),
            Row("abandoned", figures.abandoned, "chats", ""),
            Row("in_time", figures.in_time, "chats", "served with wait ≤ T"),
            Row("of_all", figures.of_all, "", "in time ÷ arrivals"),
            Row("asa_s", figures.asa, "s", "mean wait of the served"),
            Row("occupancy", figures.occupancy, "", "busy ÷ on duty, until closing"),
        ],
        as_json=as_json,
    )


MEANINGS = {
    "p_wait": ("", "share of the queued who wait"),
    "p_block": ("", "share of arrivals turned away"),
    "p_abandon": ("", "share of the queued who give up"),
    "mean_wait": ("s", "of all queued"),
    "mean_wait_served": ("s", "of the served"),
    "mean_wait_abandoned": ("s", "of those who give up"),
    "queue_length": ("chats", "mean number waiting"),
    "occupancy": ("", "output ÷ capacity"),
    "threshold": ("s", "T of the service levels"),
    "of_all": ("", "served with wait ≤ T ÷ queued"),
    "of_served": ("", "served with wait ≤ T ÷ served"),
    "excl_short_abandons": ("", "served with wait ≤ T ÷ (queued − abandoned with wait ≤ T)"),
}


def _queue(figures: "QueueFigures") -> list[Row]:
    """A row per field; the unit of a time joins its name, as everywhere at the edges."""
    rows = []
    for field in fields(figures):
        unit, meaning = MEANINGS[field.name]
        name = f"{field.name}_s" if unit == "s" else field.name
        rows.append(Row(name, getattr(figures, field.name), unit, meaning))
    return rows


def _patient(wait: float, per_hour: float, *, occupancy: float) -> list[Row]:
    return [
        Row("mean_wait_s", wait, "s", "of all"),
        Row("queue_length", wait * per_hour / 3600, "chats", "mean number waiting"),
        Row("occupancy", occupancy, "", "busy time ÷ time on duty"),
    ]


def _patience(curve: Curve, mean: float, shape: float | None) -> "Patience":
    from simulator import theory
    from simulator.errors import ParameterError

    if curve in (Curve.LOGNORMAL, Curve.WEIBULL):
        if shape is None or shape <= 0:
            raise ParameterError(
                f"--shape is {shape}; {curve} patience needs a positive number: "
                "σ of the logarithm, or the Weibull shape"
            )
        made: Patience = (
            theory.LognormalPatience(mean, log_sd=shape)
            if curve is Curve.LOGNORMAL
            else theory.WeibullPatience(mean, shape=shape)
        )
        return made
    if shape is not None:
        raise ParameterError(f"--shape is {shape:g}; {curve} patience has none: leave it out")
    if curve is Curve.FIXED:
        return theory.FixedPatience(mean)
    if curve is Curve.UNIFORM:
        return theory.UniformPatience(0.0, 2 * mean)
    return theory.ExponentialPatience(mean)


def _seconds(option: str, text: str) -> float:
    """An option's duration; negative ones and 0 are refused, but for a threshold of 0."""
    from simulator.errors import ParameterError
    from simulator.scenario.durations import parse_duration

    try:
        seconds = float(parse_duration(text))
    except ValueError as error:
        raise ParameterError(f"{option} {error}") from error
    if seconds < 0 or (seconds == 0 and option != "--threshold"):
        raise ParameterError(f"{option} is {text}; give a positive duration such as 20s")
    return seconds


def _numbers(option: str, text: str) -> list[float]:
    from simulator.errors import ParameterError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ParameterError(
            f"{option} is {text!r}; give numbers with commas between, such as 1,1.7,2.2"
        ) from error


def _show(rows: Iterable[Row], *, as_json: bool) -> None:
    """A table to read, or the names and values as one JSON object."""
    rows = list(rows)
    if as_json:
        told: dict[str, Any] = {row.name: row.value for row in rows}
        typer.echo(json.dumps(told))
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        value = "–" if row.value is None else f"{row.value:.6f}"
        typer.echo(f"{row.name:<{width}}  {value:>14}  {row.unit:<9}  {row.meaning}".rstrip())
