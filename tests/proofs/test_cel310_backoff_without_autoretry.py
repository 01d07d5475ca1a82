"""CEL310: without `autoretry_for` nothing reads the options of the automatic retry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.harness import Journal, Run, in_memory, load_program, wait_until, worker_for

#: Celery's own default_retry_delay, in seconds.
DEFAULT_DELAY = 180


def first_run(program: Any, task_name: str, journal: Journal) -> Run:
    task = getattr(program, task_name)
    with in_memory(program.app), worker_for(program.app):
        task.delay(7)
        wait_until(lambda: journal.runs_of(task), "the first attempt")
    return journal.runs_of(task)[0]


@pytest.mark.parametrize("task_name", ["push_customer", "push_contact"])
def test_a_retry_by_hand_waits_the_default_delay(celery_journal: Journal, task_name: str) -> None:
    run = first_run(load_program("CEL310", "proof_bad"), task_name, celery_journal)

    assert (run.state, run.outcome.when) == ("RETRY", DEFAULT_DELAY)


def test_nothing_retries_the_task_by_itself(celery_journal: Journal) -> None:
    program = load_program("CEL310", "proof_bad")
    run = first_run(program, "push_order", celery_journal)

    assert (run.state, type(run.outcome)) == ("FAILURE", ConnectionError)
    assert celery_journal.retries_of(program.push_order) == []


@pytest.mark.parametrize("task_name", ["push_customer", "push_contact", "push_order"])
def test_with_errors_named_or_a_countdown_the_delay_is_the_chosen_one(
    celery_journal: Journal, task_name: str
) -> None:
    run = first_run(load_program("CEL310", "proof_good"), task_name, celery_journal)

    assert run.state == "RETRY"
    assert 0 <= run.outcome.when <= 20
