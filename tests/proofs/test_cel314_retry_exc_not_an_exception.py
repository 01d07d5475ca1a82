"""CEL314: a text given as `exc` is retried, and then cannot be raised: TypeError."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def outcomes(program_name: str, name: str, journal: Journal) -> list[BaseException]:
    """Let a task fail until its one retry is used up, and give how its runs ended."""
    program = load_program("CEL314", program_name)
    task = getattr(program, name)
    with in_memory(program.app), worker_for(program.app):
        task.delay("lamp-1")
        wait_until(lambda: len(journal.runs_of(task)) == 2, "the task and its retry")
    return [run.outcome for run in journal.runs_of(task)]


@pytest.mark.parametrize("name", ["push", "pull"])
def test_the_last_attempt_cannot_raise_a_text(celery_journal: Journal, name: str) -> None:
    retried, last = outcomes("proof_bad", name, celery_journal)

    assert isinstance(retried, Retry)
    assert type(last) is TypeError
    assert str(last) == "exceptions must derive from BaseException"


@pytest.mark.parametrize(
    ("name", "text"),
    [("push", "no connection for lamp-1"), ("pull", "no answer for lamp-1")],
)
def test_the_last_attempt_raises_the_error(celery_journal: Journal, name: str, text: str) -> None:
    retried, last = outcomes("proof_good", name, celery_journal)

    assert isinstance(retried, Retry)
    assert type(last) is ConnectionError
    assert str(last) == text
