"""CEL201 missing-bind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.fixes.plan import Plan, add_keyword
from flake8_celery_patterns.meaning.kinds import ClassKind, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    base_of,
    call_is_overridden,
    is_plain_task_base,
    option,
    option_value,
)
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children


class MissingBind(Rule[Task]):
    """Task uses `self` but is not bound.

    ## What it reports

    A task function whose first parameter is `self`, or that calls `self.retry(…)` with no `self`
    in sight, under a task decorator without `bind=True`.

    ## Why it is a bug

    Celery hands the task instance over only with `bind=True`. Without it `self` is a parameter like
    any other: `send.delay(1)` raises `TypeError: send() missing 1 required positional argument`
    where it is called. Without the parameter, `self.retry()` raises `NameError` in the worker, in
    the moment in which the task should have been saved.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send(self, address):
        print(address)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def send(self, address):
        print(address)
    ```

    ## Fix

    Safe: adds `bind=True` to the decorator, where the function has a `self` parameter. Every call
    that the function can take now is one that failed before.

    ## When it stays silent

    - Where `bind` may come from elsewhere: `**options` in the decorator, a wrapping decorator of
      the project that gives it or that is not understood, `functools.partial(app.task, bind=True)`.
    - Where another decorator stands below the task decorator: it may supply `self`.
    - Where `base=` cannot be found, or overrides `__call__` or `run`. A plain base does not bind.
    - For methods of a class, and where an enclosing function has a `self`.

    ## References

    - [Celery: bound tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#bound-tasks)
    """

    code: ClassVar[str] = "CEL201"
    name: ClassVar[str] = "missing-bind"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.definition
        if not isinstance(function, Function) or isinstance(function.parent, Class):
            return
        if not fact.keeps_signature or _may_be_bound(fact, meaning):
            return
        first = function.first_parameter
        if first is not None and first.name == "self":
            if first.node is not None and first.default is None:
                yield Report(first.node.name, _unbound(fact), _fix(fact))
            return
        used = _retry_without_self(function)
        if used is not None:
            yield Report(used, _undefined(fact))


def _may_be_bound(task: Task, meaning: Meaning) -> bool:
    found = option(meaning, task, "bind")
    if not found.is_absent:
        return found.given is None or option_value(meaning, found) is not False
    base = base_of(meaning, task)
    if isinstance(base, External):
        return not is_plain_task_base(base.name)
    if isinstance(base, ClassKind):
        family = meaning.ancestry(base)
        if not family.whole or not all(is_plain_task_base(name) for name in family.external):
            return True
        return any(family.method(name) is not None for name in ("__call__", "run"))
    return any(call_is_overridden(meaning, kind) for kind in meaning.config.task_classes(task))


def _unbound(task: Task) -> str:
    return (
        f"task {task.name} takes `self` but is not bound: Celery passes no task instance, so "
        f"{task.name}.delay() raises TypeError for a missing argument; add bind=True to its "
        "decorator"
    )


def _undefined(task: Task) -> str:
    return (
        f"task {task.name} calls self.retry() but has no `self`: NameError in the worker; add "
        "bind=True to its decorator and `self` as its first parameter"
    )


def _fix(task: Task) -> Plan | None:
    node = task.decorator.node if task.decorator is not None else None
    if not isinstance(node, cst.BaseExpression) or "bind" in task.maker.options:
        return None
    if task.maker.is_project or task.maker.is_named:
        # What the project's own decorator takes is its own affair.
        return None
    return Plan("Add bind=True", (add_keyword(node, "bind=True"),), safe=True)


def _retry_without_self(function: Function) -> cst.Name | None:
    """The `self` of a `self.retry(…)` in the function's body that nothing binds."""
    if function.node is None or any("self" in scope.bindings for scope in function.enclosing()):
        return None
    for scope in function.enclosing():
        if isinstance(scope, Function) and scope.parameter("self") is not None:
            return None
    stack: list[cst.CSTNode] = [function.node.body]
    found: list[cst.Name] = []
    while stack:
        node = stack.pop()
        if type(node) in (cst.FunctionDef, cst.ClassDef, cst.Lambda):
            continue
        if (
            type(node) is cst.Call
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value == "retry"
            and isinstance(node.func.value, cst.Name)
            and node.func.value.value == "self"
        ):
            found.append(node.func.value)
        stack.extend(reversed(children(node)))
    return found[0] if found else None
