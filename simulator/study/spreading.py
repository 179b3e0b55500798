"""Work spread over processes or over a Dask cluster, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Pending", "Spread", "cores", "in_order", "spread"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Spread(Protocol):
    """What ``spread`` gives."""

    def __call__(
        self, function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], /
    ) -> Iterator[T]:
        """``function(*task)`` for each task, in the order of the tasks."""


class Pending(Protocol[T_co]):
    """A result that may still be under way."""

    def result(self) -> T_co:
        """Wait for it, and give it or raise what the task raised."""


@contextmanager
def spread(jobs: int, scheduler: str | None = None) -> Iterator[Spread]:
    """Something that gives ``function(*task)`` for each task, in the order of the tasks.

    It may be asked again and again; ``jobs`` processes, started once, share the work (1 stays in
    this one). Function and tasks are handed over by pickle. At most two tasks per process are
    under way or waiting to be taken. Leaving the context early ends the processes.

    Args:
        jobs: processes; without meaning where there is a scheduler.
        scheduler: address of a Dask scheduler, ``tcp://host:port``, whose workers do the work
            instead. Tasks of a worker that is lost are run again.

    Raises:
        UsageError: no scheduler answers there, or its workers are not as this process.
    """
    if scheduler is not None:
        from simulator.study.dask_spreading import over_dask

        with over_dask(scheduler) as results:
            yield results
    elif jobs == 1:
        yield lambda function, tasks: (function(*task) for task in tasks)
    else:
        with _processes(jobs) as executor:
            yield lambda function, tasks: in_order(
                lambda task: executor.submit(_in_worker, function, task), tasks, ahead=2 * jobs
            )


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    submit: Callable[[tuple[Any, ...]], Pending[T]],
    tasks: Iterable[tuple[Any, ...]],
    *,
    ahead: int,
) -> Iterator[T]:
    """The results in the order of the tasks, ``ahead`` of them submitted before the first."""
    coming = iter(tasks)
    waiting = deque(submit(task) for task in islice(coming, ahead))
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(submit(task) for task in islice(coming, 1))


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; told to stop at once if the work is broken off, by ctrl-C or by an error.

    They are asked and not killed: a process that dies while it hands over a result leaves half a
    message behind, for whose other half the pool would wait for ever.
    """
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_Worker.prepare
    )
    try:
        yield executor
    except BaseException:
        if os.name == "posix":  # elsewhere there is no asking: what is under way is finished
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


class _BrokenOffError(Exception):
    """What a task ends with when the process is asked to stop."""


class _Worker:
    """What a process of the pool knows of itself."""

    is_at_work = False
    is_to_stop = False

    @classmethod
    def prepare(cls) -> None:
        """Stop when the first process says so; only that one is to act on ctrl-C."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, cls._stop)

    @classmethod
    def _stop(cls, *_: object) -> None:
        cls.is_to_stop = True
        if cls.is_at_work:
            raise _BrokenOffError

    @classmethod
    @contextmanager
    def working(cls) -> Iterator[None]:
        """Around a task: the time in which a process may drop what it does."""
        cls.is_at_work = True
        try:
            if cls.is_to_stop:
                raise _BrokenOffError
            yield
        finally:
            cls.is_at_work = False


def _in_worker(function: Callable[..., T], task: tuple[Any, ...]) -> T:
    with _Worker.working():
        return function(*task)
