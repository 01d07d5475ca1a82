"""CEL803: what on_commit was handed in a loop sees the loop's last value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

WAYS = ["pay", "pay_with_function", "pay_in_comprehension"]


def receipts(program: Any, dispatch: str, journal: Journal) -> list[int]:
    """The orders that get a receipt when three of them are paid."""
    with in_memory(program.app), worker_for(program.app):
        getattr(program, dispatch)([101, 102, 103])
        wait_until(lambda: len(journal.runs) == 3, "three receipts")
    return [run.outcome for run in journal.runs]


@pytest.mark.parametrize("dispatch", WAYS)
def test_all_receipts_go_to_the_last_order(
    django_configured: None, celery_journal: Journal, dispatch: str
) -> None:
    program = load_program("CEL803", "proof_bad")

    assert receipts(program, dispatch, celery_journal) == [103, 103, 103]


@pytest.mark.parametrize("dispatch", [*WAYS, "pay_one_by_one"])
def test_each_order_gets_its_own(
    django_configured: None, celery_journal: Journal, dispatch: str
) -> None:
    program = load_program("CEL803", "proof_good")

    assert receipts(program, dispatch, celery_journal) == [101, 102, 103]
