"""CEL307: a swallowed retry is a SUCCESS that runs again; caught and retried, the runs double."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import MaxRetriesExceededError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def states(program: Any, name: str, journal: Journal, runs: int) -> list[tuple[int, str]]:
    """Send a task and wait until it has run that often; give how each run ended."""
    task = getattr(program, name)
    program.told.clear()
    with in_memory(program.app), worker_for(program.app):
        task.apply_async(("lamp-1",), link=program.tell.s())
        wait_until(lambda: len(journal.runs_of(task)) == runs, f"{runs} runs of {name}")
        called = sum(run.state == "SUCCESS" for run in journal.runs_of(task))
        wait_until(lambda: len(journal.runs_of(program.tell)) == called, "the callbacks")
    return sorted((run.retries, run.state) for run in journal.runs_of(task))


@pytest.mark.parametrize("name", ["pull", "move"])
def test_swallowed_it_succeeds_three_times_and_calls_back_three_times(
    celery_journal: Journal, name: str
) -> None:
    program = load_program("CEL307", "proof_bad")

    ended = states(program, name, celery_journal, 3)

    assert ended == [(0, "SUCCESS"), (1, "SUCCESS"), (2, "SUCCESS")]
    assert program.told == ["lamp-1"] * 3


def test_even_the_end_of_all_retries_is_a_success(celery_journal: Journal) -> None:
    program = load_program("CEL307", "proof_bad")

    ended = states(program, "push", celery_journal, 3)

    assert ended == [(0, "SUCCESS"), (1, "SUCCESS"), (2, "SUCCESS")]
    assert program.told == ["not pushed: lamp-1"] * 3


def test_retried_once_more_two_retries_are_seven_runs(celery_journal: Journal) -> None:
    program = load_program("CEL307", "proof_bad")

    ended = states(program, "count", celery_journal, 7)

    assert [retries for retries, _ in ended] == [0, 1, 1, 2, 2, 2, 2]
    assert {state for _, state in ended[:3]} == {"RETRY"}
    assert {state for _, state in ended[3:]} == {"FAILURE"}


@pytest.mark.parametrize("name", ["pull", "move", "count"])
def test_let_pass_it_is_a_retry_and_calls_nobody_back(celery_journal: Journal, name: str) -> None:
    program = load_program("CEL307", "proof_good")

    assert states(program, name, celery_journal, 3) == [(0, "RETRY"), (1, "RETRY"), (2, "FAILURE")]
    last = celery_journal.runs_of(getattr(program, name))[-1]
    assert isinstance(last.outcome, MaxRetriesExceededError)


def test_let_pass_before_the_clause_only_the_last_run_comes_to_it(celery_journal: Journal) -> None:
    program = load_program("CEL307", "proof_good")

    ended = states(program, "push", celery_journal, 3)

    assert ended == [(0, "RETRY"), (1, "RETRY"), (2, "SUCCESS")]
    assert program.told == ["not pushed: lamp-1"]
