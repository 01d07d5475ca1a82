"""CEL204 task-on-method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.running import above
from flake8_celery_patterns.meaning.tasks.tasks import Task, changes_arguments, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

_CLASSMETHOD = External("builtins.classmethod")


class TaskOnMethod(Rule[Task]):
    """Task decorator on a method: nobody passes `self`.

    ## What it reports

    A task decorator on a method of a class that takes `self` or `cls`, without `staticmethod` above
    it and without `bind=True`.

    ## Why it is a bug

    A task is one object for all: it knows no instance. `Report().build.delay(1)` sends the `1` in
    the place of `self`, and raises `TypeError: build() missing 1 required positional argument`
    where it is called. An instance given by hand cannot be sent: `EncodeError`. A `classmethod`
    above the task decorator changes nothing: the task behind it is the same.

    ## Example

    ```python
    from celery import shared_task


    class Report:
        @shared_task
        def build(self, year):
            print(year)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def build_report(year):
        print(year)
    ```

    In a class, `@staticmethod` above `@shared_task` works. What the instance knows goes into the
    arguments.

    ## Fix

    None: what the method needs of its instance must come as arguments.

    ## When it stays silent

    - With `staticmethod` above the task decorator, and with `bind=True`: `self` is then the task.
    - For a method whose first parameter is neither `self` nor `cls`.
    - With `**options` in the decorator, under a decorator of the project that is not understood,
      with a base that overrides `__call__` or cannot be found.
    - With another decorator below the task decorator that may supply `self`.

    ## References

    - [Celery issue 5611: tasks from methods](https://github.com/celery/celery/issues/5611)
    - [Celery: bound tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#bound-tasks)
    """

    code: ClassVar[str] = "CEL204"
    name: ClassVar[str] = "task-on-method"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.definition
        if not isinstance(function, Function) or not isinstance(function.parent, Class):
            return
        if not fact.keeps_signature or fact.node is None or not _is_unbound(fact, meaning):
            return
        first = function.first_parameter
        if first is None or first.name not in ("self", "cls") or first.default is not None:
            return
        where = meaning.lexical(fact.source, function.parent)
        if all(meaning.evaluate(decorator, where) == _CLASSMETHOD for decorator in above(fact)):
            yield Report(fact.node, _message(fact, function.parent, first.name))


def _is_unbound(task: Task, meaning: Meaning) -> bool:
    """Whether the worker certainly calls the function with what was sent, and no more."""
    found = option(meaning, task, "bind")
    if not found.is_absent and option_value(meaning, found) is not False:
        return False
    return not changes_arguments(meaning, task)


def _message(task: Task, owner: Class, parameter: str) -> str:
    return (
        f"method {owner.name}.{task.name} is a task, and a task has no `{parameter}`: "
        f"{owner.name}.{task.name}.delay() raises TypeError for a missing argument; make it a "
        "function outside the class, or put @staticmethod above the task decorator"
    )
