"""The recipes of docs/scheduling: as far as they can be tried without the schedulers themselves."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import typer
import yaml

from simulator.cli import app
from simulator.errors import GuardError, NotebookError, PickupError, TargetMissedError, UsageError
from simulator.locking import lock
from simulator.reports.jobs import read_job

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "scheduling"
PLACEHOLDER = "/srv/pickup-lab"
JOB = "docs/scheduling/reports.yaml"
DESK = ZoneInfo("Europe/Oslo")
A_DAY = timedelta(days=1)

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)
needs_sh = pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh on this machine")
needs_bash = pytest.mark.skipif(
    shutil.which("bash") is None, reason="there is no bash on this machine"
)


def text_of(name: str) -> str:
    return (RECIPES / name).read_text(encoding="utf-8")


def parsed(line: str) -> None:
    """Let the command line read a command, as if it were called; nothing is run."""
    _, *words = shlex.split(line, comments=True)
    context: Any = typer.main.get_command(app).make_context("pickup", words)
    while hasattr(context.command, "resolve_command"):
        name, command, words = context.command.resolve_command(context, words)
        context = command.make_context(name, words, parent=context)


def ran(
    command: list[str | Path], folder: Path, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        input=given,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=500,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the placeholder stands for: data, notebooks, recipes, and the command in .venv/bin."""
    folder = tmp_path / "clone"
    left_out = shutil.ignore_patterns("runs", ".ipynb_*", "__pycache__")
    for name in ("data", "notebooks", "docs/scheduling"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("reports", ".venv/bin"):
        (folder / name).mkdir(parents=True)
    pickup = folder / ".venv/bin/pickup"
    pickup.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m simulator.cli "$@"\n')
    pickup.chmod(0o755)
    return folder


def job_file(folder: Path) -> Path:
    return folder / JOB


def made_small(folder: Path, **more: object) -> None:
    """The example job of that folder with two replications a scenario."""
    job = yaml.safe_load(job_file(folder).read_text())
    for report in job["reports"]:
        report["replications"] = 2
    job_file(folder).write_text(yaml.safe_dump(job | more))


# --- the job --------------------------------------------------------------------------------------


def example() -> Any:
    return read_job(RECIPES / "reports.yaml")


def test_the_example_job_is_one_of_this_clone() -> None:
    job = example()

    assert (job.folder, job.runs) == (ROOT / "reports/morning", ROOT / "data/runs")
    assert job.timezone == DESK
    assert all(path.is_file() for part in job.parts for path in part.scenarios)


def test_schedulers_wait_longer_than_the_job_allows_itself() -> None:
    (unit,) = settings("pickup-report.service")["TimeoutStartSec"]
    (github,) = re.findall(r"timeout-minutes: (\d+)", text_of("github-actions.yml"))
    task = task_xml().findtext("t:Settings/t:ExecutionTimeLimit", namespaces=TASK)
    minutes = [int(unit.removesuffix("min")), int(github), int(task.strip("PTM"))]

    assert min(minutes) * 60 >= example().time_limit_s + 600


@needs_sh
@pytest.mark.slow
def test_the_line_of_the_crontab_makes_the_reports_and_is_silent(clone: Path) -> None:
    made_small(clone)

    done = ran(["sh", "-c", cron_line(clone)], clone)
    pages = (clone / "reports/morning/latest").glob("*/*.html")

    said = (clone / "reports/cron.log").read_text()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), said
    assert {path.stem.split("-")[0] for path in pages} == {"daily_report", "service_report"}
    assert not (clone / "reports/alerts.log").exists()


@needs_bash
@pytest.mark.slow
def test_a_missed_target_is_told_by_the_hook_and_is_a_warning_on_github(clone: Path) -> None:
    made_small(clone, gates=["asa_s < 0.001"])

    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    step = workflow_step("Write the reports")["run"]

    done = ran(["bash", "-e", "-c", step], clone, PATH=path)
    (warning,) = (line for line in done.stdout.splitlines() if line.startswith("::"))
    (alert,) = (clone / "reports/alerts.log").read_text().splitlines()

    assert done.returncode == 0, done.stderr
    assert warning.startswith("::warning title=Target missed::Error: ")
    assert "asa_s" in warning
    assert " morning of " in alert
    assert "missed (exit code 3)" in alert
    assert "asa_s" in alert


