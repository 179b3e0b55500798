"""A job file: which reports are made, of what, and what is done around them.

::

    name: morning
    out: ../reports
    timezone: Europe/Oslo
    reports:
      - notebooks: [service_report, explore]
        scenarios: [../data/scenarios/bank_1999.yaml]
      - notebooks: [daily_report]
        scenarios: [../data/scenarios/chat_desk.yaml]
        history: [../exports]
        parameters: {day: yesterday}
        gates: [abandonment < 10%]
    gates: [service_level >= 80%]
    time_limit: 30m
    keep: {runs: 14, days: 90}
    hook: [./alert.py]

Paths start from the job file. Everything that can be found wrong without work is found here.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.errors import Place, ScenarioError, UsageError
from simulator.reports.gates import Bound, Gate, parse
from simulator.reports.planning import (
    DEFAULT_NOTEBOOK,
    OF_A_RUN,
    OF_RECORDS,
    Plan,
    plan_notebooks,
)
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints
from simulator.scenario.durations import parse_duration
from simulator.scenario.keys import Keys

if TYPE_CHECKING:
    from simulator.scenario.documents import Entry

__all__ = ["DAILY", "Job", "Keep", "Part", "Pull", "plans_of", "read_job"]

DAILY: Final = "daily_report"
"""What is made of records unless something else is named."""

_KEYS = (
    *("name", "about", "out", "runs", "timezone", "reports", "gates", "gate_on", "pdf"),
    *("processes", "time_limit", "keep", "hook"),
)
_PART_KEYS = (
    *("notebooks", "scenarios", "runs", "history", "pull", "replications", "seed"),
    *("parameters", "gates"),
)
_PULL_KEYS = ("target", "context", "credential", "app_token", "zone", "topics", "days")
_NAME = re.compile(r"\w[\w.-]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_BOUNDS: Final[tuple[Bound, ...]] = ("value", "low", "high")


@dataclass(frozen=True, slots=True)
class Pull:
    """Where records are pulled from before the report, read-only."""

    target: str
    context: str
    credential: str
    """``env:NAME`` or ``keyring:SERVICE/USER``; never the secret."""
    app_token: str | None
    zone: str | None
    topics: tuple[int, ...]
    days: int
    """How far back, with yesterday as 1."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some notebooks on some runs, scenarios, or the records of a day."""

    number: int
    """Its place in the file, from 1."""
    notebooks: tuple[str, ...]
    scenarios: tuple[Path, ...]
    """To simulate; beside records the one that predicts."""
    runs: tuple[Path, ...]
    history: tuple[str, ...]
    """Files and folders of records, in which dates may stand in braces."""
    pull: Pull | None
    replications: int
    seed: int
    parameters: dict[str, str]
    """As on the command line; dates not yet resolved."""
    gates: tuple[Gate, ...]

    @property
    def is_of_records(self) -> bool:
        """Whether it is about the records of a day."""
        return bool(self.history or self.pull)


@dataclass(frozen=True, slots=True)
class Keep:
    """What retention leaves; None: no bound of that kind."""

    runs: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, as the file says it."""

    file: Path
    name: str
    out: Path
    """The folder of all reports."""
    runs: Path
    """Where scenarios are simulated to."""
    timezone: ZoneInfo | None
    """Whose date counts; None: the machine's."""
    parts: tuple[Part, ...]
    gate_on: Bound
    pdf: bool
    processes: int | None
    time_limit_s: float | None
    keep: Keep | None
    hook: tuple[str, ...]
    """Program and arguments; empty: none."""

    @property
    def folder(self) -> Path:
        """Where its reports stand, by date."""
        return self.out / self.name


