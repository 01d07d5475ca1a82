"""CEL708: a route or an annotation under a name that no task has changes nothing, in silence."""

from __future__ import annotations

from typing import Any

from tests.proofs.harness import load_program


def sent_to(program: Any) -> str:
    """The queue that the program's task is routed to."""
    route = program.app.amqp.router.route({}, program.send_receipt.name, (1,), {})
    return str(route["queue"].name)


def test_a_name_that_no_task_has_changes_nothing() -> None:
    program = load_program("CEL708", "proof_bad")
    assert sent_to(program) == program.app.conf.task_default_queue == "celery"
    assert program.send_receipt.rate_limit is None


def test_the_name_of_a_task_does() -> None:
    program = load_program("CEL708", "proof_good")
    assert sent_to(program) == "mail"
    assert program.send_receipt.rate_limit == "1/m"
