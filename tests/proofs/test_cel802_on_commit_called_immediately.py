"""CEL802: a dispatch that is called for on_commit is sent at once, then Django refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program


def shop(program_name: str) -> Iterator[Any]:
    """A program of the shop with a table for its orders."""
    program = load_program("CEL802", program_name)
    with django_project.tables_of(program.Order), in_memory(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.mark.parametrize(
    ("dispatch", "argument"), [("pay", "ann@example.org"), ("pay_without_transaction", 1)]
)
def test_the_task_is_sent_and_the_transaction_fails(
    bad: Any, celery_journal: Journal, dispatch: str, argument: object
) -> None:
    with pytest.raises(TypeError, match="callback must be a callable"):
        getattr(bad, dispatch)(argument)

    assert [message.task for message in celery_journal.messages] == [bad.send_receipt.name]
    assert bad.Order.objects.count() == 0


@pytest.mark.parametrize(
    ("dispatch", "argument", "orders"),
    [("pay", "ann@example.org", 1), ("pay_without_transaction", 1, 0)],
)
def test_handed_over_uncalled_it_is_sent_on_commit(
    good: Any, celery_journal: Journal, dispatch: str, argument: object, orders: int
) -> None:
    getattr(good, dispatch)(argument)

    assert [message.task for message in celery_journal.messages] == [good.send_receipt.name]
    assert good.Order.objects.count() == orders
