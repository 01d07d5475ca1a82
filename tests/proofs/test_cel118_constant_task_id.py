"""CEL118: Celery runs every message, whatever its id; what is kept by id is kept once."""

from __future__ import annotations

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

DAYS = ("Monday", "Tuesday")


def test_one_id_runs_twice_and_one_result_is_lost(celery_journal: Journal) -> None:
    program = load_program("CEL118", "proof_bad")
    with in_memory(program.app):
        program.closed.clear()
        # Both wait in the queue before a worker is there.
        first, second = (program.evening(day) for day in DAYS)
        with worker_for(program.app):
            wait_until(lambda: len(celery_journal.runs_of(program.close_day)) == 2, "both runs")
        outcomes = [run.outcome for run in celery_journal.runs_of(program.close_day)]
        assert program.closed == list(DAYS)
        assert first.id == second.id == "close-day"
        assert len(set(outcomes)) == 2
        assert first.get(timeout=5) == second.get(timeout=5)
        assert {first.get(timeout=5)} < set(outcomes)


def test_with_an_id_each_both_results_are_kept() -> None:
    program = load_program("CEL118", "proof_good")
    with in_memory(program.app):
        program.closed.clear()
        results = [program.evening(day) for day in DAYS]
        with worker_for(program.app):
            found = [result.get(timeout=60) for result in results]
    assert found == ["Monday: closed for the 1. time", "Tuesday: closed for the 2. time"]
