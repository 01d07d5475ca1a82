"""CEL106: Celery ignores options of a call that it does not know, and says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flake8_celery_patterns.meaning.tasks.option_names import DOCUMENTED_EXECUTION_OPTIONS
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

ORDER = 42


def loaded(name: str) -> Iterator[Any]:
    program = load_program("CEL106", name)
    with in_memory(program.app):
        program.attempts.clear()
        yield program


@pytest.fixture
def bad() -> Iterator[Any]:
    yield from loaded("proof_bad")


@pytest.fixture
def good() -> Iterator[Any]:
    yield from loaded("proof_good")


def attempts_of(program: Any, task_name: str, journal: Journal) -> int:
    """How often a task is tried until Celery gives up."""
    task = getattr(program, task_name)
    with worker_for(program.app):
        task.delay(ORDER)
        wait_until(lambda: [r for r in journal.runs_of(task) if r.state == "FAILURE"], "its end")
    return len(program.attempts)


def test_a_misspelt_countdown_runs_the_task_at_once(bad: Any, celery_journal: Journal) -> None:
    with worker_for(bad.app):
        assert bad.order_paid(ORDER).get(timeout=60) == f"reminded {ORDER}"
    (message,) = celery_journal.messages
    assert message.eta is None


def test_a_countdown_waits(good: Any, celery_journal: Journal) -> None:
    good.order_paid(ORDER)
    (message,) = celery_journal.messages
    assert message.delay > 290


@pytest.mark.parametrize(
    ("task_name", "tried", "meant"), [("charge_card", 3, 2), ("import_feed", 4, 2)]
)
def test_a_misspelt_limit_of_retries_does_not_limit(
    bad: Any, celery_journal: Journal, task_name: str, tried: int, meant: int
) -> None:
    assert attempts_of(bad, task_name, celery_journal) == tried > meant


@pytest.mark.parametrize("task_name", ["charge_card", "import_feed"])
def test_the_limit_that_is_meant_limits(good: Any, celery_journal: Journal, task_name: str) -> None:
    assert attempts_of(good, task_name, celery_journal) == 2


@pytest.mark.parametrize(
    "options",
    [{"max_retries": 3}, {"acks_late": True}, {"rate_limit": "1/h"}, {"immutable": True}],
    ids=lambda options: next(iter(options)),
)
def test_what_only_a_decorator_can_set_changes_nothing(good: Any, options: dict[str, Any]) -> None:
    assert options.keys().isdisjoint(DOCUMENTED_EXECUTION_OPTIONS)
    with worker_for(good.app):
        result = good.remind.apply_async((ORDER,), **options)
        assert result.get(timeout=60) == f"reminded {ORDER}"
