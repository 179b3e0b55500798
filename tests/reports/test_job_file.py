"""A job file, read: everything that can be found wrong without work is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import ParameterError, ScenarioError, UsageError
from simulator.reports.jobs import Job, read_job
from simulator.reports.jobs.job_file import Keep, Pull, plans_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
DESK = ROOT / "data/scenarios/chat_desk.yaml"

WHOLE = f"""\
name: morning
about: what the desk looks at before coffee
out: ../reports
runs: ../runs
timezone: Europe/Oslo
reports:
  - notebooks: [service_report, explore]
    scenarios: [{DESK}]
    replications: 5
    seed: 3
    parameters: {{}}
  - scenarios: [{DESK}]
    history: [exports, "more/{{yesterday}}.csv"]
    parameters: {{day: yesterday, kind: records, outlook_days: 3}}
    gates: [abandonment < 10%]
  - notebooks: [sweep_report]
    runs: [../runs/sweep]
gates: service_level >= 80%
gate_on: low
pdf: true
processes: 2
time_limit: 1h30m
keep: {{runs: 14, days: 90}}
hook: [./alert.py, --channel, desk]
"""


@pytest.fixture
def job_of(tmp_path: Path) -> Callable[[str], Job]:
    def read(text: str) -> Job:
        path = tmp_path / "jobs" / "reports.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_job(path)

    return read


def small(**over: str) -> str:
    told = {"reports": f"[{{scenarios: [{DESK}]}}]"} | over
    return "".join(f"{name}: {text}\n" for name, text in told.items())


def test_everything_that_is_written_is_read(job_of: Callable[[str], Job], tmp_path: Path) -> None:
    job = job_of(WHOLE)
    assert (job.name, job.out, job.runs) == ("morning", tmp_path / "reports", tmp_path / "runs")
    assert job.folder == tmp_path / "reports" / "morning"
    assert (str(job.timezone), job.gate_on, job.pdf, job.processes) == (
        "Europe/Oslo", "low", True, 2,
    )  # fmt: skip
    assert (job.time_limit_s, job.keep) == (5400.0, Keep(14, 90))
    assert job.hook == ("./alert.py", "--channel", "desk")
    first, second, third = job.parts
    assert (first.notebooks, first.replications, first.seed) == (
        ("service_report", "explore"), 5, 3,
    )  # fmt: skip
    assert second.notebooks == ("daily_report",)
    assert second.history == (
        str(tmp_path / "jobs" / "exports"),
        str(tmp_path / "jobs" / "more/{yesterday}.csv"),
    )
    assert [str(gate) for gate in second.gates] == ["service_level.of_all>=0.8", "abandonment<0.1"]
    assert third.runs == (tmp_path / "runs" / "sweep",)


def test_little_is_enough(job_of: Callable[[str], Job], tmp_path: Path) -> None:
    job = job_of(small())
    assert (job.name, job.out) == ("reports", tmp_path / "jobs" / "reports")
    assert (job.timezone, job.time_limit_s, job.keep, job.hook) == (None, None, None, ())
    (part,) = job.parts
    assert (part.notebooks, part.replications, part.seed) == (("service_report",), 20, 1)


def test_a_hook_may_be_a_line(job_of: Callable[[str], Job]) -> None:
    assert job_of(small(hook="./alert.py --to 'the desk'")).hook == (
        "./alert.py", "--to", "the desk",
    )  # fmt: skip


def test_parameters_get_the_types_that_the_notebook_declares(
    job_of: Callable[[str], Job],
) -> None:
    job = job_of(WHOLE)
    (plan,) = plans_of(job, job.parts[1])
    assert plan.parameters == {"outlook_days": 3}


def test_records_are_pulled_by_the_name_of_a_secret(job_of: Callable[[str], Job]) -> None:
    pull = (
        "{target: 'http://127.0.0.1:8900', context: Cust12345, credential: env:DESK_TICKET, "
        "topics: [101, 102], days: 3}"
    )
    (part,) = job_of(small(reports=f"[{{scenarios: [{DESK}], pull: {pull}}}]")).parts
    assert part.pull == Pull(
        "http://127.0.0.1:8900", "Cust12345", "env:DESK_TICKET", None, None, (101, 102), 3
    )
    assert part.is_of_records


WRONG: dict[str, tuple[str, str]] = {
    "no list of reports": (small(reports="service_report"), r"reports is no list of reports"),
    "a misspelt key": (small(hok="./x"), r"unknown key hok; did you mean 'hook'.*reports\.yaml:2"),
    "a misspelt key of a part": (
        small(reports=f"[{{scenario: [{DESK}]}}]"),
        r"unknown key reports\[0\]\.scenario; did you mean 'scenarios'",
    ),
    "a name that is no folder": (small(name="../up"), r"name is '\.\./up'; it names a folder"),
    "a time zone": (small(timezone="Oslo"), r"timezone is 'Oslo'; give an IANA name"),
    "a time limit without unit": (small(time_limit="30"), r"time_limit is 30, which has no unit"),
    "no time at all": (small(time_limit="0s"), r"time_limit is 0s; give a duration above 0"),
    "a gate": (small(gates="[sometimes]"), r"gates has one that cannot be read: .*sometimes"),
    "a bound": (small(gate_on="lower"), r"gate_on is lower; give one of value, low, high"),
    "retention of nothing": (small(keep="{}"), r"keep names neither runs nor days"),
    "retention of none": (small(keep="{runs: 0}"), r"keep\.runs is 0; give a whole number from 1"),
    "no scenario there": (
        small(reports="[{scenarios: [no.yaml]}]"),
        r"reports\[0\]\.scenarios names .*no\.yaml, and there is no such file",
    ),
    "nothing to report on": (
        small(reports="[{notebooks: [explore]}]"),
        r"reports\[0\]\.scenarios is missing, as are runs and history",
    ),
    "records without a scenario": (
        small(reports="[{history: [exports]}]"),
        r"reports\[0\]\.scenarios must name the one scenario that predicts",
    ),
    "a hook of numbers in a mapping": (small(hook="{a: b}"), r"hook holds something other than"),
    "an open quote": (small(hook='"./a \'b"'), r"hook cannot be taken apart"),
    "parameters in a list": (
        small(reports=f"[{{scenarios: [{DESK}], parameters: [a]}}]"),
        r"parameters is no mapping",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(job_of: Callable[[str], Job], text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        job_of(text)


def test_all_that_is_wrong_is_told_at_once(job_of: Callable[[str], Job]) -> None:
    with pytest.raises(ScenarioError) as caught:
        job_of(small(timezone="Oslo", time_limit="soon", gate_on="most"))
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "timezone", "time_limit", "gate_on",
    ]  # fmt: skip


def test_a_notebook_or_a_parameter_that_is_not_there_is_told(
    job_of: Callable[[str], Job],
) -> None:
    def with_part(**told: Any) -> str:
        inside = ", ".join(f"{name}: {text}" for name, text in told.items())
        return small(reports=f"[{{scenarios: [{DESK}], {inside}}}]")

    with pytest.raises(UsageError, match="no notebook 'servce_report'; did you mean"):
        job_of(with_part(notebooks="[servce_report]"))
    with pytest.raises(ParameterError, match=r"has no parameter 'treshold_s'"):
        job_of(with_part(parameters="{treshold_s: 60}"))
    with pytest.raises(ParameterError, match=r"takes no parameter 'scenario_file'"):
        job_of(with_part(history="[exports]", notebooks="[service_report]"))


def test_what_is_no_job_file_is_told(job_of: Callable[[str], Job], tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="holds no job"):
        job_of("just words")
    with pytest.raises(ScenarioError, match="there is no file"):
        read_job(tmp_path / "no.yaml")
    with pytest.raises(ScenarioError, match="is a folder; name a job file"):
        read_job(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_job(tmp_path / "bytes.yaml")
