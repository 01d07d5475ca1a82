"""CEL111: Redis hands out a delayed message again before its time has come.

A real Redis and kombu's own transport; only the clock that kombu reads is put forward.
"""

from __future__ import annotations

import datetime as dt
import inspect
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

import kombu
import pytest
from kombu.transport import redis

from tests.proofs.harness import load_program, wait_until

ORDER = 42
HOUR = 3600


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server of the test's own, on loopback."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed: what Redis does is not shown")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [server, "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    folder = tmp_path_factory.mktemp("redis")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _answers(port), "Redis to answer")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What kombu's Redis transport takes for the time: `at`, in seconds."""
    now = SimpleNamespace(at=1_000_000.0)
    monkeypatch.setattr(redis, "time", lambda: now.at)
    return now


def send_and_hold(program: Any, broker: str, clock: SimpleNamespace, seconds: float) -> list[Any]:
    """What comes out of the queue in that time: the message that a worker holds, and copies of it.

    Raises AssertionError if the message could be run before the time is over.
    """
    app, name = program.app, f"proof-{program.__name__}"
    app.conf.update(broker_url=broker, task_default_queue=name)
    program.order_paid(ORDER)
    with app.connection_for_read() as worker, app.connection_for_read() as other:
        held = worker.SimpleQueue(name)
        taken = [held.get(timeout=10)]
        delay = dt.datetime.fromisoformat(taken[0].headers["eta"]) - dt.datetime.now(
            dt.timezone.utc
        )
        assert delay.total_seconds() > seconds
        clock.at += seconds
        held.channel.qos.restore_visible(interval=1)
        with suppress(Empty):
            taken.append(other.SimpleQueue(name).get(block=False))
    return [message.headers["id"] for message in taken]


def test_redis_hands_it_out_again_before_its_time(broker: str, clock: SimpleNamespace) -> None:
    program = load_program("CEL111", "proof_bad")
    assert redis.Channel.visibility_timeout == HOUR
    first, second = send_and_hold(program, broker, clock, HOUR + 1)
    assert first == second


def test_with_a_longer_timeout_it_does_not(broker: str, clock: SimpleNamespace) -> None:
    program = load_program("CEL111", "proof_good")
    assert len(send_and_hold(program, broker, clock, HOUR + 1)) == 1


def test_sqs_waits_for_half_an_hour() -> None:
    # Its module cannot be imported without boto3.
    module = Path(inspect.getfile(kombu)).parent / "transport" / "SQS"
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    assert "default_visibility_timeout = 1800" in path.read_text(encoding="utf-8")
