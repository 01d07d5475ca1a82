"""CEL811: a task that is sent before the save gets None, or reads the old row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def shop(program_name: str) -> Iterator[Any]:
    """A program of the shop with a table for its orders, and a running worker."""
    program = load_program("CEL811", program_name)
    with django_project.tables_of(program.Order), in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.fixture
def wait_for_worker(celery_journal: Journal) -> Callable[[], None]:
    return lambda: wait_until(lambda: celery_journal.runs, "the worker, faster than the view")


def test_the_key_of_what_was_never_saved_is_none(
    bad: Any, celery_journal: Journal, wait_for_worker: Callable[[], None]
) -> None:
    bad.create(wait_for_worker)

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, bad.Order.DoesNotExist)
    assert bad.Order.objects.count() == 1


def test_the_worker_reads_the_row_of_before_the_change(
    bad: Any, celery_journal: Journal, wait_for_worker: Callable[[], None]
) -> None:
    order = bad.Order.objects.create(status="open")

    bad.pay(order.pk, wait_for_worker)

    assert [run.outcome for run in celery_journal.runs] == ["open"]
    order.refresh_from_db()
    assert order.status == "paid"


def test_behind_the_save_the_row_is_as_it_should_be(
    good: Any, celery_journal: Journal, wait_for_worker: Callable[[], None]
) -> None:
    good.create(wait_for_worker)
    order = good.Order.objects.create(status="open")
    good.pay(order.pk, lambda: wait_until(lambda: len(celery_journal.runs) == 2, "both tasks"))

    assert [run.outcome for run in celery_journal.runs] == ["new", "paid"]
