"""CEL112: a task sent by a name that nobody has is published and thrown away."""

from __future__ import annotations

import pytest
from celery.exceptions import NotRegistered

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.mark.parametrize(
    ("call", "name"),
    [("pay", "receipt_names.send_recipt"), ("pay_later", "receipt_names.send_receipts")],
)
def test_an_unknown_name_is_sent_and_thrown_away(
    celery_journal: Journal, caplog: pytest.LogCaptureFixture, call: str, name: str
) -> None:
    program = load_program("CEL112", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        result = getattr(program, call)()
        with pytest.raises(NotRegistered, match=name):
            result.get(timeout=60, interval=0.02)

    assert [message.task for message in celery_journal.messages] == [name]
    assert celery_journal.runs == []
    assert f"Received unregistered task of type '{name}'" in caplog.text


@pytest.mark.parametrize("call", ["pay", "pay_later"])
def test_a_name_that_is_known_runs(call: str) -> None:
    program = load_program("CEL112", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, call)().get(timeout=60, interval=0.02) == "receipt for 1"
