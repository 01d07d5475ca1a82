"""CEL908: `self.retry()` raises by itself: what stands below it never runs."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.mark.parametrize(("program_name", "noted"), [("proof_bad", []), ("proof_good", ["lamp"])])
def test_a_retry_ends_the_run_with_and_without_raise(
    program_name: str, noted: list[str], celery_journal: Journal
) -> None:
    program = load_program("CEL908", program_name)
    with in_memory(program.app), worker_for(program.app):
        result = program.push.delay("lamp")
        wait_until(result.ready, "the retry")

    first, second = celery_journal.runs_of(program.push)
    assert isinstance(first.outcome, Retry)
    assert second.outcome == "pushed"
    assert program.noted == noted
