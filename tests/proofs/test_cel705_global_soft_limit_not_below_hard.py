"""CEL705: since Celery 5.7 nothing can be sent when the soft limit is above the hard one."""

from __future__ import annotations

from typing import Any

import celery
import pytest
from kombu.asynchronous import Hub

from tests.proofs.harness import in_memory, load_program

NEW = celery.VERSION >= (5, 7)


@pytest.mark.skipif(not NEW, reason="before 5.7 the message is sent")
def test_sending_raises() -> None:
    program = load_program("CEL705", "proof_bad")
    with (
        in_memory(program.app),
        pytest.raises(ValueError, match="less than or equal to time_limit"),
    ):
        program.sync.delay()


HUB: Any = Hub


def test_the_worker_cannot_count_with_a_timedelta() -> None:
    """How the prefork pool sets its alarm (celery/concurrency/asynpool.py, on_timeout_set)."""
    task = load_program("CEL705", "proof_bad").charge
    with pytest.raises(TypeError, match="timedelta"):
        HUB().call_later(task.time_limit, print)


def test_with_the_soft_limit_below_it_is_sent() -> None:
    program = load_program("CEL705", "proof_good")
    with in_memory(program.app):
        assert program.sync.delay().id
    with in_memory(program.delta):
        assert program.charge.delay().id
        HUB().call_later(program.charge.time_limit, print)
