"""CEL502: what a step cannot take makes it fail in the worker, when the one before has run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery.exceptions import ChordError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL502", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL502", "proof_good")
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("too_many", "takes 0 positional arguments but 1 was given"),
        ("missing", "missing 1 required positional argument: 'day'"),
        ("doubled", "multiple values for argument 'prices'"),
        # The task that was linked to is the one that is asked: it ends as failed itself.
        ("linked", "takes 0 positional arguments but 1 was given"),
    ],
)
def test_what_did_its_work_is_recorded_as_failed_and_the_next_never_runs(
    name: str, message: str, bad: Any, celery_journal: Journal
) -> None:
    with worker_for(bad.app):
        result = getattr(bad, name)("monday")
        with pytest.raises(TypeError, match=message):
            result.get(timeout=30)
        assert (result.parent or result).state == "FAILURE"
    assert [(run.task, run.state) for run in celery_journal.runs] == [
        (bad.import_prices.name, "SUCCESS")
    ]


def test_a_group_of_such_steps_never_ends(bad: Any, celery_journal: Journal) -> None:
    with worker_for(bad.app):
        result = bad.in_a_group("monday")
        wait_until(lambda: result.parent.state == "FAILURE", "the step before the group")
        assert not result.ready()
    assert celery_journal.runs_of(bad.clear_cache) == []


def test_a_body_that_cannot_take_the_list_ends_in_an_error(bad: Any) -> None:
    with worker_for(bad.app), pytest.raises((ChordError, TypeError), match="takes 0 positional"):
        bad.body("monday").get(timeout=30)


def test_immutable_or_with_room_all_of_it_runs(good: Any, celery_journal: Journal) -> None:
    with worker_for(good.app):
        assert good.too_many("monday").get(timeout=30) == "cleared"
        assert good.missing("monday").get(timeout=30) == "monday"
        assert good.doubled("monday").get(timeout=30) == "monday"
        assert good.in_a_group("monday").get(timeout=30) == ["cleared", "cleared"]
        assert good.body("monday").get(timeout=30) == "cleared"
        good.linked("monday")
        wait_until(lambda: len(celery_journal.runs_of(good.clear_cache)) == 5, "the callback")
    assert {run.state for run in celery_journal.runs} == {"SUCCESS"}
