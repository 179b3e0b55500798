"""Work spread over processes: the order of the results, how much is under way, errors."""

from __future__ import annotations

import multiprocessing
import operator

import pytest

from simulator.study import cores, spread
from simulator.study.spreading import in_order


class Log:
    """Submits to nobody: results are computed when they are asked for."""

    def __init__(self):
        self.told = []

    def submit(self, task):
        self.told.append(("submitted", *task))
        log = self

        class Pending:
            def result(self):
                log.told.append(("taken", *task))
                return task[0]

        return Pending()


def test_no_more_tasks_are_submitted_than_may_be_ahead():
    log = Log()
    numbers = in_order(log.submit, ((number,) for number in range(4)), ahead=2)
    assert log.told == []
    assert list(numbers) == [0, 1, 2, 3]
    assert log.told == [
        ("submitted", 0),
        ("submitted", 1),
        ("taken", 0),
        ("submitted", 2),
        ("taken", 1),
        ("submitted", 3),
        ("taken", 2),
        ("taken", 3),
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks_again_and_again(jobs):
    with spread(jobs) as results:
        assert list(results(operator.pow, [(n, 2) for n in range(9)])) == [n**2 for n in range(9)]
        assert list(results(operator.neg, [(1,), (2,)])) == [-1, -2]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_task_is_raised_in_its_turn(jobs):
    with spread(jobs) as results:
        numbers = results(operator.floordiv, [(6, 3), (1, 0), (2, 1)])
        assert next(numbers) == 2
        with pytest.raises(ZeroDivisionError):
            next(numbers)
    assert multiprocessing.active_children() == []


def test_no_tasks_give_no_results():
    with spread(1) as results:
        assert list(results(operator.neg, [])) == []


def test_there_is_a_core():
    assert cores() >= 1
