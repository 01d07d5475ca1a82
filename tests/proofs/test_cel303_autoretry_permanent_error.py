"""CEL303: a permanent error runs the task again and again, with all its side effects."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

WITHOUT_ADDRESS = {"sku": "lamp-1"}


def outcomes(program: Any, name: str, argument: object, journal: Journal, runs: int) -> Any:
    """Send a task and wait until it has run that often; give the classes of its outcomes."""
    task = getattr(program, name)
    program.booked.clear()
    with in_memory(program.app), worker_for(program.app):
        task.delay(argument)
        wait_until(lambda: len(journal.runs_of(task)) == runs, f"{runs} runs of {name}")
    return [type(run.outcome) for run in journal.runs_of(task)]


@pytest.mark.parametrize("name", ["book", "unbook"])
def test_a_permanent_error_repeats_the_task_with_its_side_effects(
    celery_journal: Journal, name: str
) -> None:
    program = load_program("CEL303", "proof_bad")

    seen = outcomes(program, name, WITHOUT_ADDRESS, celery_journal, 4)

    assert seen == [Retry, Retry, Retry, KeyError]
    assert program.booked == ["lamp-1"] * 4


@pytest.mark.parametrize("name", ["book", "unbook"])
def test_it_fails_at_once_where_only_passing_errors_are_retried(
    celery_journal: Journal, name: str
) -> None:
    program = load_program("CEL303", "proof_good")

    assert outcomes(program, name, WITHOUT_ADDRESS, celery_journal, 1) == [KeyError]
    assert program.booked == ["lamp-1"]


def test_a_rejected_message_is_retried_instead(celery_journal: Journal) -> None:
    program = load_program("CEL303", "proof_bad")
    assert outcomes(program, "refuse", "lamp-1", celery_journal, 3) == [Retry, Retry, Reject]


def test_a_rejected_message_is_rejected_where_it_is_not_retried_for(
    celery_journal: Journal,
) -> None:
    program = load_program("CEL303", "proof_good")
    assert outcomes(program, "refuse", "lamp-1", celery_journal, 1) == [Reject]


@pytest.mark.parametrize("program_name", ["proof_bad", "proof_good"])
def test_ignore_passes_whether_it_is_in_the_list_or_not(
    celery_journal: Journal, program_name: str
) -> None:
    program = load_program("CEL303", program_name)
    assert outcomes(program, "skip", "lamp-1", celery_journal, 1) == [Ignore]
    assert not celery_journal.retries_of(program.skip)
