"""Orders carried out side by side: whatever befalls one, the others come, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.errors import NotebookError
from simulator.reports import plan_notebooks
from simulator.reports.making import orders_of, raise_all
from simulator.reports.orders import Lost, Order, Report, carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simulator.sessions import Run

KILLS_ITS_MAKER = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)"


def orders(run: Run, notebooks: Sequence[Path], out: Path) -> list[Order]:
    plans = plan_notebooks(map(str, notebooks), {})
    return orders_of(run, plans, out=out, gates=(), gate_on="value", pdf=False)


@pytest.mark.slow
def test_a_process_that_is_killed_takes_only_its_own_report_with_it(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    asked = orders(
        run,
        [
            write_notebook(tmp_path / "kills.ipynb", "# K", KILLS_ITS_MAKER),
            write_notebook(tmp_path / "works.ipynb", "# W", "print('worked')"),
        ],
        tmp_path / "reports",
    )
    told: list[Report | Lost] = []
    killed, worked = carry_out(asked, workers=2, told=told.append)
    assert isinstance(killed, Lost)
    assert isinstance(worked, Report)
    assert "worked" in worked.page.read_text(encoding="utf-8")
    assert len(told) == 2
    assert not killed.order.spot.manifest.exists()
    with pytest.raises(NotebookError, match=r"'kills' on corner shop, seed 7 could not be made: "):
        raise_all([killed.error])


def test_a_place_that_cannot_be_written_is_told_with_what_to_do(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# T")
    (order,) = orders(run, [notebook], tmp_path / "reports")
    order.spot.folder.parent.mkdir()
    order.spot.folder.write_text("a file where a folder should be")
    (lost,) = carry_out([order], workers=1)
    assert isinstance(lost, Lost)
    assert "could not be written, and nothing was left of it: " in str(lost.error)
    assert "give another place" in str(lost.error)
    assert order.spot.folder.read_text() == "a file where a folder should be"
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [order.spot.folder.name]


def test_several_that_are_lost_are_all_named(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = orders(
        run,
        [write_notebook(tmp_path / f"{name}.ipynb", "# T") for name in ("a", "b")],
        tmp_path / "reports",
    )
    lost = [Lost(order, NotebookError(order.name)) for order in (first, second, first)]
    with pytest.raises(NotebookError) as caught:
        raise_all(each.error for each in lost)
    assert str(caught.value).splitlines() == [first.name, second.name]
