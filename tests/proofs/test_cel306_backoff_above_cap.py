"""CEL306: a backoff whose first step is not below its cap is that cap, at each retry.

Nothing here waits for a retry: the delay stands in the Retry exception that ends an attempt.
"""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def delays(program_name: str, name: str, journal: Journal) -> list[float]:
    """The delays in seconds, by number of the attempt, after which Celery retries."""
    program = load_program("CEL306", program_name)
    task = getattr(program, name)
    attempts = (0, 1, 2)
    with in_memory(program.app):
        for attempt in attempts:
            task.apply_async(("lamp-1",), retries=attempt)
        with worker_for(program.app):
            wait_until(lambda: len(journal.runs_of(task)) == len(attempts), "all attempts")
    runs = sorted(journal.runs_of(task), key=lambda run: run.retries)
    assert {type(run.outcome) for run in runs} == {Retry}
    return [run.outcome.when for run in runs]


@pytest.mark.parametrize(("name", "cap"), [("push", 600), ("pull", 120)])
def test_every_delay_is_the_cap(celery_journal: Journal, name: str, cap: int) -> None:
    assert delays("proof_bad", name, celery_journal) == [cap, cap, cap]


@pytest.mark.parametrize(("name", "first"), [("push", 3600), ("pull", 120)])
def test_below_the_cap_the_delays_double(celery_journal: Journal, name: str, first: int) -> None:
    assert delays("proof_good", name, celery_journal) == [first, 2 * first, 4 * first]
