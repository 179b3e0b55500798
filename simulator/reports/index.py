"""The index of all reports, built from the manifests that are found.

The newest report of each series stands in full, with its key figures, their intervals and their
course; the older ones are lines of a table that is folded below it. The page is whole without its
script, which only filters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.reports.frame import filled
from simulator.reports.key_figures import bare, told
from simulator.reports.series import Series, date_of, in_series
from simulator.reports.shelf import write_whole
from simulator.reports.sparklines import change_in_words, range_in_words, sparkline
from simulator.reports.survey import Entry, survey

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from markupsafe import Markup

    from simulator.reports.key_figures import KeyFigure

__all__ = ["Entry", "entries", "write_index"]

STATUSES = {"failed": "Failed", "missed": "Target missed", "ok": "Complete"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A key figure of the newest report of a series."""

    label: str
    value: str
    interval: str
    trend: Markup | None
    words: list[str]
    """The target, the change since the report before, the range."""


def entries(out: Path) -> tuple[list[Entry], list[str]]:
    """The reports under a folder, newest first, and the manifests that cannot be read."""
    found = survey(out)
    return list(found.entries), [each.name for each in found.unread]


def write_index(out: Path) -> Path:
    """Write ``index.html`` anew; whoever reads it meanwhile sees the one before."""
    found = survey(out)
    all_series = in_series(found.entries)
    path = out / "index.html"
    write_whole(
        path,
        filled(
            "reports.html.j2",
            styles=("index.css",),
            scripts=("index.js",),
            kind="index",
            title="Reports",
            count=len(found.entries),
            newest=found.entries[0].at if found.entries else None,
            all_series=all_series,
            standing=_standing(all_series),
            jobs=found.jobs,
            damaged=[each for each in found.unread if not each.is_outdated],
            outdated=[each for each in found.unread if each.is_outdated],
            statuses=STATUSES,
            shown_figures=_shown_figures,
            instant=_instant,
            day=_day,
            day_name=_day_name,
            date_of=date_of,
            cell=_cell,
        ),
    )
    return path


def _standing(all_series: list[Series]) -> list[tuple[str, str, list[tuple[int, Series]]]]:
    """How the newest of each series went: status, its words, and the series with their numbers."""
    counts = Counter(series.newest.status for series in all_series)
    return [
        (
            status,
            words,
            [pair for pair in enumerate(all_series, 1) if pair[1].newest.status == status],
        )
        for status, words in STATUSES.items()
        if counts[status]
    ]


def _shown_figures(series: Series) -> list[_Shown]:
    return [
        _shown(series, figure) for figure in series.figures if figure.name in series.newest.figures
    ]


def _shown(series: Series, figure: KeyFigure) -> _Shown:
    estimate = series.newest.figures[figure.name]
    has_interval = estimate.low is not None and estimate.high is not None
    interval = f"{bare(estimate.low, figure.unit)} to {bare(estimate.high, figure.unit)}"
    trend = series.trend(figure)
    target = f"target {trend.target.told(figure.unit)}" if trend.target else None
    return _Shown(
        label=figure.label,
        value=told(estimate.value, figure.unit),
        interval=interval if has_interval and estimate.value is not None else "",
        trend=sparkline(trend),
        words=list(filter(None, (change_in_words(trend), range_in_words(trend), target))),
    )


def _cell(entry: Entry, figure: KeyFigure) -> str:
    estimate = entry.figures.get(figure.name)
    return bare(estimate.value if estimate else None, figure.unit)


def _instant(at: datetime) -> str:
    """``23 November 2026, 06:00 UTC+01:00``."""
    return f"{at.day} {at:%B %Y, %H:%M} {at.tzname()}"


def _day(day: date) -> str:
    """``22 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def _day_name(day: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{day:%A}, {day.day} {day:%B %Y}"
