"""A backtest: what it calls right, what it calls wrong, and the arithmetic of its bands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from simulator import scenario, study
from simulator.calibration.backtesting import FIGURES, OVERALL, backtest
from simulator.calibration.backtesting.grid import Grid
from simulator.calibration.backtesting.ranking import (
    BANDS,
    Ranks,
    band_points,
    between,
    coverage_interval,
    covered,
    distance,
    p_values,
    range_by_luck,
    rank_among,
    ranks_by_luck,
)
from simulator.calibration.history import OUTCOMES, History, Problems
from simulator.errors import DataError, ParameterError, UsageError

OSLO = ZoneInfo("Europe/Oslo")

SHOP = """
name: corner shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: 12
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-13:00"]}
    arrivals: {rate_per_hour: 30}
    work: {exponential: {mean: 4m}}
    patience: {exponential: {mean: 3m}}
agents:
  - {group: Desk, count: 2, topics: [Sales]}
"""
TWO_TOPICS = SHOP.replace("topics: [Sales]", "topics: [Sales, Billing]").replace(
    "agents:",
    """\
  - id: 2
    name: Billing
    opening_hours: {mon-fri: ["09:00-11:00"]}
    arrivals: {rate_per_hour: 6}
    work: {exponential: {mean: 2m}}
agents:""",
)
FORECAST = (
    "forecast: [{weekday: mon-fri, start: '09:00', end: '11:00', Sales: 60}, "
    "{weekday: mon-fri, start: '11:00', end: '12:00', Sales: 60}, "
    "{weekday: mon-fri, start: '12:00', end: '13:00', Sales: 30}]"
)
QUICK = {"replications": 40, "seed": 5}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return written(tmp_path, SHOP)


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.yaml"
    path.write_text(text)
    return path


def fitted(path: Path, *dates: str) -> None:
    """The evidence beside a scenario, of which the backtest reads the dates."""
    told = {"format": 1, "fitted": {"dates": dates}}
    path.with_name("shop.calibration.json").write_text(json.dumps(told))


def history_of(rows: pd.DataFrame, zone: ZoneInfo = OSLO) -> History:
    return History(rows.reset_index(drop=True), zone, Problems.none(), ())


def recorded(text: str, *, seed: int = 77) -> History:
    """A history that a world made."""
    world = scenario.loads(text)
    with study.replicate(world, 1, seed=seed, engine="auto", jobs=1) as made:
        rows = next(made).sessions.to_pandas()
    columns = ["topic", "requested_at", "wait_s"]
    outcome = pd.Categorical(rows["outcome"].astype(str), categories=OUTCOMES)
    return history_of(rows[columns].assign(outcome=outcome), world.timezone)


def made(*sessions: tuple[str, float, str], topic: str = "Sales") -> History:
    """A history by hand: (local time, wait in seconds, outcome)."""
    at = pd.DatetimeIndex([row[0] for row in sessions]).as_unit("us").tz_localize(OSLO)
    rows = {
        "requested_at": at,
        "wait_s": np.array([row[1] for row in sessions], dtype=np.float64),
        "outcome": pd.Categorical([row[2] for row in sessions], categories=OUTCOMES),
        "topic": pd.Categorical([topic] * len(sessions)),
    }
    return history_of(pd.DataFrame(rows))


def of(frame: pd.DataFrame, figure: str, topic: str = OVERALL) -> pd.DataFrame:
    return frame[(frame["figure"] == figure) & (frame["topic"] == topic)]


# ------------------------------------------------------------------- the scenario is right


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Held against records of a world just like it."""
    path = written(tmp_path_factory.mktemp("own"), SHOP)
    return backtest(path, recorded(SHOP), replications=100, seed=5)


def test_a_scenario_is_fit_for_a_world_like_it(own):
    assert own.is_fit
    assert own.verdict[0].startswith("Fit for planning, as far as 10 days (2026-03-02 to ")


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_bands_of_a_right_scenario_hold_what_they_should(own, figure, level):
    rows = own.coverage[(own.coverage["by"] == "interval") & (own.coverage["level"] == level)]
    row = of(rows, figure).iloc[0]
    sd = np.sqrt(level * (1 - level) / row["intervals"])
    assert abs(row["covered"] - level) < 4 * sd
    assert row["luck_low"] < level < row["luck_high"]
    assert row["low"] < row["covered"] < row["high"]


