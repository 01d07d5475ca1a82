"""CEL317: with `exc` the last retry raises that, and a clause beside takes nothing at all."""

from __future__ import annotations

import pytest
from celery.exceptions import MaxRetriesExceededError

from tests.proofs.harness import Journal, Run, in_memory, load_program, wait_until, worker_for


def last_run(program_name: str, name: str, journal: Journal) -> tuple[Run, list[str]]:
    """Let a task fail until its one retry is used up; give its last run, and what was given up."""
    program = load_program("CEL317", program_name)
    task = getattr(program, name)
    program.given_up.clear()
    with in_memory(program.app), worker_for(program.app):
        task.delay("lamp-1")
        wait_until(lambda: len(journal.runs_of(task)) == 2, "the task and its retry")
    return journal.runs_of(task)[-1], program.given_up


@pytest.mark.parametrize(
    ("name", "error"), [("push", ConnectionError), ("pull", MaxRetriesExceededError)]
)
def test_the_handler_never_runs(celery_journal: Journal, name: str, error: type[Exception]) -> None:
    last, given_up = last_run("proof_bad", name, celery_journal)

    assert given_up == []
    assert (last.state, type(last.outcome)) == ("FAILURE", error)


@pytest.mark.parametrize("name", ["push", "pull"])
def test_without_exc_and_around_the_retry_it_runs(celery_journal: Journal, name: str) -> None:
    last, given_up = last_run("proof_good", name, celery_journal)

    assert given_up == ["lamp-1"]
    assert last.state == "SUCCESS"
