"""One hour under the lens: the queue and every agent as a strip of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PolyCollection

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SKY,
    VERMILLION,
    card,
    key,
    nothing,
    titled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["hour_strip"]

COLOURS = {"waiting": VERMILLION, "reacting": ORANGE, "chat": BLUE, "wrap-up": SKY}
WORDS = {
    "waiting": "waiting",
    "reacting": "an agent reacts",
    "chat": "chat",
    "wrap-up": "wrap-up",
}
MOST_AGENTS = 16
"""More are in the table only: those with the most time in hand are drawn."""

TALLEST_IN = 9.0
LANE_IN = 0.15
GAP = 0.6
"""Between two rows, in lanes."""


def hour_strip(
    frame: pd.DataFrame, *, start: pd.Timestamp, length_min: float = 60.0, replication: int = 1
) -> Figure:
    """The spans of one hour of one replication: the queue on top, then a strip per agent.

    Args:
        frame: ``metrics.hour_strip``.
        start: local time of the window's start.
        length_min: its length in minutes.
        replication: whose hour it is.
    """
    if frame.empty:
        return nothing(f"Nothing happens in the hour from {start:%H:%M}")
    rows, busy_agents = _rows_to_draw(frame)
    drawn = frame[frame["row"].isin(rows)]
    lanes = {row: int(drawn.loc[drawn["row"] == row, "lane"].max()) + 1 for row in rows}
    needed = sum(lanes.values()) + GAP * len(lanes)
    with card(height_in=min(1.05 + LANE_IN * needed, TALLEST_IN)) as (figure, ((axes,),)):
        _strips(axes, drawn, lanes)
        axes.set_xlim(0, length_min)
        axes.set_xlabel(f"minutes from {start:%H:%M} local time ({start:%Z})")
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        key(
            axes,
            [("■", colour, WORDS[kind]) for kind, colour in COLOURS.items()]
            + [("×", INK, "gave up")],
        )
        waited = frame.loc[frame["kind"].isin(["waiting", "reacting"]), "chat_session_id"]
        gave_up = int((frame["ended"] == "gave up").sum())
        titled(
            figure,
            f"{start:%A} {start.day} {start:%B}, {start:%H:%M}, replication {replication}: "
            f"{waited.nunique()} sessions wait, {gave_up} give up; {busy_agents} agents at work",
        )
    return figure


def _rows_to_draw(frame: pd.DataFrame) -> tuple[list[str], int]:
    """The queue and the busiest agents, in the frame's order, and how many agents there are."""
    length = (frame["to_min"] - frame["from_min"]).groupby(frame["row"], observed=True).sum()
    agents = length.drop("Queue", errors="ignore").sort_values(ascending=False, kind="stable")
    chosen = {"Queue", *agents.index[:MOST_AGENTS]}
    present = set(length.index)
    rows = [str(row) for row in frame["row"].cat.categories if row in chosen and row in present]
    return rows, len(agents)


def _strips(axes: Axes, drawn: pd.DataFrame, lanes: dict[str, int]) -> None:
    """Every row's lanes from top to bottom, with a gap between rows."""
    tops = np.cumsum([0.0, *(count + GAP for count in lanes.values())])
    top_of = dict(zip(lanes, tops, strict=False))
    middle = drawn["row"].astype(str).map(top_of).to_numpy() + drawn["lane"].to_numpy() + 0.5
    begin, end = drawn["from_min"].to_numpy(), drawn["to_min"].to_numpy()
    for kind, colour in COLOURS.items():
        chosen = (drawn["kind"] == kind).to_numpy()
        across = np.stack([begin, end, end, begin], axis=1)[chosen]
        down = middle[chosen, np.newaxis] + np.array([-0.41, -0.41, 0.41, 0.41])
        corners = np.stack([across, down], axis=2)
        axes.add_collection(
            PolyCollection(list(corners), facecolor=colour, edgecolor="#ffffff", linewidth=0.5)
        )
    left = (drawn["ended"] == "gave up").to_numpy()
    axes.plot(end[left], middle[left], "x", color=INK, markersize=4.5)
    for edge in tops[1:-1]:
        axes.axhline(edge - GAP / 2, color=GREY, linewidth=0.3)
    axes.set_ylim(tops[-1] - GAP / 2, -GAP / 2)
    places = [top + count / 2 for top, count in zip(tops, lanes.values(), strict=False)]
    axes.set_yticks(places, list(lanes))
