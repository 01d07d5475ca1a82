"""CEL401: a task without a time limit hangs for as long as what it waits for; a limit ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

from tests.proofs.conftest import StartWorker
from tests.proofs.prefork import PreforkWorker


class Import:
    """An import task, sent to a worker, of a file that will never come.

    The program looks for the file every 0.05 s and notes each look: its sign of life.
    """

    def __init__(self, worker: PreforkWorker, task: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._worker = worker
        self._task = task
        self._progress = folder / f"{task}.progress"
        self._id = worker.send(task, str(folder / "missing.csv"), str(self._progress))

    @property
    def looks(self) -> int:
        """How often the task has looked for the file so far."""
        return self._progress.stat().st_size if self._progress.exists() else 0

    @property
    def state(self) -> str:
        return str(self._worker.result(self._id).state)

    def outcome(self) -> object:
        """Wait for the task's end; gives what it returned, or the exception that ended it."""
        return self._worker.wait_for_state(self._id, "SUCCESS", "FAILURE").result


def wait_for_looks(worker: PreforkWorker, imports: list[Import], more: int) -> None:
    """Wait until each of the imports has looked `more` times from now on."""
    goals = [task.looks + more for task in imports]
    worker.wait(
        lambda: all(task.looks >= goal for task, goal in zip(imports, goals, strict=True)),
        f"{more} more looks for the file by each of the hanging tasks",
    )


@pytest.mark.slow
def test_a_hanging_task_is_stopped_only_where_it_has_a_limit(
    prefork_worker: StartWorker, tmp_path: Path
) -> None:
    unlimited = prefork_worker("CEL401", "proof_bad", concurrency=3)
    limited = prefork_worker("CEL401", "proof_good", concurrency=4)
    app_wide = prefork_worker("CEL401", "proof_good_app_wide", concurrency=1)

    bad = tmp_path / "bad"
    hanging = [
        Import(unlimited, task, bad) for task in ("import_prices", "import_stock", "ImportImages")
    ]
    wait_for_looks(unlimited, hanging, 1)

    # Sent once the hanging ones run: when these have been stopped, those are over the limit.
    good = tmp_path / "good"
    hard = Import(limited, "import_prices", good)
    soft = Import(limited, "import_stock", good)
    handled = Import(limited, "import_stock_or_skip", good)
    class_based = Import(limited, "ImportImages", good)
    by_setting = Import(app_wide, "import_prices", tmp_path / "app_wide")

    assert isinstance(hard.outcome(), TimeLimitExceeded)
    assert isinstance(soft.outcome(), SoftTimeLimitExceeded)
    assert handled.outcome() == "skipped: no upload"
    assert isinstance(class_based.outcome(), TimeLimitExceeded)
    assert isinstance(by_setting.outcome(), TimeLimitExceeded)

    wait_for_looks(unlimited, hanging, 20)
    assert [task.state for task in hanging] == ["STARTED"] * 3

    # The hanging tasks are the clock: while they look 20 times more, the stopped ones never do.
    stopped = [hard, soft, handled, class_based, by_setting]
    looks = [task.looks for task in stopped]
    assert all(looks)
    wait_for_looks(unlimited, hanging, 20)
    assert [task.looks for task in stopped] == looks
