"""CEL909 sleep-in-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

_SLEEP = External("time.sleep")
# So many seconds pace a loop, and hold nothing up.
_SHORT = 1


class SleepInTask(Rule[Called]):
    """Task holds its worker and does nothing.

    ## What it reports

    `time.sleep()` in the body of a task, for a second or more, or for a time that is not known.

    ## Why it is a risk

    A sleeping task keeps its process: with four of them asleep, a worker with four processes does
    nothing at all, while the queue grows. The time counts towards its time limits, and a worker
    that is told to stop waits for it. The broker can wait for free: a message with a countdown
    takes no process.

    ## Example

    ```python
    import time

    from celery import shared_task


    @shared_task
    def wait_for_export(export):
        while not export.is_ready():
            time.sleep(30)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=20)
    def wait_for_export(self, export):
        if not export.is_ready():
            raise self.retry(countdown=30)
    ```

    To pace many calls, give the task a `rate_limit`.

    ## Fix

    None: the task must be taken apart where it waits.

    ## When it stays silent

    - For less than a second: it paces a loop.
    - For `asyncio.sleep()` and the `sleep()` of gevent and eventlet: others run meanwhile.
    - In functions that the task calls but does not hold; in test code.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: ETA and countdown](https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown)
    """

    code: ClassVar[str] = "CEL909"
    name: ClassVar[str] = "sleep-in-task"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None or fact.function != _SLEEP:
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        asked = fact.call.positional(0)
        seconds = value(meaning, asked, fact.place.environment) if asked is not None else None
        if not isinstance(seconds, (int, float)) or seconds >= _SHORT:
            yield Report(node, _message(task))


def _message(task: Task) -> str:
    return (
        f"task {task.name} sleeps: its worker process runs nothing else meanwhile; end the task "
        "and let the broker wait, by self.retry(countdown=…) or apply_async(countdown=…)"
    )
