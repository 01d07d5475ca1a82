"""CEL115: a message that expires before its countdown ends is revoked by the worker."""

from __future__ import annotations

import pytest
from celery.exceptions import TaskRevokedError

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.mark.parametrize(
    "sender", ["remind_late", "remind_in_the_last_moment", "remind_quickly_but_late"]
)
def test_the_task_never_runs(celery_journal: Journal, sender: str) -> None:
    bad = load_program("CEL115", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        result = getattr(bad, sender)(1)
        with pytest.raises(TaskRevokedError, match="expired"):
            result.get(timeout=60, interval=0.02)
    assert result.state == "REVOKED"
    assert celery_journal.runs == []


def test_a_longer_life_lets_it_run() -> None:
    good = load_program("CEL115", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert good.remind_late(1).get(timeout=60, interval=0.02) == 1