def test_ranks_of_a_right_scenario_are_even(own):
    by_figure = own.ranks.groupby("figure")["share"]
    assert by_figure.sum().to_numpy() == pytest.approx(1)
    inside = own.ranks["share"].between(own.ranks["luck_low"], own.ranks["luck_high"])
    assert inside.mean() > 0.85


def test_bands_are_those_of_a_new_day_and_not_of_the_mean(own):
    # 30 an hour, Poisson: 95 of 100 hours have 20 to 41
    volume = of(own.bands, "volume")
    assert volume["p2_5"].mean() == pytest.approx(20, abs=1)
    assert volume["p97_5"].mean() == pytest.approx(41, abs=1)
    assert volume["mean"].mean() == pytest.approx(30, abs=0.5)


def test_every_interval_of_every_day_has_a_row(own):
    assert len(of(own.bands, "volume")) == 10 * 4
    assert len(of(own.days, "volume")) == 10
    assert of(own.hours, "volume")["start"].tolist() == ["09:00", "10:00", "11:00", "12:00"]
    assert str(own.bands["start"].dtype) == "datetime64[us, Europe/Oslo]"
    assert list(own.bands.columns[:7]) == [
        *("start", "topic", "figure", "actual", "n", "mean", "p2_5"),
    ]
    assert (of(own.days, "volume")["actual"].sum()) == of(own.bands, "volume")["actual"].sum()


def test_the_scenario_knows_more_than_the_mean_of_few_other_days(own):
    volume = of(own.errors, "volume").set_index("by").loc["interval"]
    assert 0 < volume["wape"] < volume["naive_wape"]
    assert volume["skill"] == pytest.approx(1 - volume["mae"] / volume["naive_mae"])


def test_the_same_seed_gives_the_same_frames(shop):
    twice = [backtest(shop, recorded(SHOP), last=date(2026, 3, 4), **QUICK) for _ in range(2)]
    pd.testing.assert_frame_equal(twice[0].bands, twice[1].bands)
    assert twice[0].verdict == twice[1].verdict


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(shop):
    one, two = (
        backtest(shop, recorded(SHOP), last=date(2026, 3, 3), replications=8, jobs=jobs)
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one.bands, two.bands)


# ------------------------------------------------------------------- the scenario is wrong


def test_a_busier_world_is_called_out(shop):
    found = backtest(shop, recorded(SHOP.replace("hour: 30", "hour: 40")), **QUICK)
    assert not found.is_fit
    assert "volume too low" in found.verdict[0]
    assert any("predicted too low, and that is not luck" in said for said in found.verdict)
    assert of(found.levels, "volume")["relative"].iloc[0] == pytest.approx(-0.25, abs=0.05)


def test_slower_agents_are_told_from_more_chats(shop):
    found = backtest(shop, recorded(SHOP.replace("mean: 4m", "mean: 6m")), **QUICK)
    assert "mean wait too low" in found.verdict[0]
    assert "service level too high" in found.verdict[0]
    assert "volume" not in found.verdict[0]


def test_days_that_differ_more_than_the_scenarios_are_no_wrong_level(shop):
    restless = recorded(f"day_factor: {{gamma_shape: 8}}\n{SHOP}", seed=3)
    found = backtest(shop, restless, **QUICK)
    assert "volume: days too much alike" in found.verdict[0]
    assert "volume too" not in found.verdict[0]


def test_bands_too_narrow_for_days_by_turns_quiet_and_busy_are_called_so(shop):
    quiet, busy = (
        recorded(SHOP.replace("hour: 30", f"hour: {rate}")).sessions for rate in (20, 40)
    )
    even = [rows["requested_at"].dt.day % 2 == 0 for rows in (quiet, busy)]
    found = backtest(shop, history_of(pd.concat([quiet[even[0]], busy[~even[1]]])), **QUICK)
    assert "volume: bands by interval too narrow" in found.verdict[0]
    assert "volume too" not in found.verdict[0]


