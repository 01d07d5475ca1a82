"""CEL304: a bare except takes the exceptions by which Celery steers a task."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from celery.exceptions import MaxRetriesExceededError, SoftTimeLimitExceeded

from tests.proofs.conftest import StartWorker
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for
from tests.proofs.prefork import PreforkWorker


def test_a_swallowed_retry_is_recorded_as_success_and_runs_again(celery_journal: Journal) -> None:
    program = load_program("CEL304", "proof_bad")
    task = program.push_stock_level

    with in_memory(program.app), worker_for(program.app):
        result = task.delay("lamp-1", 3)
        wait_until(lambda: len(celery_journal.runs_of(task)) == 3, "the task and its two retries")

    runs = celery_journal.runs_of(task)
    assert {run.task_id for run in runs} == {result.id}
    assert [(run.retries, run.state, run.outcome) for run in runs] == [
        (0, "SUCCESS", "skipped"),
        (1, "SUCCESS", "skipped"),
        (2, "SUCCESS", "skipped"),
    ]
    assert [message.retries for message in celery_journal.retries_of(task)] == [1, 2]


@pytest.mark.parametrize(
    ("task_name", "last_state", "last_outcome"),
    [
        # The last attempt raises MaxRetriesExceededError, which `except Exception` takes.
        ("push_stock_level", "SUCCESS", str),
        ("push_stock_level_and_log", "FAILURE", MaxRetriesExceededError),
    ],
)
def test_a_retry_that_passes_the_handler_is_recorded_as_retry(
    celery_journal: Journal, task_name: str, last_state: str, last_outcome: type[object]
) -> None:
    program = load_program("CEL304", "proof_good")
    task = getattr(program, task_name)

    with in_memory(program.app), worker_for(program.app):
        task.delay("lamp-1", 3)
        wait_until(lambda: len(celery_journal.runs_of(task)) == 3, "the task and its two retries")

    *retried, last = celery_journal.runs_of(task)
    assert [(run.retries, run.state) for run in retried] == [(0, "RETRY"), (1, "RETRY")]
    assert (last.retries, last.state, type(last.outcome)) == (2, last_state, last_outcome)


@pytest.mark.parametrize("program_name", ["proof_bad", "proof_good"])
def test_without_maintenance_both_programs_push(
    celery_journal: Journal, monkeypatch: pytest.MonkeyPatch, program_name: str
) -> None:
    program = load_program("CEL304", program_name)
    monkeypatch.setattr(program.shop_api, "in_maintenance", False)

    with in_memory(program.app), worker_for(program.app):
        assert program.push_stock_level.delay("lamp-1", 3).get(timeout=60) == "lamp-1=3"

    assert [run.state for run in celery_journal.runs] == ["SUCCESS"]


@pytest.mark.slow
def test_a_swallowed_soft_time_limit_ends_in_success(prefork_worker: StartWorker) -> None:
    bad = prefork_worker("CEL304", "proof_bad", concurrency=1)
    good = prefork_worker("CEL304", "proof_good", concurrency=1)
    slow_page_then_quick_one = [300, 0]
    swallowed = bad.send("check_pages", slow_page_then_quick_one)
    passed_on = good.send("check_pages", slow_page_then_quick_one)

    result = bad.wait_for_state(swallowed, "SUCCESS", "FAILURE")
    assert (result.state, result.result) == ("SUCCESS", "all pages checked, 1 failed")
    # So it was the limit, and nothing else, that the handler took.
    assert "Soft time limit (1s) exceeded for cel304_proof_bad.check_pages" in bad.log

    result = good.wait_for_state(passed_on, "SUCCESS", "FAILURE")
    assert result.state == "FAILURE"
    assert isinstance(result.result, SoftTimeLimitExceeded)


ANN, BOB = "ann@example.org", "bob@example.org"


def terminate_at_anns_letter(worker: PreforkWorker, mailbox: Path) -> tuple[str, int]:
    """Send the newsletter to Ann and Bob, and revoke the task while it waits with Ann's letter.

    Returns once the task is recorded as revoked; gives its id and its pool process.
    """
    task_id = worker.send("send_newsletter", [ANN, BOB], str(mailbox))
    worker.wait((mailbox / f"{ANN}.letter").exists, "Ann's letter")
    pid = worker.wait_for_state(task_id, "STARTED").info["pid"]
    worker.terminate(task_id)
    worker.wait_for_state(task_id, "REVOKED")
    return task_id, pid


def is_gone(pid: int) -> bool:
    """Whether the process has ended and been reaped by its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_a_terminated_task_runs_on_to_success(prefork_worker: StartWorker, tmp_path: Path) -> None:
    bad = prefork_worker("CEL304", "proof_bad", concurrency=1)
    task_id, pid = terminate_at_anns_letter(bad, tmp_path)

    bad.wait((tmp_path / f"{BOB}.letter").exists, "Bob's letter")
    assert not is_gone(pid)
    # Only now may the task end: Celery's file backend does not stand two writers at a time.
    (tmp_path / f"{BOB}.accepted").touch()

    assert bad.wait_for_state(task_id, "SUCCESS").result == "sent to all"
    assert f"Terminating {task_id}" in bad.log


@pytest.mark.slow
def test_a_terminated_task_ends(prefork_worker: StartWorker, tmp_path: Path) -> None:
    good = prefork_worker("CEL304", "proof_good", concurrency=1)
    _, pid = terminate_at_anns_letter(good, tmp_path)

    good.wait(lambda: is_gone(pid), "the pool process to end")
    assert not (tmp_path / f"{BOB}.letter").exists()
