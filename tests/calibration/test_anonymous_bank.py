"""From the records of the Anonymous Bank to a scenario: on made-up rows in the same form."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import numpy as np
import pandas as pd
import pytest

from simulator import scenario
from simulator.calibration import anonymous_bank as bank
from simulator.errors import DataError

HEADING = ",".join(bank.COLUMNS)
WEEK = pd.date_range("1999-02-07", periods=7)  # Sunday to Saturday
TWO_WEEKS = pd.date_range("1999-02-07", periods=14)


def clock(seconds):
    """As the records write a time of day; none is 0:00:00."""
    whole = 0 if seconds is None else int(seconds) % 86_400
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def record(entry, announced, queue, service, outcome, *, server="A01", date="990207"):
    """A row: the call's entry, the end of the announcements, and (start, end) or None twice."""
    waits, talks = queue or (None, None), service or (None, None)
    lengths = [pair[1] - pair[0] if pair else 0 for pair in (queue, service)]
    return ",".join(
        [
            *("1", "0", "PS", date, clock(entry), clock(announced), str(announced - entry)),
            *(clock(waits[0]), clock(waits[1]), str(lengths[0]), outcome),
            *(
                clock(talks[0]),
                clock(talks[1]),
                str(lengths[1]),
                server if service else "NO_SERVER",
            ),
        ]
    )


NINE = 9 * 3600
AT_ONCE = record(NINE, NINE + 8, None, (NINE + 8, NINE + 98), "AGENT")
QUEUED = record(NINE, NINE + 8, (NINE + 8, NINE + 68), (NINE + 68, NINE + 368), "AGENT")
GAVE_UP = record(NINE, NINE + 8, (NINE + 8, NINE + 53), None, "HANG")
UNASKED = record(NINE, NINE + 4, None, None, "HANG")


def read(tmp_path, *records, heading=HEADING):
    path = tmp_path / "calls.csv"
    path.write_text("\n".join([heading, *records]) + "\n")
    return bank.read_calls(path)


def oddity(calls, words):
    [count] = [count for what, count in calls.oddities.items() if words in what]
    return count


# ------------------------------------------------------------------------- reading records


def test_each_kind_of_call_is_read_for_what_it_was(tmp_path):
    rows = read(tmp_path, AT_ONCE, QUEUED, GAVE_UP, UNASKED).rows
    assert rows["outcome"].tolist() == ["served", "served", "abandoned", "unasked"]
    assert rows["queued"].tolist() == [False, True, True, False]
    assert rows["wait_s"].tolist() == [0, 60, 45, 0]
    assert rows["service_s"].fillna(-1).tolist() == [90, 300, -1, -1]
    assert rows["requested_s"].tolist() == [NINE + 8, NINE + 8, NINE + 8, NINE + 4]


def test_phantom_rows_are_dropped_and_counted(tmp_path):
    phantom = GAVE_UP.replace("HANG", "PHANTOM")
    calls = read(tmp_path, phantom, AT_ONCE, phantom)
    assert len(calls.rows) == 1
    assert oddity(calls, "phantom") == 2


def test_who_hangs_up_in_the_announcements_asked_for_nobody(tmp_path):
    calls = read(tmp_path, UNASKED, GAVE_UP)
    assert calls.requests["outcome"].tolist() == ["abandoned"]
    assert oddity(calls, "announcements") == 1


def test_a_backdated_request_is_put_at_the_call_and_out_of_patience(tmp_path):
    backdated = record(NINE, NINE - 50, (NINE - 50, NINE + 20), None, "HANG")
    late = record(NINE, NINE + 8, (NINE + 8, NINE + 408), None, "HANG")
    calls = read(tmp_path, backdated, late)
    assert calls.rows["requested_s"].tolist() == [NINE, NINE + 8]
    assert bank.patience(calls).waits == 1
    assert oddity(calls, "backdated") == 1


def test_a_service_without_a_server_counts_as_service_only(tmp_path):
    unnamed = record(NINE, NINE + 8, None, (NINE + 8, NINE + 98), "AGENT", server="NO_SERVER")
    calls = read(tmp_path, unnamed)
    assert calls.rows["service_s"].tolist() == [90]
    assert calls.rows["server"].isna().all()
    assert oddity(calls, "no named server") == 1