@needs_sh
@pytest.mark.slow
def test_the_hook_tells_of_a_time_limit_that_was_reached(clone: Path) -> None:
    made_small(clone, time_limit="1s", hook=[sys.executable, "alert.py", "--file", "alerts.log"])

    done = ran(["sh", "-c", cron_line(clone)], clone)

    assert "ended with exit code 1;" in done.stdout
    assert " morning of " in (job_file(clone).with_name("alerts.log")).read_text()
    assert "timeout (exit code 1)" in (job_file(clone).with_name("alerts.log")).read_text()


# --- systemd --------------------------------------------------------------------------------------


@pytest.fixture
def units(clone: Path, tmp_path: Path) -> list[Path]:
    """The units as an administrator would install them."""
    folder = tmp_path / "units"
    folder.mkdir()
    found = sorted(RECIPES.glob("pickup-report*"))
    for unit in found:
        (folder / unit.name).write_text(unit.read_text().replace(PLACEHOLDER, str(clone)))
    return [folder / unit.name for unit in found]


def settings(name: str) -> dict[str, list[str]]:
    """The settings of a unit: name to values, in order."""
    told: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text_of(name), re.MULTILINE):
        told.setdefault(key, []).append(value)
    return told


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(units: list[Path], tmp_path: Path) -> None:
    done = ran(["systemd-analyze", "verify", "--man=no", *units], tmp_path)
    said = [line for line in done.stderr.splitlines() if "pickup-report" in line]

    assert len(units) == 3
    assert (done.returncode, said) == (0, [])


@needs_systemd
def test_systemd_would_find_a_wrong_setting(units: list[Path], tmp_path: Path) -> None:
    service = next(unit for unit in units if unit.name == "pickup-report.service")
    service.write_text(service.read_text().replace("SuccessExitStatus=3", "SuccessExitStatus=x"))

    assert (
        "pickup-report.service"
        in ran(["systemd-analyze", "verify", "--man=no", service], tmp_path).stderr
    )


@needs_systemd
def test_the_timer_goes_off_once_on_every_day_also_when_the_clocks_change() -> None:
    (calendar,) = settings("pickup-report.timer")["OnCalendar"]

    done = ran(
        ["systemd-analyze", "calendar", "--iterations=400", "--base-time=2026-01-01", calendar],
        ROOT,
        TZ="UTC",
    )
    told = re.findall(r"\w{3} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", done.stdout)
    there = [datetime.fromisoformat(f"{text}+00:00").astimezone(DESK) for text in told]

    assert len(there) == 400
    assert {moment.time() for moment in there} == {time(5, 30)}
    assert {after.date() - before.date() for before, after in pairwise(there)} == {A_DAY}


def test_a_machine_that_slept_catches_up_on_systemd_and_windows() -> None:
    assert settings("pickup-report.timer")["Persistent"] == ["true"]
    assert task_xml().findtext("t:Settings/t:StartWhenAvailable", namespaces=TASK) == "true"


def test_a_missed_target_is_no_failed_unit_and_all_else_is_told() -> None:
    (fine,) = settings("pickup-report.service")["SuccessExitStatus"]
    (handler,) = settings("pickup-report.service")["OnFailure"]

    assert fine == str(TargetMissedError.exit_code)
    assert (RECIPES / handler).is_file()


def test_the_unit_may_write_where_the_job_and_its_hook_write() -> None:
    (writable,) = settings("pickup-report.service")["ReadWritePaths"]
    folders = [ROOT / Path(path).relative_to(PLACEHOLDER) for path in writable.split()]
    job = example()
    alerts = (RECIPES / job.hook[job.hook.index("--file") + 1]).resolve()

    assert all((folder / "README.md").is_file() for folder in folders)  # in every clone
    for written in (job.out, job.runs, alerts):
        assert any(written.is_relative_to(folder) for folder in folders), written


def test_the_unit_leaves_out_what_numba_and_chromium_cannot_bear() -> None:
    told = settings("pickup-report.service")

    assert {"ProtectSystem", "PrivateTmp", "NoNewPrivileges"} <= set(told)
    assert not {"MemoryDenyWriteExecute", "RestrictNamespaces"} & set(told)


# --- cron -----------------------------------------------------------------------------------------


def cron_lines(*, entries: bool) -> list[str]:
    """The lines that say when and what, or the others."""
    lines = [line for line in text_of("crontab").splitlines() if line]
    return [line for line in lines if (line[0] in "*0123456789") == entries]


