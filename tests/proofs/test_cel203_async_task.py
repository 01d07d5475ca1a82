"""CEL203: Celery never awaits an `async def` task; its body does not run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

# Python's own word on what happens here.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL203", "proof_bad")
    program.warmed.clear()
    with in_memory(program.app):
        yield program
    # Here, not in somebody else's test, Python notices that nobody awaited them.
    gc.collect()


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL203", "proof_good")
    program.warmed.clear()
    with in_memory(program.app):
        yield program


@pytest.mark.parametrize(("task_name", "argument"), [("warm", "/home"), ("warm_all", ["/home"])])
def test_the_coroutine_cannot_be_stored_and_the_body_never_runs(
    bad: Any, task_name: str, argument: Any
) -> None:
    with worker_for(bad.app), pytest.raises(EncodeError, match="coroutine is not JSON"):
        getattr(bad, task_name).delay(argument).get(timeout=60, interval=0.02)

    assert bad.warmed == []


def test_with_ignored_results_nothing_runs_and_all_is_well(
    bad: Any, celery_journal: Journal
) -> None:
    with worker_for(bad.app):
        bad.warm_quietly.delay("/home")
        wait_until(lambda: celery_journal.runs, "the task to end")

    assert [run.state for run in celery_journal.runs] == ["SUCCESS"]
    assert bad.warmed == []


def test_what_is_awaited_runs(good: Any, celery_journal: Journal) -> None:
    with worker_for(good.app):
        assert good.warm.delay("/home").get(timeout=60, interval=0.02) == "/home"
        assert good.warm_all.delay(["/a", "/b"]).get(timeout=60, interval=0.02) == 2
        good.warm_quietly.delay("/quiet")
        wait_until(lambda: len(celery_journal.runs) == 3, "the last task to end")

    assert good.warmed == ["/home", "/a", "/b", "/quiet"]
