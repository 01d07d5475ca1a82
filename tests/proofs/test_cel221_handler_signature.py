"""CEL221: Celery hands every handler the same positional arguments; TypeError if it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def running(program_name: str) -> Iterator[Any]:
    program = load_program("CEL221", program_name)
    program.told.clear()
    with in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def bad() -> Iterator[Any]:
    yield from running("proof_bad")


@pytest.fixture
def good() -> Iterator[Any]:
    yield from running("proof_good")


def get(task: Any) -> Any:
    return task.delay("lamp").get(timeout=60, interval=0.02)


def test_on_failure_replaces_the_real_error(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"on_failure\(\) takes 3 positional arguments but 6"):
        get(bad.book)
    assert bad.told == []


def test_before_start_keeps_the_body_from_running(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"before_start\(\) takes 2 positional arguments but 4"):
        get(bad.check)
    assert bad.told == []


@pytest.mark.parametrize("task_name", ["count", "close", "wait_for"])
def test_the_other_handlers_never_run(bad: Any, celery_journal: Journal, task_name: str) -> None:
    task = getattr(bad, task_name)
    task.delay("lamp")
    runs = 2 if task_name == "wait_for" else 1
    wait_until(lambda: len(celery_journal.runs_of(task)) == runs, "the task to end")
    assert bad.told == []


@pytest.mark.parametrize(
    ("task_name", "told"),
    [
        ("count", ["done: lamp"]),
        ("close", ["returned: SUCCESS"]),
        ("check", ["starts", "checked lamp"]),
        ("wait_for", ["again: lamp"]),
    ],
)
def test_handlers_that_take_everything_run(good: Any, task_name: str, told: list[str]) -> None:
    assert get(getattr(good, task_name)) == "lamp"
    wait_until(lambda: good.told == told, "the handler to run")


def test_the_real_error_is_kept(good: Any) -> None:
    with pytest.raises(good.OutOfStock):
        get(good.book)
    wait_until(lambda: good.told == ["failed: lamp"], "the handler to run")
