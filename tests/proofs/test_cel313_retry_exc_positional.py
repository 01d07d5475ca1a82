"""CEL313: an error given to `retry()` by position is a TypeError, and the task is not retried."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def outcomes(program_name: str, journal: Journal, runs: int, **sent: object) -> list[BaseException]:
    """Send the task with `sent` as its message, wait for its runs, and give how they ended."""
    program = load_program("CEL313", program_name)
    with in_memory(program.app), worker_for(program.app):
        program.push.apply_async(**sent)
        wait_until(lambda: len(journal.runs_of(program.push)) == runs, f"{runs} runs")
    return [run.outcome for run in journal.runs_of(program.push)]


@pytest.mark.parametrize("sent", [{"args": ("lamp-1",)}, {"kwargs": {"sku": "lamp-1"}}])
def test_the_error_is_taken_for_arguments(celery_journal: Journal, sent: dict[str, object]) -> None:
    (outcome,) = outcomes("proof_bad", celery_journal, 1, **sent)

    assert isinstance(outcome, TypeError)
    assert "'ConnectionError'" in str(outcome)
    if "args" in sent:
        # With keywords in the message, 5.7 first asks for the length of what it was given.
        assert str(outcome) == "'ConnectionError' object is not iterable"


def test_by_keyword_it_is_retried_and_fails_with_the_error(celery_journal: Journal) -> None:
    seen = outcomes("proof_good", celery_journal, 3, args=("lamp-1",))
    assert [type(outcome) for outcome in seen] == [Retry, Retry, ConnectionError]
