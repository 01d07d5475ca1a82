"""CEL310 backoff-without-autoretry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.retrying import is_read_by_project
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# The options that only the automatic retry reads (celery/app/autoretry.py).
_OPTIONS = ("retry_backoff", "retry_backoff_max", "retry_jitter", "retry_kwargs")


class BackoffWithoutAutoretry(Rule[Task]):
    """Retry options are given to a task that never retries automatically.

    ## What it reports

    `retry_backoff`, `retry_backoff_max`, `retry_jitter` or `retry_kwargs` on a task that has no
    `autoretry_for` from any source. Once a task, at the first of them.

    ## Why it is a bug

    Celery reads these options only where it retries a task itself, for the errors that
    `autoretry_for` names. Without it nothing reads them: a failing task fails at once, and
    `self.retry()` waits the fixed `default_retry_delay`, 180 seconds, three times at most.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True, retry_backoff=30, retry_kwargs={"max_retries": 8})
    def fetch(self, url):
        try:
            print(url)
        except OSError as exc:
            raise self.retry(exc=exc)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(OSError,), retry_backoff=30, max_retries=8)
    def fetch(url):
        print(url)
    ```

    Where the task must call `self.retry()` itself, give it the time to wait:
    `self.retry(exc=exc, countdown=30 * 2**self.request.retries)`.

    ## Fix

    None: which errors are worth a retry only you know.

    ## When it stays silent

    - Where `autoretry_for` may come from elsewhere: `**options`, a base class, `task_cls`,
      `task_annotations`, a decorator of the project that is not understood.
    - For options that a base class gives: they may be there for those tasks that retry.
    - Where code of the project reads the option itself (`countdown=self.retry_backoff`).
    - For `retry_backoff=False`, `retry_jitter=False` and `retry_kwargs={}`, which ask for nothing.

    ## References

    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    - [Celery: Task.default_retry_delay](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.default_retry_delay)
    """

    code: ClassVar[str] = "CEL310"
    name: ClassVar[str] = "backoff-without-autoretry"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        dead = [name for name in _OPTIONS if _is_asked_for(name, fact, meaning)]
        if not dead or not option(meaning, fact, "autoretry_for").is_absent:
            return
        dead = [name for name in dead if not is_read_by_project(meaning, name)]
        for name in dead:
            node = own_option(fact, name)
            if node is not None:
                yield Report(node, _message(fact, dead))
                return


def _is_asked_for(name: str, task: Task, meaning: Meaning) -> bool:
    """Whether the task itself gives the option, and a value that asks for something."""
    if own_option(task, name) is None or decorator_takes(meaning, task, name):
        return False
    # (A value that the text does not show asks for something.)
    return bool(option_value(meaning, option(meaning, task, name)))


def _message(task: Task, dead: list[str]) -> str:
    listed = dead[0] if len(dead) == 1 else f"{', '.join(dead[:-1])} and {dead[-1]}"
    verb = "has" if len(dead) == 1 else "have"
    return (
        f"{listed} of task {task.name} {verb} no effect without autoretry_for: nothing retries the "
        "task by itself, and self.retry() waits default_retry_delay (180 s); name the errors in "
        "autoretry_for, or pass countdown= to self.retry()"
    )
