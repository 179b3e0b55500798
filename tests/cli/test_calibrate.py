"""``pickup calibrate``: what it prints and writes, and what it says of files that are not good."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from simulator import scenario
from simulator.cli import main
from tests.calibration.made_desks import simulated

SHOP = """\
name: shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: {days}
topics:
  - id: 1
    name: Sales
    opening_hours: {{mon-fri: ["09:00-11:00"]}}
    arrivals: {{rate_per_hour: 40}}
    work: {{exponential: {{mean: 4m}}}}
    patience: {{exponential: {{mean: 4m}}}}
agents:
  - {{group: Desk, count: {agents}, topics: [Sales]}}
"""
TIMES = ("requested_at", "picked_up_at", "ended_at")
NOT_YET = "0001-01-01T00:00:00"
HEADING = "Chat ID;Topic ID;Chat requested;Chat started;Chat ended;Agent;Status"
LINE = "{};1;{};{};{};{};{}"
GOOD = "1;1;02.03.2026 09:00:00;02.03.2026 09:00:30;02.03.2026 09:05:00;Ada;Finished"


def lines(*, days=5, agents=3, seed=1):
    """The rows of a table of some days of the shop."""
    rows = simulated(SHOP.format(days=days, agents=agents), seed=seed).sessions
    times = [rows[name].dt.strftime("%d.%m.%Y %H:%M:%S").fillna("") for name in TIMES]
    status = rows["outcome"].astype(str).map({"served": "Finished", "abandoned": "Closed in queue"})
    agent = rows["agent"].astype(object).fillna("")
    return [
        LINE.format(*row) for row in zip(rows["session_id"], *times, agent, status, strict=True)
    ]


def table(folder, *rows, name="chats.csv"):
    path = folder / name
    path.write_text("\n".join([HEADING, *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def calibrate(capsys, monkeypatch):
    """``calibrate("chats.csv", …)`` as the shell runs it: exit code, stdout and stderr."""
    before = signal.getsignal(signal.SIGTERM)

    def call(*arguments, zone="Europe/Oslo", out="new.yaml"):
        options = [*(("--zone", zone) if zone else ()), *(("--out", out) if out else ())]
        quick = ("--jobs", "1", "--chats", "1000")  # it is words that count here
        words = ["pickup", "calibrate", *map(str, arguments), *options, *quick]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def refused(calibrate, folder):
    """Calls it with what cannot be used: exit 2, one line, nothing written; gives that line."""

    def call(*arguments, **options):
        before = sorted(folder.rglob("*"))
        code, out, err = calibrate(*arguments, **options)
        assert (code, out) == (2, "")
        assert "Traceback" not in err
        assert sorted(folder.rglob("*")) == before
        return err.splitlines()[-1]

    return call


def worked(result):
    """The words of a call that went well."""
    code, out, err = result
    assert (code, out) == (0, "new.yaml\n"), err
    assert scenario.load(Path("new.yaml"))
    return err


# ------------------------------------------------------------------------- what it prints


def test_the_path_alone_goes_to_stdout_and_the_account_to_stderr(calibrate, folder):
    table(folder, *lines())
    told = worked(calibrate("chats.csv"))
    assert told.startswith("read chats.csv (spreadsheet, ")
    assert "estimates (95 % intervals):" in told
    assert "hours of the day, which hold" in told
    assert "\n  - No Saturday, Sunday in the history: " in told.partition("to know:")[2]
    assert "Nothing tells when the customers' clients last polled" in told
    made = sorted(path.name for path in folder.iterdir())
    assert made == [
        "chats.csv",
        *("new.calibration.json", "new.forecast.csv", "new.staffing.csv", "new.yaml"),
    ]


def test_json_holds_everything_and_names_are_given_to_ids(calibrate, folder):
    table(folder, *lines())
    code, out, _ = calibrate("chats.csv", "--json", "--topic", "1=Sales: new", "--about", "It's us")
    assert code == 0
    told = json.loads(out)
    assert told == json.loads((folder / "new.calibration.json").read_text())
    assert told["sources"][0]["file"] == "chats.csv"
    world = scenario.load(folder / "new.yaml")
    assert [(topic.id, topic.name) for topic in world.topics] == [(1, "Sales: new")]
    assert world.about == "It's us"


def test_from_and_until_are_the_days_that_are_fitted(calibrate, folder):
    table(folder, *lines())
    days = ("--from", "2026-03-03", "--until", "2026-03-05")
    assert calibrate("chats.csv", *days)[0] == 0
    fitted = json.loads((folder / "new.calibration.json").read_text())["fitted"]
    assert fitted["dates"] == ["2026-03-03", "2026-03-04", "2026-03-05"]


def test_a_folder_of_files_is_one_history(calibrate, folder):
    rows = lines()
    (folder / "all").mkdir()
    table(folder / "all", *rows[:200], name="a.csv")
    table(folder / "all", *rows[150:], name="b.csv")  # some are in both
    told = worked(calibrate("all"))
    assert f"{len(rows)} sessions on 5 days" in told
    assert "left out 50: the same session again" in told


# --------------------------------------------------------------------- where it does not write


@pytest.mark.parametrize("name", ["new.yaml", "new.calibration.json"])
def test_what_stands_there_is_refused_before_anything_is_read(refused, folder, name):
    (folder / name).write_text("mine")
    told = refused("missing.csv")
    assert told == f"Error: {name} exists; give another --out, or --overwrite to replace it"
    assert (folder / name).read_text() == "mine"


def test_overwrite_replaces_it(calibrate, folder):
    table(folder, *lines())
    (folder / "new.yaml").write_text("mine")
    worked(calibrate("chats.csv", "--overwrite"))


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("new.json", "ending in .yaml"),
        ("new", "ending in .yaml"),
        ("a: b.yaml", "use letters, digits, blanks and _ . + -"),
        ("chats.csv/new.yaml", "cannot be written"),
        ("taken.yaml", "cannot be written"),
    ],
)
def test_an_impossible_out_is_refused_before_anything_is_read(refused, folder, out, told):
    table(folder, GOOD)
    (folder / "taken.yaml").mkdir()
    assert told in refused("missing.csv", "--overwrite", out=out)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--topic", "Sales"), "--topic 'Sales' cannot be read; write ID=NAME, as in 1=Sales"),
        (("--topic", "1="), "--topic '1=' cannot be read"),
        (("--topic", "9=Sales"), "--topic 9=Sales names a topic that the history does not know"),
        (("--kind", "csv"), "there is no kind 'csv'"),
        (
            ("--from", "2026-04-01"),
            "no session from 2026-04-01; it runs from 2026-03-02 to 2026-03",
        ),
        (("--until", "2026-01-01"), "no session until 2026-01-01; it runs"),
        (("--from", "2026-03-05", "--until", "2026-03-03"), "from 2026-03-05 until 2026-03-03;"),
    ],
)
def test_options_that_do_not_fit_are_told(refused, folder, option, told):
    table(folder, *lines())
    assert told in refused("chats.csv", *option)


@pytest.mark.slow
def test_a_day_alone_is_enough_and_told(calibrate, folder):
    table(folder, *lines(days=1))
    assert "1 days show most weekdays once" in worked(calibrate("chats.csv"))


def test_no_time_zone_is_asked_for(refused, folder):
    table(folder, *lines())
    told = refused("chats.csv", zone=None)
    assert "need a time zone" in told
    assert "--zone Europe/Oslo" in told
    assert "(chats.csv)" in told
    assert "--zone 'Oslo' is no time zone" in refused("chats.csv", zone="Oslo")


# ------------------------------------------------------------------------ files that are no use


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty; export the chats again (chats.csv)"),
        (b" \n\n", "the file is empty; export the chats again (chats.csv)"),
        (f"{HEADING}\n".encode(), "has a heading or a frame, and no rows; export the chats again"),
        (f"{HEADING}\n{GOOD}\n".encode(), "holds 1 session on 1 day, 1 of them answered"),
        (b"[]", "this JSON has neither a record's keys (WhenRequested)"),
        (b"{}\n", "this JSON has neither a record's keys (WhenRequested)"),
        (b"Name;Age\nAda;3\n", "this is no export of chats: its first row has none of the head"),
        (bytes(range(256)) * 9, "this is no export of chats"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is no export of chats"),
        (b"PK\x03\x04 and no more", "the workbook cannot be read"),
        (np.random.default_rng(1).bytes(5000), "this is no export of chats"),
    ],
)
def test_files_without_a_history_are_told(refused, folder, content, told):
    (folder / "chats.csv").write_bytes(content)
    line = refused("chats.csv")
    assert line.startswith("Error: ")
    assert told in line
    assert "chats.csv" in line


def test_a_folder_without_files_and_a_missing_file_are_told(refused, folder):
    (folder / "empty").mkdir()
    assert refused("empty").endswith("give files, or a folder of them (empty)")
    assert refused("missing.csv").endswith(
        "there is no such file; give the export of the chats (missing.csv)"
    )


def test_only_abandonments_describe_no_desk(refused, folder):
    left = [row for row in lines(days=10) if "Closed in queue" in row]
    table(folder, *left)
    told = refused("chats.csv")
    assert f"{len(left)} sessions in which the customer left and none that was answered" in told
    assert "(chats.csv)" in told


def test_unknown_agents_alone_describe_no_desk(refused, folder):
    table(folder, *(re.sub(r";[^;]*;(?=[^;]*$)", ";;", row) for row in lines()))
    assert "no answered chat names its agent" in refused("chats.csv")


def test_cells_that_cannot_be_read_are_told_by_row_and_column(calibrate, folder):
    rows = lines()
    wrong = [
        ("02.03.2026 09:00:00", "yesterday", "not a date", "Chat requested"),
        ("02.03.2026 09:00:30", "soon", "not a date", "Chat started"),
        ("1;", "many;", "not a whole number", "Chat ID"),
    ]
    bad = [GOOD.replace(cell, text, 1) for cell, text, *_ in wrong]
    table(folder, *rows[:10], *bad, *rows[10:])
    told = worked(calibrate("chats.csv"))
    for number, (*_, reason, column) in enumerate(wrong, 12):
        assert f": {reason}\n" in told
        assert f"    chats.csv:{number}, column {column}" in told


# ---------------------------------------------------------------------- thin, and good enough


def test_no_abandonment_leaves_patience_unknown(calibrate, folder):
    table(folder, *(row for row in lines() if "Closed in queue" not in row))
    told = worked(calibrate("chats.csv"))
    (topic,) = scenario.load(folder / "new.yaml").topics
    assert topic.patience is None
    assert "- Nobody left the queue of Topic 1, so their patience is unknown" in told


def test_one_agent_is_a_desk(calibrate, folder):
    table(folder, *lines(agents=1))
    worked(calibrate("chats.csv"))
    (group,) = scenario.load(folder / "new.yaml").groups
    assert group.cap == 1
    staffing = (folder / "new.staffing.csv").read_text()
    assert set(staffing.split()[1:][0].split(",")[3]) == {"1"}


def test_a_month_with_a_hole_is_told(calibrate, folder):
    gone = ("10.03.2026", "11.03.2026")
    table(folder, *(row for row in lines(days=26) if not any(day in row for day in gone)))
    told = worked(calibrate("chats.csv"))
    assert "no session on 2026-03-10, 2026-03-11: taken for holes" in told
    assert "No session on 2026-03-10, 2026-03-11: taken for holes in the records" in told
    fitted = json.loads((folder / "new.calibration.json").read_text())["fitted"]
    assert fitted["holes"] == ["2026-03-10", "2026-03-11"]


def test_mixed_offsets_are_the_same_instants(calibrate, folder):
    chats = simulated(SHOP.format(days=5, agents=3)).sessions
    offsets = ["UTC", "Europe/Oslo", "Asia/Tokyo"]
    records = []
    for number, chat in enumerate(chats.itertuples(), 1):
        zone = offsets[number % 3]
        times = [getattr(chat, name) for name in TIMES]
        record = {
            name: "0001-01-01T00:00:00"
            if at is None or at != at
            else at.tz_convert(zone).isoformat()
            for name, at in zip(("WhenRequested", "WhenStarted", "WhenEnded"), times, strict=True)
        }
        status = "Finished" if chat.outcome == "served" else "ClosedFromQueue"
        user = {"AssociateId": int(str(chat.agent)[6:])} if chat.outcome == "served" else None
        records.append(
            {"ChatSessionId": number, "TopicId": 1, "User": user, "Status": status, **record}
        )
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    table(folder, *lines())
    worked(calibrate("chats.jsonl"))
    mixed = json.loads((folder / "new.calibration.json").read_text())
    worked(calibrate("chats.csv", "--overwrite"))
    plain = json.loads((folder / "new.calibration.json").read_text())
    assert mixed["estimates"] == plain["estimates"]
    assert mixed["staffing"] == plain["staffing"]


@pytest.mark.slow
def test_a_workbook_is_read_like_a_table(calibrate, folder):
    with xlsxwriter.Workbook(folder / "chats.xlsx") as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([HEADING, *lines()]):
            sheet.write_row(number, 0, line.split(";"))
    assert "read chats.xlsx (spreadsheet, " in worked(calibrate("chats.xlsx"))
