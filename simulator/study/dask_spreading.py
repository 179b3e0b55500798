"""Work spread over the workers of a Dask cluster, which somebody else started.

The tasks, and the order of their results, are those of processes. Dask runs the tasks of a worker
that is lost on another one; a task that was the end of several workers is given up.
"""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from simulator.errors import PickupError, UsageError
from simulator.study.spreading import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client, Future

    from simulator.study.spreading import Spread

__all__ = ["over_dask"]

CONNECT_S: Final = 10.0
"""How long a scheduler may take to answer."""

FIRST_WORKER_S: Final = 10.0
"""How long to wait for the first worker of a scheduler that has none."""

NO_WORKER_S: Final = 60.0
"""How long to go on without any worker before it is given up."""

SAME: Final = ("simulator", "numpy", "scipy")
"""Packages whose versions the figures hang on."""

T = TypeVar("T")


@contextmanager
def over_dask(address: str) -> Iterator[Spread]:
    """``spread`` by the workers that the scheduler at ``address`` has.

    At most two tasks per thread of a worker are under way or waiting to be taken. The connection
    is closed in the end, and what is not finished by then is dropped.

    Raises:
        UsageError: Dask is not installed, no scheduler answers, or its workers are not as this
            process.
        PickupError: the scheduler or all workers were lost, or a task ended several workers.
    """
    client = _connected(address)
    try:
        _check_workers(client, address)
        ahead = 2 * sum(client.nthreads().values())
        yield lambda function, tasks: in_order(
            lambda task: _Awaited(client, address, function, task), tasks, ahead=ahead
        )
    finally:
        client.close()


class _Awaited(Generic[T]):
    """A task that was submitted, and its result when it is there."""

    def __init__(
        self, client: Client, address: str, function: Callable[..., T], task: tuple[Any, ...]
    ) -> None:
        self._client, self._address = client, address
        # As bytes, so that Dask does not look into scenarios for tasks of its own.
        work = pickle.dumps((function, task), protocol=pickle.HIGHEST_PROTOCOL)
        self._future: Future[T] = client.submit(_run, work, pure=False)

    def result(self) -> T:
        """Wait as long as there are workers.

        A task that is done is not safe: if its worker is lost before the result has come over,
        it is done again. So nothing here waits without an end.
        """
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        while True:
            try:
                found: T = self._future.result(timeout=NO_WORKER_S)
            except KilledWorker as error:
                raise PickupError(
                    f"a task ended several workers of {self._address} one after the other, as "
                    f"happens when their memory is too small: {error}"
                ) from error
            except (CancelledError, OSError) as error:
                if self._future.status == "error":  # the task's own
                    raise
                if not isinstance(error, TimeoutError):
                    raise self._lost(error) from error
                self._check_workers()
            else:
                return found

    def _check_workers(self) -> None:
        """See that somebody is there to do the task."""
        try:
            are_there = bool(self._client.nthreads())
        except OSError as error:
            raise self._lost(error) from error
        if not are_there:
            raise PickupError(
                f"the scheduler at {self._address} has had no worker for a while; start some, and "
                "give the same command again"
            )

    def _lost(self, error: BaseException) -> PickupError:
        return PickupError(
            f"the scheduler at {self._address} was lost ({type(error).__name__}); start it, and "
            "give the same command again"
        )


def _run(work: bytes) -> Any:
    """On a worker: what was submitted."""
    function, task = pickle.loads(work)  # noqa: S301 - by the client that may run anything here
    return function(*task)


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            f"scheduler is {address}, and Dask is not installed; give "
            "`pip install 'pickup-lab[dask]'`, or leave the scheduler out"
        ) from error
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:  # a timeout is an OSError
        raise UsageError(
            f"no scheduler answers at {address} ({type(error).__name__}); start one with "
            "`dask scheduler`, and give the address that it tells, such as tcp://127.0.0.1:8786"
        ) from error


def _check_workers(client: Client, address: str) -> None:
    """See that there are workers, and that they compute what this process would."""
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_S)
    except TimeoutError:
        raise UsageError(
            f"the scheduler at {address} has no workers; start some with `dask worker {address}`"
        ) from None
    told = _versions()
    here = told()
    for worker, there in sorted(client.run(told, on_error="return").items()):
        if isinstance(there, ImportError):
            raise UsageError(
                f"the worker {worker} cannot import what it needs ({there}); install pickup-lab "
                f"{here['simulator']} there"
            )
        if isinstance(there, Exception):
            raise UsageError(f"the worker {worker} cannot tell its versions: {there}") from there
        for name, version in here.items():
            if there[name] != version:
                package = "pickup-lab" if name == "simulator" else name
                raise UsageError(
                    f"the worker {worker} has {package} {there[name]}, and this process {version}; "
                    "figures are the same with the same versions alone"
                )


def _versions() -> Callable[[], dict[str, str]]:
    """A function that tells versions, and travels as source: a worker may lack this package."""
    names = SAME

    def told() -> dict[str, str]:
        from importlib import import_module

        return {name: import_module(name).__version__ for name in names}

    return told
