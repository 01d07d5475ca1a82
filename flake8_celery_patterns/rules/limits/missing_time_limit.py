"""CEL401 missing-time-limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Call
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.limits import GlobalLimit
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app
from flake8_celery_patterns.rules.rule import Report, Rule


class MissingTimeLimit(Rule[Task]):
    """Task may run for ever.

    ## What it reports

    A task with neither `time_limit` nor `soft_time_limit` from any source, in a project that sets
    no limit for all tasks. Once a task, at its decorator.

    ## Why it is a risk

    A task that hangs (a socket without a timeout, a lock that is never freed) holds its worker
    process for ever. A few of them, and the queue stands still while every process looks busy.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")


    @app.task
    def import_catalogue(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")


    @app.task(soft_time_limit=300, time_limit=330)
    def import_catalogue(url):
        print(url)
    ```

    Or for all tasks at once: `app.conf.task_time_limit = 330`, in Django's settings
    `CELERY_TASK_TIME_LIMIT = 330` with `namespace="CELERY"`.

    ## Fix

    None: only you know how long the task may take.

    ## When it stays silent

    - Where the project gives any global limit, in whatever form: settings modules and packages,
      `app.conf`, `Celery(…)`, configuration objects, `task_annotations`, the worker's command line
      in a Procfile, unit or compose file.
    - Where the whole configuration is not in view: no `Celery(…)` in the project (a reusable app),
      settings from the environment, from a file that is not there or a package that is not yours.
    - In test code, and with `--celery-assume-global-time-limit`.

    ## References

    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    - [Celery: task_time_limit](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-time-limit)
    """

    code: ClassVar[str] = "CEL401"
    name: ClassVar[str] = "missing-time-limit"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(fact.source.path, meaning.project.root):
            return
        if _is_limited(fact, meaning) or _is_of_foreign_app(fact, meaning):
            return
        if meaning.global_limit is not GlobalLimit.ABSENT:
            return
        if fact.node is not None:
            yield Report(fact.node, _message(fact))


def _is_limited(task: Task, meaning: Meaning) -> bool:
    for name in ("time_limit", "soft_time_limit"):
        found = option(meaning, task, name)
        if found.is_open or (found.given is not None and option_value(meaning, found) is not None):
            return True
    return False


def _is_of_foreign_app(task: Task, meaning: Meaning) -> bool:
    """Whether the task's app is made out of view: its settings are then out of view too."""
    expression = task.decorator
    if isinstance(expression, Call):
        expression = expression.function
    if not isinstance(expression, Attribute) or expression.name != "task":
        return False
    where = meaning.lexical(task.source, task.definition.parent or task.source.facts)
    owner = meaning.evaluate(expression.value, where)
    return isinstance(owner, External) and not is_celery_app(meaning, owner)


def _message(task: Task) -> str:
    return (
        f"task {task.name} has no time limit, and the project sets none for all tasks: if it "
        "hangs, its worker process is lost until a restart; give it soft_time_limit and "
        "time_limit, or set task_time_limit"
    )
