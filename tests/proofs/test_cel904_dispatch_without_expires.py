"""CEL904: a message without `expires` runs however late; one with it is dropped by the worker."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.mark.parametrize(
    ("program_name", "state", "runs"), [("proof_bad", "SUCCESS", 1), ("proof_good", "REVOKED", 0)]
)
def test_only_what_expires_is_dropped_by_a_worker_that_comes_late(
    program_name: str, state: str, runs: int, celery_journal: Journal
) -> None:
    program = load_program("CEL904", program_name)
    with in_memory(program.app):
        result: Any = program.request_code(7)
        # The worker was down for longer than the code is valid.
        time.sleep(0.2)
        with worker_for(program.app):
            wait_until(result.ready, "the end of the message")

    assert result.state == state
    assert len(celery_journal.runs_of(program.send_code)) == runs
