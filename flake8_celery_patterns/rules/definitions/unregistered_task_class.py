"""CEL210 unregistered-task-class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Expression, Name
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.kinds import ClassKind, Kind, Object
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.registering import is_unregistered
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.rules.rule import Report, Rule


class UnregisteredTaskClass(Rule[Dispatch]):
    """Sends a class-based task that no worker knows.

    ## What it reports

    - `Export().delay()` and the like, where the class `Export(Task)` is never handed to
      `app.register_task` anywhere in the project.
    - `Export.delay()`: sending the class itself and not the instance that was registered.

    ## Why it is a bug

    Since Celery 4 a task class registers nothing by itself. The message of `Export().delay()` is
    published, and every worker throws it away: `Received unregistered task of type 'shop.export'`;
    whoever waits for the result gets `NotRegistered`. A class without a `name` even sends `None`.

    `Export.delay(path)` calls a method without its instance: `path` becomes `self`, and the call
    raises `AttributeError: 'str' object has no attribute 'apply_async'`.

    ## Example

    ```python
    from celery import Celery, Task

    app = Celery("shop")
    app.conf.task_time_limit = 600


    class Export(Task):
        name = "shop.export"

        def run(self, path):
            print(path)


    def export_all(path):
        Export().delay(path)
    ```

    ## Use instead

    ```python
    from celery import Celery, Task

    app = Celery("shop")
    app.conf.task_time_limit = 600


    class Export(Task):
        name = "shop.export"

        def run(self, path):
            print(path)


    export = app.register_task(Export())


    def export_all(path):
        export.delay(path)
    ```

    ## Fix

    None: which application is to know the task is yours to say.

    ## When it stays silent

    - Where the project registers classes that it does not name (`for task in tasks: …`), or the
      class has a decorator, a metaclass or `__init_subclass__`.
    - Where the class is the base of another, or a `base=` or `task_cls`, and where another task has
      its name.
    - Where not every file of the project can be seen, or none makes a Celery application.
    - For `.apply()` and for calling the instance, which send nothing.

    ## References

    - [Celery: custom task classes](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-task-classes)
    - [Celery: app.register_task](https://docs.celeryq.dev/en/stable/reference/celery.html#celery.Celery.register_task)
    """

    code: ClassVar[str] = "CEL210"
    name: ClassVar[str] = "unregistered-task-class"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        task, function = fact.task, fact.call.function
        if task is None or not isinstance(task.definition, Class) or fact.form == "retry":
            return
        if not isinstance(function, Attribute) or function.node is None:
            return
        if task.definition.decorators or overrides_sending(meaning, task):
            return
        if expects_error(fact.place):
            return
        if isinstance(fact.receiver, ClassKind):
            given = fact.call.positional(0)
            if given is None or not isinstance(_kind(given, fact, meaning), Object):
                yield Report(function.node, _on_the_class(fact, task.name))
        elif isinstance(fact.receiver, Object) and function.value != Name("self"):
            if is_unregistered(meaning, task):
                yield Report(function.node, _unknown(task.name))


def _kind(expression: Expression, fact: Dispatch, meaning: Meaning) -> Kind:
    return meaning.evaluate(expression, fact.place.environment)


def _on_the_class(fact: Dispatch, name: str) -> str:
    outcome = (
        f".{fact.form}() takes its first argument for the task and raises AttributeError"
        if fact.call.positional(0) is not None
        else f".{fact.form}() raises TypeError for a missing `self`"
    )
    cure = f"send what app.register_task({name}()) gives"
    return f"{name} is a task class and no task: {outcome}; {cure}"


def _unknown(name: str) -> str:
    return (
        f"task class {name} is never registered: its message is sent, and workers throw it away as "
        f"an unregistered task; send what app.register_task({name}()) gives"
    )
