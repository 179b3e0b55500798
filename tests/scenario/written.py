"""A desk of a few lines, into which a test writes what it is about."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from simulator.errors import ScenarioError
from simulator.scenario import Scenario, loads

if TYPE_CHECKING:
    from pathlib import Path


def desk(
    *,
    top: str = "",
    topic: str = "",
    group: str = "",
    arrivals: str = "{rate_per_hour: 6}",
    work: str = "{exponential: {mean: 8m}}",
    people: str = "count: 2",
    start: str = "2026-03-23",
    days: int = 1,
    zone: str = "Europe/Oslo",
) -> str:
    """A scenario text: one topic Sales, one group Desk. 2026-03-23 is a Monday."""
    return "\n".join(
        [
            "name: tiny",
            f"timezone: {zone}",
            f"start: {start}",
            f"days: {days}",
            dedent(top),
            "topics:",
            "  - id: 1",
            "    name: Sales",
            f"    arrivals: {arrivals}",
            f"    work: {work}",
            indent(dedent(topic), "    "),
            "agents:",
            "  - group: Desk",
            f"    {people}",
            "    topics: [Sales]",
            indent(dedent(group), "    "),
            "",
        ]
    )


def read(**parts) -> Scenario:
    return loads(desk(**parts))


def complaint(text: str, folder: Path | None = None) -> str:
    """What is said of a text that is no scenario."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, folder=folder)
    return str(caught.value)
