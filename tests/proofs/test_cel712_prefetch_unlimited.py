"""CEL712: a multiplier of 0 is no limit on what a worker takes."""

from __future__ import annotations

from celery.worker import WorkController

from tests.proofs.harness import in_memory, load_program


def prefetch_count(program_name: str) -> int:
    """How many messages a worker with four processes asks the broker for; 0 is all."""
    app = load_program("CEL712", program_name).app
    with in_memory(app):
        worker = WorkController(app=app, pool_cls="solo", concurrency=4)
        return int(worker.consumer.initial_prefetch_count)


def test_zero_asks_for_all() -> None:
    assert prefetch_count("proof_bad") == 0


def test_one_asks_for_one_a_process() -> None:
    assert prefetch_count("proof_good") > 0
