"""CEL104: one value in the place of all arguments raises, or is taken apart, or is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import in_memory, load_program, worker_for

ORDER = 42


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL104", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL104", "proof_good")
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        ("order_paid", ORDER, "must be an iterable, not int"),
        ("customer_seen", "Ann", "task args must be a list or tuple"),
        ("by_name", ORDER, "task args must be a list or tuple"),
        ("packed", ORDER, "task args must be a list or tuple"),
    ],
)
def test_one_value_cannot_be_sent(bad: Any, function: str, argument: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        getattr(bad, function)(argument)


def test_kwargs_that_are_no_mapping_cannot_be_sent(bad: Any) -> None:
    with pytest.raises(TypeError, match="must be a mapping, not list"):
        bad.ship.apply_async((), [("order_id", ORDER)])


def test_what_is_empty_is_lost_and_a_text_is_taken_apart(bad: Any, good: Any) -> None:
    assert bad.greeting("Ann").args == ("A", "n", "n")
    assert good.greeting("Ann").args == ("Ann",)
    with in_memory(bad.app), worker_for(bad.app):
        # The default: the 0 never arrived.
        assert bad.first_order().get(timeout=60) == "shipped -1"
        assert bad.ship.apply_async("").get(timeout=60) == "shipped -1"
        assert bad.greeting("Ann").delay().get(timeout=60) == "A and n and n"


def test_a_third_argument_is_the_id(bad: Any) -> None:
    assert bad.later(ORDER).id == 10


def test_a_tuple_arrives(good: Any) -> None:
    with worker_for(good.app):
        assert good.order_paid(ORDER).get(timeout=60) == f"shipped {ORDER}"
        assert good.customer_seen("Ann").get(timeout=60) == "Ann"
        assert good.packed(ORDER).get(timeout=60) == f"shipped {ORDER}"
        assert good.first_order().get(timeout=60) == "shipped 0"
