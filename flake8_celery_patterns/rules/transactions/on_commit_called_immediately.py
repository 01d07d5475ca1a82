"""CEL802 on-commit-called-immediately."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Name,
    Sequence,
    everything,
    shown,
)
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.fixes.deferring import partial_of, uncalled
from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead
from flake8_celery_patterns.meaning.flow.places import Called, InLoop
from flake8_celery_patterns.meaning.kinds import Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.transactions.transactions import callback_of, is_on_commit
from flake8_celery_patterns.rules.rule import Report, Rule


class OnCommitCalledImmediately(Rule[Called]):
    """Sends a task while handing it to `on_commit`.

    ## What it reports

    `transaction.on_commit(task.delay(…))`: a dispatch that is called where a function to call later
    was meant. Any form of it: `apply_async`, `send_task`, a canvas; also `delay_on_commit`, which
    registers a callback itself.

    ## Why it is a bug

    Python evaluates the argument first, so the task is sent at once: inside the transaction, before
    the row that it needs can be seen. Then `on_commit` is handed an `AsyncResult` and raises
    `TypeError: on_commit()'s callback must be a callable.`, which rolls the transaction back. The
    task runs all the same, for a row that never came to be.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pk):
        transaction.on_commit(send_receipt.delay(order_pk))
    ```

    ## Use instead

    ```python
    from functools import partial

    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pk):
        transaction.on_commit(partial(send_receipt.delay, order_pk))
    ```

    With Celery 5.4 or later, `send_receipt.delay_on_commit(order_pk)` does the same.

    ## Fix

    Safe: `partial(send_receipt.delay, order_pk)` where `partial` is imported, else a lambda where
    no name in it can be another by the time of the commit. The call as it stands always raises.

    ## When it stays silent

    - For `task.delay` without parentheses, a lambda, a `partial`, a name bound to a function.
    - Where what is called is not certainly a dispatch: a function of yours may give a callback.
    - For `task.s(…)`, which is a callable: see CEL806.

    ## References

    - [Django: performing actions after commit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit)
    - [Celery: trigger the task at the end of the transaction](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html#trigger-tasks-at-the-end-of-the-database-transaction)
    """

    code: ClassVar[str] = "CEL802"
    name: ClassVar[str] = "on-commit-called-immediately"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        if not is_on_commit(fact.function):
            return
        callback = callback_of(fact.call)
        if not isinstance(callback, Call) or callback.node is None:
            return
        result = meaning.evaluate(callback, fact.place.environment)
        if isinstance(result, Result) and result.form != "AsyncResult":
            yield Report(callback.node, _message(callback, result), _fix(callback, fact, meaning))


def _message(callback: Call, result: Result) -> str:
    called = f"`{shown(callback)}`" if shown(callback) else "this dispatch"
    function = shown(callback.function) or "the function"
    if result.is_none:
        return (
            f"{called} registers its own callback and gives None: on_commit() raises TypeError and "
            f"rolls back; write {function}() alone, without on_commit()"
        )
    happens = "runs the task at once" if result.form == "apply" else "sends the task at once"
    return (
        f"{called} {happens}, before the commit, and on_commit() raises TypeError for its result; "
        f"hand it over uncalled: partial({function}, …) or a lambda"
    )


def _fix(callback: Call, fact: Called, meaning: Meaning) -> Plan | None:
    result = meaning.evaluate(callback, fact.place.environment)
    if isinstance(result, Result) and result.is_none:
        return None
    changes = uncalled(meaning, callback.node)
    if changes is not None:
        return Plan("Hand it over uncalled", changes, safe=True)
    node = callback.node
    is_plain = isinstance(node, cst.Call) and not node.lpar and bool(node.args)
    if not is_plain or node is None or partial_of(meaning) is not None:
        return None
    if not _stays_the_same(callback, fact):
        return None
    return Plan("Hand over a lambda", (ReplaceHead(node, 0, "lambda: "),), safe=True)


def _stays_the_same(callback: Call, fact: Called) -> bool:
    """Whether all in the callback is the same when the transaction commits."""
    function = fact.place.function
    if any(isinstance(around, InLoop) for around in fact.place.around):
        return False
    for given in callback.arguments:
        for part in everything(given.value):
            if not isinstance(part, (Name, Attribute, Constant, Sequence)):
                return False
            if isinstance(part, Attribute) and part.name not in ("pk", "id"):
                return False
    names = {part.id for part in everything(callback) if isinstance(part, Name)}
    return function is not None and all(_times_bound(name, function) <= 1 for name in names)


def _times_bound(name: str, function: Function) -> int:
    return len(function.bindings.get(name, ())) + (function.parameter(name) is not None)
