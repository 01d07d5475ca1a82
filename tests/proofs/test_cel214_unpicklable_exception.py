"""CEL214: an exception that pickle cannot rebuild is replaced, also where results are JSON."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from celery.utils.serialization import UnpickleableExceptionWrapper

from tests.proofs.harness import in_memory, load_program, worker_for

ERRORS = [("charge", "CardDeclined"), ("renew", "CardExpired"), ("block", "CardStolen")]


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL214", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL214", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        yield program


def error_of(task: Any) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the question
        task.delay(42).get(timeout=60, interval=0.02)
    return raised.value


@pytest.mark.parametrize(
    ("class_name", "arguments", "named"),
    [
        ("CardDeclined", (42, "no money"), {}),
        ("CardExpired", (42,), {"year": 2020}),
        ("CardStolen", (42,), {}),
    ],
)
def test_pickle_cannot_rebuild_it(
    class_name: str, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    bad = load_program("CEL214", "proof_bad")
    made = getattr(bad, class_name)(*arguments, **named)
    with pytest.raises(TypeError, match="argument"):
        pickle.loads(pickle.dumps(made))


@pytest.mark.parametrize("task_name", ["charge", "block"])
def test_callers_get_a_wrapper(bad: Any, task_name: str) -> None:
    error = error_of(getattr(bad, task_name))
    assert type(error).__name__ == UnpickleableExceptionWrapper.__name__
    assert not hasattr(error, "code")


def test_callers_get_a_base_class(bad: Any) -> None:
    error = error_of(bad.renew)
    assert type(error) is bad.ChargeError
    assert not hasattr(error, "year")


@pytest.mark.parametrize(("task_name", "class_name"), ERRORS)
def test_what_can_be_rebuilt_arrives(good: Any, task_name: str, class_name: str) -> None:
    error = error_of(getattr(good, task_name))
    assert type(error) is getattr(good, class_name)
    assert error.args[0] == 42
