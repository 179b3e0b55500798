"""``pickup tenant``: a local tenant to replay against."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulator.tenant.people import Staffing
    from simulator.tenant.settings import Settings

__all__ = ["command"]

FIRST_TOPIC = 100
"""Added to a simulated topic's id, so that the two are not taken for each other."""


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8900,
    db: Annotated[
        Path | None,
        typer.Option(help="SQLite file that keeps everything.  [default: in memory]"),
    ] = None,
    desk: Annotated[
        Path | None, typer.Option(help="Topics and users (YAML).", show_default=False)
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="SCENARIO",
            help="Topics and users as in a scenario; TopicId is 100 + its id.",
            show_default=False,
        ),
    ] = None,
    kit: Annotated[
        Path | None,
        typer.Option(
            help="Folder for what a replay needs: topics.yaml, agents.yaml and tenant.env.",
            show_default=False,
        ),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(help="What goes wrong on purpose (YAML).", show_default=False),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="Undocumented behaviours by name (YAML).", show_default=False),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="One such behaviour; may be repeated."),
    ] = None,
) -> None:
    """Serve a tenant on 127.0.0.1 until stopped, and print its address once it listens.

    It answers like the product: ChatSession, ChatTopic, Agents/Chat, Presence and lists, with its
    headers, dates and errors. Everything is kept in one SQLite file.
    """
    from simulator.errors import UsageError
    from simulator.tenant import serving
    from simulator.tenant.faults import Faults
    from simulator.tenant.kit import write_kit
    from simulator.tenant.store import Store

    wanted = _settings(settings, set_ or [])
    broken = Faults(file=faults) if faults is not None else Faults()
    token = serving.new_admin_token()
    staffing = _staffing(desk, like)
    with Store(":memory:" if db is None else db, staffing) as store:
        if (desk or like) and not store.is_of(staffing):
            raise UsageError(
                f"{db} holds a tenant with other topics or users; give another --db, "
                "or leave out --desk and --like"
            )
        if kit is not None:
            write_kit(kit, store, token)

        def ready(address: str) -> None:
            typer.echo(f"{address}/{store.context}")
            if kit is None:
                typer.echo("--kit DIR writes the tokens that a client needs", err=True)

        serving.serve(
            store,
            wanted,
            port=port,
            faults=broken,
            admin_token=token,
            ready=ready,
            with_proxy=faults is not None,
        )


def _settings(path: Path | None, pairs: list[str]) -> "Settings":
    from simulator.errors import ParameterError
    from simulator.tenant.settings import Settings, changed

    given: dict[str, Any] = {} if path is None else _read(path)
    for text in pairs:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"--set '{text}' cannot be read; write NAME=VALUE")
        given[name.strip()] = value.strip()
    return changed(Settings(), given)


def _read(path: Path) -> dict[str, Any]:
    from simulator.errors import DataError, Place
    from simulator.scenario import documents

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"the settings cannot be read: {error.strerror}", Place(path)) from error
    found = documents.plain(documents.compose(text, file=str(path), folder=path.parent))
    if not isinstance(found, dict):
        raise DataError("the settings are no mapping of names to values", Place(path))
    return found


def _staffing(desk: Path | None, like: Path | None) -> "Staffing":
    from simulator.errors import UsageError
    from simulator.tenant import people

    if desk is not None and like is not None:
        raise UsageError("--desk and --like both say who is there; give one")
    if desk is not None:
        return people.read_staffing(desk)
    return people.SAMPLE if like is None else _as_in_scenario(like)


def _as_in_scenario(path: Path) -> "Staffing":
    """The scenario's topics and agents; customers have a user of their own."""
    from simulator.scenario import load
    from simulator.tenant.people import SAMPLE, Staffing, TopicOf, UserOf

    scenario = load(path)
    ids = [FIRST_TOPIC + topic.id for topic in scenario.topics]
    users = [
        UserOf(
            agent.id,
            agent.name,
            tuple(ids[index] for index in scenario.groups[agent.group].topics),
        )
        for agent in scenario.agents
    ]
    last = max(agent.id for agent in scenario.agents)
    users.append(UserOf(last + 1000, "customers", listens=tuple(ids), is_system=True))
    topics = [
        TopicOf(number, topic.name) for number, topic in zip(ids, scenario.topics, strict=True)
    ]
    return Staffing(SAMPLE.context, tuple(topics), tuple(users))
