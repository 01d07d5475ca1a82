"""CEL801: a worker does not see what is not committed, and runs what was rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import celery
import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def shop(program_name: str) -> Iterator[Any]:
    """A program of the shop with a table for its orders, and a running worker."""
    program = load_program("CEL801", program_name)
    with django_project.tables_of(program.Order), in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.fixture
def good_on_commit(django_configured: None) -> Iterator[Any]:
    if celery.VERSION[:2] < (5, 4):
        pytest.skip("delay_on_commit came with Celery 5.4")
    yield from shop("proof_good_on_commit")


@pytest.mark.parametrize("dispatch", ["pay", "pay_decorated"])
def test_the_worker_finds_no_row(bad: Any, celery_journal: Journal, dispatch: str) -> None:
    def wait_for_worker() -> None:
        wait_until(lambda: celery_journal.runs, "the worker, faster than the transaction")

    getattr(bad, dispatch)("ann@example.org", wait_for_worker)

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, bad.Order.DoesNotExist)
    assert bad.Order.objects.count() == 1


def test_the_task_runs_though_nothing_happened(bad: Any, celery_journal: Journal) -> None:
    with pytest.raises(bad.Refused):
        bad.pay_and_be_refused("ann@example.org")

    wait_until(lambda: celery_journal.runs, "the task of the order that never was")
    assert [run.state for run in celery_journal.runs] == ["SUCCESS"]
    assert bad.Order.objects.count() == 0


@pytest.mark.parametrize("dispatch", ["pay", "pay_decorated"])
def test_sent_on_commit_the_row_is_there(good: Any, celery_journal: Journal, dispatch: str) -> None:
    getattr(good, dispatch)("ann@example.org")

    wait_until(lambda: celery_journal.runs, "the worker")
    assert [run.outcome for run in celery_journal.runs] == ["receipt for ann@example.org"]


@pytest.mark.parametrize("dispatch", ["pay", "pay_decorated"])
def test_celerys_own_methods_wait_too(
    good_on_commit: Any, celery_journal: Journal, dispatch: str
) -> None:
    getattr(good_on_commit, dispatch)("ann@example.org")

    wait_until(lambda: celery_journal.runs, "the worker")
    assert [run.outcome for run in celery_journal.runs] == ["receipt for ann@example.org"]


def test_nothing_is_sent_for_what_was_rolled_back(good: Any, celery_journal: Journal) -> None:
    with pytest.raises(good.Refused):
        good.pay_and_be_refused("ann@example.org")

    assert celery_journal.messages == []
