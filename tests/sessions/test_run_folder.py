"""Run folders: written whole or not at all, and opened only when they are whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.desk import codes
from simulator.errors import DataError, RunExistsError
from simulator.sessions import (
    Replication,
    agent_table,
    check_place,
    open_run,
    session_table,
    write_run,
)
from simulator.workload import to_table
from tests.sessions.made import MINUTE, desk, outcomes, spans, workload

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = desk(horizon_us=60 * MINUTE)
FILES = [
    "agents.parquet",
    "manifest.json",
    "scenario.yaml",
    "sessions.parquet",
    "summary.json",
    "workload.parquet",
]


def replication(number: int, chats: int = 2) -> Replication:
    drawn = workload(*[{"topic": 1}] * chats, replication=number)
    served = [
        {"outcome": codes.SERVED, "picked_up_us": at, "ended_us": at + 1, "agent": 0}
        for at in range(chats)
    ]
    course = outcomes(*served, presence=spans((0, 0, 3 * MINUTE)))
    return Replication(
        number=number,
        engine="simpy",
        workload=to_table(drawn, SCENARIO),
        sessions=session_table(SCENARIO, drawn, course),
        agents=agent_table(SCENARIO, course, number),
    )


def counts(sessions, agents) -> dict:
    return {"sessions": len(sessions), "agents": len(agents)}


def write(path: Path, replications=None, **more) -> None:
    given = {"scenario_yaml": "name: small\n", "summarise": counts, "provenance": {"seed": 1}}
    made = [replication(1), replication(2)] if replications is None else replications
    write_run(path, made, **(given | more))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "run")
    return tmp_path / "run"


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_a_run_folder_holds_its_six_files(folder):
    assert names(folder) == FILES


def test_what_was_written_is_read_again(folder):
    run = open_run(folder)
    assert run.sessions["replication"].tolist() == [1, 1, 2, 2]
    assert run.sessions["chat_session_id"].tolist() == [1, 2, 1, 2]
    assert run.sessions["topic"].tolist() == ["Support"] * 4
    assert run.agents["on_duty_s"].tolist() == [180.0, 180.0]
    assert len(run.workload) == 4
    assert run.summary == {"sessions": 4, "agents": 2}


def test_every_replication_is_a_row_group_of_its_own(folder):
    groups = pq.ParquetFile(folder / "sessions.parquet").metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [2, 2]


def test_a_replication_without_any_chat_is_written_like_the_others(tmp_path):
    write(tmp_path / "run", [replication(1, chats=0), replication(2)])
    assert open_run(tmp_path / "run").sessions["replication"].tolist() == [2, 2]


def test_replications_are_taken_one_by_one(tmp_path):
    alive: list[int] = []

    def one_by_one():
        for number in (1, 2, 3):
            before = pa.total_allocated_bytes()
            yield replication(number, chats=20_000)
            alive.append(pa.total_allocated_bytes() - before)

    write(tmp_path / "run", one_by_one())
    assert alive[2] < 1.5 * alive[0]


def test_the_manifest_tells_where_the_figures_come_from(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert manifest["engine"] == "simpy"
    assert sorted(manifest["files"]) == [name for name in FILES if name != "manifest.json"]
    assert manifest["timings"].keys() == {"simulated_s", "summarised_s"}


def test_the_same_run_is_the_same_bytes_but_for_the_manifest(tmp_path, folder):
    write(tmp_path / "again")
    for name in set(FILES) - {"manifest.json"}:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_pandas_reads_the_file_by_itself_as_the_run_does(folder):
    import pandas as pd

    by_itself = pd.read_parquet(folder / "sessions.parquet")
    pd.testing.assert_frame_equal(by_itself, open_run(folder).sessions)


# What must not be replaced.


def test_another_run_is_refused_and_left_alone(folder):
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(RunExistsError, match="already holds another run"):
        write(folder, [replication(1)])
    assert (folder / "manifest.json").read_bytes() == before


def test_another_run_is_replaced_when_that_is_asked_for(tmp_path, folder):
    write(folder, [replication(1)], overwrite=True)
    assert len(open_run(folder, verify=True).sessions) == 2
    assert names(tmp_path) == ["run"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("everything")
    with pytest.raises(RunExistsError, match=r"'thesis\.tex', which is no part of a run"):
        check_place(tmp_path / "home", overwrite=True)


def test_a_file_is_never_replaced(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(RunExistsError, match="is a file"):
        check_place(tmp_path / "run", overwrite=True)


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    (tmp_path / "run").mkdir()
    write(tmp_path / "run")
    assert names(tmp_path / "run") == FILES


def test_a_run_that_came_there_meanwhile_is_left_alone(tmp_path):
    def meanwhile():
        yield replication(1)
        write(tmp_path / "run", [replication(1), replication(2)])

    with pytest.raises(RunExistsError):
        write(tmp_path / "run", meanwhile())
    assert len(open_run(tmp_path / "run").sessions) == 4
    assert names(tmp_path) == ["run"]


# What goes wrong half-way.


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_breaking_off_leaves_nothing(tmp_path, error):
    def broken_off():
        yield replication(1)
        raise error

    with pytest.raises(error):
        write(tmp_path / "run", broken_off())
    assert names(tmp_path) == []


def test_a_summary_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write(tmp_path / "run", summarise=lambda *_: {"value": float("nan")})
    assert names(tmp_path) == []


def test_breaking_off_an_overwrite_leaves_the_former_run(tmp_path, folder):
    def broken_off():
        yield replication(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(folder, broken_off(), overwrite=True)
    assert len(open_run(folder, verify=True).sessions) == 4
    assert names(tmp_path) == ["run"]


# What is not whole.


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing.*--overwrite"):
        open_run(folder)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_truncated_file_is_named(folder, name):
    file = folder / name
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(DataError, match=f"{name} is damaged .*it was truncated.*--overwrite"):
        open_run(folder)


def test_a_parquet_file_of_the_right_size_without_its_footer_is_named(folder):
    file = folder / "sessions.parquet"
    file.write_bytes(file.read_bytes()[:-8] + bytes(8))
    with pytest.raises(DataError, match=r"sessions\.parquet is damaged .not a readable Parquet"):
        open_run(folder)


def test_a_changed_figure_is_noticed(folder):
    file = folder / "summary.json"
    file.write_text(file.read_text().replace("4", "5"))
    with pytest.raises(DataError, match=r"summary\.json is damaged .its SHA-256"):
        open_run(folder)


def test_a_byte_changed_inside_a_table_is_noticed_on_demand(folder):
    file = folder / "sessions.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    run = open_run(folder)
    with pytest.raises(DataError, match=r"sessions\.parquet is damaged .its SHA-256"):
        run.verify()


BAD_MANIFESTS = [
    # what stands in manifest.json, what is said about it
    ("{", "manifest.json is damaged"),
    ("[]", "does not hold a JSON object"),
    ("{}", "run folder of format None, this version reads 1"),
    ('{"format": 1, "files": {}}', "does not list the run's files"),
    ('{"format": 1, "files": {"sessions.parquet": 5}}', "does not list the run's files"),
    (json.dumps({"format": 1, "files": dict.fromkeys(FILES[:1] + FILES[2:], 5)}), "not list"),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_MANIFESTS)
def test_a_manifest_that_is_none_is_refused(folder, text, complaint):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=complaint):
        open_run(folder)


def test_a_folder_that_is_not_there_is_told_how_to_make(tmp_path):
    with pytest.raises(DataError, match=r"there is no run folder .*pickup simulate"):
        open_run(tmp_path / "nowhere")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"manifest\.json is missing"):
        open_run(tmp_path)
