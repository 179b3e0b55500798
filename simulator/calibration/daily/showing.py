"""A look back for the eye: a card for each question, with the numbers in a table below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulator import charts
from simulator.calibration.account import reading
from simulator.calibration.daily import telling
from simulator.calibration.daily.dates import said
from simulator.calibration.daily.measuring import EXPLAINING, JUDGED, OVERALL, SERVICE
from simulator.calibration.daily.records import plain
from simulator.charts import daily
from simulator.charts.daily import NAMES, told

if TYPE_CHECKING:
    from simulator.calibration.daily.asking import Asked
    from simulator.calibration.daily.looking import LookBack
    from simulator.charts.display import Displayed

__all__ = [
    "cause",
    "days_before",
    "figures",
    "headline",
    "outlook",
    "over_the_day",
    "provenance",
    "topics",
    "unusual",
    "what_was_read",
]

FORECAST: Final = "beside the forecast"
MET: Final = "beside the model with the chats that came"
QUANTILES: Final = ("p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5")
MOST_TOPICS: Final = 60
DEFINED: Final = {
    "volume": "chats that asked for an agent",
    "mean_wait_s": "request to leaving the queue, of all who queued",
    "queue_position": "InitialQueuePos, mean of those who queued",
    "service_level": "answered within {}",
    "abandonment": "gave up, of those who queued",
}


def headline(found: LookBack, asked: Asked) -> Displayed:
    """The page in a few paragraphs, what is missing first."""
    example = (
        "An example: no records were given, so ten days of the shipped desk are taken for some; "
        "on the last of them two of its four generalists are sick, of which the scenario knows "
        "nothing."
    )
    return charts.prose(*([example] if asked.is_example else []), *telling.headline(found))


def figures(found: LookBack) -> Displayed:
    """The day's figures side by side, each with its prediction."""
    days = found.seen.days
    rows = [
        {
            "figure": NAMES[figure],
            "value": told(figure, values["actual"]),
            "interval": f"{telling.band(figure, values) or 'nothing'} predicted",
            "definition": DEFINED[figure].format(telling.threshold(found)),
        }
        for figure in JUDGED
        for values in [telling.row(days, figure)]
        if values
    ]
    if not rows:
        return charts.prose("Nothing of the day is known or predicted.")
    return charts.tiles(pd.DataFrame(rows))


def what_was_read(found: LookBack) -> Displayed:
    """What the files hold."""
    history = found.records.history
    if history is None:
        return charts.prose("No file could be read.")
    return charts.stacked(
        charts.prose(found.state.sentence),
        charts.table_card(reading(history), caption="What the files hold, and where."),
    )


def over_the_day(found: LookBack) -> Displayed:
    """Each figure by interval on its predicted bands."""
    return charts.stacked(*(_over_the_day(found, figure) for figure in JUDGED))


def _over_the_day(found: LookBack, figure: str) -> Displayed:
    seen = found.seen
    rows = _overall(seen.intervals)
    met = _overall(seen.met) if figure in SERVICE and len(seen.met) else None
    return charts.show(
        daily.figure_over_the_day(
            rows,
            _overall(seen.days),
            figure=figure,
            step_h=found.by_min / 60,
            zone=found.zone,
            met=met,
        ),
        alt=f"{NAMES[figure]} of {said(found.day)} by interval, recorded on predicted bands.",
        table=_table(rows[rows["figure"] == figure], figure),
        decimals=2,
    )


def _overall(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["topic"] == OVERALL]


