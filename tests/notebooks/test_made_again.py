"""Every shipped notebook shows the same when it is run again on the same run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import scenario, study
from simulator.reports import make_reports, plan_notebooks
from simulator.reports.verifying import verify
from simulator.sessions import open_run

if TYPE_CHECKING:
    from simulator.sessions import Run

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    world = scenario.load(ROOT / "data/scenarios/chat_desk.yaml")
    folder = tmp_path_factory.mktemp("runs") / "chat_desk"
    return open_run(study.simulate(world, replications=2, seed=3, out=folder))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_its_figures_are_the_same_when_it_is_made_again(
    notebook: Path, run: Run, tmp_path: Path
) -> None:
    (report,) = make_reports([run], plan_notebooks([str(notebook)], {}), out=tmp_path)
    verified = verify(report.page)
    assert verified.verdict == "same", "\n".join(map(str, verified.differences))
    assert "drawn differently" not in verified.reason
    assert verified.compared >= 5
