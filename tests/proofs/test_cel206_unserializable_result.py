"""CEL206: a result that JSON cannot carry makes a FAILURE of a task whose work is done."""

from __future__ import annotations

from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

WORDS = ["Lamp", "lamp"]


def test_the_work_is_done_and_the_task_fails(celery_journal: Journal) -> None:
    bad = load_program("CEL206", "proof_bad")
    bad.charged.clear()
    with in_memory(bad.app), worker_for(bad.app):
        result = bad.charge.delay(7)
        with pytest.raises(EncodeError, match="Status is not JSON serializable"):
            result.get(timeout=60, interval=0.01)
    assert result.state == "FAILURE"
    assert bad.charged == [7]


@pytest.mark.parametrize("task", load_program("CEL206", "proof_bad").FAILING, ids=lambda t: t.name)
def test_the_result_cannot_be_stored(task: Any) -> None:
    bad = load_program("CEL206", "proof_bad")
    unserializable = pytest.raises(EncodeError, match="JSON serializable")
    with in_memory(bad.app), worker_for(bad.app), unserializable:
        task.delay(["lamp"]).get(timeout=60, interval=0.01)


def test_what_json_carries_is_stored() -> None:
    good = load_program("CEL206", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert good.charge.delay(7).get(timeout=60, interval=0.01) == "paid"
        assert good.find_tags.delay(WORDS).get(timeout=60, interval=0.01) == ["lamp"]
        timed = good.time_words.delay(WORDS).get(timeout=60, interval=0.01)
        assert timed == {"words": 2, "took": 1.0}


def test_an_ignored_result_and_one_result_of_another_task_do_no_harm(
    celery_journal: Journal,
) -> None:
    good = load_program("CEL206", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        good.drop_tags.delay(WORDS)
        good.count_words.delay(WORDS)
        wait_until(lambda: len(celery_journal.runs) == 3, "all three tasks")
    assert {run.state for run in celery_journal.runs} == {"SUCCESS"}
