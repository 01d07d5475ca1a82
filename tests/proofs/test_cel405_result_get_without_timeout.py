"""CEL405: while no worker takes the task, waiting without a limit never ends."""

from __future__ import annotations

import threading

import pytest
from celery.exceptions import TimeoutError

from tests.proofs.harness import in_memory, load_program, wait_until, worker_for


def test_waiting_goes_on_until_a_worker_comes() -> None:
    bad = load_program("CEL405", "proof_bad")
    seen: list[str] = []
    waiting = threading.Thread(target=lambda: seen.append(bad.invoice_view(7)), daemon=True)

    with in_memory(bad.app):
        waiting.start()
        # The good program's limit is half a second: this is well over it.
        waiting.join(timeout=1.5)
        assert waiting.is_alive()
        assert seen == []
        with worker_for(bad.app):
            wait_until(lambda: seen == ["invoice 7"], "the view to return")


def test_with_a_limit_the_caller_goes_on() -> None:
    good = load_program("CEL405", "proof_good")
    with in_memory(good.app), pytest.raises(TimeoutError):
        good.invoice_view(7)
