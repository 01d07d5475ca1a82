"""CEL602: beat sends a name that nobody has, and the worker throws it away."""

from __future__ import annotations

from typing import Any

import pytest
from celery import beat
from celery.exceptions import NotRegistered

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


def sent(app: Any) -> Any:
    """What beat sends of the one entry of the schedule."""
    scheduler = beat.Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    return scheduler.apply_async(scheduler.schedule["receipt"])


def test_a_name_that_nobody_has_is_sent_and_thrown_away(
    celery_journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    program = load_program("CEL602", "proof_bad")

    with in_memory(program.app), worker_for(program.app), pytest.raises(NotRegistered):
        sent(program.app).get(timeout=60, interval=0.02)

    name = "receipt_schedule.send_recipt"
    assert [message.task for message in celery_journal.messages] == [name]
    assert celery_journal.runs == []
    assert f"Received unregistered task of type '{name}'" in caplog.text


def test_a_name_that_is_known_runs() -> None:
    program = load_program("CEL602", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert sent(program.app).get(timeout=60, interval=0.02) == "receipt"
