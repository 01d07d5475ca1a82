"""CEL220: Celery refuses receivers without `**kwargs`, and keeps the others by weak references."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from celery.signals import task_failure, task_success

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture(autouse=True)
def receivers() -> Iterator[None]:
    """Leave the signals as they were: what a program connects strongly would stay."""
    before = [(signal, list(signal.receivers)) for signal in (task_failure, task_success)]
    yield
    for signal, found in before:
        signal.receivers[:] = found
        signal.sender_receivers_cache.clear()


def test_a_receiver_without_kwargs_is_refused() -> None:
    bad = load_program("CEL220", "proof_bad")
    with pytest.raises(ValueError, match="Signal receiver must accept keyword arguments"):
        bad.count_failures()


def test_local_receivers_and_lambdas_never_hear_of_it(celery_journal: Journal) -> None:
    bad = load_program("CEL220", "proof_bad")
    bad.count_successes()
    gc.collect()
    with in_memory(bad.app), worker_for(bad.app):
        assert bad.book.delay("lamp").get(timeout=60, interval=0.02) == "lamp"
        wait_until(lambda: celery_journal.runs, "the task to end")
    assert bad.counted == []


def test_receivers_that_are_kept_are_called() -> None:
    good = load_program("CEL220", "proof_good")
    good.count_failures()
    good.count_successes()
    gc.collect()
    with in_memory(good.app), worker_for(good.app):
        assert good.book.delay("lamp").get(timeout=60, interval=0.02) == "lamp"
        with pytest.raises(ValueError, match=r"^$"):
            good.book.delay("").get(timeout=60, interval=0.02)
        name = good.book.name
        wait_until(lambda: len(good.counted) == 3, "the signals")
    assert good.counted == [f"{name} succeeded", "one more", f"{name} failed"]
