"""CEL916 create-in-retried-task."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.course import Step, Test, parts_of, steps_to
from flake8_celery_patterns.meaning.flow.places import Called, InTry
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.repeating import (
    Effect,
    effect_of,
    may_be_guarded,
    may_fail,
)
from flake8_celery_patterns.meaning.tasks.retrying import retries_automatically, retry_calls
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class CreateInRetriedTask(Rule[Called]):
    """Task creates a row, and then may be retried.

    ## What it reports

    In a task with `autoretry_for` or `self.retry()`: `Model.objects.create()`, `bulk_create()`, the
    `save()` of an object just made, SQLAlchemy's `session.add()` of one, or a charge by Stripe or
    Braintree; with something behind it that can fail, and nothing before it that asks whether it
    was done already.

    ## Why it is a risk

    A retry starts the task from its first line. What was created before the error stays, and is
    created again: an order with three invoices, a customer charged twice. It is never seen in a
    test, in which the second half does not fail.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models

    from billing.mail import send_invoice


    class Invoice(models.Model):
        order_id = models.IntegerField()


    @shared_task(autoretry_for=(OSError,), retry_backoff=60)
    def bill(order_id):
        invoice = Invoice.objects.create(order_id=order_id)
        send_invoice(invoice)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models

    from billing.mail import send_invoice


    class Invoice(models.Model):
        order_id = models.IntegerField()


    @shared_task(autoretry_for=(OSError,), retry_backoff=60)
    def bill(order_id):
        invoice, _ = Invoice.objects.get_or_create(order_id=order_id)
        send_invoice(invoice)
    ```

    Or do what fails in a task of its own, which the first one sends when the row is there. For
    charges, hand over an `idempotency_key`.

    ## Fix

    None: what makes two rows the same is yours to say.

    ## When it stays silent

    - Where nothing behind it can fail: the row is created last, or only logged and dispatched, or
      a `try` around both lets no error out.
    - Under any condition, in a handler, behind an `if` that leaves the task; where the model is
      asked for rows before; in `transaction.atomic()`, which undoes it; where the function speaks
      of locks, of idempotence or of `request.retries`.
    - Where the database refuses a second one: an own primary key, a unique field, constraints.
    - For models whose name speaks of a record of each run (log, audit, event, attempt …).
    - With a base class or another decorator, which may let a task run only once; in test code.

    ## References

    - [Celery: tasks should be idempotent](https://docs.celeryq.dev/en/stable/userguide/tasks.html)
    - [Django: get_or_create](https://docs.djangoproject.com/en/stable/ref/models/querysets/#get-or-create)
    """

    code: ClassVar[str] = "CEL916"
    name: ClassVar[str] = "create-in-retried-task"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None:
            return
        effect = effect_of(meaning, fact)
        if effect is None or not _may_run_again_after(meaning, task, fact):
            return
        if may_be_guarded(meaning, fact, effect, atomic_guards=True):
            return
        if not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(node, _message(task, effect))


def _may_run_again_after(meaning: Meaning, task: Task, fact: Called) -> bool:
    """Whether what follows a call can make the task be retried."""
    function, statement = fact.place.function, fact.place.statement
    retries = meaning.known(("retries", task.definition), _NONE, _retries, meaning, task)
    automatic = retries_automatically(meaning, task)
    if function is None or isinstance(statement, cst.Return) or not (retries or automatic):
        return False
    steps = steps_to(meaning, function, statement)
    if _any_following(steps, partial(_holds, retries), retries):
        return True
    if automatic and _any_following(_unguarded(meaning, steps, retries), may_fail, may_fail):
        return True
    return any(
        isinstance(around, InTry)
        and _may_retry(meaning, around.node, retries)
        and any(step.any_after(may_fail) for step in steps_to(meaning, around.node.body, statement))
        for around in fact.place.here
    )


_NONE: frozenset[int] = frozenset()


def _retries(meaning: Meaning, task: Task) -> frozenset[int]:
    """The identities of the calls by which a task retries itself."""
    return frozenset(id(call) for call in retry_calls(meaning, task))


def _any_following(steps: Sequence[Step], test: Test, key: Hashable) -> bool:
    """Whether `test` holds for what may run after the statement that steps lead to.

    By going on or by another round of a loop.
    """
    is_repeated = False
    for step in steps:
        if step.any_after(test, key) or (is_repeated and step.any_before(test, key)):
            return True
        is_repeated = is_repeated or isinstance(step.current, (cst.For, cst.While))
    if not is_repeated or isinstance(steps[-1].current, cst.BaseCompoundStatement):
        return False
    return steps[-1].position in steps[-1].block.marked(test, key)


def _unguarded(meaning: Meaning, steps: Sequence[Step], retries: frozenset[int]) -> Sequence[Step]:
    """The steps down to the first `try` that lets no error out."""
    for number, step in enumerate(steps):
        key = ("lets nothing out", step.current, retries)
        if meaning.known(key, False, _lets_nothing_out, step.current, retries):
            return steps[: number + 1]
    return steps


def _lets_nothing_out(attempt: cst.CSTNode, retries: frozenset[int]) -> bool:
    return isinstance(attempt, cst.Try) and any(
        _takes_everything(handler) and not _lets_out(handler, retries)
        for handler in attempt.handlers
    )


def _may_retry(meaning: Meaning, attempt: cst.Try | cst.TryStar, retries: frozenset[int]) -> bool:
    """Whether a handler of a `try` holds one of the retries."""
    return meaning.known(("may retry", attempt, retries), False, _any_holds, attempt, retries)


def _any_holds(attempt: cst.Try | cst.TryStar, retries: frozenset[int]) -> bool:
    return any(_holds(retries, handler) for handler in attempt.handlers)


def _takes_everything(handler: cst.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {part.value for part in parts_of(handler.type) if isinstance(part, cst.Name)}
    return not names.isdisjoint({"Exception", "BaseException"})


def _lets_out(handler: cst.ExceptHandler, retries: frozenset[int]) -> bool:
    return _holds(retries, handler.body) or any(
        isinstance(part, cst.Raise) for part in parts_of(handler.body)
    )


def _holds(calls: frozenset[int], node: cst.CSTNode) -> bool:
    return any(id(part) in calls for part in parts_of(node))


def _message(task: Task, effect: Effect) -> str:
    cure = "ask for it first, or use get_or_create()" if effect.model else "pass an idempotency key"
    return (
        f"`{effect.text}` in task {task.name} is done again by each retry after it, from the "
        f"task's first line on; {cure}"
    )
