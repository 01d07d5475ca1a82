"""CEL202 bound-without-self."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead
from flake8_celery_patterns.fixes.search import holds_name
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task, changes_arguments, is_bound
from flake8_celery_patterns.rules.rule import Report, Rule


class BoundWithoutSelf(Rule[Task]):
    """Bound task has no parameter for the task instance.

    ## What it reports

    A task function with `bind=True` that takes no positional argument: no parameter at all, or only
    keyword-only ones and `**kwargs`.

    ## Why it is a bug

    With `bind=True` Celery puts the task instance before the arguments of every call. The function
    has no place for it: `clean_up.delay()` raises `TypeError: clean_up() takes 0 positional
    arguments but 1 was given`, and so does the worker where beat or another service sends the task.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def clean_up():
        print("clean")
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def clean_up(self):
        print("clean", self.request.id)
    ```

    ## Fix

    Safe: adds `self` as the first parameter, where nothing in the function is called so.

    ## When it stays silent

    - For any first parameter, whatever its name, and for `*args`.
    - Where `bind` is not written as `True`, or comes by `**options`.
    - For methods, and where a decorator beneath or the task's class may take the instance away.

    ## References

    - [Celery: bound tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#bound-tasks)
    """

    code: ClassVar[str] = "CEL202"
    name: ClassVar[str] = "bound-without-self"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.definition
        if not isinstance(function, Function) or isinstance(function.parent, Class):
            return
        if any(p.kind not in ("keyword_only", "kwargs") for p in function.parameters):
            return
        if function.node is None or not fact.keeps_signature or not is_bound(meaning, fact):
            return
        if not changes_arguments(meaning, fact):
            yield Report(function.node.name, _message(fact), _fix(function, function.node))


def _message(task: Task) -> str:
    return (
        f"task {task.name} is bound but has no parameter for the task instance that Celery passes "
        f"first: {task.name}.delay() raises TypeError; add `self` as its first parameter, or drop "
        "bind=True"
    )


def _fix(function: Function, node: cst.FunctionDef) -> Plan | None:
    if holds_name(node, "self"):
        return None
    text = "self, " if function.parameters else "self"
    return Plan("Add the parameter self", (ReplaceHead(node.params, 0, text),), safe=True)
