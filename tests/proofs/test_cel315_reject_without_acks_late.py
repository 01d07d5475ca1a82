"""CEL315: a message that was acknowledged before the task started cannot be rejected any more."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Reject, Retry

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> Any:
    program = load_program("CEL315", "proof_bad")
    monkeypatch.setattr(program.provider, "outages", 1)
    return program


@pytest.fixture
def good(monkeypatch: pytest.MonkeyPatch) -> Any:
    program = load_program("CEL315", "proof_good")
    monkeypatch.setattr(program.provider, "outages", 1)
    return program


def test_without_acks_late_the_task_is_lost(bad: Any, celery_journal: Journal) -> None:
    with in_memory(bad.app), worker_for(bad.app):
        rejected = bad.charge.delay(1)
        wait_until(lambda: len(celery_journal.runs) == 1, "the first attempt")
        # What had been queued again would have its turn before a later task.
        assert bad.charge.delay(2).get(timeout=60, interval=0.02) == "charged 2"
        state = rejected.state

    (lost, later) = celery_journal.runs_of(bad.charge)
    assert (lost.task_id, type(lost.outcome)) == (rejected.id, Reject)
    assert later.outcome == "charged 2"
    assert state == "PENDING"


def test_with_acks_late_it_is_queued_again(good: Any, celery_journal: Journal) -> None:
    with in_memory(good.app), worker_for(good.app):
        assert good.charge.delay(1).get(timeout=60, interval=0.02) == "charged 1"

    assert len(celery_journal.runs_of(good.charge)) == 2


@pytest.mark.parametrize(("program_name", "outcome"), [("bad", Retry), ("good", Reject)])
def test_autoretry_takes_the_reject_for_an_error(
    request: pytest.FixtureRequest,
    celery_journal: Journal,
    program_name: str,
    outcome: type[Exception],
) -> None:
    program = request.getfixturevalue(program_name)
    with in_memory(program.app), worker_for(program.app):
        program.refund.delay(1)
        wait_until(lambda: celery_journal.runs, "the first attempt")

    (run,) = celery_journal.runs_of(program.refund)
    assert type(run.outcome) is outcome
