"""CEL113: what is sent on commit gives no result, and not everything can be sent so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import celery
import pytest
from celery import Celery

from tests.proofs.harness import Journal, in_memory, load_program

pytestmark = pytest.mark.skipif(
    celery.VERSION[:2] < (5, 4), reason="delay_on_commit came with Celery 5.4"
)


@contextmanager
def shop() -> Iterator[Celery]:
    """An app as Celery's Django fixup makes it."""
    with in_memory(Celery("cel113", task_cls="celery.contrib.django.task:DjangoTask")) as app:
        yield app


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    with shop():
        yield load_program("CEL113", "proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    with shop():
        yield load_program("CEL113", "proof_good")


def test_the_value_is_none(bad: Any) -> None:
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'id'"):
        bad.pay(1)


def test_signatures_and_plain_bases_have_no_such_method(bad: Any) -> None:
    with pytest.raises(AttributeError, match="delay_on_commit"):
        bad.pay_as_signature(1)
    with pytest.raises(AttributeError, match="delay_on_commit"):
        bad.pay_back(1)


def test_ids_of_ones_own_and_django_bases_work(good: Any, celery_journal: Journal) -> None:
    assert good.pay(1, "an-id") == "an-id"
    good.pay_as_signature(2)
    good.pay_back(3)
    assert [message.task for message in celery_journal.messages] == [
        good.charge.name,
        good.charge.name,
        good.refund.name,
    ]
    assert celery_journal.messages[0].task_id == "an-id"
