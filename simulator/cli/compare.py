"""``pickup compare``: scenarios beside each other, customer by customer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.simulate import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simulator.comparison import Comparison
    from simulator.scenario import Scenario
    from simulator.sessions import Run

__all__ = ["By", "command"]


class By(StrEnum):
    """What the differences can be split by."""

    TOPIC = "topic"
    INTERVAL = "interval"


def command(
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="[LABEL=]RUN_OR_SCENARIO...",
            help="Scenario files to simulate, or finished run folders; the first is the base.",
            show_default=False,
        ),
    ],
    base: Annotated[
        str | None,
        typer.Option(
            help="Name of the scenario the others are held against.  [default: the first]"
        ),
    ] = None,
    one_more_agent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GROUP",
            help="Compare with the base with one more agent in this group, too; may be repeated.",
        ),
    ] = None,
    figure: Annotated[
        list[str] | None,
        typer.Option(help="Only this figure, such as asa_s or service_level; may be repeated."),
    ] = None,
    by: Annotated[
        By | None, typer.Option(help="Split by topic or by time of day.", show_default=False)
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications", "-n", min=1, help="[default: as the finished runs, else 20]"
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", "-s", min=0, help="[default: as the finished runs, else 1]"),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="auto takes the fastest there is.")] = Engine.AUTO,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes.  [default: one per core]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another run of a scenario.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the differences to this .csv or .parquet file."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Make the report scenario_comparison, too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print sentences and differences as one JSON object.")
    ] = False,
) -> None:
    """Compare scenarios under common random numbers: which is better, by how much, how sure.

    Scenario files are simulated with one seed, so that all meet the same customers; of finished
    runs, seed and replications must agree. Prints sentences and a table of paired differences;
    with --out or --report the paths, and the sentences on stderr.
    """
    from simulator import comparison

    _check_file(out)
    sides = [_Side.read(text) for text in subjects]
    place = _place_of(base, sides)
    sides += [sides[place].with_one_more(group) for group in one_more_agent or ()]
    names = [side.name for side in sides]
    comparison.check_comparable([side.scenario for side in sides], names, base=place)
    wanted = [name for asked in figure or () for name in _figures(asked)]
    study = _Study(replications, seed, engine, jobs, overwrite)
    runs = study.runs([side.subject for side in sides])
    found = comparison.compare(runs, base=place, level=level, names=names)
    frame = _chosen(found, wanted, by)
    made = [*_written(frame, out), *(_reported(found, runs, place, jobs) if report else ())]
    _say(found, frame, made, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Side:
    """A scenario or a run to be compared, and what it is called."""

    name: str
    subject: Scenario | Run

    @classmethod
    def read(cls, text: str) -> _Side:
        """What ``PATH`` or ``LABEL=PATH`` names."""
        from simulator.comparison import opened

        label, equals, path = text.partition("=")
        if not equals or Path(text).exists():
            label, path = "", text
        subject = opened(path)
        return cls(label or _scenario(subject).name, subject)

    @property
    def scenario(self) -> Scenario:
        """The world, also of a finished run."""
        return _scenario(self.subject)

    def with_one_more(self, group: str) -> _Side:
        """The same with one more agent in a group."""
        from simulator.comparison import one_more_agent

        return _Side(f"{self.name} +1 {group}", one_more_agent(self.scenario, group))


def _scenario(subject: Scenario | Run) -> Scenario:
    from simulator.sessions import Run

    return subject.scenario if isinstance(subject, Run) else subject


@dataclass(frozen=True, slots=True)
class _Study:
    """How scenarios are simulated."""

    replications: int | None
    seed: int | None
    engine: Engine
    jobs: int | None
    overwrite: bool

    def runs(self, subjects: Sequence[Scenario | Run]) -> tuple[Run, ...]:
        from simulator import study
        from simulator.cli.progress import Progress
        from simulator.comparison import runs_of

        with Progress("replication", "replications") as progress:
            return runs_of(
                subjects,
                replications=self.replications,
                seed=self.seed,
                engine=self.engine.value,
                jobs=self.jobs or study.cores(),
                overwrite=self.overwrite,
                progress=progress,
            )


def _place_of(base: str | None, sides: Sequence[_Side]) -> int:
    from simulator.errors import ParameterError
    from simulator.spelling import did_you_mean

    names = [side.name for side in sides]
    if base is None:
        return 0
    if base not in names:
        raise ParameterError(
            f"--base '{base}' is none of the scenarios compared{did_you_mean(base, names)} "
            f"Give one of: {', '.join(names)}"
        )
    return names.index(base)


def _check_file(out: Path | None) -> None:
    from simulator.errors import ParameterError

    if out is not None and out.suffix not in (".csv", ".parquet"):
        raise ParameterError(f"--out '{out}' is neither .csv nor .parquet; name a file of one kind")


def _chosen(found: Comparison, wanted: Sequence[str], by: By | None) -> pd.DataFrame:
    """The rows asked for; of a split that names no figure, those of the service level."""
    frame = {None: found.differences, By.TOPIC: found.by_topic, By.INTERVAL: found.by_interval}[by]
    if not wanted and by is None:
        return frame
    return frame[frame["figure"].isin(wanted or [found.definition])]


def _figures(asked: str) -> list[str]:
    """The figures of that name, or of the group of that name (``wait_s``)."""
    from simulator.comparison import FIGURES
    from simulator.errors import ParameterError
    from simulator.spelling import did_you_mean

    found = [name for name in FIGURES if asked in (name, name.partition(".")[0])]
    if not found:
        raise ParameterError(
            f"there is no figure '{asked}'{did_you_mean(asked, FIGURES)} "
            f"Give one of: {', '.join(FIGURES)}"
        )
    return found


def _written(frame: pd.DataFrame, out: Path | None) -> list[str]:
    if out is None:
        return []
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        frame.to_csv(out, index=False, lineterminator="\n")
    else:
        frame.to_parquet(out, index=False)
    return [str(out)]


def _reported(found: Comparison, runs: Sequence[Run], place: int, jobs: int | None) -> list[str]:
    from simulator import reports

    others = [str(run.path.absolute()) for at, run in enumerate(runs) if at != place]
    given = {"other_runs": others, "names": list(found.names)}
    plans = reports.plan_notebooks(["scenario_comparison"], given)
    made = reports.make_reports([runs[place]], plans, jobs=jobs)
    reports.raise_for(made)
    return [str(report.page) for report in made]


def _say(found: Comparison, frame: pd.DataFrame, made: list[str], *, as_json: bool) -> None:
    """Sentences and table; or the paths of what was made, with the sentences on stderr."""
    from simulator.comparison import difference_table

    if as_json:
        typer.echo(json.dumps(_told(found, frame, made), ensure_ascii=False))
        return
    typer.echo("\n".join(found.sentences), err=bool(made))
    typer.echo("\n".join(made) if made else f"\n{_lines(difference_table(found, frame))}")


def _told(found: Comparison, frame: pd.DataFrame, made: list[str]) -> dict[str, Any]:
    return {
        "scenarios": list(found.names),
        "replications": found.replications,
        "level": found.level,
        "level_each": found.level_each,
        "threshold_s": found.threshold_s,
        "sentences": list(found.sentences),
        "differences": json.loads(frame.to_json(orient="records", double_precision=12)),
        "files": made,
    }


def _lines(table: pd.DataFrame) -> str:
    """The table in columns: words to the left, numbers to the right."""
    columns = [[str(name), *table[name]] for name in table]
    widths = [max(map(len, column)) for column in columns]
    words = [name in ("scenario", "figure", "topic", "time", "verdict") for name in table]
    rows = [
        "  ".join(
            cell.ljust(width) if is_word else cell.rjust(width)
            for cell, width, is_word in zip(row, widths, words, strict=True)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return "\n".join(rows)
