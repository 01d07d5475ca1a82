"""CEL215: Celery checks no option's type; the worker does not start, or an error is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Task
from celery.exceptions import MaxRetriesExceededError

from tests.proofs.harness import Journal, Run, in_memory, load_program, wait_until, worker_for

URL = "https://shop.example.com/feed"


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL215", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL215", "proof_good")
    with in_memory(program.app):
        yield program


def last_run(program: Any, task: Task, journal: Journal) -> Run:
    """Send a task, and wait for its failure."""
    with worker_for(program.app):
        task.delay(URL)
        wait_until(lambda: [r for r in journal.runs_of(task) if r.state == "FAILURE"], "its end")
    return journal.runs_of(task)[-1]


@pytest.mark.parametrize(
    ("task_name", "message"),
    [
        ("import_feed", "'type' object is not iterable"),
        ("import_prices", "not 'NoneType'"),
    ],
)
def test_a_task_cannot_be_made(task_name: str, message: str) -> None:
    program = load_program("CEL215", "proof_bad")
    # The task is made when something of it is asked for: in a worker, when it starts.
    with pytest.raises(TypeError, match=message):
        getattr(program, task_name).delay(URL)


@pytest.mark.parametrize("task_name", ["import_stock", "import_returns", "import_carts"])
def test_an_error_of_ones_own_takes_the_place_of_the_tasks(
    bad: Any, celery_journal: Journal, task_name: str
) -> None:
    run = last_run(bad, getattr(bad, task_name), celery_journal)
    assert isinstance(run.outcome, (TypeError, AttributeError))
    assert not celery_journal.retries_of(getattr(bad, task_name))


def test_a_list_of_expected_errors_breaks_the_end_of_the_task(bad: Any) -> None:
    with pytest.raises(TypeError, match="isinstance\\(\\) arg 2"):
        bad.import_orders.apply((URL,))


def test_a_tuple_of_expected_errors_does_not(good: Any) -> None:
    assert good.import_orders.apply((URL,)).state == "FAILURE"


def test_a_delay_in_quotes_loses_the_retry(bad: Any, celery_journal: Journal) -> None:
    task = bad.import_customers
    with worker_for(bad.app):
        task.delay(URL)
        wait_until(lambda: celery_journal.runs_of(task), "the only run")
    assert not celery_journal.retries_of(task)


def test_a_delay_as_number_retries(good: Any, celery_journal: Journal) -> None:
    run = last_run(good, good.import_customers, celery_journal)
    assert isinstance(run.outcome, MaxRetriesExceededError)
    assert len(celery_journal.retries_of(good.import_customers)) == 1


def test_a_duration_as_expiry_cannot_be_sent(bad: Any, good: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        bad.import_offers.delay(URL)
    assert good.import_offers.delay(URL).id


def test_a_tuple_of_exceptions_retries(good: Any, celery_journal: Journal) -> None:
    run = last_run(good, good.import_feed, celery_journal)
    assert isinstance(run.outcome, OSError)
    assert len(celery_journal.retries_of(good.import_feed)) == 1
