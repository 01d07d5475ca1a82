"""CEL218 unwrapped-decorator-below-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Expression, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.decorated import Decorated, decorated
from flake8_celery_patterns.meaning.tasks.running import below
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class UnwrappedDecoratorBelowTask(Rule[Task]):
    """Decorator below the task decorator takes the function's name from it.

    ## What it reports

    A decorator of the project between the task decorator and the function, whose inner function
    does not take over the name of what it decorates (`functools.wraps`), on a task without `name=`.

    ## Why it is a bug

    Celery names a task after the function that it is given, here the inner one: `app.timing.inner`.
    Every task under that decorator gets this one name, and the first one registered keeps it. Two
    tasks are then silently the same one: sending either runs that one's body. Beat entries, routes
    and `send_task` by the expected name find nothing.

    ## Example

    ```python
    import time

    from celery import shared_task


    def timed(function):
        def inner(*args, **kwargs):
            started = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                print(time.monotonic() - started)

        return inner


    @shared_task
    @timed
    def charge(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    import functools
    import time

    from celery import shared_task


    def timed(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            started = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                print(time.monotonic() - started)

        return inner


    @shared_task
    @timed
    def charge(order_id):
        print(order_id)
    ```

    ## Fix

    None: the tasks get other names by it, which messages on their way and schedules may not know.

    ## When it stays silent

    - With an explicit `name=`, or `**options` that may hold one.
    - For a wrapper that is named in another way: `functools.update_wrapper`,
      `inner.__name__ = function.__name__`.
    - For decorators that are not understood.

    ## References

    - [Celery issue 2739: two tasks under one decorator](https://github.com/celery/celery/issues/2739)
    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    """

    code: ClassVar[str] = "CEL218"
    name: ClassVar[str] = "unwrapped-decorator-below-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.definition
        if not isinstance(function, Function) or fact.maker.is_open or fact.maker.wraps:
            return
        if "name" in fact.maker.options:
            return
        where = meaning.lexical(fact.source, function.parent or fact.source.facts)
        named_by: tuple[Expression, Decorated] | None = None
        for decorator in reversed(below(fact)):
            made = decorated(meaning, decorator, where)
            if made is None or made.has_name is None:
                return
            if not made.has_name:
                named_by = decorator, made
        if named_by is None or named_by[0].node is None or named_by[1].wrapper is None:
            return
        decorator, made = named_by
        yield Report(named_by[0].node, _message(fact, decorator, named_by[1].wrapper))


def _message(task: Task, decorator: Expression, wrapper: Function) -> str:
    return (
        f"@{shown(decorator)} gives a function called `{wrapper.name}`, and Celery names task "
        f"{task.name} after that: of all tasks under it only the first one registered ever runs, "
        f"whichever is sent; put @functools.wraps on `{wrapper.name}`, or name= on the task"
    )
