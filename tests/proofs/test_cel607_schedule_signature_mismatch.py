"""CEL607: what a task does not take is never sent by beat, or fails in the worker."""

from __future__ import annotations

from typing import Any

import pytest
from celery import beat

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def sent(app: Any, name: str) -> Any:
    """What beat sends of one entry."""
    scheduler = beat.Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    return scheduler.apply_async(scheduler.schedule[name])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("missing", "missing 1 required positional argument: 'host'"),
        ("too many", "takes 1 positional argument but 2 were given"),
        ("unknown", "got an unexpected keyword argument 'hots'"),
        ("added", "missing 1 required positional argument: 'host'"),
    ],
)
def test_beat_does_not_send_what_does_not_fit(
    celery_journal: Journal, name: str, error: str
) -> None:
    program = load_program("CEL607", "proof_bad")
    with in_memory(program.app):
        if name == "added":
            program.add()
        with pytest.raises(beat.SchedulingError, match=error):
            sent(program.app, name)

    assert celery_journal.messages == []


def test_what_celery_does_not_compare_fails_in_the_worker(celery_journal: Journal) -> None:
    program = load_program("CEL607", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        sent(program.app, "not compared")
        wait_until(lambda: celery_journal.runs, "the task to end")

    assert [run.state for run in celery_journal.runs] == ["FAILURE"]
    assert "missing 1 required positional argument: 'host'" in str(celery_journal.runs[0].outcome)


@pytest.mark.parametrize("name", ["position", "name", "added"])
def test_what_fits_runs(name: str) -> None:
    program = load_program("CEL607", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        if name == "added":
            program.add()
        assert sent(program.app, name).get(timeout=60, interval=0.02) == "pinged x"
