"""CEL907: `autoretry_for=(Exception,)` also takes faults, soft time limits and `Reject`."""

from __future__ import annotations

import pytest
from celery.exceptions import Reject, Retry, SoftTimeLimitExceeded

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

ERRORS = {"export": SoftTimeLimitExceeded, "read_message": Reject, "count": KeyError}


@pytest.mark.parametrize(("program_name", "runs"), [("proof_bad", 2), ("proof_good", 1)])
def test_what_no_retry_mends_runs_again(
    program_name: str, runs: int, celery_journal: Journal
) -> None:
    program = load_program("CEL907", program_name)
    tasks = [program.export, program.read_message, program.count]
    with in_memory(program.app), worker_for(program.app):
        program.export.delay(7)
        program.read_message.delay("not JSON")
        program.count.delay({})
        wait_until(
            lambda: all(len(celery_journal.runs_of(task)) == runs for task in tasks), "all runs"
        )

    for task in tasks:
        *retried, last = [run.outcome for run in celery_journal.runs_of(task)]
        assert all(isinstance(outcome, Retry) for outcome in retried)
        assert isinstance(last, ERRORS[task.name.rpartition(".")[2]])
