"""CEL207: a wrapper above the task decorator has no `delay`, and the worker runs without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.alone import error_of
from tests.proofs.harness import in_memory, load_program, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL207", "proof_bad")
    program.calls.clear()
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize("task_name", ["book", "look_up"])
def test_the_name_stands_for_a_function_without_delay(bad: Any, task_name: str) -> None:
    function = getattr(bad, task_name)

    with pytest.raises(AttributeError, match="has no attribute 'delay'"):
        function.delay(3)
    # `functools.wraps` copies much, but not what makes a task.
    assert function.__name__ == task_name


def test_the_worker_runs_the_task_without_the_decorator(bad: Any) -> None:
    assert bad.book(3) == 3
    assert bad.calls == ["book"]
    bad.calls.clear()

    with worker_for(bad.app):
        sent = bad.app.send_task("cel207_proof_bad.book", (3,))
        assert sent.get(timeout=60, interval=0.02) == 3

    assert bad.calls == []


def test_a_shared_task_cannot_be_connected_weakly() -> None:
    error = error_of("CEL207", "proof_bad_receiver")
    assert error == "TypeError: cannot create weak reference to 'Proxy' object"


def test_decorators_below_are_run_by_the_worker() -> None:
    program = load_program("CEL207", "proof_good")
    program.calls.clear()

    with in_memory(program.app), worker_for(program.app):
        assert program.book.delay(3).get(timeout=60, interval=0.02) == 3
        assert program.look_up.delay(4).get(timeout=60, interval=0.02) == 4
        # Connecting it has left it a task.
        program.ready.delay().get(timeout=60, interval=0.02)

    assert program.calls == ["book", "ready"]