def test_an_hour_that_is_off_is_named(shop):
    shifted = SHOP.replace("rate_per_hour: 30", FORECAST)
    found = backtest(shop, recorded(shifted), **QUICK)
    assert "volume too low at 11:00" in found.verdict[0]


def test_an_incident_is_no_wrong_hour(shop):
    rows = recorded(SHOP).sessions
    at = rows["requested_at"]
    crowd = rows[(at.dt.date == date(2026, 3, 10)) & (at.dt.hour == 10)]
    found = backtest(shop, history_of(pd.concat([rows, *[crowd] * 3])), **QUICK)
    assert "at 10:00" not in found.verdict[0]
    assert any("most of all on 2026-03-10 10:00" in said for said in found.verdict)


def test_sessions_while_the_scenario_is_closed_are_told(shop):
    rows = recorded(SHOP).sessions
    early = rows.head(8).assign(requested_at=rows["requested_at"].head(8) - pd.Timedelta(hours=2))
    found = backtest(shop, history_of(pd.concat([rows, early])), **QUICK)
    assert any(said.startswith("8 sessions (") for said in found.verdict)


# ------------------------------------------------------------------------ which days count


def test_fitted_days_are_left_out(shop):
    fitted(shop, "2026-03-02", "2026-03-03", "1999-01-01")
    found = backtest(shop, recorded(SHOP), last=date(2026, 3, 5), **QUICK)
    assert found.dates == (date(2026, 3, 4), date(2026, 3, 5))
    assert found.left_out.fitted == (date(2026, 3, 2), date(2026, 3, 3))
    assert any(said == "Left out as fitted: 2 days." for said in found.verdict)


def test_no_day_left_is_an_error_that_says_what_to_do(shop):
    fitted(shop, "2026-03-02")
    with pytest.raises(UsageError, match=r"fitted to every day of .* or --all-days"):
        backtest(shop, recorded(SHOP), last=date(2026, 3, 2), **QUICK)


def test_all_days_judges_fitted_ones_and_says_that_it_flatters(shop):
    fitted(shop, "2026-03-02")
    found = backtest(shop, recorded(SHOP), last=date(2026, 3, 2), all_days=True, **QUICK)
    assert found.dates == (date(2026, 3, 2),)
    assert any("this flatters it" in said for said in found.verdict)


def test_a_date_missing_in_the_records_is_no_actual_zero(shop):
    rows = recorded(SHOP).sessions
    gone = rows["requested_at"].dt.date == date(2026, 3, 11)
    found = backtest(shop, history_of(rows[~gone]), **QUICK)
    assert found.left_out.holes == (date(2026, 3, 11),)
    assert date(2026, 3, 11) not in set(of(found.days, "volume")["start"])
    assert any("no session on 2026-03-11" in said for said in found.verdict)
    assert found.is_fit


def test_one_day_gives_no_interval_and_says_so(shop):
    found = backtest(shop, recorded(SHOP), last=date(2026, 3, 2), **QUICK)
    assert found.coverage["low"].isna().all()
    assert of(found.levels, "volume")["bias_low"].isna().all()
    assert "1 day can tell little" in found.verdict[-1]


def test_days_without_any_session_in_the_range_are_an_error(shop):
    with pytest.raises(UsageError, match="it reaches from 2026-03-02 to 2026-03-13"):
        backtest(shop, recorded(SHOP), first=date(2026, 5, 1), **QUICK)
    with pytest.raises(UsageError, match="holds no session"):
        backtest(shop, history_of(recorded(SHOP).sessions.head(0)), **QUICK)


def test_a_day_on_which_all_is_closed_cannot_be_judged(shop):
    sunday = made(("2026-03-08 12:00", 0.0, "form_closed"))
    with pytest.raises(DataError, match="nobody asked for a chat on the days to judge"):
        backtest(shop, sunday, **QUICK)


def test_evidence_that_tells_no_dates_is_an_error_with_its_place(shop):
    shop.with_name("shop.calibration.json").write_text('{"fitted": {}}')
    with pytest.raises(DataError, match=r"which dates were fitted .*shop\.calibration\.json"):
        backtest(shop, recorded(SHOP), **QUICK)


