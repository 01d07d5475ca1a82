"""CEL404: Celery refuses to wait for a result inside a task."""

from __future__ import annotations

import pytest

from tests.proofs.conftest import StartWorker
from tests.proofs.harness import in_memory, load_program, worker_for

NEVER = "Never call result.get() within a task!"


@pytest.mark.slow
def test_waiting_in_a_task_raises(prefork_worker: StartWorker) -> None:
    bad = prefork_worker("CEL404", "proof_bad", concurrency=2)
    for task in ("update_catalogue", "update_catalogue_here"):
        result = bad.wait_for_state(bad.send(task, "north"), "SUCCESS", "FAILURE")
        assert result.state == "FAILURE"
        assert isinstance(result.result, RuntimeError)
        assert NEVER in str(result.result)


@pytest.mark.slow
def test_permitted_waiting_and_ignored_results_raise_nothing(prefork_worker: StartWorker) -> None:
    good = prefork_worker("CEL404", "proof_good", concurrency=2)
    outcomes = {
        "update_catalogue": {"shop": "north"},
        "update_catalogue_at_its_own_risk": {"shop": "north"},
        "ask_for_nothing": None,
    }
    for task, outcome in outcomes.items():
        result = good.wait_for_state(good.send(task, "north"), "SUCCESS", "FAILURE")
        assert (result.state, result.result) == ("SUCCESS", outcome)


def test_one_task_after_the_other_needs_no_waiting() -> None:
    good = load_program("CEL404", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert good.update_in_two_steps("north").get(timeout=30) == "saved north"
