"""CEL606: a key that beat does not know ends it, and so does a schedule that is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import celery
import pytest
from celery import beat

from flake8_celery_patterns.meaning.tasks.option_names import BEAT_ENTRY_KEYS
from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL606", "proof_bad")
    with in_memory(program.app):
        yield program


def scheduler_of(app: Any) -> Any:
    scheduler = beat.Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    return scheduler


@pytest.mark.parametrize("key", ["queue", "arguments"])
def test_an_unknown_key_ends_beat(bad: Any, key: str) -> None:
    getattr(bad, key)()
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{key}'"):
        scheduler_of(bad.app)


def test_without_a_task_a_message_names_none(bad: Any, celery_journal: Journal) -> None:
    bad.no_task()
    scheduler = scheduler_of(bad.app)
    scheduler.apply_async(scheduler.schedule["sync"])
    assert [message.task for message in celery_journal.messages] == [None]


def test_without_a_schedule_it_never_runs(bad: Any, celery_journal: Journal) -> None:
    bad.no_schedule()
    scheduler = scheduler_of(bad.app)
    # Celery's own clean-up is not due for long; the entry is looked at first.
    if celery.VERSION[:2] >= (5, 7):
        scheduler.tick()
    else:
        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'is_due'"):
            scheduler.tick()
    assert celery_journal.messages == []


def test_an_entry_with_the_keys_that_beat_knows_runs() -> None:
    program = load_program("CEL606", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        scheduler = scheduler_of(program.app)
        result = scheduler.apply_async(scheduler.schedule["sync"])
        assert result.get(timeout=60, interval=0.02) == "synced"


def test_every_known_key_is_taken() -> None:
    values = {"schedule": dt.timedelta(seconds=1), "app": celery.Celery(set_as_current=False)}
    made = beat.ScheduleEntry(**{key: values.get(key) for key in BEAT_ENTRY_KEYS})
    assert made.schedule.run_every == dt.timedelta(seconds=1)