def cron_entry() -> tuple[list[str], str]:
    """The five fields of the only entry, and its command."""
    (line,) = cron_lines(entries=True)
    *fields, command = line.split(maxsplit=5)
    return fields, command


def cron_line(clone: Path) -> str:
    return cron_entry()[1].replace(PLACEHOLDER, str(clone))


def test_the_crontab_has_five_fields_in_range_outside_the_hours_of_clock_changes() -> None:
    fields, _ = cron_entry()
    highest = (59, 23, 31, 12, 7)
    minute, hour = int(fields[0]), int(fields[1])

    assert all(f == "*" or int(f) <= top for f, top in zip(fields, highest, strict=True))
    assert time(3, 30) < time(hour, minute) < time(8)


def test_the_rest_of_the_crontab_is_variables_and_comments() -> None:
    rest = cron_lines(entries=False)

    assert all(re.match(r"#|[A-Z_]+=\S+$", line) for line in rest)
    assert "@example.com" in next(line for line in rest if line.startswith("MAILTO="))


@needs_sh
def test_the_command_of_the_crontab_is_one_for_sh_and_for_pickup(clone: Path) -> None:
    command = cron_line(clone)
    (words,) = re.findall(r"nice (\S*pickup .*?) >>", command)

    assert ran(["sh", "-n", "-c", command], clone).stderr == ""
    assert "%" not in command  # cron would end the line there
    parsed(words)


@needs_sh
def test_cron_has_something_to_mail_when_the_command_does_not_end_well(clone: Path) -> None:
    job_file(clone).unlink()

    done = ran(["sh", "-c", cron_line(clone)], clone)

    assert done.stdout.startswith(f"pickup report ended with exit code {UsageError.exit_code};")
    assert "reports.yaml" in (clone / "reports/cron.log").read_text()


@needs_sh
def test_a_second_run_of_the_job_changes_nothing_and_says_so(clone: Path) -> None:
    (clone / "reports/morning").mkdir()
    with (clone / "reports/morning/.lock").open("a+") as held:
        assert lock(held)

        done = ran(["sh", "-c", cron_line(clone)], clone)

    assert f"exit code {GuardError.exit_code};" in done.stdout
    assert [path.name for path in (clone / "reports/morning").iterdir()] == [".lock"]


# --- GitHub Actions -------------------------------------------------------------------------------


def workflow() -> dict[Any, Any]:
    return yaml.safe_load(text_of("github-actions.yml"))


def workflow_steps() -> list[dict[str, Any]]:
    (job,) = workflow()["jobs"].values()
    return job["steps"]


def workflow_step(name: str) -> dict[str, Any]:
    return next(step for step in workflow_steps() if step.get("name") == name)


def test_the_workflow_may_read_and_no_more_and_never_runs_twice_at_once() -> None:
    told = workflow()
    (job,) = told["jobs"].values()

    assert told["permissions"] == {"contents": "read"}
    assert told["concurrency"]["cancel-in-progress"] is False
    assert set(job) == {"runs-on", "timeout-minutes", "steps"}


def test_the_workflow_is_started_by_the_clock_and_by_hand() -> None:
    triggers = workflow()[True]  # YAML 1.1 reads the key `on` so; GitHub does not

    assert set(triggers) == {"schedule", "workflow_dispatch"}


@pytest.mark.parametrize("day", ["2026-01-15", "2026-07-15"])
def test_the_workflow_starts_in_the_small_hours_of_the_desk(day: str) -> None:
    minute, hour, *every = workflow()[True]["schedule"][0]["cron"].split()
    moment = datetime.fromisoformat(f"{day}T{int(hour):02}:{int(minute):02}+00:00")

    assert every == ["*", "*", "*"]
    assert int(minute) != 0  # when everybody's runs begin
    assert time(3, 30) < moment.astimezone(DESK).time() < time(8)


def test_the_steps_name_actions_by_major_version_and_run_what_is_there() -> None:
    used = [step["uses"] for step in workflow_steps() if "uses" in step]
    names = [re.fullmatch(r"actions/(\S+)@v\d+", name)[1] for name in used]

    assert names == ["checkout", "setup-python", "cache", "upload-artifact"]
    assert workflow_step("Set up")["run"] == "make setup"
    assert workflow_steps()[-1]["if"] == "always()"


