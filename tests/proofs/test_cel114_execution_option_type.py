"""CEL114: countdown, eta and expires of the wrong type raise where the message is written."""

from __future__ import annotations

import pytest
from celery.exceptions import Reject

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.mark.parametrize(
    ("sender", "error", "text"),
    [
        ("countdown_by_timedelta", TypeError, "'<' not supported between .*timedelta"),
        ("countdown_by_text", TypeError, "'<' not supported between .*'str'"),
        ("countdown_by_datetime", TypeError, "'<' not supported between .*datetime"),
        # Before it is compared, it may be asked for its text: that depends on the version.
        ("expires_by_timedelta", (TypeError, AttributeError), "timedelta"),
        ("expires_by_text", ValueError, None),
        ("eta_by_number", AttributeError, "'int' object has no attribute 'isoformat'"),
        ("eta_by_timedelta", AttributeError, "has no attribute 'isoformat'"),
        ("expires_by_date", TypeError, "'<' not supported between .*date"),
    ],
)
def test_nothing_is_sent(
    celery_journal: Journal, sender: str, error: type[Exception], text: str | None
) -> None:
    bad = load_program("CEL114", "proof_bad")
    with in_memory(bad.app), pytest.raises(error, match=text):
        getattr(bad, sender)()
    assert celery_journal.messages == []


def test_a_message_with_a_time_as_eta_is_dropped(celery_journal: Journal) -> None:
    bad = load_program("CEL114", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        result = bad.eta_by_time()
        assert bad.remind.delay(2).get(timeout=60, interval=0.01) == 2
        assert result.state == "PENDING"
    assert [run.outcome for run in celery_journal.runs] == [2]


def test_the_retry_is_lost(celery_journal: Journal) -> None:
    bad = load_program("CEL114", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        bad.charge.delay(1)
        wait_until(lambda: celery_journal.runs_of(bad.charge), "the task to end")
    (run,) = celery_journal.runs_of(bad.charge)
    assert isinstance(run.outcome, Reject)
    assert celery_journal.retries_of(bad.charge) == []


@pytest.mark.parametrize("sender", ["by_countdown", "by_expires", "by_eta", "by_nothing"])
def test_the_right_types_run(sender: str) -> None:
    good = load_program("CEL114", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert getattr(good, sender)().get(timeout=60, interval=0.01) == 1
