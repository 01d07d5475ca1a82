"""CEL213: a rate limit that Celery cannot read ends the worker when it starts."""

from __future__ import annotations

import pytest
from celery.utils.time import rate

from tests.proofs.harness import in_memory, load_program, worker_for

CAMPAIGN = 7


def test_the_worker_does_not_start() -> None:
    program = load_program("CEL213", "proof_bad")
    with in_memory(program.app):
        # Whoever sends the task sees nothing of it.
        assert program.send_newsletter.delay(CAMPAIGN).id
        with pytest.raises(KeyError, match="min"), worker_for(program.app):
            raise AssertionError("it started")


def test_with_a_letter_it_does() -> None:
    program = load_program("CEL213", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        result = program.send_newsletter.delay(CAMPAIGN)
        assert result.get(timeout=60, disable_sync_subtasks=False) == f"sent {CAMPAIGN}"


@pytest.mark.parametrize("text", ["100/day", "10/M", "10 / m", "1/10s", "10 per minute", "10m"])
def test_what_celery_cannot_read(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        rate(text)


@pytest.mark.parametrize("text", ["", "10", "10/", "0.5/s", "2/h", "10 /m"])
def test_what_celery_can_read(text: str) -> None:
    assert rate(text) >= 0
