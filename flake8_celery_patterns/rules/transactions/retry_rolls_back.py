"""CEL807 retry-rolls-back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.flow.course import Step, may_leave, steps_to
from flake8_celery_patterns.meaning.flow.places import Called, InHandler, InTry, InWith
from flake8_celery_patterns.meaning.kinds import Method, TaskSelf
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.transactions.transactions import (
    Transaction,
    opened,
    transaction_around,
)
from flake8_celery_patterns.meaning.transactions.writes import is_write
from flake8_celery_patterns.rules.rule import Report, Rule


class RetryRollsBack(Rule[Called]):
    """Task writes down a failure, and takes it back by the retry that follows.

    ## What it reports

    In a task's `except` handler: a write to the database (`order.save()`, `.update()`,
    `.objects.create()`), followed by `self.retry()` or a `raise` in the same block, all of it
    inside `transaction.atomic` (a block, or the task's decorator).

    ## Why it is a risk

    `self.retry()` works by raising an exception. Like any other it leaves the atomic block, and
    Django rolls back what was written there: the status "failed", the counter of attempts, the log
    entry. The task is recorded as retried, and the database knows nothing of it.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models, transaction


    class Order(models.Model):
        status = models.CharField(max_length=20)


    @shared_task(bind=True, max_retries=3)
    def charge(self, order_pk):
        with transaction.atomic():
            order = Order.objects.select_for_update().get(pk=order_pk)
            try:
                print(order.pk)
            except OSError as exc:
                order.status = "failed"
                order.save()
                raise self.retry(exc=exc)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models, transaction


    class Order(models.Model):
        status = models.CharField(max_length=20)


    @shared_task(bind=True, max_retries=3)
    def charge(self, order_pk):
        try:
            with transaction.atomic():
                order = Order.objects.select_for_update().get(pk=order_pk)
                print(order.pk)
        except OSError as exc:
            Order.objects.filter(pk=order_pk).update(status="failed")
            raise self.retry(exc=exc)
    ```

    ## Fix

    None: the handler has to move out of the block.

    ## When it stays silent

    - For writes outside an `except` handler: these are mostly meant to be undone.
    - With `self.retry(throw=False)`, and where a `try` inside the block may catch the exception.
    - Where something between the write and the retry may leave the block.
    - Outside tasks, and for what is not certainly a write by Django's ORM.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Django: controlling transactions explicitly](https://docs.djangoproject.com/en/stable/topics/db/transactions/#controlling-transactions-explicitly)
    """

    code: ClassVar[str] = "CEL807"
    name: ClassVar[str] = "retry-rolls-back"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        place = fact.place
        if place.task is None or place.function is None:
            return
        if not any(isinstance(around, InHandler) for around in place.here):
            return
        if not is_write(meaning, fact.call, place.environment):
            return
        steps = steps_to(meaning, place.function, place.statement)
        raised = _raised_by(steps[-1], meaning) if steps else None
        if raised is None:
            return
        found = transaction_around(meaning, place)
        if found is not None and found.library == "Django" and not _may_be_caught(fact, meaning):
            yield Report(raised, _message(place.task.name, raised, found))


def _raised_by(step: Step, meaning: Meaning) -> cst.CSTNode | None:
    """The retry or `raise` that certainly follows in the same block."""
    position = step.first_after(step.block.marked(partial(_ends, meaning), _ends))
    if position is None:
        return None
    statement = step.block.statements[position]
    value = _retry(statement, meaning)
    if value is None:
        return statement if isinstance(statement, cst.Raise) else None
    open_ended = any(a.star or _keyword(a) == "throw" for a in value.args)
    return None if open_ended and not isinstance(statement, cst.Raise) else value


def _ends(meaning: Meaning, statement: cst.CSTNode) -> bool:
    return may_leave(statement) or _retry(statement, meaning) is not None


def _retry(statement: cst.CSTNode, meaning: Meaning) -> cst.Call | None:
    """The retry that a statement makes, alone or to raise or give back what it gives."""
    if not isinstance(statement, (cst.Raise, cst.Expr, cst.Return)):
        return None
    value = statement.exc if isinstance(statement, cst.Raise) else statement.value
    return value if isinstance(value, cst.Call) and _is_retry(value, meaning) else None


def _keyword(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword is not None else ""


def _is_retry(node: cst.Call, meaning: Meaning) -> bool:
    called = meaning.calls.get(id(node))
    kind = called.function if called is not None else None
    if not isinstance(kind, Method) or kind.name != "retry":
        return False
    return isinstance(kind.owner, TaskSelf) or meaning.task_behind(kind.owner) is not None


def _may_be_caught(fact: Called, meaning: Meaning) -> bool:
    """Whether a `try` between the write and the end of the transaction may catch what is raised."""
    for around in fact.place.here:
        if isinstance(around, InTry):
            return True
        if isinstance(around, InWith) and opened(meaning, around.manager, fact.place.environment):
            return False
    return False


def _message(task: str, raised: cst.CSTNode, found: Transaction) -> str:
    what = "retries" if isinstance(raised, cst.Call) else "raises"
    block = f"`{found.text}`" if found.text else "a transaction"
    return (
        f"task {task} {what} inside {block} after this handler has written to the database: the "
        "exception rolls the write back; handle the error outside the transaction"
    )