def _table(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """The numbers under a chart; shares in per cent, headings with their unit."""
    unit = " (%)" if figure in daily.SHARES else " (s)" if figure.endswith("_s") else ""
    factor = 100 if figure in daily.SHARES else 1
    values = {
        f"{heading}{unit}": rows[name] * factor
        for name, heading in (("actual", "recorded"), *((q, _quantile(q)) for q in QUANTILES))
    }
    sides = rows["outside"].map({-1: "below", 0: "", 1: "above"})
    return pd.DataFrame({"start": rows["start"], **values, "outside 95 %": sides})


def _quantile(name: str) -> str:
    """``p2_5`` as ``2.5 %``."""
    return f"{name[1:].replace('_', '.')} %"


# ------------------------------------------------------------------------------ what was odd


def unusual(found: LookBack) -> Displayed:
    """Which figures of which intervals lie outside, and how many do by luck."""
    seen = found.seen
    if seen.outside is None or not seen.outside.judged:
        return charts.prose("Nothing could be compared by interval.")
    rows = _blocks(seen.intervals, seen.met, JUDGED, (*SERVICE, *EXPLAINING))
    outside = rows[rows["outside"] != 0].sort_values(["start", "block"], kind="stable")
    table = pd.DataFrame(
        {
            "start": outside["start"],
            "figure": outside["figure"].map(NAMES),
            "recorded": [_value(each) for each in outside.to_dict("records")],
            "95 % band": [telling.band(str(r["figure"]), _named(r)) for r in _records(outside)],
            "by luck": [_odds(p) for p in outside["p_value"]],
            "held": outside["block"],
        }
    )
    return charts.stacked(
        charts.prose(telling.luck(found)),
        charts.show(
            daily.oddness(rows, zone=found.zone),
            alt="For every figure of every interval the band that holds it, or the side outside.",
            table=table,
            caption="Below: those outside, with how often luck alone is as far off. Agents: who "
            "picked up a chat in the interval.",
        ),
    )


def _blocks(
    forecast: pd.DataFrame, met: pd.DataFrame, first: tuple[str, ...], second: tuple[str, ...]
) -> pd.DataFrame:
    """Figures beside the forecast above those beside the model with the chats that came."""
    parts = (
        frame[(frame["topic"] == OVERALL) & (frame["figure"] == name)].assign(block=block)
        for frame, names, block in ((forecast, first, FORECAST), (met, second, MET))
        for name in names
    )
    return pd.concat(list(parts), ignore_index=True)


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _named(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _value(row: dict[Any, Any]) -> str:
    return told(str(row["figure"]), float(row["actual"]))


def _odds(p_value: float) -> str:
    """A p-value as one says it.

    >>> _odds(0.02), _odds(0.00001)
    ('1 in 50', 'less than 1 in 1,000')
    """
    return f"1 in {1 / p_value:,.0f}" if p_value >= 0.001 else "less than 1 in 1,000"


def cause(found: LookBack) -> Displayed:
    """The customers' number or the desk: both predictions, and the agents at work."""
    seen = found.seen
    if seen.met.empty:
        return charts.prose("Without records of the day there is no cause to look for.")
    rows = _blocks(seen.days, seen.met_days, (*SERVICE, *EXPLAINING), (*SERVICE, *EXPLAINING))
    rows = rows.assign(block=rows["block"].map({FORECAST: "forecast", MET: "with those who came"}))
    met = _overall(seen.met)
    table = pd.DataFrame(
        {
            "figure": rows["figure"].map(NAMES),
            "predicted": rows["block"],
            "recorded": [_value(each) for each in _records(rows)],
            "95 % band": [telling.band(str(r["figure"]), _named(r)) for r in _records(rows)],
        }
    )
    return charts.stacked(
        charts.show(
            daily.two_ways(rows),
            alt="The day's figures beside the forecast and beside the model with the same chats.",
            table=table,
            caption="The same desk simulated with the recorded arrivals: what is left between it "
            "and the records is how chats were served, not how many came. Bands hold 50, 80 and "
            "95 % of such days; the line is the record, red outside a band.",
        ),
        charts.show(
            daily.figure_over_the_day(
                met,
                _overall(seen.met_days),
                figure="agents",
                step_h=found.by_min / 60,
                zone=found.zone,
            ),
            alt="Agents who picked up a chat in each interval, recorded on predicted bands.",
            table=_table(met[met["figure"] == "agents"], "agents"),
            caption="Agents who picked up at least one chat in the interval, with the chats that "
            "came: somebody at work without a chat is not seen, in the records as in the model.",
            decimals=2,
        ),
    )


def topics(found: LookBack) -> Displayed:
    """The day by topic."""
    days = found.seen.days
    names = [name for name in days["topic"].unique() if name != OVERALL]
    rows = []
    for name in names[:MOST_TOPICS]:
        row = {"topic": plain(str(name))}
        for figure in JUDGED:
            values = telling.row(days, figure, name)
            marked = {-1: " ▼", 1: " ▲"}.get(int(values["outside"]), "")
            expected = telling.band(figure, values) or "nothing"
            row[NAMES[figure]] = f"{told(figure, values['actual'])}{marked} ({expected})"
        rows.append(row)
    if not rows:
        return charts.prose("The scenario has one topic.")
    more = len(names) - len(rows)
    note = f" {more} more topics are not shown." if more > 0 else ""
    return charts.table_card(
        pd.DataFrame(rows),
        caption=f"By topic, with the predicted 95 % bands. ▲ above, ▼ below the band.{note}",
    )


# ------------------------------------------------------------------------- the days around it


def days_before(found: LookBack) -> Displayed:
    """The days before beside their predictions, and this one at their end."""
    whole = found.state.kind == "whole"
    own = _overall(found.seen.days)
    parts = [_overall(found.past.days), *([own] if whole else [])]
    rows = pd.concat([part for part in parts if len(part)] or [own], ignore_index=True)
    if found.past.days.empty or rows["actual"].isna().all():
        return charts.prose("No whole day is recorded in the two weeks before it.")
    return charts.show(
        daily.days_in_a_row(rows),
        alt="Volume, mean wait and service level of the days before, on predicted bands.",
        table=_by_date(rows),
        caption="The last recorded days before it, each as a whole. A model is wrong when they "
        "are off together, not when one of them is.",
        decimals=2,
    )


def _by_date(rows: pd.DataFrame) -> pd.DataFrame:
    shown = rows[rows["figure"].isin(JUDGED)]
    return pd.DataFrame(
        {
            "date": shown["start"].map(str),
            "figure": shown["figure"].map(NAMES),
            "recorded": [_value(each) for each in _records(shown)],
            "95 % band": [telling.band(str(r["figure"]), _named(r)) for r in _records(shown)],
        }
    )


def outlook(found: LookBack) -> Displayed:
    """The coming days, and the first of them by interval."""
    words = charts.prose(*telling.outlook(found))
    rows = _overall(found.coming)
    if rows.empty:
        return words
    next_day = _overall(found.next_day)
    volume = next_day[next_day["figure"] == "volume"]
    first = rows["start"].iloc[0]
    return charts.stacked(
        words,
        charts.show(
            daily.coming_days(rows),
            alt="Predicted volume, mean wait and service level of the coming days, with bands.",
            table=_by_date(rows).drop(columns="recorded"),
            caption="Bands of single days; the numbers beside them are medians. Days on which "
            "the desk is closed are left out.",
        ),
        charts.show(
            daily.figure_over_the_day(
                next_day,
                rows[rows["start"] == first],
                figure="volume",
                step_h=found.by_min / 60,
                zone=found.zone,
            ),
            alt=f"Predicted volume of {said(first)} by interval, with bands.",
            table=_table(volume, "volume").drop(columns=["recorded", "outside 95 %"]),
            caption=said(first),
            decimals=1,
        ),
    )


def _fitted(found: LookBack) -> str:
    if not found.fitted:
        return found.fitted_note or "no file beside the scenario tells of days it was fitted to"
    return f"{len(found.fitted)} days from {min(found.fitted)} to {max(found.fitted)}"


def provenance(found: LookBack) -> Displayed:
    """Where it all comes from."""
    history = found.records.history
    facts = [
        ("scenario", plain(found.scenario)),
        ("day", f"{found.day} ({found.zone})"),
        ("fitted to", _fitted(found)),
        ("replications", f"{found.replications} of the day, a third of that of the others"),
        ("seed", str(found.seed)),
        ("intervals", f"{found.by_min} min"),
        *(
            (f"records: {plain(source.file)}", f"{source.rows:,} rows, {source.sha256[:16]}")
            for source in (() if history is None else history.sources)
        ),
    ]
    return charts.table_card(pd.DataFrame(facts, columns=["what", "value"]))