def read_job(path: Path) -> Job:
    """The job in a YAML file.

    Raises:
        ScenarioError: everything that is wrong with the file, with file:line.
        UsageError: there is no such notebook.
        ParameterError: a notebook does not take a parameter, or not such a value.
    """
    tree = _tree(path)
    complaints = Complaints()
    keys = Keys(tree, "", _KEYS, complaints)
    shared = _gates(keys, complaints)
    job = Job(
        file=path.absolute(),
        name=_name(keys, path),
        out=_path(tree, keys.text("out", default="reports")),
        runs=_path(tree, keys.text("runs", default="runs")),
        timezone=_timezone(keys),
        parts=tuple(_parts(keys, shared, complaints)),
        gate_on=keys.choice("gate_on", _BOUNDS, default="value"),
        pdf=keys.flag("pdf", default=False),
        processes=_processes(keys),
        time_limit_s=_time_limit(keys),
        keep=_keep(keys),
        hook=_hook(keys, complaints),
    )
    complaints.raise_if_any()
    for part in job.parts:
        plans_of(job, part)
    return job


def plans_of(job: Job, part: Part, parameters: dict[str, str] | None = None) -> list[Plan]:
    """The notebooks of a part with their parameters, checked.

    Args:
        job: whose part it is.
        part: of the job.
        parameters: in the place of the part's own; dates resolved.

    Raises:
        UsageError: there is no such notebook.
        ParameterError: a notebook does not take a parameter, or not such a value.
    """
    given = part.parameters if parameters is None else parameters
    if part.is_of_records:
        given = {name: text for name, text in given.items() if name not in OF_RECORDS}
    told_by = OF_RECORDS if part.is_of_records else OF_A_RUN
    return plan_notebooks(
        part.notebooks, given, as_text=True, told_by=told_by, folder=job.file.parent
    )


def _tree(path: Path) -> Entry:
    if path.is_dir():
        raise ScenarioError(f"{path} is a folder; name a job file")
    tree = documents.compose(documents.source(path), file=str(path), folder=path.absolute().parent)
    if not isinstance(tree.value, dict):
        raise ScenarioError(
            f"{path} holds no job; write a mapping of keys such as reports, gates and hook",
            Place(str(path), tree.place.line),
        )
    return tree


def _path(tree: Entry, written: str) -> Path:
    return Path(tree.folder / Path(written).expanduser()).resolve()


def _name(keys: Keys, path: Path) -> str:
    name = keys.text("name", default=path.stem)
    if not _NAME.fullmatch(name):
        keys.complain("name", f"is '{name}'; it names a folder: use letters, digits and _ . - only")
    return name


def _timezone(keys: Keys) -> ZoneInfo | None:
    name = keys.text("timezone", default="")
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        keys.complain("timezone", f"is '{name}'; give an IANA name, such as Europe/Oslo")
        return None


def _processes(keys: Keys) -> int | None:
    return keys.whole("processes", least=1, default=1) if keys.entry("processes") else None


def _time_limit(keys: Keys) -> float | None:
    written = keys.text("time_limit", default="")
    if not written:
        return None
    try:
        seconds = float(parse_duration(written))
    except ValueError as error:
        keys.complain("time_limit", str(error))
        return None
    if seconds <= 0:
        keys.complain("time_limit", f"is {written}; give a duration above 0, such as 30m")
    return seconds


def _keep(keys: Keys) -> Keep | None:
    own = keys.below("keep", ("runs", "days"))
    if own is None:
        return None
    bounds = {
        name: own.whole(name, least=1, default=1) if own.entry(name) else None
        for name in ("runs", "days")
    }
    if not any(bounds.values()):
        own.complain("keep", "names neither runs nor days; give one, or leave keep out")
    return Keep(bounds["runs"], bounds["days"])


def _hook(keys: Keys, complaints: Complaints) -> tuple[str, ...]:
    entry = keys.entry("hook")
    if entry is not None and isinstance(entry.value, str):
        try:
            return tuple(shlex.split(entry.value))
        except ValueError as error:
            keys.complain("hook", f"cannot be taken apart ({error}); write a list of words")
            return ()
    return tuple(_texts(keys, "hook", complaints))


def _parts(keys: Keys, shared: tuple[Gate, ...], complaints: Complaints) -> list[Part]:
    entry = keys.entry("reports")
    items = entry.value if entry is not None and isinstance(entry.value, list) else []
    if not items:
        keys.complain("reports", "is no list of reports; write - {notebooks: […], scenarios: […]}")
    return [_part(item, number, shared, complaints) for number, item in enumerate(items, 1)]


