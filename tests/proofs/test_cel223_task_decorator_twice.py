"""CEL223: of two task decorators on one function, the options of one are lost."""

from __future__ import annotations

import celery
import pytest

from tests.proofs.alone import error_of, outcome_of


def test_the_options_of_the_upper_decorator_are_ignored() -> None:
    retries = """
        with in_memory(program.app):
            outcome = [program.ship.max_retries, program.pack.max_retries]
    """
    assert outcome_of("CEL223", "proof_bad", retries) == [1, 1]
    assert outcome_of("CEL223", "proof_good", retries) == [9, 9]


def test_one_app_makes_two_tasks_one_without_the_lower_options() -> None:
    tasks = """
        program.app.finalize()
        found = [task for name, task in program.app.tasks.items() if name.endswith(".count")]
        outcome = {task.name: [task.max_retries, task.acks_late] for task in found}
        outcome["sent"] = program.count.name
    """
    assert outcome_of("CEL223", "proof_bad_app", tasks) == {
        "cel223_proof_bad_app.count": [3, True],
        "celery.local.count": [9, False],
        "sent": "celery.local.count",
    }
    assert outcome_of("CEL223", "proof_good", tasks) == {
        "cel223_proof_good.count": [9, True],
        "sent": "cel223_proof_good.count",
    }


@pytest.mark.skipif(celery.VERSION < (5, 7), reason="hangs at finalization (celery issue 6679)")
def test_shared_task_twice_does_not_import() -> None:
    error = error_of("CEL223", "proof_bad_shared")
    assert error.startswith("TypeError: @shared_task was applied more than once")


def test_a_task_with_one_decorator_runs() -> None:
    sent = """
        with in_memory(program.app), worker_for(program.app):
            outcome = result_of(program.count.delay(3))
    """
    assert outcome_of("CEL223", "proof_good", sent) == 3