def test_a_service_over_midnight_has_its_recorded_length(tmp_path):
    late = 86_400 - 60
    calls = read(tmp_path, record(late, late + 8, None, (late + 8, late + 308), "AGENT"))
    assert calls.rows["service_s"].tolist() == [300]
    assert oddity(calls, "services over midnight") == 1
    assert oddity(calls, "services whose length") == 0


def test_a_length_that_nothing_explains_is_counted(tmp_path):
    calls = read(tmp_path, AT_ONCE.replace(",90,", ",70,"))
    assert calls.rows["service_s"].tolist() == [70]
    assert oddity(calls, "services whose length") == 1


@pytest.mark.parametrize(
    ("heading", "row", "message"),
    [
        (HEADING.replace("q_time,", ""), "", "no column q_time"),
        (HEADING, GAVE_UP.replace("HANG", "LOST"), "outcome 'LOST' is none of"),
        (HEADING, GAVE_UP.replace("9:00:08", "nine"), "give times of day as h:mm:ss"),
    ],
)
def test_other_records_are_refused(tmp_path, heading, row, message):
    with pytest.raises(DataError, match=message) as raised:
        read(tmp_path, row, heading=heading)
    assert raised.value.place.file == tmp_path / "calls.csv"


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        bank.read_calls(tmp_path / "calls.csv")
    (tmp_path / "calls.csv").touch()
    with pytest.raises(DataError, match="cannot be read"):
        bank.read_calls(tmp_path / "calls.csv")


# --------------------------------------------------------------------- who comes, and when


def requests_of(counts):
    """Calls with these counts: a frame of dates by half-hours."""
    dates, half_hours = np.nonzero(counts.to_numpy())
    often = counts.to_numpy()[dates, half_hours]
    rows = pd.DataFrame(
        {
            "date": counts.index[dates].repeat(often),
            "requested_s": (half_hours * 1800.0 + 60).repeat(often),
            "outcome": "served",
        }
    )
    return bank.Calls(rows, {})


def flat(per_half_hour, dates=TWO_WEEKS):
    """The same count in each half-hour of the opening hours."""
    counts = pd.DataFrame(0, dates, range(48))
    for weekdays, first, end in bank.KINDS_OF_DAY.values():
        counts.loc[dates.day_of_week.isin(weekdays), first : end - 1] = per_half_hour
    return counts


def by_half_hour(table):
    return table.pivot_table(index="weekday", columns="start", values="Banking")


def test_days_that_are_alike_are_expected_to_come_again():
    table, left_out = bank.forecast(requests_of(flat(30)))
    assert set(table["Banking"]) == {30.0}
    assert set(left_out.values()) == {0}


def test_the_forecast_covers_the_opening_hours_in_order():
    table, _ = bank.forecast(requests_of(flat(30)))
    spans = table.groupby("weekday", sort=False).agg({"start": "min", "end": "max"})
    assert list(spans.itertuples(name=None)) == [
        ("sun", "07:00", "24:00"),
        ("mon", "07:00", "24:00"),
        ("tue", "07:00", "24:00"),
        ("wed", "07:00", "24:00"),
        ("thu", "07:00", "24:00"),
        ("fri", "07:00", "14:00"),
        ("sat", "20:00", "24:00"),
    ]


def test_a_busy_afternoon_of_a_weekday_is_its_own():
    counts = flat(100)
    counts.loc[counts.index.day_of_week == 1, 32:35] = 200  # Tuesdays from 16 to 18 o'clock
    expected = by_half_hour(bank.forecast(requests_of(counts))[0])
    assert expected.loc["tue", "16:30"] == pytest.approx(
        1.6 * expected.loc["mon", "16:30"], rel=0.1
    )
    assert expected.loc["tue", "10:00"] == pytest.approx(expected.loc["mon", "10:00"], rel=0.1)


def test_luck_in_small_counts_is_not_taken_for_a_pattern():
    rng = np.random.default_rng(1)
    counts = flat(1) * rng.poisson(3.0, (14, 48))
    expected = by_half_hour(bank.forecast(requests_of(counts))[0])
    raw = counts[counts.index.day_of_week == 1].mean()
    luck_in = (raw[14:48] - 3).std()
    assert (expected.loc["tue"] - 3).std() < 0.6 * luck_in


