"""Records for a report, pulled from a tenant's archive before it is made."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from simulator.errors import ParameterError, PickupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from simulator.reports.jobs.job_file import Job, Part, Pull

__all__ = ["pulled"]

_SOURCE = re.compile(r"(env):([A-Za-z_]\w*)|(keyring):([^/\s]+/\S+)", re.ASCII)


def pulled(pull: Pull, job: Job, part: Part, today: date, tell: Callable[..., None]) -> Path:
    """The file of a tenant's sessions of the last days, pulled anew.

    The file takes the place of the one of the run before once it is whole. When the tenant
    cannot be read the one before stays: the failure is told, and the report says what is late.

    Args:
        pull: from where.
        job: whose folder gets the file.
        part: of the job.
        today: the date of the run.
        tell: called with what happened.
    """
    from simulator import scenario
    from simulator.replay.archive import Question, pull_history

    out = job.folder / f"history-{part.number}.jsonl"
    try:
        zone = ZoneInfo(pull.zone) if pull.zone else scenario.load(part.scenarios[0]).timezone
        question = Question(first=today - timedelta(days=pull.days), zone=zone, topics=pull.topics)
        found = pull_history(
            pull.target, pull.context, question, out, credential=_credential(pull), overwrite=True
        )
    except PickupError as error:
        tell("lost", what=f"reports[{part.number - 1}].pull", message=str(error))
    else:
        tell("pulled", sessions=found.sessions, requests=found.requests)
    return out


def _credential(pull: Pull) -> dict[str, Any]:
    source = _source("credential", pull.credential)
    if pull.app_token is not None:
        source["app_token"] = _source("app_token", pull.app_token)
    return source


def _source(key: str, text: str) -> dict[str, Any]:
    """Where a secret is. What is neither form is not repeated: it may be the secret."""
    found = _SOURCE.fullmatch(text)
    if found is None:
        raise ParameterError(
            f"{key} of pull cannot be read; give env:NAME, where NAME is an environment variable, "
            "or keyring:SERVICE/USER"
        )
    return {found[1] or found[3]: found[2] or found[4]}
