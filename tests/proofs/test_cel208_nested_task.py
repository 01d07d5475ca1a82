"""CEL208: all calls of a function give one task, and a worker that never called it knows none."""

from __future__ import annotations

from tests.proofs.alone import error_of, outcome_of


def test_two_calls_of_a_factory_give_one_task() -> None:
    scaled = outcome_of(
        "CEL208",
        "proof_bad",
        """
        with in_memory(program.app), worker_for(program.app):
            outcome = [result_of(task.delay(3)) for task in (program.double, program.tenfold)]
        """,
    )
    # Which of the two it is, nobody says: Celery keeps what waits for the app in a set.
    assert scaled in ([6, 6], [30, 30])


def test_a_worker_that_has_not_called_the_function_does_not_know_the_task() -> None:
    # The worker is up before `scale_all` is called, as one in another process is.
    error = error_of(
        "CEL208",
        "proof_bad",
        """
        with in_memory(program.app), worker_for(program.app):
            result_of(program.scale_all([1], factor=2)[0])
        """,
    )
    assert error == "celery.exceptions.NotRegistered: 'cel208_proof_bad.scale_one'"


def test_a_later_call_gives_the_task_of_the_first() -> None:
    made = outcome_of(
        "CEL208",
        "proof_bad",
        """
        with in_memory(program.app):
            program.app.finalize()
            outcome = [program.double(3), program.make_scaler(7)(3)]
        """,
    )
    assert made in ([6, 6], [30, 30])


def test_a_factor_that_is_an_argument_is_that_of_the_call() -> None:
    scaled = outcome_of(
        "CEL208",
        "proof_good",
        """
        with in_memory(program.app), worker_for(program.app):
            sent = [*program.scale_all([1, 2], factor=2), *program.scale_all([1], factor=10)]
            outcome = [result_of(one) for one in sent]
        """,
    )
    assert scaled == [2, 4, 10]
