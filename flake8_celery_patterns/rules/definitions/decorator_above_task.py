"""CEL207 decorator-above-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Expression, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.fixes.decorators import raised
from flake8_celery_patterns.fixes.plan import Plan
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.apps import is_shared_task
from flake8_celery_patterns.meaning.tasks.decorated import Decorated, decorated
from flake8_celery_patterns.meaning.tasks.parameters_kept import keeps_parameters
from flake8_celery_patterns.meaning.tasks.running import above
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class DecoratorAboveTask(Rule[Task]):
    """Decorator above the task decorator hides the task.

    ## What it reports

    A decorator above the task decorator that gives another function in the place of what it
    decorates: `transaction.atomic`, `lru_cache`, `tenacity.retry`, `sync_to_async` and their like,
    and decorators of the project that return an inner function. Also `@receiver(…)` and
    `signal.connect` above `@shared_task`.

    ## Why it is a bug

    The name stands for the outer function, which is no task: `charge.delay()` raises
    `AttributeError: 'function' object has no attribute 'delay'`. `functools.wraps` does not help.
    The worker knows the inner task, and runs it without the decorator: under `@transaction.atomic`
    above `@shared_task` there is no transaction, in silence.

    What `@shared_task` gives cannot be referenced weakly, as a signal does: connecting it raises
    `TypeError: cannot create weak reference to 'Proxy' object` at import.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @transaction.atomic
    @shared_task
    def charge(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    @transaction.atomic
    def charge(order_id):
        print(order_id)
    ```

    ## Fix

    Safe: the task decorator goes on top, where every decorator that it passes hands on all
    arguments and the result, and names its wrapper after the function.

    ## When it stays silent

    - For decorators that return what they are given: registries, `@receiver` above `@app.task`.
    - For those whose wrapper does more with the task than call it, such as sending it with
      `.delay()`: they are made for tasks.
    - For decorators that are not understood, and all above one.

    ## References

    - [Celery: tasks and other decorators](https://docs.celeryq.dev/en/stable/userguide/tasks.html#basics)
    - [Python: functools.wraps](https://docs.python.org/3/library/functools.html#functools.wraps)
    """

    code: ClassVar[str] = "CEL207"
    name: ClassVar[str] = "decorator-above-task"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function, making = fact.definition, fact.decorator
        if not isinstance(function, Function) or making is None or fact.maker.is_named:
            return
        where = meaning.lexical(fact.source, function.parent or fact.source.facts)
        known = list(_known(fact, where, meaning))
        free = _movable(known, where, meaning)
        # Whether what the next decorator is given is no longer what `shared_task` gives.
        is_hidden = not is_shared_task(meaning, making, where)
        for number, (decorator, made) in enumerate(known):
            if decorator.node is None:
                continue
            if made.form == "wrapper":
                is_hidden = True
                fix = _fix(fact, free) if number < free else None
                yield Report(decorator.node, _hides(fact, decorator, making, made), fix)
            elif made.form == "receiver" and not is_hidden:
                yield Report(decorator.node, _not_weak(fact, decorator))


def _known(
    task: Task, where: Environment, meaning: Meaning
) -> Iterator[tuple[Expression, Decorated]]:
    """The decorators above the task's, the nearest first, up to one that is not understood."""
    for decorator in reversed(above(task)):
        made = decorated(meaning, decorator, where)
        if made is None:
            return
        yield decorator, made


def _movable(
    known: list[tuple[Expression, Decorated]], where: Environment, meaning: Meaning
) -> int:
    """How many of the decorators the task decorator can pass without changing what they do."""
    for number, (decorator, made) in enumerate(known):
        is_plain = made.form == "wrapper" and made.result == "same" and made.has_name is True
        if not is_plain or not keeps_parameters(meaning, decorator, where):
            return number
    return len(known)


def _fix(task: Task, free: int) -> Plan | None:
    function = task.definition
    if not isinstance(function, Function) or function.node is None:
        return None
    position = len(above(task))
    changes = raised(function.node, position, position - free)
    if changes is None:
        return None
    return Plan("Put the task decorator on top", changes, safe=True)


def _hides(task: Task, decorator: Expression, making: Expression, made: Decorated) -> str:
    name, own = shown(decorator), shown(making)
    way_out = (
        f"put @{name} below @{own}"
        if made.result == "same"
        else f"put @{name} on a function that the task calls"
    )
    return (
        f"@{name} above @{own} puts another function in the place of the task: {task.name}.delay() "
        f"raises AttributeError, and the worker runs {task.name} without @{name}; {way_out}"
    )


def _not_weak(task: Task, decorator: Expression) -> str:
    return (
        f"@{shown(decorator)} refers weakly to what @shared_task gives for {task.name}, which "
        "raises TypeError at import; connect a plain function that calls the task's delay()"
    )
