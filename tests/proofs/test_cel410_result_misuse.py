"""CEL410: what each misuse of a result does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL410", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL410", "proof_good")
    with in_memory(program.app):
        yield program


def test_a_result_cannot_be_awaited_and_the_task_is_sent(bad: Any, celery_journal: Journal) -> None:
    with pytest.raises(TypeError, match="can't be used in 'await' expression"):
        asyncio.run(bad.export_view("monday"))
    assert len(celery_journal.messages) == 1


def test_a_method_that_is_not_called_is_true_before_any_worker_runs(bad: Any) -> None:
    assert bad.is_done("monday") == "done"


def test_a_property_cannot_be_called(bad: Any) -> None:
    with pytest.raises(TypeError, match="'str' object is not callable"):
        bad.state_of("monday")


def test_no_state_is_in_small_letters(bad: Any) -> None:
    with worker_for(bad.app):
        assert bad.is_successful("monday") is False


def test_a_signature_is_a_dict(bad: Any, celery_journal: Journal) -> None:
    with pytest.raises(TypeError, match="takes no keyword arguments"):
        bad.wait_for("monday")
    assert celery_journal.messages == []


def test_revoke_does_not_take_a_result(bad: Any) -> None:
    with pytest.raises(EncodeError, match="Object of type AsyncResult is not JSON serializable"):
        bad.stop("monday")


def test_used_as_documented_all_of_it_works(good: Any) -> None:
    assert isinstance(asyncio.run(good.export_view("monday")), str)
    assert good.is_done("monday") == "waiting"
    assert good.state_of("monday") == "PENDING"
    good.stop("monday")
    with worker_for(good.app):
        assert good.is_successful("monday") is True
        assert good.wait_for("monday") == "monday"
