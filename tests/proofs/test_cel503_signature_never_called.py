"""CEL503: a signature that nobody calls is never sent; one that is called runs where it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

UNSENT = ("one", "in_a_row", "piped", "together", "with_body", "spread", "uncalled")


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL503", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL503", "proof_good")
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize("name", UNSENT)
def test_nothing_is_sent_and_nothing_says_so(name: str, bad: Any, celery_journal: Journal) -> None:
    assert getattr(bad, name)("portrait") is None
    assert celery_journal.messages == []
    assert bad.ran == []


def test_a_called_signature_runs_in_this_process(bad: Any, celery_journal: Journal) -> None:
    bad.called("portrait")
    assert bad.ran == ["portrait"]
    assert celery_journal.messages == []
    bad.ran.clear()


@pytest.mark.parametrize("name", [*UNSENT, "called"])
def test_sent_by_delay_it_runs_in_the_worker(name: str, good: Any, celery_journal: Journal) -> None:
    getattr(good, name)("portrait")
    assert celery_journal.messages
    assert good.ran == []


def test_the_worker_runs_what_was_sent(good: Any, celery_journal: Journal) -> None:
    good.in_a_row("portrait")
    with worker_for(good.app):
        wait_until(lambda: len(good.ran) == 2, "both steps of the chain")
    good.ran.clear()
