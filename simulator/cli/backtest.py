"""``pickup backtest``: a scenario held against days that it was not fitted to."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.histories import First, HistoryFiles, Jobs, Kind, Last, zone_of

if TYPE_CHECKING:
    import pandas as pd

    from simulator.calibration.backtesting import Backtest

__all__ = ["command"]


def command(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).", show_default=False)],
    history: HistoryFiles,
    kind: Kind = "auto",
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="IANA time zone of the history.  [default: the scenario's]"),
    ] = None,
    first: First = None,
    last: Last = None,
    all_days: Annotated[
        bool, typer.Option("--all-days", help="Judge the days that were fitted, too.")
    ] = False,
    replications: Annotated[int, typer.Option("--replications", "-n", min=2)] = 200,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0)] = 1,
    jobs: Jobs = None,
    by: Annotated[str, typer.Option("--by", help="Length of an interval: 30m, 1h.")] = "60m",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write bands beside actuals to this .csv or .parquet file."
        ),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 3 unless the scenario is fit for planning.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print verdict and figures as one JSON object.")
    ] = False,
) -> None:
    """Simulate recorded days and hold them against the records.

    The days that the scenario was fitted to (NAME.calibration.json beside it) are left out. Prints
    the verdict, how often the actual lies in the predicted bands, and the errors beside those of a
    naive forecast; with --out the file's path, and the verdict on stderr.
    """
    from simulator import scenario as scenarios
    from simulator import study
    from simulator.calibration.backtesting import backtest
    from simulator.calibration.history import read_history
    from simulator.cli.progress import Progress

    _check_file(out)
    by_min = _minutes(by)
    here = scenarios.load(scenario).timezone
    records = read_history(history, kind=kind, zone=zone_of(zone) or here)
    with Progress("replication", "replications") as progress:
        found = backtest(
            scenario,
            records,
            first=None if first is None else first.date(),
            last=None if last is None else last.date(),
            all_days=all_days,
            by_min=by_min,
            replications=replications,
            seed=seed,
            jobs=jobs or study.cores(),
            progress=progress,
        )
    _write(found.bands, out)
    _say(found, out, as_json=as_json)
    _check_gate(found, asked=gate)


def _check_file(out: Path | None) -> None:
    from simulator.errors import ParameterError

    if out is not None and out.suffix not in (".csv", ".parquet"):
        raise ParameterError(f"--out '{out}' is neither .csv nor .parquet; name a file of one kind")


def _minutes(text: str) -> int:
    """Whole minutes of ``60m`` or ``1h``."""
    from simulator.errors import ParameterError
    from simulator.scenario.durations import parse_duration

    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ParameterError(f"--by '{text}' {error}") from error
    if seconds <= 0 or seconds % 60:
        raise ParameterError(f"--by is '{text}'; give whole minutes, as in 60m, 30m or 15m")
    return int(seconds // 60)


def _check_gate(found: "Backtest", *, asked: bool) -> None:
    from simulator.errors import TargetMissedError

    if asked and not found.is_fit:
        raise TargetMissedError(found.verdict[0])


def _write(frame: "pd.DataFrame", out: Path | None) -> None:
    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        frame.to_csv(out, index=False, lineterminator="\n")
    else:
        frame.to_parquet(out, index=False)


def _say(found: "Backtest", out: Path | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_told(found, out), ensure_ascii=False))
        return
    typer.echo("\n".join(found.verdict), err=out is not None)
    if out is not None:
        typer.echo(out)
        return
    for frame in (found.coverage, found.errors):
        typer.echo(f"\n{_lines(frame)}")


def _lines(frame: "pd.DataFrame") -> str:
    """A table for the eye: all topics alone where there are no others."""
    plain = frame if len(frame["topic"].unique()) > 1 else frame.drop(columns="topic")
    return plain.to_string(index=False, float_format="{:,.3g}".format, na_rep="–")


def _told(found: "Backtest", out: Path | None) -> dict[str, Any]:
    left_out = found.left_out
    return {
        "scenario": found.scenario,
        "is_fit": found.is_fit,
        "verdict": list(found.verdict),
        "dates": [str(day) for day in found.dates],
        "left_out": {
            "fitted": [str(day) for day in left_out.fitted],
            "holes": [str(day) for day in left_out.holes],
        },
        "by_min": found.by_min,
        "replications": found.replications,
        "seed": found.seed,
        "levels": _rows(found.levels),
        "coverage": _rows(found.coverage),
        "errors": _rows(found.errors),
        "skipped": _rows(found.skipped),
        "out": None if out is None else str(out),
    }


def _rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records"))
    return rows
