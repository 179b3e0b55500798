"""From the parts of a sweep to its files, a batch at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from simulator.files import into_place
from simulator.sessions.folder import parquet_writer
from simulator.study.running import file_name
from simulator.sweep.tasks import KEPT_TABLES
from simulator.sweep.totals import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow.parquet as pq

    from simulator.sweep.parts import Parts
    from simulator.sweep.study_file import Case, Study

__all__ = ["setting_column", "write_cases", "write_results", "write_sessions"]

GROUP_ROWS: Final = 131_072
"""Rows of a row group, the last of a level excepted."""

_NAMES: Final = pa.dictionary(pa.int16(), pa.string())


def write_results(path: Path, study: Study, parts: Parts, about: Mapping[str, str]) -> None:
    """All totals in one table: ``case``, its settings by path, and the columns of the parts.

    Sorted by level (in the order of ``LEVELS``), case (as in the study), replication, topic and
    start; a row group has rows of one level.

    Args:
        path: the file, which is there in the end as a whole or not at all.
        study: whose cases they are.
        parts: all of them.
        about: goes into the metadata of the file.
    """
    columns = [setting_column(name) for name in study.paths]
    labels = [pa.field(name, _NAMES, nullable=False) for name in ("case", *columns)]
    schema = pa.schema([*labels, *parts.columns], metadata=dict(about))
    names = _label_values(study)
    with _written(path, schema) as writer:
        for level in range(len(LEVELS)):
            tables = (
                _labelled(batch, case, names, schema)
                for case in range(len(study.cases))
                for batch in parts.rows(level, case)
            )
            for table in _in_groups(tables):
                writer.write_table(table, row_group_size=GROUP_ROWS)


def setting_column(path: str) -> str:
    """The column that tells a path's setting: the path, but for one that totals have already.

    >>> setting_column("agents[Desk].count"), setting_column("start")
    ('agents[Desk].count', 'scenario.start')
    """
    return f"scenario.{path}" if path == "start" else path


def write_cases(path: Path, study: Study, replications: Sequence[int]) -> None:
    """What each case is: its settings, its cost, its scenario as YAML, how often it was simulated.

    ``cost`` is of one replication as planned: agents' hours, or money where the study gives wages.
    """
    from simulator.scenario import scenario_hash
    from simulator.sweep.planning import planned_agent_hours

    hours = [planned_agent_hours(case.scenario) for case in study.cases]
    wage = study.cost_per_agent_hour
    table = pa.table(
        {
            "case": [case.name for case in study.cases],
            **{name: [case.settings[name] for case in study.cases] for name in study.paths},
            "replications": pa.array(replications, pa.int32()),
            "agent_hours": pa.array(hours, pa.float64()),
            "cost": pa.array([h if wage is None else h * wage for h in hours], pa.float64()),
            "scenario_hash": [scenario_hash(case.scenario) for case in study.cases],
            "scenario_yaml": [case.scenario.resolved for case in study.cases],
        }
    )
    with _written(path, table.schema) as writer:
        writer.write_table(table)


def write_sessions(
    folder: Path, study: Study, parts: Parts, kept: Mapping[int, Sequence[int]]
) -> dict[int, Path]:
    """The kept replications of each case: the tables of a run folder, and the scenario.

    Args:
        folder: gets a folder per case.
        study: whose cases they are.
        parts: where the tables wait.
        kept: the replications by case.

    Returns:
        The folders by case.
    """
    places = {case: _session_folder(folder, study.cases, case) for case in kept}
    for case, numbers in kept.items():
        own = places[case]
        own.mkdir(parents=True, exist_ok=True)
        for name in KEPT_TABLES:
            streams = [parts.kept(case, number, name) for number in numbers]
            with pa.ipc.open_stream(streams[0].read_bytes()) as first:
                schema = first.schema
            with _written(own / f"{name}.parquet", schema) as writer:
                for stream in streams:
                    with pa.ipc.open_stream(stream.read_bytes()) as reader:
                        table = reader.read_all()
                    writer.write_table(table, row_group_size=max(table.num_rows, 1))
        text = study.cases[case].scenario.resolved
        (own / "scenario.yaml").write_text(text, encoding="utf-8", newline="\n")
    return places


def _session_folder(folder: Path, cases: Sequence[Case], case: int) -> Path:
    """Where the sessions of a case are kept: a folder with its number, from 1, and its name."""
    digits = len(str(len(cases)))
    return folder / f"{case + 1:0{digits}}-{file_name(cases[case].name)}"


@contextmanager
def _written(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet writer whose file takes its name when all is well; its bytes hang on rows alone."""
    with into_place(path, alone=True) as draft, parquet_writer(draft, schema) as writer:
        yield writer


def _label_values(study: Study) -> list[pa.DictionaryArray]:
    """The name of each case, then its settings, path by path: an entry per case."""
    told = [[case.name, *(case.settings[path] for path in study.paths)] for case in study.cases]
    return [pa.array(values, pa.string()).cast(_NAMES) for values in zip(*told, strict=True)]


def _labelled(
    batch: pa.RecordBatch, case: int, values: Sequence[pa.DictionaryArray], schema: pa.Schema
) -> pa.Table:
    """The rows with their case and its settings in front."""
    place = pa.array([case], pa.int32()).take(pa.array([0] * batch.num_rows, pa.int32()))
    labels = [column.take(place) for column in values]
    return pa.Table.from_arrays([*labels, *batch.columns], schema=schema)


def _in_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in tables of whole row groups, and the rest."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        rows = sum(one.num_rows for one in waiting)
        if rows >= GROUP_ROWS:
            joined = pa.concat_tables(waiting)
            whole = rows - rows % GROUP_ROWS
            yield joined.slice(0, whole)
            waiting = [joined.slice(whole)] if rows > whole else []
    if waiting:
        yield pa.concat_tables(waiting)
