"""CEL109: `apply` runs the task here, at once, and keeps its error."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program


def test_the_error_is_lost_and_the_countdown_too(celery_journal: Journal) -> None:
    bad = load_program("CEL109", "proof_bad")
    with in_memory(bad.app):
        assert bad.pay(None) == "paid"
    assert celery_journal.messages == []
    (run,) = celery_journal.runs_of(bad.send_receipt)
    assert run.state == "FAILURE"


def test_with_throw_the_error_is_raised() -> None:
    good = load_program("CEL109", "proof_good")
    with in_memory(good.app):
        assert good.pay(1) == "paid"
        with pytest.raises(ValueError, match="no order"):
            good.pay(None)