def test_days_far_apart_have_luck_of_their_own(shop):
    rows = recorded(SHOP).sessions
    apart = rows[rows["requested_at"].dt.date.isin([date(2026, 3, 2), date(2026, 3, 11)])]
    found = backtest(shop, history_of(apart), **QUICK)
    first, second = (
        part[[*BANDS]].to_numpy() for _, part in of(found.bands, "volume").groupby("day")
    )
    assert not np.array_equal(first, second)


# ------------------------------------------------------------------------- topics and clocks


def test_figures_are_given_overall_and_by_topic(tmp_path):
    found = backtest(written(tmp_path, TWO_TOPICS), recorded(TWO_TOPICS), **QUICK)
    volume = found.bands[found.bands["figure"] == "volume"]
    totals = volume.groupby("topic", observed=True)["actual"].sum()
    assert totals.index.tolist() == [OVERALL, "Sales", "Billing"]
    assert totals[OVERALL] == totals["Sales"] + totals["Billing"]
    billing = of(found.bands, "volume", "Billing")["start"].dt.strftime("%H:%M")
    assert set(billing) == {"09:00", "10:00"}


def test_an_unknown_topic_is_an_error_with_the_nearest_name(shop):
    with pytest.raises(DataError, match=r"sessions of topic 'Sale', .*did you mean 'Sales'\?"):
        backtest(shop, made(("2026-03-02 09:00", 0.0, "served"), topic="Sale"), **QUICK)


@pytest.mark.parametrize("name", ["Topic 1", "Chat"])
def test_a_topic_without_a_name_is_the_scenarios_of_that_id_or_its_only_one(shop, name):
    found = backtest(shop, made(("2026-03-02 09:00", 0.0, "served"), topic=name), **QUICK)
    assert of(found.days, "volume")["actual"].tolist() == [1]


def test_which_of_several_topics_an_unnamed_one_is_cannot_be_told(tmp_path):
    history = made(("2026-03-02 09:00", 0.0, "served"), topic="Chat")
    with pytest.raises(DataError, match="topic 'Chat'"):
        backtest(written(tmp_path, TWO_TOPICS), history, **QUICK)


def test_another_clock_is_an_error(shop):
    history = recorded(SHOP.replace("Europe/Oslo", "Europe/London"))
    with pytest.raises(DataError, match=r"that of Europe/London, the scenario's .* --zone"):
        backtest(shop, history, **QUICK)


def test_another_name_of_the_same_clock_will_do(shop):
    history = recorded(SHOP.replace("Europe/Oslo", "Europe/Berlin"))
    found = backtest(shop, history, last=date(2026, 3, 2), **QUICK)
    assert found.zone == "Europe/Oslo"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clocks_change_has_its_own_hours(tmp_path, day, hours):
    always = SHOP.replace('    opening_hours: {mon-fri: ["09:00-13:00"]}\n', "")
    world = always.replace("2026-03-02", day).replace("days: 12", "days: 1")
    found = backtest(written(tmp_path, always), recorded(world), **QUICK)
    volume = of(found.bands, "volume")
    assert len(volume) == hours
    assert volume["p50"].between(24, 36).all()


def test_a_desk_open_at_midnight_is_not_found_empty(tmp_path):
    night = SHOP.replace('    opening_hours: {mon-fri: ["09:00-13:00"]}\n', "").replace(
        "patience: {exponential: {mean: 3m}}", "patience: {exponential: {mean: 4h}}"
    )
    busy = night.replace("hour: 30", "hour: 36")
    found = backtest(
        written(tmp_path, busy),
        recorded(busy),
        first=date(2026, 3, 4),
        last=date(2026, 3, 4),
        **QUICK,
    )
    wait = of(found.bands, "mean_wait_s").set_index("start")["mean"]
    assert wait.iloc[0] > 0.5 * wait.iloc[12]


def test_intervals_have_to_divide_a_day(shop):
    with pytest.raises(ParameterError, match="intervals of 50 min do not divide a day"):
        backtest(shop, recorded(SHOP), by_min=50, **QUICK)


