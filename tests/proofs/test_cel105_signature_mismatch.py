"""CEL105: what the task does not take fails where it is called, or in the worker in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL105", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("missing", r"missing 1 required positional argument: 'address'"),
        ("too_many", r"takes 2 positional arguments but 3 were given"),
        ("unknown", r"got an unexpected keyword argument 'adress'"),
        ("doubled", r"got multiple values for argument 'order_id'"),
    ],
)
def test_celery_refuses_to_send_what_does_not_fit(
    bad: Any, celery_journal: Journal, call: str, error: str
) -> None:
    with pytest.raises(TypeError, match=error):
        getattr(bad, call)()

    assert celery_journal.messages == []


def test_what_celery_does_not_compare_fails_in_the_worker(
    bad: Any, celery_journal: Journal
) -> None:
    errors = {
        "receipts.export": r"missing 1 required positional argument: 'path'",
        "receipts.rebuild_index": r"missing 1 required positional argument: 'index'",
        bad.archive.name: r"takes 1 positional argument but 2 were given",
        bad.forget.name: r"missing 1 required positional argument: 'order_id'",
        "celery.map": r"missing 1 required positional argument: 'address'",
    }
    for call in ("by_name", "class_based", "decorated", "untyped", "each_item"):
        getattr(bad, call)()
    assert {message.task for message in celery_journal.messages} == set(errors)

    with worker_for(bad.app):
        wait_until(lambda: len(celery_journal.runs) == len(errors), "all of them to end")

    for run in celery_journal.runs:
        assert run.state == "FAILURE"
        assert isinstance(run.outcome, TypeError)
        assert errors[run.task] in str(run.outcome)


@pytest.mark.filterwarnings("ignore:Exception raised outside body:RuntimeWarning")
def test_a_later_step_of_a_chain_takes_the_step_before_it_along(
    bad: Any, celery_journal: Journal
) -> None:
    with worker_for(bad.app):
        last = bad.later_step()
        wait_until(lambda: last.state == "FAILURE", "the chain to end")

    # The first step did its work, and is recorded as failed all the same.
    assert [(run.state, run.outcome) for run in celery_journal.runs] == [
        ("SUCCESS", "exported a.csv")
    ]
    assert last.parent.state == "FAILURE"
    assert "missing 1 required positional argument: 'order_id'" in str(last.parent.result)


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("missing", "1 to ann@example.org in en"),
        ("too_many", "charged 1"),
        ("unknown", "1 to ann@example.org in en"),
        ("doubled", "1 to ann@example.org in de"),
        ("by_name", "exported a.csv"),
        ("class_based", "rebuilt orders"),
        ("decorated", "archived 1"),
        ("untyped", "forgot 1"),
        ("later_step", "charged 1"),
        ("each_item", ["charged 1", "charged 2"]),
    ],
)
def test_what_fits_runs(celery_journal: Journal, call: str, result: object) -> None:
    program = load_program("CEL105", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, call)().get(timeout=60, interval=0.02) == result
