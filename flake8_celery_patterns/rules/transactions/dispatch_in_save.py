"""CEL804 dispatch-in-save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.fixes.deferring import sent_on_commit
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.course import any_before, parts_of, steps_to
from flake8_celery_patterns.meaning.flow.places import InFunction, InLambda
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.transactions.receivers import signals_received
from flake8_celery_patterns.meaning.transactions.transactions import (
    has_on_commit_methods,
    is_sent_now,
    may_wait_for_commit,
    transaction_around,
)
from flake8_celery_patterns.rules.rule import Report, Rule

_SIGNALS = ("post_save", "m2m_changed")


class DispatchInSave(Rule[Dispatch]):
    """Sends a task from `Model.save()` or a `post_save` receiver.

    ## What it reports

    A dispatch in a receiver of `post_save` or `m2m_changed` (by `@receiver` or `.connect`), and in
    a Django model's `save()` behind `super().save()`, that does not wait for the commit.

    ## Why it is a risk

    The code that saves does not see that a task is sent, and sooner or later it saves inside a
    transaction: an atomic view, the admin, `get_or_create()`, `ATOMIC_REQUESTS`. Then the worker
    may look for the row before the commit and raise `DoesNotExist`; after a rollback the task runs
    for a row that never was.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models
    from django.db.models.signals import post_save
    from django.dispatch import receiver


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    @receiver(post_save, sender=Order)
    def order_saved(sender, instance, **kwargs):
        send_receipt.delay(instance.pk)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models
    from django.db.models.signals import post_save
    from django.dispatch import receiver


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    @receiver(post_save, sender=Order)
    def order_saved(sender, instance, **kwargs):
        send_receipt.delay_on_commit(instance.pk)
    ```

    Outside a transaction that sends at once, as before.

    ## Fix

    Unsafe: as for CEL801, `.delay_on_commit(` or `transaction.on_commit(…)`. `TestCase` never
    commits: tests then need `captureOnCommitCallbacks(execute=True)`.

    ## When it stays silent

    - For `delay_on_commit`, in lambdas, nested functions and `partial`.
    - Where the task's class, or the app's, overrides `delay` or `apply_async`, or cannot be found.
    - Where the function asks for `in_atomic_block` itself.
    - Inside a transaction of the function's own: see CEL801.
    - In coroutines: Django has no transactions there.
    - For other signals, for receivers connected in another file, and in test code.

    ## References

    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    - [Django: signals](https://docs.djangoproject.com/en/stable/ref/signals/#post-save)
    """

    code: ClassVar[str] = "CEL804"
    name: ClassVar[str] = "dispatch-in-save"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        function = fact.place.function
        if (
            function is None
            or function.is_async
            or fact.call.node is None
            or not is_sent_now(meaning, fact)
        ):
            return
        if any(isinstance(around, (InLambda, InFunction)) for around in fact.place.around):
            return
        where = _saving_place(function, fact, meaning)
        if where is None or may_wait_for_commit(meaning, fact):
            return
        if meaning.known(("asks itself", function), True, _asks_itself, function):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if transaction_around(meaning, fact.place) is None:
            fix = sent_on_commit(meaning, fact)
            yield Report(fact.call.node, _message(fact, where, meaning), fix)


def _saving_place(function: Function, fact: Dispatch, meaning: Meaning) -> str | None:
    """What runs the function when a row is saved: `a post_save receiver`, `Order.save()`."""
    received = signals_received(meaning, meaning.source, function)
    signal = next((name for name in _SIGNALS if name in received), None)
    if signal is not None:
        return f"a {signal} receiver" if signal == "post_save" else f"an {signal} receiver"
    owner = function.parent
    if function.name != "save" or not isinstance(owner, Class):
        return None
    model = meaning.model(ClassKind(meaning.source, owner))
    if model is None or model.orm != "Django":
        return None
    saved = any_before(steps_to(meaning, function, fact.place.statement), _saves)
    return f"{model.name}.save()" if saved else None


def _saves(statement: cst.CSTNode) -> bool:
    """`super().save(…)`, anywhere in a statement."""
    return any(
        isinstance(part, cst.Call)
        and isinstance(part.func, cst.Attribute)
        and part.func.attr.value in ("save", "save_base")
        and isinstance(part.func.value, cst.Call)
        and isinstance(part.func.value.func, cst.Name)
        and part.func.value.func.value == "super"
        for part in parts_of(statement)
    )


def _asks_itself(function: Function) -> bool:
    return function.node is not None and any(
        isinstance(part, cst.Attribute) and part.attr.value == "in_atomic_block"
        for part in parts_of(function.node.body)
    )


def _message(dispatch: Dispatch, where: str, meaning: Meaning) -> str:
    what = shown(dispatch.call) or "this dispatch"
    can = dispatch.form != "send_task" and has_on_commit_methods(meaning, dispatch)
    cure = f"{dispatch.form}_on_commit()" if can else "transaction.on_commit()"
    return (
        f"`{what}` sends in {where}, and whoever saves may do so in a transaction: the worker may "
        f"find the old row or none; use {cure}"
    )
