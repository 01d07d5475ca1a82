"""What the drivers share; runs inside the subprocess of an application."""

from __future__ import annotations

import ast
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from celery.contrib.testing.worker import start_worker
from celery.result import AsyncResult

PATIENCE_SECONDS = 60.0

Observed = dict[str, Any]


def main(clean: Callable[[], Observed], defective: Callable[[], Observed]) -> None:
    """Run the side named by the first argument; its observations go to the second, as JSON."""
    side, report = sys.argv[1:]
    observed = {"clean": clean, "defective": defective}[side]()
    Path(report).write_text(json.dumps(observed), encoding="utf-8")


@contextmanager
def working(app: Celery) -> Iterator[dict[str, Counter[str]]]:
    """A real worker in a thread of this process; yields how often each task ended in which way."""
    record: dict[str, Counter[str]] = {
        outcome: Counter() for outcome in ("succeeded", "failed", "retried")
    }

    def on_success(sender: Task, **_: Any) -> None:
        record["succeeded"][sender.name] += 1

    def on_failure(sender: Task, **_: Any) -> None:
        record["failed"][sender.name] += 1

    def on_retry(sender: Task, **_: Any) -> None:
        record["retried"][sender.name] += 1

    signals.task_success.connect(on_success)
    signals.task_failure.connect(on_failure)
    signals.task_retry.connect(on_retry)
    # The in-memory broker polls; once a second (its default) would make every task that slow.
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60.0):
        yield record


def value_of(result: AsyncResult) -> Any:
    """The value of a task that was sent; raises what the task raised."""
    return result.get(timeout=PATIENCE_SECONDS, interval=0.05)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true while the worker works."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def attempt(root: Path, call: Callable[[], object]) -> Observed:
    """Call something that should raise: the error, and the last line of the application in it."""
    try:
        call()
    except Exception as error:
        kind = type(error)
        frames = [
            (Path(frame.filename).relative_to(root).as_posix(), frame.lineno)
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(root)
        ]
        path, line = frames[-1] if frames else ("", 0)
        return {
            "error": f"{kind.__module__}.{kind.__qualname__}",
            "message": str(error),
            "path": path,
            "line": line,
        }
    return {"error": None, "message": "", "path": "", "line": 0}


def described_tasks(app: Celery, root: Path) -> list[Observed]:
    """What real Celery made of every task of the application, and where the task is defined."""
    described = []
    for task in app.tasks.values():
        run = getattr(task, "_orig_run", task.run)
        code = run.__code__
        path = Path(code.co_filename)
        if not path.is_relative_to(root):
            continue
        start, end = _definition(path, code.co_firstlineno)
        retries = bool(getattr(task, "autoretry_for", ())) and task.max_retries != 0
        described.append(
            {
                "name": task.name,
                "path": path.relative_to(root).as_posix(),
                "start": start,
                "end": end,
                "limited": task.time_limit is not None or task.soft_time_limit is not None,
                "unpaced": retries and getattr(task, "retry_backoff", None) is None,
            }
        )
    return described


def _definition(path: Path, first_line: int) -> tuple[int, int]:
    """First and last line of the outermost function or class that holds a line."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            end = node.end_lineno or node.lineno
            if start <= first_line <= end:
                return start, end
    raise LookupError(f"{path} line {first_line} is in no definition")
