"""CEL302: `max_retries=None` given to `retry()` is the task's own limit, and -1 is no retry."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def states(program_name: str, name: str, journal: Journal, runs: int) -> list[str]:
    """Send a task and wait until it has run that often; give the state after each run."""
    program = load_program("CEL302", program_name)
    task = getattr(program, name)
    with in_memory(program.app), worker_for(program.app):
        result = task.delay(f"lamp for {name}")
        wait_until(lambda: len(journal.runs_of(task)) == runs, f"{runs} runs of {name}")
        wait_until(result.ready, "the end of the task")
    return [run.state for run in journal.runs_of(task)]


@pytest.mark.parametrize("name", ["push", "pull"])
def test_none_is_the_default_of_three(celery_journal: Journal, name: str) -> None:
    assert states("proof_bad", name, celery_journal, 4) == ["RETRY", "RETRY", "RETRY", "FAILURE"]


@pytest.mark.parametrize("name", ["move", "count"])
def test_a_negative_limit_allows_no_retry(celery_journal: Journal, name: str) -> None:
    assert states("proof_bad", name, celery_journal, 1) == ["FAILURE"]


@pytest.mark.parametrize("name", ["push", "pull", "move", "count"])
def test_a_limit_of_the_task_and_a_number_mean_what_they_say(
    celery_journal: Journal, name: str
) -> None:
    assert states("proof_good", name, celery_journal, 7) == ["RETRY"] * 6 + ["SUCCESS"]
