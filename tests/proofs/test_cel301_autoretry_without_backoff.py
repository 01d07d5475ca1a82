"""CEL301: without `retry_backoff` all failed tasks come back together, after the same fixed delay.

Nothing here waits for a retry: the delay stands in the message that Celery publishes (its ETA),
and in the Retry exception that ends the failed attempt (`Retry.when`, in seconds).
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from celery.exceptions import Retry

from tests.proofs.harness import (
    Journal,
    Message,
    Run,
    in_memory,
    load_program,
    wait_until,
    worker_for,
)

#: Seconds that may lie between computing a message's ETA and publishing it, on a busy machine.
SLACK = 15


@pytest.fixture
def crm_down() -> Iterator[tuple[str, int]]:
    """An address that refuses connections: its port is taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


@pytest.fixture
def bad(crm_down: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    program = load_program("CEL301", "proof_bad")
    monkeypatch.setattr(program, "CRM_ADDRESS", crm_down)
    with in_memory(program.app):
        yield program


@pytest.fixture
def good(crm_down: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    program = load_program("CEL301", "proof_good")
    monkeypatch.setattr(program, "CRM_ADDRESS", crm_down)
    # The jitter is drawn from this generator.
    random.seed(301)
    with in_memory(program.app):
        yield program


def fail_together(
    program: Any, task: Any, journal: Journal, count: int, *, attempt: int = 0
) -> tuple[list[int], list[Message]]:
    """Let `count` tasks fail in the attempt of that number (0 is the first).

    Gives the delays in seconds that Celery chose, and the retry messages that it published.
    """

    def failed() -> list[Run]:
        return [run for run in journal.runs_of(task) if run.retries == attempt]

    for record in range(count):
        task.apply_async((record,), retries=attempt)
    with worker_for(program.app):
        wait_until(lambda: len(failed()) == count, f"{count} tasks to fail")
    assert {type(run.outcome) for run in failed()} == {Retry}
    retries = [m for m in journal.retries_of(task) if m.retries == attempt + 1]
    assert len(retries) == count
    return [run.outcome.when for run in failed()], retries


def spread(messages: list[Message]) -> float:
    """Seconds between the first and the last of the messages' ETAs."""
    etas = [message.eta for message in messages if message.eta]
    return (max(etas) - min(etas)).total_seconds()


@pytest.mark.parametrize(
    ("task_name", "delay"),
    [("push_customer", 180), ("push_contact", 180), ("push_order", 7), ("push_invoice", 5)],
)
def test_five_failed_tasks_come_back_together(
    bad: Any, celery_journal: Journal, task_name: str, delay: int
) -> None:
    delays, messages = fail_together(bad, getattr(bad, task_name), celery_journal, 5)

    assert delays == [delay] * 5
    assert [message.delay for message in messages] == [pytest.approx(delay, abs=SLACK)] * 5
    assert spread(messages) < SLACK


@pytest.mark.parametrize("task_name", ["push_customer", "push_contact"])
def test_the_fixed_delay_does_not_grow(bad: Any, celery_journal: Journal, task_name: str) -> None:
    task = getattr(bad, task_name)

    first, _ = fail_together(bad, task, celery_journal, 5, attempt=0)
    third, _ = fail_together(bad, task, celery_journal, 5, attempt=2)

    assert first == third == [180] * 5


@pytest.mark.parametrize("task_name", ["push_customer", "push_contact"])
def test_with_backoff_the_returns_are_spread_and_the_delays_grow(
    good: Any, celery_journal: Journal, task_name: str
) -> None:
    task = getattr(good, task_name)

    first, first_messages = fail_together(good, task, celery_journal, 20, attempt=0)
    third, third_messages = fail_together(good, task, celery_journal, 20, attempt=2)

    # Full jitter: anything from 0 to 60 * 2 ** attempt seconds.
    assert len(set(first)) > 10
    assert 30 < max(first) <= 60 < max(third) <= 240
    assert sum(third) > sum(first)
    for delays, messages in ((first, first_messages), (third, third_messages)):
        assert [m.delay for m in messages] == [pytest.approx(d, abs=SLACK) for d in delays]
    assert spread(third_messages) > spread(first_messages) > SLACK


@pytest.mark.parametrize("task_name", ["push_customer", "push_contact"])
def test_once_the_crm_is_back_the_good_program_succeeds(good: Any, task_name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as crm:
        good.CRM_ADDRESS = crm.getsockname()
        with worker_for(good.app):
            result = getattr(good, task_name).delay(7)
            assert result.get(timeout=60, interval=0.02).endswith(" 7")
