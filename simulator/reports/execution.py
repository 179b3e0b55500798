"""Running one notebook by papermill, in a kernel of this very Python."""

# nbconvert and nbformat are typed in part only.
# mypy: allow-untyped-calls, allow-subclassing-any

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.reports.jupyter import (
    AsyncKernelManager,
    DeadKernelError,
    KernelSpec,
    NBClientEngine,
    PapermillExecutionError,
    get_kernel_dict,
    nbformat,
    papermill,
    papermill_engines,
    write_ipynb,
    zmq,
)
from simulator.reports.warm_kernels import WarmProvisioner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Execution", "Failure", "execute"]

BANNER_TAG = "papermill-error-cell-tag"
"""On the cells that papermill adds to a failed notebook."""

KERNEL_OPTIONS = [
    # Else IPython takes a cell of the one line ``run: str = "…"`` for its command ``%run``.
    "--InteractiveShell.automagic=False",
    # A kernel that is stopped in the middle complains at length; that it failed is told by us.
    "--IPKernelApp.log_level=CRITICAL",
    # What a report runs is not what somebody typed.
    "--HistoryManager.enabled=False",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a notebook stopped, and why."""

    cell: int
    """Its place among the notebook's cells, from 1."""
    error: str
    message: str
    """Its first line says what happened."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A notebook that has run, whole or as far as it came."""

    notebook: Any
    """The executed ``NotebookNode``, without the banner cells that papermill adds."""
    failure: Failure | None
    seconds: float


class _OwnKernelManager(AsyncKernelManager):
    """Starts the kernel of the running Python, whatever ``python3`` is registered as.

    A kernel spec of that name in the user's folders comes before the environment's and often
    belongs to another Python, one without this package.
    """

    @property
    def kernel_spec(self) -> KernelSpec:
        """The spec that every kernel name stands for here."""
        return KernelSpec(**get_kernel_dict(extra_arguments=KERNEL_OPTIONS))

    def _transport_encryption_default(self) -> str:
        """Session data is not for every user of the machine; where it can, the kernel encrypts."""
        return "auto" if zmq.has("curve") else "disabled"


class _WarmKernelManager(_OwnKernelManager):
    """Forks the kernel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.provisioner = WarmProvisioner(kernel_spec=self.kernel_spec, parent=self)


class _SavedOnce(NBClientEngine):
    """Writes the notebook when it has run, or as far as it came when the kernel dies.

    Papermill's own engine writes it anew before and after every cell, while the kernel waits.
    """

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: str | None = None, **options: Any
    ) -> Any:
        """Run all cells; papermill itself writes what comes of it."""
        try:
            return super().execute_notebook(nb, kernel_name, output_path=None, **options)
        except BaseException:
            write_ipynb(nb, output_path)
            raise


papermill_engines.register("saved-once", _SavedOnce)


def execute(
    notebook: Path,
    parameters: Mapping[str, object],
    executed: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    warm: bool = False,
) -> Execution:
    """Run a notebook in its own folder and write the executed copy, also when it fails midway.

    Args:
        notebook: The .ipynb file; it is not changed.
        parameters: Checked ones (see :mod:`simulator.reports.parameters`).
        executed: Where the executed copy goes.
        progress: Called with (cells done, cells) before each cell.
        warm: The kernel is a fork (see :mod:`simulator.reports.warm_kernels`).
    """
    began = time.perf_counter()
    failure = None
    try:
        papermill.execute_notebook(
            notebook,
            executed,
            parameters=dict(parameters),
            engine_name="saved-once",
            kernel_name="python3",
            language="python",
            kernel_manager_class=_WarmKernelManager if warm else _OwnKernelManager,
            resources={"metadata": {"path": str(notebook.parent)}},
            progress_bar=False,
            on_cell_start=_counting(notebook, progress) if progress else None,
        )
    except PapermillExecutionError as error:
        failure = (error.ename, error.evalue)
    except DeadKernelError as error:
        failure = ("kernel died", f"{error}; often it ran out of memory")
    seconds = time.perf_counter() - began
    run = nbformat.read(executed, as_version=4)
    run.cells = [cell for cell in run.cells if BANNER_TAG not in cell.metadata.get("tags", [])]
    where = Failure(_last_begun(run), *failure) if failure else None
    return Execution(run, where, seconds)


def _last_begun(notebook: Any) -> int:
    """Papermill notes when it begins each cell, and does not go on after a failure."""
    begun = [
        place
        for place, cell in enumerate(notebook.cells, start=1)
        if cell.metadata.get("papermill", {}).get("start_time")
    ]
    return begun[-1]


def _counting(notebook: Path, progress: Callable[[int, int], None]) -> Callable[..., None]:
    total = len(nbformat.read(notebook, as_version=4).cells)

    def tell(*, cell_index: int, **_: Any) -> None:
        # papermill adds a cell for the parameters; the count is for people, so it is capped.
        progress(min(cell_index, total), total)

    return tell
