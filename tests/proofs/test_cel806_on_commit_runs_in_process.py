"""CEL806: on_commit calls a signature or a task, and that runs it here, without a message."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program


def shop(program_name: str) -> Iterator[Any]:
    program = load_program("CEL806", program_name)
    program.ran_in.clear()
    with in_memory(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.mark.parametrize("dispatch", ["pay", "close", "pay_by_signature_with_options"])
def test_the_task_runs_in_the_callers_own_thread(
    bad: Any, celery_journal: Journal, dispatch: str
) -> None:
    getattr(bad, dispatch)(1)

    assert bad.ran_in == [threading.get_ident()]
    assert celery_journal.messages == []


@pytest.mark.parametrize(
    ("dispatch", "first"),
    [("pay", "send_receipt"), ("close", "close_day"), ("pay_and_close", "send_receipt")],
)
def test_its_delay_sends(good: Any, celery_journal: Journal, dispatch: str, first: str) -> None:
    getattr(good, dispatch)(1)

    assert good.ran_in == []
    assert [message.task for message in celery_journal.messages] == [getattr(good, first).name]
