"""CEL305: an error that a handler drops is unknown to Celery: SUCCESS, no retry, no trace."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from tests.proofs.conftest import StartWorker
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

PUSHES = ["push_stock", "push_price"]


def run(program: Any, name: str, *args: object, journal: Journal, runs: int) -> Any:
    """Send a task and wait until it has run that often; give what its runs were."""
    task = getattr(program, name)
    with in_memory(program.app), worker_for(program.app):
        task.delay(*args)
        wait_until(lambda: len(journal.runs_of(task)) == runs, f"{runs} runs of {name}")
    return [(run.retries, run.state, type(run.outcome)) for run in journal.runs_of(task)]


@pytest.mark.parametrize("name", PUSHES)
def test_a_swallowed_error_is_a_success_that_is_not_retried(
    celery_journal: Journal, name: str
) -> None:
    program = load_program("CEL305", "proof_bad")
    before = program.shop.calls

    runs = run(program, name, "lamp-1", 3, journal=celery_journal, runs=1)

    assert runs == [(0, "SUCCESS", type(None))]
    assert program.shop.calls == before + 1
    assert not celery_journal.retries_of(getattr(program, name))


@pytest.mark.parametrize("name", PUSHES)
def test_an_error_that_passes_is_retried_and_recorded(celery_journal: Journal, name: str) -> None:
    program = load_program("CEL305", "proof_good")

    runs = run(program, name, "lamp-1", 3, journal=celery_journal, runs=3)

    assert [(retries, state) for retries, state, _ in runs] == [
        (0, "RETRY"),
        (1, "RETRY"),
        (2, "FAILURE"),
    ]
    assert runs[-1][2] is ConnectionError


def test_a_mistake_in_the_code_is_a_success_too(celery_journal: Journal) -> None:
    program = load_program("CEL305", "proof_bad")
    assert run(program, "misspelt", "lamp-1", journal=celery_journal, runs=1) == [
        (0, "SUCCESS", str)
    ]


def test_a_mistake_in_the_code_is_a_failure_where_only_the_expected_is_caught(
    celery_journal: Journal,
) -> None:
    program = load_program("CEL305", "proof_good")
    assert run(program, "misspelt", "lamp-1", journal=celery_journal, runs=1) == [
        (0, "FAILURE", AttributeError)
    ]


@pytest.mark.slow
def test_the_soft_time_limit_is_swallowed_too(prefork_worker: StartWorker) -> None:
    bad = prefork_worker("CEL305", "proof_bad", concurrency=1)
    good = prefork_worker("CEL305", "proof_good", concurrency=1)
    swallowed = bad.send("wait_for_shop", 300)
    passed_on = good.send("wait_for_shop", 300)

    result = bad.wait_for_state(swallowed, "SUCCESS", "FAILURE")
    assert (result.state, result.result) == ("SUCCESS", False)

    result = good.wait_for_state(passed_on, "SUCCESS", "FAILURE")
    assert isinstance(result.result, SoftTimeLimitExceeded)
