"""CEL202: a bound task without a parameter for itself can neither be called nor run."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

TASKS = ("clean_up", "close", "sweep")
ERROR = "takes 0 positional arguments but 1 was given"


@pytest.mark.parametrize("task_name", ["clean_up", "close"])
def test_it_cannot_be_sent(celery_journal: Journal, task_name: str) -> None:
    program = load_program("CEL202", "proof_bad")

    with in_memory(program.app), pytest.raises(TypeError, match=ERROR):
        getattr(program, task_name).delay()

    assert celery_journal.messages == []


def test_sent_by_name_it_fails_in_the_worker(celery_journal: Journal) -> None:
    program = load_program("CEL202", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        for task_name in TASKS:
            program.app.send_task(getattr(program, task_name).name)
        wait_until(lambda: len(celery_journal.runs) == len(TASKS), "the tasks to end")

    for run in celery_journal.runs:
        assert run.state == "FAILURE"
        assert isinstance(run.outcome, TypeError)
        assert ERROR in str(run.outcome)


@pytest.mark.parametrize(
    ("task_name", "result"), [("clean_up", "clean"), ("close", "closed: late"), ("sweep", "swept")]
)
def test_with_a_parameter_it_runs(task_name: str, result: str) -> None:
    program = load_program("CEL202", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, task_name).delay().get(timeout=60, interval=0.02) == result
