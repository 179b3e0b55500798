"""What a run says, in figures for the top of a page and in whole sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.metrics.agents import OCCUPANCIES, PRESENT
from simulator.metrics.service import SERVICE_LEVELS
from simulator.metrics.waiting import WAIT_SHARES

if TYPE_CHECKING:
    from simulator.metrics.uncertainty import Estimate
    from simulator.scenario.world import Scenario

__all__ = [
    "all_figures",
    "definitions",
    "headline",
    "key_figures",
    "lost_for_good",
    "percent",
    "provenance",
    "seconds",
]


QUEUED = "of all who queued"
HANDLE = "pickup to end, less the wait of a transfer"


def percent(share: float | None, *, decimals: int = 1) -> str:
    """A share as text.

    >>> percent(0.8345), percent(None)
    ('83.5 %', '–')
    """
    return "–" if share is None else f"{100 * share:.{decimals}f} %"


def seconds(duration_s: float | None) -> str:
    """A duration as text: seconds up to two minutes, then minutes, then hours.

    >>> seconds(7.25), seconds(90.0), seconds(200.0), seconds(None)
    ('7.2 s', '90 s', '3 min 20 s', '–')
    """
    if duration_s is None:
        return "–"
    if duration_s < 120:
        return f"{duration_s:.1f} s" if duration_s < 20 else f"{duration_s:.0f} s"
    minutes, rest = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def number(value: float | None) -> str:
    """A plain figure as text with two decimals."""
    return "–" if value is None else f"{value:.2f}"


def key_figures(scenario: Scenario, summary: dict[str, Any]) -> pd.DataFrame:
    """The figures for the top of a report: ``figure``, ``value``, ``interval``, ``definition``.

    All text; the interval is the 95 % one over replications, or "–" with fewer than two.

    Args:
        scenario: of the run.
        summary: as ``summary.json`` holds it.
    """
    overall = summary["overall"]
    level = scenario.service_level
    threshold = seconds(level.threshold_us / 1e6)
    wait, position = overall["wait_s"], overall["queue_position"]
    rows = [
        _row(
            f"Service level within {threshold}",
            overall["service_level"][level.definition],
            percent,
            f"{level.definition}: {SERVICE_LEVELS[level.definition]}; target "
            f"{percent(level.target, decimals=0)}",
        ),
        _row("Mean wait of the served (ASA)", overall["asa_s"], seconds, "request to pickup"),
        _row("P90 wait", wait["p90"], seconds, "nine of ten who queued waited no longer"),
        _row("Abandonment", overall["abandonment"], percent, "left the queue, of all who queued"),
        _row("Occupancy", overall["occupancy"]["busy"], percent, f"busy: {OCCUPANCIES['busy']}"),
        _row("Mean place in the queue", position["mean"], number, "at arrival; 1 if empty"),
    ]
    return pd.DataFrame(rows)


def all_figures(scenario: Scenario, summary: dict[str, Any]) -> pd.DataFrame:
    """Every overall figure of a run but the counts: ``figure``, ``value``, ``interval``; all text.

    Args:
        scenario: of the run.
        summary: as ``summary.json`` holds it.
    """
    overall = summary["overall"]
    threshold = seconds(scenario.service_level.threshold_us / 1e6)
    wait, place, busy = overall["wait_s"], overall["queue_position"], overall["occupancy"]
    rows = [
        *(
            _row(f"service level within {threshold}, {name}", leaf, percent, SERVICE_LEVELS[name])
            for name, leaf in overall["service_level"].items()
        ),
        _row("mean wait of the served (ASA)", overall["asa_s"], seconds, "request to pickup"),
        _row("mean wait", wait["mean"], seconds, QUEUED),
        *(_row(f"{name.upper()} wait", wait[name], seconds, QUEUED) for name in WAIT_SHARES),
        _row(
            "longest wait", wait["max"], seconds, "in any replication; shortest to longest of all"
        ),
        _row("abandonment", overall["abandonment"], percent, QUEUED),
        _row("silent abandonment", overall["silent"], percent, QUEUED),
        _row("had to wait", overall["p_wait"], percent, "no reaction began at arrival"),
        _row("mean place in the queue", place["mean"], number, "at arrival; 1 if empty"),
        _row("P90 place in the queue", place["p90"], number, "at arrival; 1 if empty"),
        _row("mean queue length", overall["queue_length"]["mean"], number, "closed hours included"),
        *(
            _row(f"occupancy, {name}", leaf, percent, OCCUPANCIES[name])
            for name, leaf in busy.items()
        ),
        _row("concurrency", overall["concurrency"], number, "mean open chats while there is one"),
        _row(
            "mean handle time",
            overall["handle_s"],
            seconds,
            "pickup to end, less the wait of a transfer",
        ),
    ]
    return pd.DataFrame(rows)


def _row(figure: str, leaf: dict[str, Any], written: Any, definition: str) -> dict[str, str]:
    known = leaf["low"] is not None
    interval = f"{written(leaf['low'])} to {written(leaf['high'])}" if known else "–"
    return {
        "figure": figure,
        "value": written(leaf["value"]),
        "interval": interval,
        "definition": definition,
    }


def headline(scenario: Scenario, summary: dict[str, Any]) -> str:
    """The finding of a run in two sentences: is the service-level target met, how do people fare?

    The target is met (or missed) only where the whole interval lies on that side of it.
    """
    overall = summary["overall"]
    level = scenario.service_level
    leaf = overall["service_level"][level.definition]
    if leaf["value"] is None:
        return "Nobody queued in this run, so there is no service level to judge."
    interval = (
        f" (95 % interval {percent(leaf['low'])} to {percent(leaf['high'])})"
        if leaf["low"] is not None
        else " (one replication, so without an interval)"
    )
    return (
        f"{percent(leaf['value'])}{interval} were answered within "
        f"{seconds(level.threshold_us / 1e6)}, counted {level.definition}: "
        f"{verdict(leaf, level.target)} of {percent(level.target, decimals=0)}. "
        f"The served waited {seconds(overall['asa_s']['value'])} on average, one in ten who "
        f"queued longer than {seconds(overall['wait_s']['p90']['value'])}, and "
        f"{percent(overall['abandonment']['value'])} gave up."
    )


def verdict(leaf: dict[str, Any], target: float) -> str:
    """Whether a figure meets its target, as far as its interval can tell.

    >>> verdict({"value": 0.84, "low": 0.82, "high": 0.86}, 0.8)
    'the run meets the target'
    >>> verdict({"value": 0.81, "low": 0.78, "high": 0.84}, 0.8)
    'too close to call against the target'
    """
    low = leaf["value"] if leaf["low"] is None else leaf["low"]
    high = leaf["value"] if leaf["high"] is None else leaf["high"]
    if low >= target:
        return "the run meets the target"
    return "the run misses the target" if high < target else "too close to call against the target"


def definitions(scenario: Scenario) -> pd.DataFrame:
    """What each figure of a report means: ``figure``, ``definition``."""
    threshold = seconds(scenario.service_level.threshold_us / 1e6)
    words = {
        "wait": "request to pickup, or to leaving the queue, however it ended",
        "queued": "served, abandoned, silent, form from the queue, or closed at closing time",
        **{f"service level {name} ({threshold})": text for name, text in SERVICE_LEVELS.items()},
        "ASA": "mean wait of the served",
        "abandonment": "abandoned, of the queued; silent, form and closed on lines of their own",
        "silent": "the customer left without a word; the session stays and is picked up later",
        "place in the queue": "sessions pending at the request, plus one (InitialQueuePos)",
        "queue length": "pending sessions, weighted by time, closed hours included",
        **{f"occupancy, {name}": text for name, text in OCCUPANCIES.items()},
        "time present": f"{PRESENT}: the denominator of occupancy",
        "concurrency": "mean number of open chats while there is one, weighted by time",
        "handle time": f"{HANDLE}; chats held side by side stretch each other",
        "interval": (
            "95 %, Student's t over replications; ratios are ratios of totals. P50, P90 and P99: "
            "Woodruff's, of the quantile of all replications pooled. The longest wait has none: "
            "there it is shortest to longest of the replications' own longest waits"
        ),
    }
    return pd.DataFrame({"figure": list(words), "definition": list(words.values())})


def lost_for_good(lost: Estimate) -> str:
    """The customers finally lost as a sentence.

    >>> from simulator.metrics.uncertainty import Estimate
    >>> lost_for_good(Estimate(0.082, 0.071, 0.093, 5120))
    '8.2 % of 5,120 customers who queued were lost for good (95 % interval 7.1 % to 9.3 %).'
    """
    if lost.value is None:
        return "Nobody queued in this run, so nobody was lost."
    known = lost.low is not None
    interval = f" (95 % interval {percent(lost.low)} to {percent(lost.high)})" if known else ""
    return f"{percent(lost.value)} of {lost.n:,} customers who queued were lost for good{interval}."


def provenance(manifest: dict[str, Any]) -> pd.DataFrame:
    """What made a run, from its manifest: ``what``, ``value``; all text.

    Args:
        manifest: as ``manifest.json`` holds it.
    """
    rows = {
        "scenario": manifest["scenario"],
        "scenario hash": manifest["scenario_hash"],
        "seed": manifest["seed"],
        "replications": manifest["replications"],
        "engine": manifest["engine"],
        "version of Pickup Lab": manifest["package"],
        "git commit": manifest["git_commit"] or "–",
        "simulated at": manifest["started_at"],
    }
    return pd.DataFrame({"what": list(rows), "value": [str(value) for value in rows.values()]})
