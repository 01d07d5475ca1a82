"""CEL316: without `acks_late` the message of a task is gone before its process can die."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.exceptions import WorkerLostError

from tests.proofs.conftest import StartWorker


@pytest.mark.slow
def test_a_killed_task_runs_again_only_with_acks_late(
    prefork_worker: StartWorker, tmp_path: Path
) -> None:
    bad = prefork_worker("CEL316", "proof_bad", concurrency=1)
    good = prefork_worker("CEL316", "proof_good", concurrency=1)
    once, twice = tmp_path / "once", tmp_path / "twice"
    lost = bad.send("render_invoice", str(once))
    kept = good.send("render_invoice", str(twice))

    result = bad.wait_for_state(lost, "SUCCESS", "FAILURE")
    assert (result.state, type(result.result)) == ("FAILURE", WorkerLostError)
    assert once.read_text() == "x"

    assert good.wait_for_state(kept, "SUCCESS", "FAILURE").result == "rendered"
    assert twice.read_text() == "xx"
