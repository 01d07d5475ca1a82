"""CEL219: `update_state` takes an id first, and a failure needs the type of an exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL219", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL219", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        yield program


def test_a_dict_as_state_is_a_type_error(bad: Any) -> None:
    with pytest.raises(TypeError, match="unhashable type: 'dict'"):
        bad.import_rows.delay([1, 2]).get(timeout=60, interval=0.02)


def test_a_state_as_id_sets_no_state(bad: Any) -> None:
    assert bad.import_file.delay("rows.csv").get(timeout=60, interval=0.02) == "PENDING"
    # What was written went to a record of that name.
    assert bad.app.backend.get_task_meta("PROGRESS")["result"] == {"path": "rows.csv"}


@pytest.mark.parametrize(
    ("task_name", "error", "said"),
    [
        ("check_rows", ValueError, "Exception information must include the exception type"),
        ("check_file", RuntimeError, "No active exception to reraise"),
    ],
)
def test_a_failure_without_a_type_cannot_be_read(
    bad: Any, celery_journal: Journal, task_name: str, error: type[Exception], said: str
) -> None:
    task = getattr(bad, task_name)
    result = task.delay("rows.csv")
    wait_until(lambda: celery_journal.runs_of(task), "the task to end")
    with pytest.raises(error, match=said):
        result.get(timeout=60, interval=0.02)


def test_a_failure_is_overwritten_by_the_return(bad: Any) -> None:
    result = bad.check_feed.delay("https://example.com/feed")
    assert result.get(timeout=60, interval=0.02) is None
    assert result.state == "SUCCESS"


def test_states_by_keyword_are_set(good: Any) -> None:
    assert good.import_rows.delay([1, 2]).get(timeout=60, interval=0.02) == 2
    assert good.import_file.delay("rows.csv").get(timeout=60, interval=0.02) == "PROGRESS"


@pytest.mark.parametrize(("task_name", "said"), [("check_rows", "no rows"), ("check_feed", "feed")])
def test_failures_can_be_read(good: Any, task_name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        getattr(good, task_name).delay("feed").get(timeout=60, interval=0.02)
