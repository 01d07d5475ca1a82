"""CEL402: a task whose soft limit is not below the hard one cannot be sent, or cannot clean up."""

from __future__ import annotations

from pathlib import Path

import celery
import pytest
from celery.exceptions import TimeLimitExceeded

from tests.proofs.conftest import StartWorker
from tests.proofs.harness import Journal, in_memory, load_program, worker_for

#: `apply_async` compares the limits since then; before, the worker alone has to cope with them.
CHECKED_SINCE = (5, 7)


@pytest.mark.skipif(celery.VERSION[:2] < CHECKED_SINCE, reason="sent, and limited by one of both")
@pytest.mark.parametrize("task_name", ["import_prices", "import_stock"])
def test_a_soft_limit_above_the_hard_one_cannot_be_sent(
    celery_journal: Journal, task_name: str
) -> None:
    program = load_program("CEL402", "proof_bad")

    with (
        in_memory(program.app),
        pytest.raises(ValueError, match="soft_time_limit must be less than or equal to time_limit"),
    ):
        getattr(program, task_name).delay("spring")
    assert celery_journal.messages == []


@pytest.mark.parametrize("task_name", ["import_prices", "import_stock", "import_reviews"])
def test_a_soft_limit_below_the_hard_one_is_sent_and_runs(task_name: str) -> None:
    program = load_program("CEL402", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        result = getattr(program, task_name).delay("spring").get(timeout=60, interval=0.02)
    assert result == f"{task_name.removeprefix('import_')} of spring"


def test_a_timedelta_cannot_be_sent(tmp_path: Path) -> None:
    program = load_program("CEL402", "proof_bad")

    with in_memory(program.app) as app:
        # A broker that writes messages down, unlike the one in memory.
        app.conf.broker_transport_options = {
            "data_folder_in": str(tmp_path),
            "data_folder_out": str(tmp_path),
        }
        with (
            app.connection_for_write("filesystem://") as connection,
            pytest.raises(TypeError, match="timedelta"),
        ):
            program.import_reviews.apply_async(("spring",), connection=connection)


@pytest.mark.slow
def test_only_below_the_hard_limit_is_there_time_to_clean_up(
    prefork_worker: StartWorker, tmp_path: Path
) -> None:
    bad = prefork_worker("CEL402", "proof_bad", concurrency=1)
    good = prefork_worker("CEL402", "proof_good", concurrency=1)
    left, cleaned = tmp_path / "left", tmp_path / "cleaned"
    left.mkdir()
    cleaned.mkdir()
    killed = bad.send("import_images", str(left))
    told = good.send("import_images", str(cleaned))

    result = bad.wait_for_state(killed, "SUCCESS", "FAILURE")
    assert (result.state, type(result.result)) == ("FAILURE", TimeLimitExceeded)
    assert (left / "part.jpg").exists()

    assert good.wait_for_state(told, "SUCCESS", "FAILURE").result == "none"
    assert not (cleaned / "part.jpg").exists()
