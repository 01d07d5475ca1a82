"""CEL110: a task passed as an argument is one too many, or cannot be written as JSON."""

from __future__ import annotations

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("checkout", r"takes 2 positional arguments but 3 were given"),
        ("close", r"takes 1 positional argument but 2 were given"),
    ],
)
def test_a_task_passed_to_itself_is_one_argument_too_many(
    celery_journal: Journal, call: str, error: str
) -> None:
    program = load_program("CEL110", "proof_bad")

    with in_memory(program.app), pytest.raises(TypeError, match=error):
        getattr(program, call)()

    assert celery_journal.messages == []


@pytest.mark.parametrize(
    ("task_name", "error", "text"),
    [
        ("pay", TypeError, "takes from 2 to 3 positional arguments but 4 were given"),
        ("pay_in_cash", EncodeError, "is not JSON serializable"),
    ],
)
def test_a_task_that_hands_itself_on_fails(
    celery_journal: Journal, task_name: str, error: type[Exception], text: str
) -> None:
    program = load_program("CEL110", "proof_bad")
    task = getattr(program, task_name)

    with in_memory(program.app), worker_for(program.app):
        task.delay(1)
        wait_until(lambda: celery_journal.runs, "the task to end")

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, error)
    assert text in str(run.outcome)


def test_without_it_all_of_them_run(celery_journal: Journal) -> None:
    program = load_program("CEL110", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        program.checkout()
        program.close()
        program.pay_in_cash.delay(2)
        wait_until(lambda: len(celery_journal.runs) == 5, "all tasks to end")

    assert {run.state for run in celery_journal.runs} == {"SUCCESS"}
    assert sorted(str(run.outcome) for run in celery_journal.runs) == [
        "clean",
        "paid 1",
        "paid 2",
        "receipt for 1",
        "receipt for 2",
    ]
