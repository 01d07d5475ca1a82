"""CEL201: without `bind=True` Celery passes no `self`: nobody can call the task, or it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

ORDER = 42


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL201", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL201", "proof_good")
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize("task_name", ["charge_card", "send_receipt", "close_account"])
def test_an_unbound_task_with_self_cannot_be_published(
    bad: Any, celery_journal: Journal, task_name: str
) -> None:
    task = getattr(bad, task_name)

    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'order_id'"):
        task.delay(ORDER)
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'self'"):
        task.apply_async(kwargs={"order_id": ORDER})

    assert celery_journal.messages == []


def test_a_made_up_self_does_not_help(
    bad: Any, celery_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bad.provider, "outages", 1)

    with worker_for(bad.app):
        bad.charge_card.delay("self", ORDER)
        wait_until(lambda: celery_journal.runs, "the task to end")

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, AttributeError)
    assert str(run.outcome) == "'str' object has no attribute 'retry'"


def test_self_retry_without_a_self_parameter_is_a_name_error(
    bad: Any, celery_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bad.provider, "outages", 1)

    with worker_for(bad.app):
        bad.refund_card.delay(ORDER)
        wait_until(lambda: celery_journal.runs, "the task to end")

    (run,) = celery_journal.runs
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, NameError)
    assert "name 'self' is not defined" in str(run.outcome)
    assert celery_journal.retries_of(bad.refund_card) == []


@pytest.mark.parametrize(
    ("task_name", "result"),
    [
        ("charge_card", "charged 42"),
        ("send_receipt", "receipt for 42"),
        ("close_account", "closed 42"),
        ("refund_card", "refunded 42"),
    ],
)
def test_a_bound_task_runs(good: Any, task_name: str, result: str) -> None:
    with worker_for(good.app):
        assert getattr(good, task_name).delay(ORDER).get(timeout=60, interval=0.02) == result


@pytest.mark.parametrize(
    ("task_name", "result"), [("charge_card", "charged 42"), ("refund_card", "refunded 42")]
)
def test_a_bound_task_retries(
    good: Any,
    celery_journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    task_name: str,
    result: str,
) -> None:
    monkeypatch.setattr(good.provider, "outages", 1)
    task = getattr(good, task_name)

    with worker_for(good.app):
        assert task.delay(ORDER).get(timeout=60, interval=0.02) == result

    assert [message.retries for message in celery_journal.retries_of(task)] == [1]
