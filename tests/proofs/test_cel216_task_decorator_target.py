"""CEL216: what is no function cannot be a task; the app, and so the worker, does not start."""

from __future__ import annotations

import pytest

from tests.proofs.alone import error_of
from tests.proofs.harness import in_memory, load_program, worker_for


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("proof_bad", "AttributeError: 'method-wrapper' object has no attribute '__module__'"),
        ("proof_bad_classmethod", "TypeError: "),
        ("proof_bad_class", "AttributeError: 'method-wrapper' object has no attribute"),
        ("proof_bad_cache", "AttributeError: 'method-wrapper' object has no attribute"),
        ("proof_bad_async", "AttributeError: 'AsyncToSync' object has no attribute '__name__'"),
        # The header that Celery writes: `def <lambda>(address):`.
        ("proof_bad_lambda", "SyntaxError: invalid syntax"),
    ],
)
def test_the_app_does_not_start(program: str, error: str) -> None:
    assert error_of("CEL216", program, "program.app.finalize()").startswith(error)


def test_a_task_class_is_taken_for_a_function() -> None:
    send = """
        with in_memory(program.app), worker_for(program.app):
            result_of(program.Send.delay("ann"))
    """
    assert error_of("CEL216", "proof_bad_task_class", send).startswith("TypeError: ")


def test_functions_and_registered_classes_run() -> None:
    program = load_program("CEL216", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        sent = program.Mailer.send.delay("ann")
        posted = program.send_async.delay("ann")
        digest = program.digest.delay("ann")
        assert sent.get(timeout=60, interval=0.02) == "sent to ann"
        assert posted.get(timeout=60, interval=0.02) == "posted to ann"
        assert digest.get(timeout=60, interval=0.02) == "digest to ann"
