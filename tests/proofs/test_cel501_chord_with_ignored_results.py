"""CEL501: a backend that polls for the header's results never sees those that are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, chord
from celery.exceptions import ChordError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

CHORDS = ("written", "piped", "last_of_a_chain", "by_signature")


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL501", "proof_bad")
    with in_memory(program.app):
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL501", "proof_good")
    with in_memory(program.app):
        yield program


def test_on_memcached_the_chord_fails_and_the_body_never_runs(
    bad: Any, celery_journal: Journal
) -> None:
    with worker_for(bad.app):
        for name in CHORDS:
            with pytest.raises(ChordError, match="Operation timed out"):
                getattr(bad, name)().get(timeout=30)
    assert bad.ran == []
    assert {run.state for run in celery_journal.runs_of(bad.export)} == {"SUCCESS"}


def test_on_the_file_system_the_body_is_waited_for_for_ever(
    tmp_path: Path, celery_journal: Journal
) -> None:
    app: Any = Celery("cel501_files", broker="memory://", backend=f"file://{tmp_path}")
    app.conf.update(task_default_queue="cel501-files", result_chord_retry_interval=0.1)

    def exported(day: int) -> int:
        return day

    def added_up(counts: list[int]) -> list[int]:
        return counts

    export = app.task(ignore_result=True, shared=False)(exported)
    add_up = app.task(shared=False)(added_up)

    unlock = app.tasks["celery.chord_unlock"]
    with worker_for(app):
        chord([export.s(1)])(add_up.s())
        wait_until(lambda: len(celery_journal.runs_of(unlock)) > 3, "celery.chord_unlock")
    assert {run.state for run in celery_journal.runs_of(unlock)} == {"RETRY"}
    assert celery_journal.runs_of(add_up) == []
    app.control.purge()


def test_with_results_that_are_kept_the_body_runs(good: Any) -> None:
    with worker_for(good.app):
        assert good.written().get(timeout=30) == [1, 2]
        assert good.piped().get(timeout=30) == [1, 2]
        assert good.last_of_a_chain().get(timeout=30) == [1]
        assert good.by_signature().get(timeout=30) == [1]
