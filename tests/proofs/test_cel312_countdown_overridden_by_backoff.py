"""CEL312: a backoff puts the countdown of `retry_kwargs` aside."""

from __future__ import annotations

from celery.exceptions import Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def first_delay(program_name: str, task_name: str, journal: Journal) -> float:
    """The seconds after which Celery retries a task that has failed once."""
    program = load_program("CEL312", program_name)
    task = getattr(program, task_name)
    with in_memory(program.app), worker_for(program.app):
        task.delay(7)
        wait_until(lambda: journal.runs_of(task), "the first attempt")
    outcome = journal.runs_of(task)[0].outcome
    assert isinstance(outcome, Retry)
    delay = outcome.when
    assert isinstance(delay, (int, float))
    return delay


def test_the_countdown_is_never_used(celery_journal: Journal) -> None:
    assert first_delay("proof_bad", "push_customer", celery_journal) <= 2


def test_without_a_backoff_it_is(celery_journal: Journal) -> None:
    assert first_delay("proof_good", "push_customer", celery_journal) == 500


def test_without_the_countdown_the_backoff_is_the_same(celery_journal: Journal) -> None:
    assert first_delay("proof_good", "push_order", celery_journal) <= 2
