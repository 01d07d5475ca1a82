"""CEL805: of two deposits at the same time, one is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def balance_after_two_deposits(program: Any, journal: Journal) -> object:
    """What an empty account has when two workers have put 5 and 7 into it, side by side."""
    with django_project.tables_of(program.Account), in_memory(program.app):
        account = program.Account.objects.create()
        with worker_for(program.app, threads=2):
            program.deposit.delay(account.pk, 5)
            program.deposit.delay(account.pk, 7)
            wait_until(lambda: len(journal.runs) == 2, "both deposits")
        assert [run.state for run in journal.runs] == ["SUCCESS", "SUCCESS"]
        account.refresh_from_db()
        return account.balance


@pytest.mark.parametrize(
    ("program_name", "balances"), [("proof_bad", {5, 7}), ("proof_good", {12})]
)
def test_two_deposits_at_the_same_time(
    django_configured: None, celery_journal: Journal, program_name: str, balances: set[int]
) -> None:
    program = load_program("CEL805", program_name)

    assert balance_after_two_deposits(program, celery_journal) in balances