@pytest.mark.parametrize("options", [{"replications": 1}, {"jobs": 0}])
def test_options_out_of_range_are_refused(shop, options):
    with pytest.raises(ParameterError, match="give a whole number from"):
        backtest(shop, recorded(SHOP), **options)


def test_progress_is_told_for_every_replication(shop):
    told = []
    backtest(
        shop,
        recorded(SHOP),
        last=date(2026, 3, 2),
        replications=3,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


# ------------------------------------------------------------------ what is made of sessions

# two Mondays; on the second one nobody comes from 10 to 11
BY_HAND = made(
    ("2026-03-02 09:10", 10.0, "served"),
    ("2026-03-02 09:20", 30.0, "abandoned"),
    ("2026-03-02 10:05", 90.0, "served"),
    ("2026-03-09 09:10", 20.0, "served"),
    ("2026-03-09 09:30", 61.0, "served"),
    ("2026-03-09 09:40", 50.0, "silent"),
    ("2026-03-09 09:50", 300.0, "form_in_queue"),
    ("2026-03-09 09:55", np.nan, "unknown"),
    ("2026-03-09 09:56", np.nan, "form_at_arrival"),
    ("2026-03-09 09:57", 0.0, "form_closed"),
    ("2026-03-09 11:00", 40.0, "closed"),
)


def figures_by_hand(shop, hour: str, history: History = BY_HAND) -> dict[str, float]:
    found = backtest(shop, history, first=date(2026, 3, 9), **QUICK)
    rows = found.bands[found.bands["start"] == pd.Timestamp(f"2026-03-09 {hour}", tz=OSLO)]
    return {str(name): value for name, value in zip(rows["figure"], rows["actual"], strict=True)}


def test_figures_are_made_as_defined(shop):
    assert figures_by_hand(shop, "09:00") == {
        "volume": 6,  # all but the form of a closed topic
        "mean_wait_s": (20 + 61 + 50 + 300) / 4,
        "p90_wait_s": 300,
        "abandonment": 0,
        "service_level": 1 / 4,  # 20 s of the four who queued; 61 s is late
    }


@pytest.mark.parametrize(
    ("definition", "expected"), [("of_served", 1 / 2), ("excl_short_abandons", 1 / 3)]
)
def test_the_service_level_is_the_scenarios(tmp_path, definition, expected):
    # served in 20 s and 61 s; abandoned after 10 s and after 70 s
    rows = [("09:10", 20.0, "served"), ("09:20", 61.0, "served")]
    rows += [("09:30", 10.0, "abandoned"), ("09:40", 70.0, "abandoned")]
    history = made(*((f"2026-03-09 {at}", wait, how) for at, wait, how in rows))
    level = f"service_level: {{threshold: 1m, definition: {definition}}}\n"
    path = written(tmp_path, level + SHOP)
    assert figures_by_hand(path, "09:00", history)["service_level"] == expected


def test_an_hour_in_which_nobody_came_is_an_actual_zero_without_a_wait(shop):
    figures = figures_by_hand(shop, "10:00")
    assert figures["volume"] == 0
    assert np.isnan(figures["mean_wait_s"])
    found = backtest(shop, BY_HAND, first=date(2026, 3, 9), **QUICK)
    left = found.skipped.set_index(["by", "figure"])
    assert left.loc[("interval", "mean_wait_s"), "intervals"] == 2  # 10 to 11, 12 to 13
    assert left.loc[("interval", "mean_wait_s"), "why"] == "nobody queued, in the records"


def test_the_naive_forecast_is_the_same_weekday_and_hour_of_the_fitted_days(shop):
    fitted(shop, "2026-03-02", "2026-03-03")
    other = made(("2026-03-03 09:10", 0.0, "served"), ("2026-03-03 12:10", 8.0, "abandoned"))
    history = history_of(pd.concat([BY_HAND.sessions, other.sessions]))
    found = backtest(shop, history, **QUICK)
    naive = of(found.bands, "volume")["naive"].tolist()
    assert naive == [2, 1, 0, 0]  # as on Monday 2 March
    wait = of(found.bands, "mean_wait_s")["naive"].tolist()
    assert wait == pytest.approx([20, 90, np.nan, np.nan], nan_ok=True)


def test_without_that_weekday_all_fitted_days_are_the_naive_forecast(shop):
    fitted(shop, "2026-03-03", "2026-03-04")
    rows = [("2026-03-03 09:10", 0.0, "served"), ("2026-03-04 09:10", 4.0, "served")]
    rows += [("2026-03-04 09:20", 8.0, "served"), ("2026-03-09 09:00", 1.0, "served")]
    found = backtest(shop, made(*rows), **QUICK)
    assert of(found.bands, "volume")["naive"].tolist() == [1.5, 0, 0, 0]
    assert of(found.bands, "mean_wait_s")["naive"].iloc[0] == pytest.approx(4)
    assert of(found.bands, "p90_wait_s")["naive"].iloc[0] == pytest.approx((0 + 2 * 8) / 3)


def test_without_fitted_days_the_other_days_are_the_naive_forecast(shop):
    found = backtest(shop, BY_HAND, first=date(2026, 3, 9), **QUICK)
    assert of(found.bands, "volume")["naive"].tolist() == [2, 1, 0, 0]


def test_a_single_day_has_no_naive_forecast(shop):
    found = backtest(shop, BY_HAND, last=date(2026, 3, 2), **QUICK)
    assert of(found.bands, "volume")["naive"].notna().all()  # the other Monday is in the history
    alone = backtest(shop, BY_HAND.between(None, date(2026, 3, 2)), **QUICK)
    assert of(alone.bands, "volume")["naive"].isna().all()
    assert alone.errors["skill"].isna().all()


def test_errors_are_predicted_less_actual_weighted_by_sessions(shop):
    found = backtest(shop, BY_HAND, first=date(2026, 3, 9), **QUICK)
    rows = of(found.bands, "mean_wait_s").dropna(subset=["actual"])
    miss = (rows["mean"] - rows["actual"]).to_numpy()
    told = of(found.errors, "mean_wait_s").set_index("by").loc["interval"]
    weight = np.array([4, 1])  # those who queued from 9 to 10 and from 11 to 12
    assert told["bias"] == pytest.approx((miss * weight).sum() / 5)
    assert told["mae"] == pytest.approx((abs(miss) * weight).sum() / 5)
    shares = of(found.errors, "service_level").set_index("by").loc["interval"]
    assert shares["unit"] == "pp"
    assert shares["bias"] == pytest.approx(100 * (shares["predicted"] - shares["actual"]))


# ------------------------------------------------------------------ the arithmetic of ranks


def test_the_rank_of_an_actual_counts_those_below_and_shares_ties():
    simulated = np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 7.0], [4.0, 5.0]])
    ranks = rank_among(np.array([2.5, 2.0]), simulated)
    assert ranks.low.tolist() == [2 / 5, 0]
    assert ranks.high.tolist() == [3 / 5, 3 / 5]  # nobody below, two alike


