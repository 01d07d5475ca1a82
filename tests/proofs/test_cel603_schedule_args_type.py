"""CEL603: entries of the wrong type are taken apart, never sent, or end beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import beat

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL603", "proof_bad")
    with in_memory(program.app):
        yield program


def scheduler_of(app: Any) -> Any:
    scheduler = beat.Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    return scheduler


def sent(app: Any, name: str) -> Any:
    """What beat sends of one entry, as the task gets it."""
    scheduler = scheduler_of(app)
    return scheduler.apply_async(scheduler.schedule[name]).get(timeout=60, interval=0.02)


def test_what_is_taken_apart(bad: Any) -> None:
    bad.app.conf.beat_schedule = {**bad.TAKEN_APART, **bad.NOT_SENT}
    with worker_for(bad.app):
        assert sent(bad.app, "text") == [["a", "b"], {}]
        assert sent(bad.app, "dict") == [["host"], {}]
        assert sent(bad.app, "zero") == [[], {}]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("number", "'int' object is not iterable"),
        ("kwargs", "'list' object has no attribute 'items'"),
        ("options", "'list' object has no attribute 'setdefault'"),
    ],
)
def test_what_is_never_sent(bad: Any, celery_journal: Journal, name: str, error: str) -> None:
    bad.app.conf.beat_schedule = {**bad.TAKEN_APART, **bad.NOT_SENT}
    scheduler = scheduler_of(bad.app)

    with pytest.raises(beat.SchedulingError, match=error):
        scheduler.apply_async(scheduler.schedule[name])

    assert celery_journal.messages == []


@pytest.mark.parametrize(
    ("call", "error"),
    [("cron_line", AttributeError), ("comma", AttributeError), ("not_called", TypeError)],
)
def test_what_ends_beat(bad: Any, call: str, error: type[Exception]) -> None:
    getattr(bad, call)()
    with pytest.raises(error):
        scheduler_of(bad.app)


def test_no_time_between_two_runs(bad: Any) -> None:
    bad.never_waits()
    entry = scheduler_of(bad.app).schedule["zero"]
    assert tuple(entry.is_due()) == (True, 0)
    assert tuple(next(entry).is_due()) == (True, 0)


def test_a_call_in_the_place_of_the_signature_sends_at_once(
    bad: Any, celery_journal: Journal
) -> None:
    bad.add_call()
    assert [message.task for message in celery_journal.messages] == ["shop.show"]
    assert [entry["task"] for entry in bad.app.conf.beat_schedule.values()] == [None]


@pytest.mark.parametrize(
    ("call", "error"),
    [("add_name", AttributeError), ("add_method", AttributeError), ("add_number", TypeError)],
)
def test_what_cannot_be_added(bad: Any, call: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        getattr(bad, call)()


def test_entries_of_the_right_types_are_sent_as_they_are() -> None:
    program = load_program("CEL603", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        assert sent(program.app, "text") == [["ab"], {}]
        assert sent(program.app, "dict") == [[], {"host": "x"}]
        assert sent(program.app, "zero") == [[0], {}]
        assert sent(program.app, "options") == [[], {}]
        program.add_signature()
        assert sent(program.app, "x") == [["x"], {}]
        assert sent(program.app, "16") == [[16], {}]
