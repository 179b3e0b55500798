"""Which notebooks, with which parameters: all of it checked before anything is started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import ParameterError, UsageError
from simulator.reports import parameters as declared_parameters
from simulator.reports.relative_dates import date_of
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from simulator.reports.parameters import Parameter

__all__ = ["DEFAULT_NOTEBOOK", "OF_A_RUN", "OF_RECORDS", "Plan", "find_notebook", "plan_notebooks"]

DEFAULT_NOTEBOOK = "service_report"
OF_A_RUN = ("run",)
"""The parameters by which a notebook is told of a run, a sweep or a replay."""
OF_RECORDS = ("scenario_file", "history_files", "kind", "zone", "day")
"""Those by which it is told of the records of a day."""

_SHIPPED = Path(__file__).parents[2] / "notebooks"


@dataclass(frozen=True, slots=True)
class Plan:
    """A notebook and the parameters for it, checked; what it is about comes later."""

    notebook: Path
    parameters: dict[str, object]
    as_of: str = ""
    """Today's ISO date, where a parameter or the default of one is relative to it."""


def find_notebook(name: str, folder: Path = Path()) -> Path:
    """The notebook of that name: a path to an .ipynb, or one in ``notebooks/``, here or shipped.

    Args:
        name: A name, or a path that ends with .ipynb.
        folder: Where here is.

    Raises:
        UsageError: There is none.
    """
    folders = (folder / "notebooks", _SHIPPED)
    if name.endswith(".ipynb"):
        tried = [folder / Path(name).expanduser()]
    else:
        tried = [folder / f"{name}.ipynb" for folder in folders]
    for path in tried:
        if path.is_file():
            return path.resolve()
    names = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    raise UsageError(
        f"there is no notebook '{name}'{did_you_mean(name, names)} "
        f"Give a path to an .ipynb file or one of: {', '.join(names) or 'none here'}"
    )


def plan_notebooks(
    notebooks: Iterable[str],
    given: Mapping[str, object],
    *,
    as_text: bool = False,
    told_by: Collection[str] = OF_A_RUN,
    folder: Path = Path(),
) -> list[Plan]:
    """The notebooks with the parameters that each of them takes, before anything is started.

    A parameter must be known to one notebook at least, and goes to all that know it.

    Args:
        notebooks: Names or paths.
        given: Parameters by name.
        as_text: The values are texts, as from the command line, and mean what the notebook's
            declared type makes of them.
        told_by: The parameters by which the notebooks are told what they are about.
        folder: What relative paths start from.

    Raises:
        UsageError: There is no such notebook.
        ParameterError: A name is unknown to all notebooks, a value is of the wrong type, or a
            notebook does not take what it would be told.
    """
    found = [find_notebook(name, folder) for name in dict.fromkeys(notebooks)]
    known = {path: declared_parameters.declared(path) for path in found}
    if taken := [name for name in given if name in told_by]:
        raise ParameterError(
            f"parameter '{taken[0]}' is {_meant(taken[0])}; name it as an argument"
        )
    for path in found:
        _must_take(told_by, path, known[path])
    plans = []
    for path in found:
        values = _parameters_for(path, known, given, as_text=as_text, folder=folder)
        plans.append(Plan(path, values, _as_of(values, known[path])))
    return plans


def _as_of(values: Mapping[str, object], own: Mapping[str, Parameter]) -> str:
    today = datetime.now().astimezone().date()
    meant = {name: values.get(name, parameter.default) for name, parameter in own.items()}
    is_relative = any(isinstance(value, str) and date_of(value, today) for value in meant.values())
    return today.isoformat() if is_relative else ""


def _meant(name: str) -> str:
    return "the run reported on" if name == "run" else "told by the records reported on"


def _must_take(told_by: Collection[str], path: Path, own: Mapping[str, Parameter]) -> None:
    if "run" in told_by and "run" not in own:
        raise ParameterError(
            f"notebook '{path.stem}' takes no parameter 'run'; give it a cell tagged "
            "'parameters' with a line such as: run: str = \"data/runs/example\""
        )
    if missing := [name for name in told_by if name not in own]:
        raise ParameterError(
            f"notebook '{path.stem}' takes no parameter '{missing[0]}', so it cannot be told of "
            "records; take one that does, such as daily_report"
        )


def _parameters_for(
    path: Path,
    known: Mapping[Path, Mapping[str, Parameter]],
    given: Mapping[str, object],
    *,
    as_text: bool,
    folder: Path,
) -> dict[str, object]:
    own = known[path]
    elsewhere = {name for other in known.values() for name in other} - set(own)
    mine = {name: value for name, value in given.items() if name not in elsewhere}
    if as_text:
        mine = {
            name: declared_parameters.from_text(name, str(text), own, notebook=path.stem)
            for name, text in mine.items()
        }
    return declared_parameters.check(mine, own, notebook=path.stem, folder=folder)
