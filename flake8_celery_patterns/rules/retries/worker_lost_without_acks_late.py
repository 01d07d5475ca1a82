"""CEL316 worker-lost-without-acks-late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace, add_keyword
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.acknowledging import acknowledges_early
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# What is only looked at where the message is still to be acknowledged (celery/worker/request.py).
_OPTIONS = {
    "reject_on_worker_lost": (True, "a task whose worker process dies is lost"),
    "acks_on_failure_or_timeout": (False, "the message of a task that fails is already gone"),
    "acks_on_failure": (False, "the message of a task that fails is already gone"),
    "acks_on_timeout": (False, "the message of a task that times out is already gone"),
}


class WorkerLostWithoutAcksLate(Rule[Task]):
    """Asks for the message to be kept when a task is lost, but has acknowledged it before.

    ## What it reports

    `reject_on_worker_lost=True` or `acks_on_failure_or_timeout=False` (since Celery 5.7 also
    `acks_on_failure=False`, `acks_on_timeout=False`) on a task without `acks_late`, from any
    source, the settings included.

    ## Why it is a bug

    Both say what becomes of the message when the task ends badly. Without `acks_late` the worker
    acknowledges the message before the task starts: by then the broker has forgotten it. When the
    process is killed (out of memory, a deployment), the task is lost, which is just what the
    option was there to prevent.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")


    @app.task(reject_on_worker_lost=True, time_limit=300)
    def charge(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")


    @app.task(acks_late=True, reject_on_worker_lost=True, time_limit=300)
    def charge(order_id):
        print(order_id)
    ```

    ## Fix

    Unsafe: adds `acks_late=True` to the decorator. A task that is cut off then runs again from its
    start: it must be able to.

    ## When it stays silent

    - Where `acks_late` may come from elsewhere: `**options`, a base class, `task_cls`,
      `task_annotations`, `task_acks_late` in the settings.
    - Where the whole configuration is not in view: no `Celery(…)` in the project, settings from the
      environment or from a package that is not yours.
    - For options that a base class gives.

    ## References

    - [Celery: Task.acks_late](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late)
    - [Celery: task_reject_on_worker_lost](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-reject-on-worker-lost)
    """

    code: ClassVar[str] = "CEL316"
    name: ClassVar[str] = "worker-lost-without-acks-late"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        for name, (asked, loss) in _OPTIONS.items():
            node = own_option(fact, name)
            if node is None or decorator_takes(meaning, fact, name):
                continue
            if option_value(meaning, option(meaning, fact, name)) is not asked:
                continue
            if acknowledges_early(meaning, fact):
                yield Report(node, _message(fact, name, asked, loss), _fix(fact))
                return


def _message(task: Task, name: str, asked: bool, loss: str) -> str:
    return (
        f"{name}={asked} of task {task.name} has no effect without acks_late: the worker "
        f"acknowledges the message before the task starts, and {loss}; add acks_late=True"
    )


def _fix(task: Task) -> Plan | None:
    node = task.decorator.node if task.decorator is not None else None
    if not isinstance(node, cst.Call) or task.maker.is_project or task.maker.is_named:
        return None
    title = "Acknowledge late"
    given = own_option(task, "acks_late")
    if isinstance(given, cst.Arg):
        return Plan(title, (Replace(given.value, "True"),), safe=False)
    return Plan(title, (add_keyword(node, "acks_late=True"),), safe=False)
