"""The rows of the table as scenario files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["steady_desk"]


def steady_desk(
    *,
    per_hour: float,
    work: str,
    agents: int,
    days: int,
    topic: Sequence[str] = (),
    output: str = "1",
    threshold: str = "20s",
) -> str:
    """One topic that is always open, and so many agents who are always there.

    ``topic`` are further lines of the topic (patience, reaction, …); ``output`` is r(1..cap).
    """
    lines = [
        "name: validation",
        "timezone: UTC",
        "start: 2026-01-05T00:00",
        f"days: {days}",
        "study: steady",
        "interval: 4h",
        "topics:",
        "  - id: 1",
        "    name: Chat",
        f"    arrivals: {{rate_per_hour: {per_hour!r}}}",
        f"    work: {{{work}}}",
        *(f"    {line}" for line in topic),
        "agents:",
        "  - group: Desk",
        f"    count: {agents}",
        "    topics: [Chat]",
        f"    cap: {len(output.split(','))}",
        f"    output: [{output}]",
        f"service_level: {{threshold: {threshold}}}",
    ]
    return "\n".join(lines)