def test_an_incident_is_replaced_by_the_usual_and_counted():
    counts = flat(30)
    counts.iloc[7, 42] = 150  # the second Sunday from 21:00
    table, left_out = bank.forecast(requests_of(counts))
    assert left_out[bank.INCIDENTS] == 1
    assert table["Banking"].max() < 32


def test_requests_outside_the_opening_hours_are_left_out():
    counts = flat(30)
    counts.iloc[0, 3] = 5
    table, left_out = bank.forecast(requests_of(counts))
    assert table["start"].min() == "07:00"
    assert 5 in left_out.values()


def test_a_weekday_without_records_is_missed():
    with pytest.raises(DataError, match="show no fri"):
        bank.forecast(requests_of(flat(30).drop(TWO_WEEKS[[5, 12]])))


def test_busyness_finds_the_gamma_behind_the_days():
    rng = np.random.default_rng(4)
    dates = pd.date_range("1999-01-03", periods=2000)
    totals = rng.poisson(1580 * rng.gamma(51, 1 / 51, dates.size))
    found = bank.busyness(pd.DataFrame({"date": dates.repeat(totals)}))
    assert found.mean == pytest.approx(1580, rel=0.01)
    assert found.variance_to_mean == pytest.approx(1 + 1580 / 51, rel=0.1)
    assert found.gamma_shape == pytest.approx(51, rel=0.1)


def test_days_that_spread_no_more_than_chance_have_no_factor():
    with pytest.raises(DataError, match="no more than chance"):
        bank.busyness(requests_of(flat(30)).rows)


# -------------------------------------------------------- how long it takes, how long they wait


def test_handle_time_finds_the_share_of_short_ones_and_the_lognormal():
    rng = np.random.default_rng(2)
    long = rng.lognormal(4.7, 0.5, 47_000)
    services = np.concatenate([rng.uniform(0, 10, 3_000), long[long >= 10]])
    found = bank.handle_time(bank.Calls(pd.DataFrame({"service_s": services}), {}))
    assert found.short_share == pytest.approx(0.06, abs=0.001)
    assert found.log_mean == pytest.approx(4.7, abs=0.01)
    assert found.log_sd == pytest.approx(0.5, abs=0.01)


def waits(wait_s, hung_up):
    outcome = np.where(hung_up, "abandoned", "served")
    rows = {"wait_s": wait_s, "outcome": outcome, "queued": True, "backdated": False}
    return bank.Calls(pd.DataFrame(rows), {})


def test_patience_is_kaplan_meiers():
    # 4 at risk, 1 leaves at 7; 3 left, 1 answered at 12; of 2 one leaves at 40, the last at 400
    found = bank.patience(waits([7.0, 12.0, 40.0, 400.0], [True, False, True, True]))
    survival = found.curve.set_index("time")["survival"]
    assert survival.loc[[5, 10, 35, 40, 600]].tolist() == [1.0, 0.75, 0.75, 0.375, 0.0]
    assert found.exponential_mean_s == pytest.approx((7 + 12 + 40 + 400) / 3)
    assert found.tail_mean_s == 100


def test_those_answered_in_time_were_no_less_patient():
    rng = np.random.default_rng(3)
    patience, offered = rng.exponential(320.0, 60_000), rng.exponential(80.0, 60_000)
    wait_s, hung_up = np.minimum(patience, offered), patience < offered
    found = bank.patience(waits(wait_s, hung_up))
    assert wait_s[hung_up].mean() < 70  # what those who hung up seem to say
    assert found.exponential_mean_s == pytest.approx(320, rel=0.03)
    assert found.curve["survival"][11] == pytest.approx(np.exp(-60 / 320), abs=0.01)


def test_patience_without_long_waits_is_refused():
    with pytest.raises(DataError, match="nobody hung up after 300 s"):
        bank.patience(waits([10.0, 400.0], [True, False]))


# ------------------------------------------------------------------------------ who answers


def services(*starts_and_lengths, dates=WEEK):
    """On each date these services: (server, start, length in seconds)."""
    rows = [
        {"date": date, "server": server, "started_s": float(start), "service_s": float(length)}
        for date in dates
        for server, start, length in starts_and_lengths
    ]
    return bank.Calls(pd.DataFrame(rows), {})