def test_python_of_the_workflow_is_the_one_the_lock_was_made_for() -> None:
    setup = next(step for step in workflow_steps() if "setup-python" in step.get("uses", ""))

    assert f"--python-version {setup['with']['python-version']} " in (ROOT / "Makefile").read_text()
    assert (ROOT / setup["with"]["cache-dependency-path"]).is_file()


@needs_bash
def test_the_lines_of_the_workflow_are_bash_and_call_pickup_as_it_is() -> None:
    for step in workflow_steps():
        if "run" in step:
            assert ran(["bash", "-n", "-c", step["run"]], ROOT).stderr == ""
    (words,) = re.findall(r"\S*/pickup .*?(?= 2>)", workflow_step("Write the reports")["run"])
    parsed(words)


@needs_bash
def test_the_workflow_fails_when_the_command_fails(clone: Path) -> None:
    job_file(clone).unlink()

    done = ran(["bash", "-e", "-c", workflow_step("Write the reports")["run"]], clone)

    assert done.returncode == UsageError.exit_code
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")


# --- Windows --------------------------------------------------------------------------------------

TASK = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")


def task_xml() -> ET.Element:
    return ET.fromstring(text_of("windows-task.xml"))


def children(path: str) -> list[str]:
    """The names of the elements below one of the task."""
    found = task_xml().find(path, TASK)
    assert found is not None, path
    return [re.sub(r"{.*}", "", child.tag) for child in found]


def test_the_task_is_plain_ascii_without_an_encoding() -> None:
    # schtasks takes ASCII or UTF-16 with a mark; Register-ScheduledTask takes a text, and refuses
    # one that claims to be UTF-8.
    first = (RECIPES / "windows-task.xml").read_bytes().splitlines()[0]

    assert text_of("windows-task.xml").isascii()
    assert first == b'<?xml version="1.0"?>'


def test_the_task_is_of_the_schema_and_version() -> None:
    task = task_xml()

    assert task.tag == f"{{{TASK['t']}}}Task"
    assert task.get("version") == "1.2"
    assert children(".") == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]


def test_elements_stand_in_the_order_that_the_schema_wants() -> None:
    # A trigger is a sequence; elsewhere the order is free.
    of_a_trigger = ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit"]
    order = [*of_a_trigger, "RandomDelay", "ScheduleByDay"]
    there = children("t:Triggers/t:CalendarTrigger")

    assert there == [name for name in order if name in there]
    assert children("t:Actions/t:Exec") == ["Command", "Arguments", "WorkingDirectory"]


def test_settings_of_the_task_are_those_of_version_1_2() -> None:
    known = {
        *("AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy"),
        *("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate"),
        *("StartWhenAvailable", "NetworkProfileName", "RunOnlyIfNetworkAvailable", "WakeToRun"),
        *("Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings", "NetworkSettings"),
        *("ExecutionTimeLimit", "Priority", "RunOnlyIfIdle"),
    }
    there = children("t:Settings")

    assert set(there) <= known
    assert len(there) == len(set(there))
    assert (
        task_xml().findtext("t:Settings/t:MultipleInstancesPolicy", namespaces=TASK) == "IgnoreNew"
    )


def test_durations_and_instants_of_the_task_are_iso_8601() -> None:
    durations = [
        task_xml().findtext(path, namespaces=TASK)
        for path in ("t:Settings/t:ExecutionTimeLimit", "t:Triggers//t:RandomDelay")
    ]
    start = task_xml().findtext("t:Triggers//t:StartBoundary", namespaces=TASK)

    assert all(DURATION.fullmatch(text) for text in durations)
    assert datetime.fromisoformat(start).tzinfo is None  # local time, summer and winter
    assert datetime.fromisoformat(start).time() == time(5, 30)


def test_the_action_belongs_to_a_principal_and_calls_pickup_as_it_is() -> None:
    task = task_xml()
    context = task.find("t:Actions", TASK).get("Context")
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", namespaces=TASK)

    assert task.find(f"t:Principals/t:Principal[@id='{context}']", TASK) is not None
    parsed(f"pickup {arguments.replace(chr(92), '/')}")
    assert arguments.replace("\\", "/").endswith(JOB)


# --- the hook -------------------------------------------------------------------------------------


def alerted(given: str, *options: str | Path, **environment: str) -> Any:
    return ran(
        [sys.executable, RECIPES / "alert.py", *options],
        Path(options[-1]).parent if options and isinstance(options[-1], Path) else ROOT,
        given,
        **environment,
    )


