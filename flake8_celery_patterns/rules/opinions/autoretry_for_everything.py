"""CEL907 autoretry-for-everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.errors.handling import EVERYTHING, exception_name
from flake8_celery_patterns.meaning.errors.listed import members, place_of
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule


class AutoretryForEverything(Rule[Task]):
    """Task is retried whatever goes wrong.

    ## What it reports

    `Exception` or `BaseException` in `autoretry_for`: of the decorator, of the task's class, also
    in a tuple with a name.

    ## Why it is a risk

    A retry mends what passes by itself: a network that is down, a lock, a limit of requests. A
    `KeyError` of the last release or a deleted row comes again each time, so the error is reported
    only after the last retry, and everything the task did before it was done four times. It also
    takes Celery's own: a task that hit its `soft_time_limit` starts over, and one that raises
    `Reject` is sent again instead.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(Exception,), retry_backoff=30)
    def push_stock(sku):
        print(sku)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError, TimeoutError), retry_backoff=30)
    def push_stock(sku):
        print(sku)
    ```

    ## Fix

    None: which errors pass by themselves depends on what the task does.

    ## When it stays silent

    - With `dont_autoretry_for`: somebody thought about what is not to be retried.
    - With `max_retries=0`, and where what stands there cannot be seen.
    - For `OSError` and other wide classes that mostly stand for a network.
    - In test code.

    ## References

    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    - [Celery: Task.dont_autoretry_for](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.dont_autoretry_for)
    """

    code: ClassVar[str] = "CEL907"
    name: ClassVar[str] = "autoretry-for-everything"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        given = option(meaning, fact, "autoretry_for").given
        if given is None or is_test_code(fact.source.path, meaning.project.root):
            return
        if _is_limited(fact, meaning):
            return
        for node, kind in members(meaning, given.expression, given.environment):
            name = exception_name(kind)
            where = place_of(meaning, fact, given, node) if name in EVERYTHING else None
            if name is not None and where is not None:
                yield Report(where, _message(fact, name.rpartition(".")[2]))


def _is_limited(task: Task, meaning: Meaning) -> bool:
    """Whether some errors are left out, or may be, or nothing is retried."""
    spared = option(meaning, task, "dont_autoretry_for")
    if not spared.is_absent and option_value(meaning, spared) not in ((), [], None):
        return True
    most: object = option_value(meaning, option(meaning, task, "max_retries"))
    return most == 0


def _message(task: Task, name: str) -> str:
    return (
        f"autoretry_for of task {task.name} has {name}: faults of the code, a soft time limit and "
        "Reject are retried too, and reported late; name only the errors that pass by themselves"
    )
