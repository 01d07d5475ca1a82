"""CEL116: a plain function, coroutine function or class has nothing to be sent by."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("write", r"'function' object has no attribute 'delay'"),
        ("write_mail", r"'function' object has no attribute 'apply_async'"),
        ("pack", r"type object 'Parcel' has no attribute 's'"),
    ],
)
def test_what_is_no_task_cannot_be_sent(celery_journal: Journal, call: str, error: str) -> None:
    program = load_program("CEL116", "proof_bad")

    with in_memory(program.app), pytest.raises(AttributeError, match=error):
        getattr(program, call)()

    assert celery_journal.messages == []


@pytest.mark.parametrize(
    ("call", "result"),
    [("write", "letter to ann@example.org"), ("send_parcel", "parcel to ann@example.org")],
)
def test_a_task_is_sent_and_runs(call: str, result: str) -> None:
    program = load_program("CEL116", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, call)().get(timeout=60, interval=0.02) == result