def _part(entry: Entry, number: int, shared: tuple[Gate, ...], complaints: Complaints) -> Part:
    keys = Keys(entry, f"reports[{number - 1}]", _PART_KEYS, complaints)
    records = bool(keys.entry("history") or keys.entry("pull"))
    part = Part(
        number=number,
        notebooks=tuple(_texts(keys, "notebooks", complaints))
        or (DAILY if records else DEFAULT_NOTEBOOK,),
        scenarios=tuple(_path(entry, text) for text in _texts(keys, "scenarios", complaints)),
        runs=tuple(_path(entry, text) for text in _texts(keys, "runs", complaints)),
        history=tuple(
            str(entry.folder / Path(text).expanduser())
            for text in _texts(keys, "history", complaints)
        ),
        pull=_pull(keys, complaints),
        replications=keys.whole("replications", least=1, default=20),
        seed=keys.whole("seed", least=0, default=1),
        parameters=_parameters(keys),
        gates=(*shared, *_gates(keys, complaints)),
    )
    _check_subjects(part, keys)
    return part


def _check_subjects(part: Part, keys: Keys) -> None:
    if part.is_of_records and (len(part.scenarios) != 1 or part.runs):
        keys.complain("scenarios", "must name the one scenario that predicts, beside records")
    if not (part.scenarios or part.runs or part.is_of_records):
        keys.complain("scenarios", "is missing, as are runs and history; name what to report on")
    for path in part.scenarios:
        if not path.is_file():
            keys.complain("scenarios", f"names {path}, and there is no such file; check the path")


def _pull(keys: Keys, complaints: Complaints) -> Pull | None:
    own = keys.below("pull", _PULL_KEYS)
    if own is None:
        return None
    topics = _texts(own, "topics", complaints)
    if not all(text.isdecimal() for text in topics):
        own.complain("topics", "is no list of TopicIds; write [101, 102]")
    return Pull(
        target=own.text("target"),
        context=own.text("context"),
        credential=own.text("credential"),
        app_token=own.text("app_token", default="") or None,
        zone=own.text("zone", default="") or None,
        topics=tuple(int(text) for text in topics if text.isdecimal()),
        days=own.whole("days", least=1, default=14),
    )


def _gates(keys: Keys, complaints: Complaints) -> tuple[Gate, ...]:
    gates = []
    for text in _texts(keys, "gates", complaints):
        try:
            gates.append(parse(text))
        except UsageError as error:
            keys.complain("gates", f"has one that cannot be read: {error.message}")
    return tuple(gates)


def _texts(keys: Keys, key: str, complaints: Complaints) -> list[str]:
    """A list of texts, or one alone."""
    entry = keys.entry(key)
    if entry is None:
        return []
    items = entry.value if isinstance(entry.value, list) else [entry]
    texts = [item.value.strip() for item in items if isinstance(item.value, str)]
    if len(texts) < len(items) or not all(texts):
        complaints.add(f"{key} holds something other than words; write a list of them", entry.place)
    return [text for text in texts if text]


def _parameters(keys: Keys) -> dict[str, str]:
    entry = keys.entry("parameters")
    if entry is None:
        return {}
    if not isinstance(entry.value, dict):
        keys.complain("parameters", "is no mapping; write {name: value, …}")
        return {}
    return {name: _as_given(item) for name, item in entry.value.items()}


def _as_given(entry: Entry) -> str:
    """A value as one would type it on the command line."""
    value = _json_of(entry)
    return entry.value if isinstance(entry.value, str) else json.dumps(value, ensure_ascii=False)


def _json_of(entry: Entry) -> Any:
    """The value with numbers for texts that are ones: scalars come as they were written."""
    if isinstance(entry.value, dict):
        return {name: _json_of(item) for name, item in entry.value.items()}
    if isinstance(entry.value, list):
        return [_json_of(item) for item in entry.value]
    if isinstance(entry.value, str) and _NUMBER.fullmatch(entry.value):
        return json.loads(entry.value)
    return entry.value
