"""CEL804: what a receiver sends at once is early whenever somebody saves in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def shop(program_name: str) -> Iterator[Any]:
    """A program of the shop with its tables, and a running worker."""
    program = load_program("CEL804", program_name)
    tables = django_project.tables_of(program.Order, program.Invoice)
    with tables, in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.mark.parametrize(("dispatch", "model"), [("order", "Order"), ("invoice", "Invoice")])
def test_the_worker_finds_no_row(
    bad: Any, celery_journal: Journal, dispatch: str, model: str
) -> None:
    def wait_for_worker() -> None:
        wait_until(lambda: celery_journal.runs, "the worker, faster than the transaction")

    getattr(bad, dispatch)("ann@example.org", wait_for_worker)

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, getattr(bad, model).DoesNotExist)


@pytest.mark.parametrize("dispatch", ["order", "invoice", "order_without_transaction"])
def test_sent_on_commit_the_row_is_there(good: Any, celery_journal: Journal, dispatch: str) -> None:
    getattr(good, dispatch)("ann@example.org")

    wait_until(lambda: celery_journal.runs, "the worker")
    assert [run.outcome for run in celery_journal.runs] == ["ann@example.org"]
