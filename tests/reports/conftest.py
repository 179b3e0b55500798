"""A run folder with hand-written figures, and notebooks written in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from simulator.sessions import Replication, open_run, write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.sessions import Run

FIRST_MESSAGE = "<script>document.title = 'stolen'</script> & <b onclick=alert(1)>hello\x00</b>"


def leaf(
    value: float | None, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 2}


SUMMARY = {
    "overall": {
        "threshold_s": leaf(60.0, 60.0, 60.0),
        "service_level": {"of_all": leaf(0.812, 0.79, 0.834), "of_served": leaf(0.86, 0.84, 0.88)},
        "asa_s": leaf(41.5, 38.0, 45.0),
        "abandonment": leaf(0.052, 0.047, 0.057),
        "concurrency": leaf(None),
    },
    "topics": {"Billing": {"asa_s": leaf(55.0, 50.0, 60.0)}},
    "intervals": [],
}


def write_small_run(path: Path, *, summary: dict[str, Any] = SUMMARY, seed: int = 7) -> Run:
    """A complete run folder of two sessions and the summary as given."""
    sessions = pa.table(
        {
            "replication": pa.array([1, 1], pa.int32()),
            "wait_s": [12.0, 95.5],
            "first_message": [FIRST_MESSAGE, "Hello"],
        }
    )
    write_run(
        path,
        [
            Replication(
                number=1, engine="simpy", workload=sessions, sessions=sessions, agents=sessions
            )
        ],
        scenario_yaml="name: corner shop\n",
        summarise=lambda _sessions, _agents: summary,
        provenance={
            "scenario": "corner shop",
            "scenario_hash": "ab" * 32,
            "seed": seed,
            "replications": 2,
            "package": "0.1.0",
        },
    )
    return open_run(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_small_run(tmp_path_factory.mktemp("runs") / "corner-shop-seed7")


PARAMETERS = 'run: str = ""  # the run folder\nthreshold_s: float = 60.0  # seconds'


@pytest.fixture(scope="session")
def write_notebook() -> Callable[..., Path]:
    """``write_notebook(path, *cells)``: text beginning with # is Markdown, anything else code."""
    from simulator.reports.jupyter import nbformat

    v4 = nbformat.v4

    def write(path: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
        declared = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        written = [
            v4.new_markdown_cell(text) if text.startswith("#") else v4.new_code_cell(text)
            for text in cells
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = v4.new_notebook(cells=[declared, *written], metadata={"kernelspec": kernel})
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write