def test_a_server_is_seen_in_every_half_hour_it_talks_in_once():
    seen = bank.agents_seen(
        services(
            ("A01", NINE, 60),
            ("A01", NINE + 600, 60),  # again in the same half-hour
            ("A02", NINE + 1700, 200),  # into the next half-hour
            ("A03", NINE + 1799, 1),  # ends as the half-hour does
        )
    )
    assert seen.loc[0, 18:20].tolist() == [3, 1, 0]


def test_servers_seen_are_averaged_over_the_dates_of_a_weekday():
    both = services(("A01", NINE, 60), dates=TWO_WEEKS)
    second = services(("A02", NINE, 60), dates=TWO_WEEKS[7:])
    seen = bank.agents_seen(bank.Calls(pd.concat([both.rows, second.rows], ignore_index=True), {}))
    assert seen.loc[3, 18] == 1.5


def test_staffing_is_the_share_seen_rounded_and_at_least_one():
    seen = bank.agents_seen(services(*((f"A{n}", NINE, 60) for n in range(10))))
    table = bank.staffing(seen, 0.75).set_index(["weekday", "start"])["agents"]
    assert table["mon", "09:00"] == 8  # 7.5 is rounded up
    assert table["mon", "09:30"] == 1
    assert ("fri", "14:00") not in table.index


# -------------------------------------------------------------------------------- the files


def made_up_records(path, weeks=2):
    """Records of a small call centre with four agents, in the form of the real ones."""
    rng = np.random.default_rng(5)
    lines = [HEADING]
    for date in pd.date_range("1999-02-07", periods=7 * weeks):
        day = date.strftime("%y%m%d")
        for weekdays, first, end in bank.KINDS_OF_DAY.values():
            if date.day_of_week in weekdays:
                often = rng.poisson(9 * (end - first) * rng.gamma(20, 1 / 20))
                instants = np.sort(rng.uniform(first * 1800, end * 1800 - 900, often))
                lines += [one_made_up(rng, int(at), day) for at in instants]
    path.write_text("\n".join(lines) + "\n")


def one_made_up(rng, at, day):
    asked = at + int(rng.integers(3, 15))
    wait = int(rng.exponential(60)) if rng.random() < 0.5 else 0
    queue = (asked, asked + wait) if wait else None
    if wait > rng.exponential(320):
        return record(at, asked, queue, None, "HANG", date=day)
    talk = (asked + wait, asked + wait + 1 + int(rng.lognormal(4.7, 0.9)))
    return record(at, asked, queue, talk, "AGENT", server=f"A{rng.integers(4)}", date=day)


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with made-up records, what the command makes of them (data), and what it said."""
    folder = tmp_path_factory.mktemp("bank")
    made_up_records(folder / "calls.csv")
    with redirect_stderr(io.StringIO()) as said:
        assert bank.main([str(folder / "calls.csv"), "--out", str(folder / "data")]) == 0
    (folder / "said.txt").write_text(said.getvalue())
    return folder


def test_the_files_are_one_scenario(written):
    loaded = scenario.load(written / "data" / bank.SCENARIO)
    assert loaded.name == "bank_1999"
    assert [topic.name for topic in loaded.topics] == ["Banking"]
    assert loaded.topics[0].arrivals.expected.sum() == pytest.approx(5 * 34 * 9 + 22 * 9, rel=0.2)
    assert loaded.groups[0].cap == 1


def test_the_same_records_give_the_same_bytes(written, tmp_path):
    bank.main([str(written / "calls.csv"), "--out", str(tmp_path)])
    assert files(tmp_path) == files(written / "data")


def test_the_summary_tells_what_was_met_and_how_it_fits(written):
    said = (written / "said.txt").read_text()
    for words in ("phantom rows dropped", "half-hours of incidents", "abandon when simulated"):
        assert words in said


def test_bad_records_leave_nothing_behind(tmp_path, capsys):
    (tmp_path / "calls.csv").write_text("a,b\n1,2\n")
    assert bank.main([str(tmp_path / "calls.csv"), "--out", str(tmp_path / "data")]) == 2
    assert "there is no column call_id" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
