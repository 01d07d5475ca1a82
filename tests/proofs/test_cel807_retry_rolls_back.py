"""CEL807: a retry is an exception, and takes back what the handler before it has written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def status_after(program: Any, task_name: str, journal: Journal, states: list[str]) -> object:
    """The status of an open order when `task_name` has failed on it, in the given states."""
    with django_project.tables_of(program.Order), in_memory(program.app):
        order = program.Order.objects.create(status="open")
        with worker_for(program.app):
            getattr(program, task_name).delay(order.pk)
            wait_until(lambda: len(journal.runs) == len(states), "the task and its retries")
        assert [run.state for run in journal.runs] == states
        order.refresh_from_db()
        return order.status


@pytest.mark.parametrize(
    ("task_name", "states"), [("charge", ["RETRY", "FAILURE"]), ("charge_once", ["FAILURE"])]
)
@pytest.mark.parametrize(
    ("program_name", "status"), [("proof_bad", "open"), ("proof_good", "failed")]
)
def test_the_status_is_what_the_transaction_leaves(
    django_configured: None,
    celery_journal: Journal,
    program_name: str,
    status: str,
    task_name: str,
    states: list[str],
) -> None:
    program = load_program("CEL807", program_name)

    assert status_after(program, task_name, celery_journal, states) == status
