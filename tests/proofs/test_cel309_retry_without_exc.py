"""CEL309: without `exc` the last attempt ends in MaxRetriesExceededError, not in the error."""

from __future__ import annotations

from typing import Any

from celery.exceptions import MaxRetriesExceededError, Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def push(program_name: str, journal: Journal) -> tuple[Any, Any]:
    """Let the task fail until its retries are used up; give its program, and its result."""
    program = load_program("CEL309", program_name)
    with in_memory(program.app), worker_for(program.app):
        result = program.push.delay("lamp-1")
        wait_until(lambda: len(journal.runs_of(program.push)) == 2, "the task and its retry")
        wait_until(result.ready, "the end of the task")
        result.get(propagate=False)
    assert isinstance(journal.runs_of(program.push)[0].outcome, Retry)
    return program, result


def test_without_exc_the_error_is_lost(celery_journal: Journal) -> None:
    program, result = push("proof_bad", celery_journal)

    assert isinstance(result.result, MaxRetriesExceededError)
    assert str(result.result).startswith(f"Can't retry {program.push.name}[{result.id}]")
    assert program.reported == ["MaxRetriesExceededError"]


def test_with_exc_the_task_fails_with_it(celery_journal: Journal) -> None:
    program, result = push("proof_good", celery_journal)

    assert isinstance(result.result, ConnectionError)
    assert str(result.result) == "no connection for lamp-1"
    assert program.reported == ["ConnectionError"]
