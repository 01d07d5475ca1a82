"""CEL408: the processes of the worker's pool are daemonic, and may have no children."""

from __future__ import annotations

import pytest

from tests.proofs.conftest import StartWorker

PATHS = ["lamp.png", "chair.png"]


@pytest.mark.slow
def test_a_task_cannot_start_processes_by_multiprocessing(prefork_worker: StartWorker) -> None:
    bad = prefork_worker("CEL408", "proof_bad", concurrency=1)

    for task in ("make_thumbnails", "make_previews", "make_poster", "share"):
        result = bad.wait_for_state(bad.send(task, PATHS), "SUCCESS", "FAILURE")
        assert (task, result.state, type(result.result)) == (task, "FAILURE", AssertionError)
        assert str(result.result) == "daemonic processes are not allowed to have children"


@pytest.mark.slow
def test_threads_and_billiard_work(prefork_worker: StartWorker) -> None:
    good = prefork_worker("CEL408", "proof_good", concurrency=1)

    for task in ("make_thumbnails", "make_previews"):
        result = good.wait_for_state(good.send(task, PATHS), "SUCCESS", "FAILURE")
        assert (task, result.result) == (task, ["lamp.png.small", "chair.png.small"])
