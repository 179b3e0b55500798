"""Kernels that are forks: each is a kernel of its own, like one that is started by itself."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from simulator.reports import plan_notebooks
from simulator.reports.making import orders_of
from simulator.reports.orders import CAN_FORK, Lost, Report, carry_out
from tests.reports.test_making import outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.sessions import Run

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="kernels are forked on Linux alone")

ABOUT = """\
import json, os, random, sys, numpy as np
print(json.dumps({
    "pid": os.getpid(), "group": os.getpgid(0), "folder": os.getcwd(), "name": __name__,
    "arguments": sys.argv[:1], "imported": "simulator.charts" in sys.modules,
    "left_behind": hasattr(sys, "left_behind"),
    "numpy": np.random.random(), "random": random.random(),
}))
sys.left_behind = True"""
DRAWS = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
ASIDE = """\
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    print(pool.submit(abs, -3).result())"""
WAITS = "import asyncio\nawait asyncio.sleep(0.01)\nprint('waited')"
KILLS = """\
import os, pathlib, signal, time
pathlib.Path(where).write_text(str(os.getpid()))
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)"""


@pytest.fixture
def reported(
    run: Run, write_notebook: Callable[..., Path], tmp_path: Path
) -> Callable[..., list[Report | Lost]]:
    """``reported(*notebooks)``: each a list of cells; two at once."""

    def made(*notebooks: list[str]) -> list[Report | Lost]:
        files = [
            write_notebook(tmp_path / f"n{number}.ipynb", "# T", *cells)
            for number, cells in enumerate(notebooks)
        ]
        plans = plan_notebooks(map(str, files), {})
        asked = orders_of(
            run, plans, out=tmp_path / "reports", gates=(), gate_on="value", pdf=False
        )
        return carry_out(asked, workers=2)

    return made


def told(report: Report | Lost) -> str:
    assert isinstance(report, Report)
    assert report.manifest.failure is None
    return outputs(report.page.with_suffix(".ipynb"))


def test_kernels_share_nothing_but_what_is_imported(
    reported: Callable[..., list[Report | Lost]], tmp_path: Path
) -> None:
    found = [json.loads(told(each)) for each in reported([ABOUT], [ABOUT], [ABOUT])]
    for each in found:
        assert each["imported"]
        assert not each["left_behind"]
        assert each["folder"] == str(tmp_path)
        assert each["group"] == each["pid"] != os.getpgid(0)
        assert (each["name"], each["arguments"]) == ("__main__", ["ipykernel_launcher"])
    for name in ("pid", "numpy", "random"):
        assert len({each[name] for each in found}) == 3


def test_what_kernels_do_they_do(reported: Callable[..., list[Report | Lost]]) -> None:
    """Draw into the notebook, wait, and start processes of their own."""
    drawn, waited, aside = reported([DRAWS], [WAITS], [ASIDE])
    assert isinstance(drawn, Report)
    notebook = json.loads(drawn.page.with_suffix(".ipynb").read_text(encoding="utf-8"))
    shown = [each for cell in notebook["cells"] for each in cell.get("outputs", [])]
    assert any("image/png" in each.get("data", {}) for each in shown)
    assert told(waited) == "waited\n"
    assert told(aside) == "3\n"


@pytest.mark.slow
def test_a_kernel_ends_with_its_maker(
    reported: Callable[..., list[Report | Lost]], tmp_path: Path
) -> None:
    lost, other = reported([f"where = {str(tmp_path / 'pid')!r}\n{KILLS}"], ["print(1)"])
    assert isinstance(lost, Lost)
    assert told(other) == "1\n"
    kernel = int((tmp_path / "pid").read_text())
    waiting = time.monotonic()
    while _is_there(kernel) and time.monotonic() - waiting < 30:
        time.sleep(0.1)
    assert not _is_there(kernel)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
