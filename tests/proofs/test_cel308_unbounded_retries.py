"""CEL308: with `max_retries=None` a task that cannot succeed runs again and again, unrecorded."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

#: Far more than the retries of any task that has a number of them.
MANY = 100


@pytest.mark.parametrize("task_name", ["push_customer", "push_order"])
def test_without_a_number_it_never_ends(celery_journal: Journal, task_name: str) -> None:
    program = load_program("CEL308", "proof_bad")
    task = getattr(program, task_name)

    with in_memory(program.app), worker_for(program.app):
        task.delay(7)
        wait_until(lambda: len(celery_journal.runs_of(task)) >= MANY, f"{MANY} attempts")

    assert {run.state for run in celery_journal.runs_of(task)} == {"RETRY"}


@pytest.mark.parametrize("task_name", ["push_customer", "push_order", "push_contact", "push_lead"])
def test_with_a_number_it_ends_as_a_failure(celery_journal: Journal, task_name: str) -> None:
    program = load_program("CEL308", "proof_good")
    task = getattr(program, task_name)

    with in_memory(program.app), worker_for(program.app):
        result = task.delay(7)
        with pytest.raises(ConnectionError):
            result.get(timeout=60, interval=0.02)

    states = [run.state for run in celery_journal.runs_of(task)]
    assert states == ["RETRY"] * 5 + ["FAILURE"]
