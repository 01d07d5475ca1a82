"""CEL806 on-commit-runs-in-process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Name,
    shown,
)
from flake8_celery_patterns.fixes.plan import Insert, Plan
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External, FunctionKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.tasks import call_is_overridden
from flake8_celery_patterns.meaning.transactions.transactions import callback_of, is_on_commit
from flake8_celery_patterns.rules.rule import Report, Rule

_SIGNING = frozenset({"s", "si", "signature", "subtask"})
_BY_NAME = frozenset(
    f"celery.{prefix}{name}" for prefix in ("", "canvas.") for name in ("signature", "subtask")
)


class OnCommitRunsInProcess(Rule[Called]):
    """Hands `on_commit` a signature or a task, which then runs in this process.

    ## What it reports

    `transaction.on_commit(task.s(…))`, `.si(…)`, `.signature(…)` and `on_commit(task)`.

    ## Why it is a bug

    Django calls what it was handed. A called signature, like a called task, does not send anything:
    it runs the task here and now. The web request waits until the task is done; there is no retry,
    no time limit, no queue, and no error tells of it.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pk):
        transaction.on_commit(send_receipt.s(order_pk))
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pk):
        transaction.on_commit(send_receipt.s(order_pk).delay)
    ```

    ## Fix

    Safe: hands over `.delay` of the same signature or task.

    ## When it stays silent

    - For `chain(…)`, `group(…)`, `chord(…)` and `a.s() | b.s()`: these send when they are called.
    - For a task whose class has a `__call__` of its own or cannot be found.
    - In a lambda or a `partial`, `on_commit(lambda: task(pk))`, `on_commit(partial(task, pk))`: who
      writes the call means it.

    ## References

    - [Celery: signatures](https://docs.celeryq.dev/en/stable/userguide/canvas.html#signatures)
    - [Django: performing actions after commit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit)
    """

    code: ClassVar[str] = "CEL806"
    name: ClassVar[str] = "on-commit-runs-in-process"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        if not is_on_commit(fact.function):
            return
        callback = callback_of(fact.call)
        if callback is None or callback.node is None:
            return
        if _runs_here(callback, fact, meaning):
            yield Report(callback.node, _message(callback), _fix(callback))


def _runs_here(callback: Expression, fact: Called, meaning: Meaning) -> bool:
    where = fact.place.environment
    if _is_task(callback, where, meaning):
        return True
    made = callback
    if isinstance(callback, Name) and fact.place.function is not None:
        lexical = meaning.lexical(meaning.source, fact.place.function)
        made, _ = followed(meaning, callback, lexical)
    return _is_signature(made, where, meaning)


def _is_task(expression: Expression, where: Environment, meaning: Meaning) -> bool:
    if not isinstance(expression, (Name, Attribute)):
        return False
    kind = meaning.evaluate(expression, where)
    if not isinstance(kind, FunctionKind):
        return False
    task = meaning.task(kind.source, kind.definition)
    return (
        task is not None
        and not any(
            call_is_overridden(meaning, owner) for owner in meaning.config.task_classes(task)
        )
        and "base" not in task.maker.options
        and not task.maker.wraps
    )


def _is_signature(made: Expression, where: Environment, meaning: Meaning) -> bool:
    """`task.s(…)`, `task.si(…).set(…)`, `signature("shop.tasks.send")`."""
    if not isinstance(made, Call):
        return False
    function = made.function
    if not isinstance(function, Attribute):
        first = made.positional(0)
        kind = meaning.evaluate(function, where)
        named = isinstance(first, Constant) and isinstance(first.value, str)
        return isinstance(kind, External) and kind.name in _BY_NAME and named
    if function.name in ("set", "clone"):
        return _is_signature(function.value, where, meaning)
    return function.name in _SIGNING and _is_task(function.value, where, meaning)


def _message(callback: Expression) -> str:
    what = shown(callback) or "this"
    return (
        f"on_commit() calls what it is handed, and calling `{what}` runs the task in this process: "
        f"nothing is sent; hand over {what}.delay"
    )


def _fix(callback: Expression) -> Plan | None:
    node = callback.node
    if not isinstance(node, (cst.Name, cst.Attribute, cst.Call)) or node.lpar:
        return None
    return Plan("Hand over its delay", (Insert(node, ".delay"),), safe=True)
