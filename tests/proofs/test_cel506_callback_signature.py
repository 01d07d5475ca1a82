"""CEL506: an error callback that does not fit never runs; what is no signature cannot be linked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL506", "proof_bad")
    program.ran.clear()
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL506", "proof_good")
    program.ran.clear()
    with in_memory(program.app):
        yield program


def test_callbacks_that_do_not_fit_never_run(bad: Any, celery_journal: Journal) -> None:
    bad.own_argument("A7")
    bad.bound("A7")
    bad.two_parameters("A7")
    # Sent last: when this one has been called, the others would have been.
    bad.shifted("A7")
    with worker_for(bad.app):
        wait_until(lambda: len(celery_journal.runs_of(bad.charge)) == 4, "the failures")
        wait_until(lambda: bad.ran, "the error callback")
    assert len(bad.ran) == 1


def test_own_arguments_land_behind_what_celery_hands_over(bad: Any) -> None:
    bad.shifted("A7")
    with worker_for(bad.app):
        wait_until(lambda: bad.ran, "the error callback")
    ((order_id, traceback),) = bad.ran
    assert order_id != "A7"
    assert traceback == "A7"


def test_what_is_no_signature_cannot_be_sent(bad: Any, celery_journal: Journal) -> None:
    with pytest.raises(EncodeError):
        bad.linked_task("A7")
    assert celery_journal.messages == []
    with pytest.raises(EncodeError):
        bad.linked_result("A7")
    assert [message.task for message in celery_journal.messages] == [bad.release_stock.name]


def test_a_group_takes_no_callbacks(bad: Any) -> None:
    with pytest.raises(TypeError, match="Cannot add link to group"):
        bad.linked_group("A7")
    with pytest.raises(TypeError, match="Cannot add link to group"):
        bad.linked_group_error("A7")


def test_callbacks_that_fit_are_called(good: Any) -> None:
    for send in (good.own_argument, good.bound, good.all_three, good.behind, good.linked):
        send("A7")
    good.linked_group("A7")
    with worker_for(good.app):
        wait_until(lambda: len(good.ran) == 6, "all callbacks")
    assert sorted(good.ran) == ["A7", "A7", "A7", "A7", "A7", "by id"]
