"""CEL608: what an entry is made with is sent each time, until beat ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from celery import beat
from celery.exceptions import TaskRevokedError

from tests.proofs.harness import in_memory, load_program, worker_for


def sent_twice(app: Any, name: str) -> tuple[Any, Any]:
    """What two runs of one entry get."""
    scheduler = beat.Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    found = []
    for _ in range(2):
        time.sleep(0.002)
        result = scheduler.apply_async(scheduler.schedule[name])
        found.append((result.get(timeout=60, interval=0.02), result.id))
    return found[0], found[1]


def test_every_run_gets_what_the_first_got() -> None:
    program = load_program("CEL608", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        for name in ("args", "kwargs"):
            (first, _), (second, _) = sent_twice(program.app, name)
            assert first == second
            assert first != [[], {}]
        with pytest.raises(TaskRevokedError, match="expired"):
            sent_twice(program.app, "expires")
        (_, first_id), (_, second_id) = sent_twice(program.app, "id")
        assert first_id == second_id
        program.add()
        (first, _), (second, _) = sent_twice(program.app, "added")
        assert first == second


def test_what_beat_asks_for_is_new_each_time() -> None:
    program = load_program("CEL608", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        for name in ("args", "kwargs"):
            (first, first_id), (second, second_id) = sent_twice(program.app, name)
            assert first != second
            assert first_id != second_id
        assert sent_twice(program.app, "expires")[1][0] == [[], {}]
        program.add()
        (first, _), (second, _) = sent_twice(program.app, "added")
        assert first != second
