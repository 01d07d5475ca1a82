"""CEL217: a task function with a `yield` only makes a generator; its body does not run."""

from __future__ import annotations

from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def fresh(program_name: str) -> Any:
    program = load_program("CEL217", program_name)
    program.written.clear()
    return program


def test_the_generator_cannot_be_stored_and_the_body_never_runs() -> None:
    program = fresh("proof_bad")

    unstored = pytest.raises(EncodeError, match="generator is not JSON")
    with in_memory(program.app), worker_for(program.app), unstored:
        program.export.delay(3).get(timeout=60, interval=0.02)

    assert program.written == []


def test_with_ignored_results_nothing_runs_and_all_is_well(celery_journal: Journal) -> None:
    program = fresh("proof_bad")

    with in_memory(program.app), worker_for(program.app):
        program.export_quietly.delay(3)
        wait_until(lambda: celery_journal.runs, "the task to end")

    assert [run.state for run in celery_journal.runs] == ["SUCCESS"]
    assert program.written == []


def test_a_drained_generator_runs(celery_journal: Journal) -> None:
    program = fresh("proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert program.export.delay(3).get(timeout=60, interval=0.02) == [0, 1, 2]
        program.export_quietly.delay(2)
        wait_until(lambda: len(celery_journal.runs) == 2, "the second task to end")

    assert program.written == [0, 1, 2, 0, 1]
