"""CEL409: a task that exits takes its worker process along, and its own reason with it."""

from __future__ import annotations

import pytest
from celery.exceptions import WorkerLostError

from tests.proofs.conftest import StartWorker


@pytest.mark.slow
def test_a_task_that_exits_is_a_lost_worker(prefork_worker: StartWorker) -> None:
    bad = prefork_worker("CEL409", "proof_bad", concurrency=1)

    for task in ("import_prices", "import_stock", "import_images"):
        result = bad.wait_for_state(bad.send(task, ""), "SUCCESS", "FAILURE")
        assert (task, result.state, type(result.result)) == (task, "FAILURE", WorkerLostError)
        assert "Worker exited prematurely" in str(result.result)
        assert "nothing to import" not in str(result.result)


@pytest.mark.slow
def test_an_error_or_a_return_ends_the_task_alone(prefork_worker: StartWorker) -> None:
    good = prefork_worker("CEL409", "proof_good", concurrency=1)

    failed = good.wait_for_state(good.send("import_prices", ""), "SUCCESS", "FAILURE")
    assert (failed.state, repr(failed.result)) == ("FAILURE", "ValueError('nothing to import')")
    ended = good.wait_for_state(good.send("import_stock", ""), "SUCCESS", "FAILURE")
    assert (ended.state, ended.result) == ("SUCCESS", "nothing to import")
    assert "exited prematurely" not in good.log