def test_a_p_value_goes_on_where_the_ranks_end():
    one = np.ones(1)
    far = distance(10 * one, 0 * one, 2 * one, 5.92 * one)
    assert far.tolist() == pytest.approx([4])  # the band reaches 2 standard deviations of 2 up
    beyond, inside = Ranks(0.95 * one, one), Ranks(0.9 * one, 0.95 * one)
    assert p_values(beyond, far).tolist() == pytest.approx([6.33e-5], rel=1e-2)
    assert p_values(inside, far).tolist() == pytest.approx([0.15])


def test_an_unknown_actual_has_no_rank():
    assert np.isnan(rank_among(np.array([np.nan]), np.ones((3, 1))).low).all()


def test_a_figure_of_too_few_replications_has_neither_band_nor_rank():
    simulated = np.full((100, 1), np.nan)
    simulated[:19] = 1.0
    assert np.isnan(band_points(simulated)["p50"]).all()
    assert np.isnan(rank_among(np.ones(1), simulated).low).all()
    simulated[19] = 1.0
    assert band_points(simulated)["p50"].tolist() == [1.0]


def test_bands_take_the_ith_of_n_as_the_quantile_i_over_n_plus_1():
    simulated = np.arange(1.0, 40)[:, np.newaxis]  # 1 to 39: the quantile q is 40 q
    points = {name: float(values[0]) for name, values in band_points(simulated).items()}
    assert points == pytest.approx({name: 40 * share for name, share in BANDS.items()})


