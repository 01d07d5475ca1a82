"""CEL704: Redis hands out the message of a task that still runs and will acknowledge at its end.

A real Redis and kombu's own transport; only the clock that kombu reads is put forward.
"""

from __future__ import annotations

from contextlib import suppress
from queue import Empty
from types import SimpleNamespace

from tests.proofs.harness import load_program
from tests.proofs.test_cel111_countdown_beyond_visibility_timeout import (  # noqa: F401
    HOUR,
    broker,
    clock,
)


def copies(program_name: str, broker: str, clock: SimpleNamespace, seconds: float) -> int:  # noqa: F811
    """How many workers have the message when the first has been at it for that long."""
    program = load_program("CEL704", program_name)
    app, name = program.app, f"proof-{program.__name__}"
    app.conf.update(broker_url=broker, task_default_queue=name)
    assert program.import_catalogue.acks_late
    assert program.import_catalogue.time_limit > seconds
    program.import_catalogue.delay("https://shop.example/catalogue")
    with app.connection_for_read() as worker, app.connection_for_read() as other:
        held = worker.SimpleQueue(name)
        taken = [held.get(timeout=10)]
        clock.at += seconds
        held.channel.qos.restore_visible(interval=1)
        with suppress(Empty):
            taken.append(other.SimpleQueue(name).get(block=False))
    assert len({message.headers["id"] for message in taken}) == 1
    return len(taken)


def test_a_second_worker_gets_it(broker: str, clock: SimpleNamespace) -> None:  # noqa: F811
    assert copies("proof_bad", broker, clock, HOUR + 1) == 2


def test_with_a_longer_timeout_none_does(broker: str, clock: SimpleNamespace) -> None:  # noqa: F811
    assert copies("proof_good", broker, clock, HOUR + 1) == 1
