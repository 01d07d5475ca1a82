"""CEL210: a task class that was not registered is published and thrown away."""

from __future__ import annotations

import pytest
from celery.exceptions import NotRegistered

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


def test_what_is_not_registered_is_sent_and_thrown_away(
    celery_journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    program = load_program("CEL210", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        result = program.export()
        with pytest.raises(NotRegistered, match=r"archive\.export"):
            result.get(timeout=60, interval=0.02)

    assert [message.task for message in celery_journal.messages] == ["archive.export"]
    assert celery_journal.runs == []
    assert "Received unregistered task of type 'archive.export'" in caplog.text


def test_the_class_itself_cannot_be_sent(celery_journal: Journal) -> None:
    program = load_program("CEL210", "proof_bad")

    with in_memory(program.app):
        with pytest.raises(AttributeError, match="'str' object has no attribute 'apply_async'"):
            program.read()
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'self'"):
            program.read_later()

    assert celery_journal.messages == []


@pytest.mark.parametrize(("call", "result"), [("export", "exported a.csv"), ("read", "read a.csv")])
def test_what_is_registered_runs(call: str, result: str) -> None:
    program = load_program("CEL210", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, call)().get(timeout=60, interval=0.02) == result
