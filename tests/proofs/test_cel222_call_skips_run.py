"""CEL222: the worker calls `__call__` in the place of `run`; `.delay()` gives what it returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def running(program_name: str) -> Iterator[Any]:
    program = load_program("CEL222", program_name)
    program.notes.clear()
    with in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def bad() -> Iterator[Any]:
    yield from running("proof_bad")


@pytest.fixture
def good() -> Iterator[Any]:
    yield from running("proof_good")


def test_a_body_that_is_never_called_never_runs(bad: Any, celery_journal: Journal) -> None:
    assert bad.book.delay("lamp").get(timeout=60, interval=0.02) is None

    assert bad.notes == ["starts lamp"]
    assert [run.state for run in celery_journal.runs] == ["SUCCESS"]


def test_a_dropped_result_is_lost(bad: Any) -> None:
    assert bad.ship.delay("lamp").get(timeout=60, interval=0.02) is None
    assert bad.notes == ["starts lamp", "ships lamp"]


@pytest.mark.parametrize("task_name", ["count", "label"])
def test_nobody_gets_the_result_of_sending(
    bad: Any, celery_journal: Journal, task_name: str
) -> None:
    task = getattr(bad, task_name)
    assert task.delay("lamp") is None
    # It was sent all the same.
    wait_until(lambda: celery_journal.runs_of(task), "the task to run")


@pytest.mark.parametrize(
    ("task_name", "result"),
    [
        ("book", "booked lamp"),
        ("ship", "shipped lamp"),
        ("count", "counted lamp"),
        ("label", "labelled lamp"),
    ],
)
def test_what_is_passed_on_arrives(good: Any, task_name: str, result: str) -> None:
    task = getattr(good, task_name)
    assert task.delay("lamp").get(timeout=60, interval=0.02) == result