def shown_json() -> dict[str, Any]:
    (block,) = re.findall(r"^```json\n(.*?)^```$", text_of("README.md"), re.DOTALL | re.MULTILINE)
    return json.loads(block)


def test_the_hook_adds_one_line_for_each_call(tmp_path: Path) -> None:
    file = tmp_path / "alerts.log"

    for _ in range(2):
        assert alerted(json.dumps(shown_json()), "--file", file).returncode == 0

    first, second = file.read_text(encoding="utf-8").splitlines()
    assert first.partition(" ")[2] == second.partition(" ")[2]
    assert datetime.fromisoformat(first.partition(" ")[0]).tzinfo is not None
    assert "morning of 2026-04-01: missed (exit code 3)" in first
    assert "asked for service_level.of_all>=0.6" in first


def test_the_hook_prints_without_a_file_and_names_the_pages_to_open() -> None:
    said = shown_json()
    fine = said["reports"][0] | {"page": "/quiet.html", "status": "ok", "reasons": []}

    told = alerted(json.dumps(said | {"reports": [*said["reports"], fine]})).stdout

    assert f"page: {said['reports'][0]['page']}" in told
    assert "/quiet.html" not in told


def test_the_hook_makes_one_line_of_whatever_names_hold(tmp_path: Path) -> None:
    hostile = "Bad\r\n2026-01-01 morning: ok\x1b[2J\u2028 end"

    alerted(json.dumps(shown_json() | {"message": hostile}), "--file", tmp_path / "alerts.log")

    (line,) = (tmp_path / "alerts.log").read_text(encoding="utf-8").splitlines()
    assert line.isprintable()


@pytest.mark.parametrize("given", ["", "{", "[]", "3", "{}", '{"job": "morning"}'])
def test_the_hook_says_so_if_it_gets_something_else(given: str) -> None:
    done = alerted(given)

    assert (done.returncode, done.stdout) == (1, "")
    assert "standard input is not the JSON of a job" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_hook_tells_of_a_unit_by_what_systemd_gives_it() -> None:
    done = alerted(
        "",
        "--unit",
        MONITOR_UNIT="pickup-report.service",
        MONITOR_SERVICE_RESULT="timeout",
        MONITOR_EXIT_STATUS="TERM",
    )

    assert "pickup-report.service: timeout (exit status TERM)" in done.stdout


def test_the_hook_needs_the_standard_library_alone() -> None:
    tree = ast.parse(text_of("alert.py"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= sys.stdlib_module_names
    assert not imported & {"http", "smtplib", "socket", "urllib"}


# --- what the README says -------------------------------------------------------------------------


def test_every_recipe_is_in_the_readme_and_every_link_leads_somewhere() -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", text_of("README.md")))
    there = {path.name for path in RECIPES.iterdir() if path.suffix != ".pyc"}

    assert there - {"README.md", "__pycache__"} <= links
    assert all((RECIPES / link).exists() for link in links)


def test_records_are_named_in_a_job_as_the_readme_says(clone: Path) -> None:
    (part,) = re.findall(r"^```yaml\n(.*?)^```$", text_of("README.md"), re.DOTALL | re.MULTILINE)
    (history,) = re.findall(r"`(history: \[.*\])`", text_of("README.md"))
    desk = "../../data/scenarios/chat_desk.yaml"
    job = {"reports": [*yaml.safe_load(part), yaml.safe_load(history) | {"scenarios": [desk]}]}
    job_file(clone).write_text(yaml.safe_dump(job))

    pulled, named = read_job(job_file(clone)).parts

    assert pulled.pull.credential == "env:PICKUP_CUSTOMERS"
    assert named.history[0].endswith("{yesterday}.csv")
    assert pulled.is_of_records
    assert named.is_of_records


def test_commands_in_the_readme_are_commands() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```$", text_of("README.md"), re.DOTALL | re.MULTILINE)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]

    assert len(lines) >= 2
    for line in lines:
        parsed(line)


def test_exit_codes_in_the_readme_are_those_of_the_errors() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", text_of("README.md"), re.MULTILINE)
    told = {int(code): meaning for code, meaning in rows}

    def means(error: type[PickupError]) -> str:
        return told.pop(error.exit_code)

    assert "a report failed" in means(NotebookError)
    assert "job file" in means(UsageError)
    assert "target was missed" in means(TargetMissedError)
    assert "another run" in means(GuardError)
    assert set(told) == {0, 130}
