"""CEL223 task-decorator-twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Expression, shown
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.apps import SHARED, App, app_of
from flake8_celery_patterns.meaning.tasks.running import above
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.wrappers import maker
from flake8_celery_patterns.rules.rule import Report, Rule


class TaskDecoratorTwice(Rule[Task]):
    """Two task decorators on one function.

    ## What it reports

    A task decorator above another one, at the upper.

    ## Why it is a bug

    The upper decorator is given a task where it expects a function. `@shared_task` twice raises
    `TypeError` at import, or makes the worker of an earlier Celery hang at its start. `@app.task`
    and `@shared_task` together make one task, with the options of the lower decorator: those of the
    upper are ignored in silence. `@app.task` twice makes two tasks. One of them is called
    `celery.local.<function>`: `.delay()` sends that one, with the options of the upper decorator
    alone, while beat and `send_task` get the other. (In an app that is finalized already, there is
    one task, with the options of the lower.)

    ## Example

    ```python
    from celery import Celery, shared_task

    app = Celery("shop", task_time_limit=60)


    @app.task(max_retries=10)
    @shared_task(acks_late=True)
    def charge(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop", task_time_limit=60)


    @app.task(acks_late=True, max_retries=10)
    def charge(order_id):
        print(order_id)
    ```

    ## Fix

    None: which options are meant, only you can say.

    ## When it stays silent

    - For the decorators of different apps, and of apps that cannot be told apart.
    - Where the upper one gives a name of its own, as for a task that is renamed and keeps answering
      to its old name.
    - For decorators of the project that make tasks.

    ## References

    - [Celery issue 6679: shared_task twice](https://github.com/celery/celery/issues/6679)
    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    """

    code: ClassVar[str] = "CEL223"
    name: ClassVar[str] = "task-decorator-twice"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        lower = fact.decorator
        if lower is None or fact.maker.is_project or fact.maker.is_named:
            return
        where = meaning.lexical(fact.source, fact.definition.parent or fact.source.facts)
        lower_app = app_of(meaning, lower, where)
        for upper in above(fact):
            made = maker(meaning, upper, where)
            if made is None or made.is_project or made.is_open or upper.node is None:
                continue
            upper_app = app_of(meaning, upper, where)
            if upper_app is None or lower_app is None:
                continue
            both_shared = upper_app == lower_app == SHARED
            if "name" in made.options and not both_shared:
                continue
            if upper_app == lower_app or SHARED in (upper_app, lower_app):
                yield Report(upper.node, _message(fact, upper, (upper_app, lower_app)))


def _message(task: Task, upper: Expression, apps: tuple[App, App]) -> str:
    start = f"{task.name} is decorated as a task twice"
    if apps == (SHARED, SHARED):
        effect = "TypeError at import"
    elif SHARED in apps:
        effect = f"the options of @{shown(upper)} are ignored, the name is taken already"
    else:
        effect = (
            f"the options of one of them are lost, and the task may be sent as "
            f"celery.local.{task.name}"
        )
    return f"{start}: {effect}; put all options into one decorator"
