"""CEL108: with a countdown given, Celery drops the eta."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

DAY = 24 * 3600


def test_the_countdown_counts(celery_journal: Journal) -> None:
    bad = load_program("CEL108", "proof_bad")
    with in_memory(bad.app):
        bad.remind_tomorrow(1)
    (message,) = celery_journal.messages
    assert message.delay == pytest.approx(60, abs=5)


def test_the_countdown_of_a_retry_counts(celery_journal: Journal) -> None:
    bad = load_program("CEL108", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        bad.remind.delay(-1)
        wait_until(lambda: celery_journal.retries_of(bad.remind), "the retry")
    (retry,) = celery_journal.retries_of(bad.remind)
    assert retry.delay == pytest.approx(60, abs=5)


@pytest.mark.parametrize("sender", ["remind_tomorrow", "remind_tomorrow_without_countdown"])
def test_the_eta_alone_counts(celery_journal: Journal, sender: str) -> None:
    good = load_program("CEL108", "proof_good")
    with in_memory(good.app):
        getattr(good, sender)(1)
    (message,) = celery_journal.messages
    assert message.delay == pytest.approx(DAY, abs=5)
