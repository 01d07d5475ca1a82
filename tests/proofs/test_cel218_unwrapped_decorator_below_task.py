"""CEL218: tasks named after one inner function are one task, the first."""

from __future__ import annotations

from tests.proofs.alone import outcome_of

SEND_BOTH = """
with in_memory(program.app), worker_for(program.app):
    results = [result_of(task.delay(3)) for task in (program.charge, program.refund)]
    outcome = [program.charge.name, program.refund.name, *results]
"""


def test_both_names_stand_for_one_task() -> None:
    *names, charged, refunded = outcome_of("CEL218", "proof_bad", SEND_BOTH)

    assert names == ["cel218_proof_bad.inner"] * 2
    # Which of the two it is, nobody says: Celery keeps what waits for the app in a set.
    assert charged == refunded


def test_with_wraps_each_task_is_its_own() -> None:
    names = ["cel218_proof_good.charge", "cel218_proof_good.refund"]
    assert outcome_of("CEL218", "proof_good", SEND_BOTH) == [*names, "charged 3", "refunded 3"]
