"""CEL504: a canvas made of results, values or tasks fails, with half of the work done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, worker_for

FAILURES = (
    ("sent_step", TypeError, "unsupported operand"),
    # The results are taken for mappings or iterables, one way or the other by version.
    ("sent_group", (TypeError, KeyError, AttributeError), None),
    ("sent_body", AttributeError, "no attribute 'clone'"),
    ("sent_pipe", TypeError, "unsupported operand"),
    ("run_step", TypeError, "unsupported operand"),
    ("run_group", AttributeError, "'str' object has no attribute"),
    ("task_step", TypeError, "unsupported operand"),
    ("task_body", AttributeError, "no attribute 'clone'"),
    ("linked", EncodeError, "AsyncResult is not JSON serializable"),
)
SENT_TOO_EARLY = {"sent_step": 1, "sent_group": 2, "sent_body": 1, "sent_pipe": 1, "linked": 1}
RUN_HERE = {"run_step": 1, "run_group": 2}


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL504", "proof_bad")
    program.ran.clear()
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL504", "proof_good")
    program.ran.clear()
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize(("name", "error", "message"), FAILURES)
def test_it_fails_and_half_of_the_work_is_done(
    name: str, error: Any, message: str | None, bad: Any, celery_journal: Journal
) -> None:
    with pytest.raises(error, match=message):
        getattr(bad, name)("portrait")
    assert len(celery_journal.messages) == SENT_TOO_EARLY.get(name, 0)
    assert len(bad.ran) == RUN_HERE.get(name, 0)


def test_made_of_signatures_it_runs(good: Any) -> None:
    with worker_for(good.app):
        assert good.sent_step("portrait").get(timeout=30) == "portrait"
        assert good.sent_group("portrait").get(timeout=30) == ["portrait", "portrait"]
        assert good.sent_pipe("portrait").get(timeout=30) == "portrait"
        assert good.sent_body("portrait").get(timeout=30) == ["portrait"]
        assert good.linked("portrait").get(timeout=30) == "portrait"
