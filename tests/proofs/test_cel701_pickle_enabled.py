"""CEL701: reading a pickle runs code of its writer; workers that do not take it drop messages."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import ContentDisallowed

from tests.proofs.harness import in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Any:
    program = load_program("CEL701", "proof_bad")
    program.ran.clear()
    return program


@pytest.fixture
def good(bad: Any) -> Any:
    return load_program("CEL701", "proof_good")


def send_pickle(app: Celery, order: object) -> None:
    """What somebody does who can write to the broker."""
    app.send_task("orders.sync", args=(order,), serializer="pickle")


def test_reading_a_message_runs_what_its_writer_says(bad: Any) -> None:
    with in_memory(bad.taking), worker_for(bad.taking):
        send_pickle(bad.taking, bad.Order())
        wait_until(lambda: bad.ran, "the code in the message")
    assert set(bad.ran) == {"run by reading the message"}


def test_a_worker_that_takes_json_does_not_read_it(good: Any) -> None:
    with in_memory(good.taking), worker_for(good.taking):
        send_pickle(good.taking, good.Order())
        assert good.taking.send_task("orders.sync", args=(42,)).get(timeout=30) is None
    assert good.ran == []


def read_as_a_worker(app: Celery) -> Any:
    """The body of the message that waits, as a worker reads it; it throws away what it cannot."""
    with app.connection_for_read() as connection:
        queue = app.amqp.queues[app.conf.task_default_queue](connection.default_channel)
        message = queue.get(accept=app.conf.accept_content)
        return message.decode()


def test_without_accept_content_no_worker_reads_the_message(bad: Any) -> None:
    with in_memory(bad.dropping):
        bad.count.delay(42)
        with pytest.raises(ContentDisallowed, match="pickle"):
            read_as_a_worker(bad.dropping)


def test_json_is_read(good: Any) -> None:
    with in_memory(good.dropping):
        good.count.delay(42)
        assert read_as_a_worker(good.dropping)[0] == [42]
