"""CEL212: one instance of a task serves all messages of a process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL212", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL212", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        yield program


def get(task: Any, *args: Any, **kwargs: Any) -> Any:
    return task.delay(*args, **kwargs).get(timeout=60, interval=0.02)


def fail_to_invoice(program: Any) -> str:
    """What is told of an order nobody knows, after the invoice for Ann's."""
    program.told.clear()
    assert get(program.send_invoice, 1) == "Ann"
    with pytest.raises(KeyError):
        get(program.send_invoice, 2)
    wait_until(lambda: program.told, "the handler to run")
    return str(program.told[0])


def test_the_second_message_finds_what_the_first_one_left(bad: Any) -> None:
    assert get(bad.import_rows, ["1", "x"]) == [2, ["x"]]
    assert get(bad.import_rows, ["2", "y"]) == [4, ["x", "y"]]


def test_a_branch_not_taken_keeps_the_last_message_s_value(bad: Any) -> None:
    assert get(bad.ship, 1, express=True) == "air"
    assert get(bad.ship, 2) == "air"


def test_a_failed_run_tells_of_another_customer(bad: Any) -> None:
    assert fail_to_invoice(bad) == "no invoice for Ann"


def test_local_variables_start_anew(good: Any) -> None:
    assert get(good.import_rows, ["1", "x"]) == [2, ["x"]]
    assert get(good.import_rows, ["2", "y"]) == [2, ["y"]]
    assert get(good.ship, 1, express=True) == "air"
    assert get(good.ship, 2) == "road"


def test_what_is_set_first_is_this_message_s(good: Any) -> None:
    assert fail_to_invoice(good) == "no invoice for somebody"