def test_replications_without_the_figure_are_left_out_of_its_band():
    simulated = np.append(np.full(100, np.nan), np.arange(1.0, 40))[:, np.newaxis]
    assert band_points(simulated)["p50"].tolist() == pytest.approx([20.0])


def test_a_rank_across_the_edge_of_a_band_counts_in_part():
    ranks = Ranks(np.array([0.3, 0.2, 0.0, 0.0]), np.array([0.4, 0.3, 0.1, 1.0]))
    assert covered(ranks, 0.5).tolist() == pytest.approx([1, 0.5, 0, 0.5])


def test_coverage_of_small_counts_is_nominal_on_average():
    # Poisson(1): literal bands would hold far more than they should
    luck = np.random.default_rng(3)
    simulated, actual = luck.poisson(1.0, (60, 4000)), luck.poisson(1.0, 4000)
    ranks = rank_among(actual.astype(float), simulated.astype(float))
    for level in (0.5, 0.8, 0.95):
        assert covered(ranks, level).mean() == pytest.approx(level, abs=0.03)
    drawn = ranks.drawn(luck)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.03)


def test_replications_rank_evenly_among_each_other():
    simulated = np.random.default_rng(4).poisson(2.0, (50, 30)).astype(float)
    simulated[7, 3] = np.nan
    ranks = ranks_by_luck(simulated)
    assert np.nanmean(ranks.low + ranks.high, axis=0) == pytest.approx(np.ones(30))
    assert np.nanmean(between(ranks, 0.2, 0.3)) == pytest.approx(0.1)
    low, high = range_by_luck(covered(ranks, 0.8))
    assert low < 0.8 < high


def test_coverage_by_days_that_are_all_or_nothing_is_as_unsure_as_the_days():
    day = np.repeat(np.arange(10), 20)
    clustered = coverage_interval(np.repeat([1.0, 1, 1, 1, 1, 1, 1, 0, 0, 0], 20), day)
    scattered = coverage_interval(np.tile(np.repeat([1.0, 0], [14, 6]), 10), day)
    assert (clustered.value, scattered.value) == (pytest.approx(0.7), pytest.approx(0.7))
    assert clustered.high - clustered.low > 0.5
    assert scattered.high - scattered.low < 0.2


def test_coverage_of_all_is_not_certain():
    found = coverage_interval(np.ones(40), np.repeat(np.arange(4), 10))
    assert found.high == 1
    assert 0.7 < found.low < 0.95


def test_the_grid_knows_its_own_dates_only():
    grid = Grid.of([date(2026, 3, 2), date(2026, 3, 4)], OSLO, 60)
    at = pd.DatetimeIndex(
        ["2026-03-01 23:59", "2026-03-02 00:00", "2026-03-03 12:00", "2026-03-04 23:59"], tz=OSLO
    )
    assert grid.locate(at.as_unit("us").asi8).tolist() == [-1, 0, -1, 47]


# ------------------------------------------------------------------------------- real records

HOME = Path(__file__).parents[2]
RECORDS = HOME.parent / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"


@pytest.mark.slow
@pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)
def test_bands_of_the_shipped_scenario_hold_the_banks_days():
    from simulator.calibration.history import read_history

    found = backtest(
        HOME / "data/scenarios/bank_1999.yaml",
        read_history(RECORDS),
        all_days=True,
        replications=40,
    )
    held = found.coverage[(found.coverage["by"] == "interval") & (found.coverage["level"] == 0.8)]
    # The spreads are written for other days, so the days that were fitted lie inside more often.
    assert held["covered"].between(0.75, 0.95).all()
    assert not any("not luck" in said for said in found.verdict)


def test_frozen(own):
    with pytest.raises(AttributeError):
        own.seed = 3
    assert replace(own, seed=3).seed == 3
