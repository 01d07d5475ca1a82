"""CEL111: Redis hands out a delayed message again before its time has come.

kombu's own code does it, here over a store of a few lines in the place of a Redis server.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kombu
import pytest
from kombu.transport import redis

from tests.proofs.harness import Journal, in_memory, load_program

ORDER = 42
HOUR = 3600
QOS: Any = redis.QoS


class Store:
    """The commands that kombu's acknowledgements need: sorted sets and hashes, nothing else."""

    def __init__(self) -> None:
        self.sets: dict[str, dict[str, float]] = {}
        self.hashes: dict[str, dict[str, Any]] = {}

    def lock(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(acquire=lambda **_: True, release=lambda: None)

    def pipeline(self) -> Store:
        return self

    def execute(self) -> None: ...

    def multi(self) -> None: ...

    def zadd(self, key: str, scores: dict[str, float]) -> Store:
        self.sets.setdefault(key, {}).update(scores)
        return self

    def zrem(self, key: str, tag: str) -> Store:
        self.sets.get(key, {}).pop(tag, None)
        return self

    def hset(self, key: str, tag: str, value: Any) -> Store:
        self.hashes.setdefault(key, {})[tag] = value
        return self

    def hdel(self, key: str, tag: str) -> Store:
        self.hashes.get(key, {}).pop(tag, None)
        return self

    def hget(self, key: str, tag: str) -> Any:
        return self.hashes.get(key, {}).get(tag)

    def _up_to(self, key: str, highest: float) -> list[tuple[str, float]]:
        return [(tag, score) for tag, score in self.sets.get(key, {}).items() if score <= highest]

    def zrange(self, key: str, highest: float, *_: Any, **__: Any) -> list[tuple[str, float]]:
        return self._up_to(key, highest)

    # What kombu calls before 5.7.
    zrevrangebyscore = zrange

    def transaction(self, change: Callable[[Store], None], *_: Any) -> None:
        change(self)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock for kombu's Redis transport; `now.at` is the time."""
    clock = SimpleNamespace(at=1_000_000.0)
    monkeypatch.setattr(redis, "time", lambda: clock.at)
    return clock


def held_by_a_worker(timeout: float) -> tuple[Any, list[Any]]:
    """kombu's bookkeeping of a worker with one message, and the list of those handed out again."""
    store = Store()
    again: list[Any] = []

    @contextmanager
    def acquire(client: Any = None) -> Iterator[Store]:
        yield store

    channel = SimpleNamespace(
        conn_or_acquire=acquire,
        unacked_key="unacked",
        unacked_index_key="unacked_index",
        unacked_mutex_key="unacked_mutex",
        unacked_mutex_expire=300,
        visibility_timeout=timeout,
        do_restore=False,
        _do_restore_message=lambda payload, *_: again.append(payload),
    )
    qos = QOS(channel)
    message = SimpleNamespace(
        delivery_info={"exchange": "", "routing_key": "celery"}, _raw={"body": "remind"}
    )
    qos.append(message, "tag")
    return qos, again


def delay_of(program: Any, journal: Journal) -> float:
    with in_memory(program.app):
        program.order_paid(ORDER)
    (message,) = journal.messages
    return message.delay


def test_redis_hands_it_out_again_before_its_time(
    celery_journal: Journal, now: SimpleNamespace
) -> None:
    program = load_program("CEL111", "proof_bad")
    delay = delay_of(program, celery_journal)
    timeout = redis.Channel.visibility_timeout
    assert timeout == HOUR < delay

    qos, again = held_by_a_worker(timeout)
    now.at += timeout + 1
    qos.restore_visible()
    assert again == [{"body": "remind"}]


def test_with_a_longer_timeout_it_does_not(celery_journal: Journal, now: SimpleNamespace) -> None:
    program = load_program("CEL111", "proof_good")
    timeout = program.app.conf.broker_transport_options["visibility_timeout"]
    delay = delay_of(program, celery_journal)
    assert delay < timeout

    qos, again = held_by_a_worker(timeout)
    now.at += delay
    qos.restore_visible()
    assert not again


def test_sqs_waits_for_half_an_hour() -> None:
    # Its module cannot be imported without boto3.
    module = Path(inspect.getfile(kombu)).parent / "transport" / "SQS"
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    assert "default_visibility_timeout = 1800" in path.read_text(encoding="utf-8")
