"""CEL311: without jitter all that failed together waits exactly as long as each other."""

from __future__ import annotations

import random

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

FAILING = 20


def delays(program_name: str, journal: Journal, attempt: int) -> list[float]:
    """The delays, in seconds, that Celery chooses after that attempt (0 is the first)."""
    program = load_program("CEL311", program_name)
    task = program.push_customer
    with in_memory(program.app):
        for customer_id in range(FAILING):
            task.apply_async((customer_id,), retries=attempt)
        with worker_for(program.app):
            wait_until(lambda: len(journal.runs_of(task)) >= FAILING, "the tasks to fail")
    chosen = [run.outcome.when for run in journal.runs_of(task) if run.retries == attempt]
    # Retries with no delay at all run at once, and add attempts of a later number.
    return chosen[:FAILING]


def test_without_jitter_all_come_back_at_the_same_instant(celery_journal: Journal) -> None:
    assert delays("proof_bad", celery_journal, 0) == [30] * FAILING


def test_they_do_so_each_time(celery_journal: Journal) -> None:
    assert delays("proof_bad", celery_journal, 2) == [120] * FAILING


def test_with_jitter_they_are_spread(celery_journal: Journal) -> None:
    random.seed(311)
    chosen = delays("proof_good", celery_journal, 0)

    assert len(chosen) == FAILING
    assert len(set(chosen)) > 10
    assert max(chosen) <= 30
