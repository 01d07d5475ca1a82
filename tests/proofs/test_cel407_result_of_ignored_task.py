"""CEL407: the result of a task that keeps none is None at once, and PENDING for ever."""

from __future__ import annotations

import pytest
from celery.exceptions import TimeoutError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def test_get_gives_none_at_once_and_hides_errors(celery_journal: Journal) -> None:
    bad = load_program("CEL407", "proof_bad")
    with in_memory(bad.app):
        # No worker runs yet.
        assert bad.words_view("three little words") is None
        with worker_for(bad.app):
            assert bad.words_view("") is None
            wait_until(lambda: len(celery_journal.runs_of(bad.count_words)) == 2, "both runs")
    assert [run.state for run in celery_journal.runs] == ["SUCCESS", "FAILURE"]


def test_the_state_stays_pending_though_the_task_has_ended(celery_journal: Journal) -> None:
    bad = load_program("CEL407", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        sent = bad.count_words.delay("three little words")
        wait_until(lambda: celery_journal.runs_of(bad.count_words), "the task")
        assert not bad.is_counted(sent.id)
        with pytest.raises(TimeoutError):
            bad.words_by_id(sent.id)
        assert bad.words_in_a_test("three little words") == 3


def test_a_task_that_keeps_its_result_gives_it() -> None:
    good = load_program("CEL407", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert good.words_view("three little words") == 3
        sent = good.count_words.delay("two words")
        assert good.words_by_id(sent.id) == 2
        assert good.is_counted(sent.id)
        with pytest.raises(ValueError, match="no text"):
            good.words_view("")
