"""CEL205: of two functions under one name Celery keeps one; the other never runs."""

from __future__ import annotations

from tests.proofs.alone import outcome_of

SEND_ALL = """
tasks = [program.invoice, program.remind, program.Orders.total, program.Refunds.total]
with in_memory(program.app), worker_for(program.app):
    outcome = [result_of(task.delay(3)) for task in tasks]
"""


def test_two_tasks_of_one_name_are_one() -> None:
    invoice, reminder, orders, refunds = outcome_of("CEL205", "proof_bad", SEND_ALL)

    # Which of the two it is, nobody says: Celery keeps what waits for the app in a set.
    assert invoice == reminder
    assert invoice in ("invoice 3", "reminder 3")
    assert orders == refunds
    assert orders in ("orders of 3", "refunds of 3")


def test_tasks_of_different_names_run_their_own_functions() -> None:
    assert outcome_of("CEL205", "proof_good", SEND_ALL) == [
        "invoice 3",
        "reminder 3",
        "orders of 3",
        "refunds of 3",
    ]
