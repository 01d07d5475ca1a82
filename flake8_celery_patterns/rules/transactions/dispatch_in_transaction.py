"""CEL801 dispatch-in-transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.fixes.deferring import sent_on_commit
from flake8_celery_patterns.fixes.plan import Plan
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import Canvas, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.transactions.transactions import (
    Transaction,
    has_on_commit_methods,
    is_sent_now,
    may_wait_for_commit,
    transaction_around,
)
from flake8_celery_patterns.meaning.transactions.writes import may_write
from flake8_celery_patterns.rules.rule import Report, Rule


class DispatchInTransaction(Rule[Dispatch | Called]):
    """Sends a task from inside a database transaction.

    ## What it reports

    `.delay(…)`, `.apply_async(…)`, `send_task(…)`, or a canvas that is called, inside
    `with transaction.atomic():` or a function under `@transaction.atomic`; also through the
    project's own context managers and decorators that enter `atomic`, through `method_decorator`,
    and in SQLAlchemy's `with session.begin():` and `with engine.begin():`.

    ## Why it is a bug

    The message leaves at once, the rows only with the commit. A worker that is faster than the rest
    of the block raises `DoesNotExist` or reads the old row; and if the transaction is rolled back,
    the task still runs, for an order that never came to be. Both happen under load, and neither in
    a test.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        with transaction.atomic():
            order.save()
            send_receipt.delay(order.pk)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        with transaction.atomic():
            order.save()
            send_receipt.delay_on_commit(order.pk)
    ```

    Before Celery 5.4, `transaction.on_commit(partial(send_receipt.delay, order.pk))`. With
    SQLAlchemy, send it behind the block.

    ## Fix

    Unsafe: `.delay_on_commit(` and `.apply_async_on_commit(` on Django, which need Celery 5.4 or
    later; for signatures and for tasks with a base class of their own `transaction.on_commit(…)`,
    where the names it needs are imported. None where the result is used, which then is None.

    ## When it stays silent

    - For `delay_on_commit`, in lambdas and nested functions, for a `partial`: they run later.
    - Behind the block, and where a function is only called from inside one.
    - Where the task's base class, or the app's, overrides `delay` or `apply_async`, or cannot be
      found: it may wait for the commit itself.
    - Where nothing in the transaction speaks of a write: all calls before the dispatch have names
      such as `get_…`, `is_…`, `filter`, or are a library's.
    - For `self.retry()`, and in test code.

    ## References

    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    - [Celery: trigger the task at the end of the transaction](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html#trigger-tasks-at-the-end-of-the-database-transaction)
    """

    code: ClassVar[str] = "CEL801"
    name: ClassVar[str] = "dispatch-in-transaction"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Dispatch, Called)

    def check(self, fact: Dispatch | Called, meaning: Meaning) -> Iterator[Report]:
        dispatch = fact if isinstance(fact, Dispatch) else _called_canvas(fact)
        if dispatch is None or not is_sent_now(meaning, dispatch) or fact.call.node is None:
            return
        found = transaction_around(meaning, fact.place)
        if found is None or may_wait_for_commit(meaning, dispatch):
            return
        root = found.node.body if found.node is not None else fact.place.function
        if root is not None and not may_write(meaning, fact.place, root):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        message, fix = _message(dispatch, found, meaning), _fix(dispatch, found, meaning)
        yield Report(fact.call.node, message, fix)


def _called_canvas(fact: Called) -> Dispatch | None:
    """`chain(…)()`, `group(…)()`: a canvas that is called sends as its `apply_async` does."""
    receiver = fact.function
    is_chain = isinstance(receiver, Partial) and receiver.chained
    if not is_chain and not isinstance(receiver, Canvas):
        return None
    return Dispatch(fact.call, "apply_async", None, "", (), fact.place, receiver)


def _message(dispatch: Dispatch, found: Transaction, meaning: Meaning) -> str:
    what = shown(dispatch.call) or "this dispatch"
    task = f"task {dispatch.label}" if dispatch.label else "the task"
    where = f"`{found.text}`" if found.text else "a transaction"
    return (
        f"`{what}` sends inside {where}, before the commit: the worker may find the old row or "
        f"none, and {task} runs even after a rollback; {_advice(dispatch, found, meaning)}"
    )


def _advice(dispatch: Dispatch, found: Transaction, meaning: Meaning) -> str:
    if found.library == "SQLAlchemy":
        return "send it after the commit"
    if not found.is_default:
        return "use transaction.on_commit(…) with the same using="
    if dispatch.form != "send_task" and has_on_commit_methods(meaning, dispatch):
        return f"use {dispatch.form}_on_commit()"
    return "use transaction.on_commit()"


def _fix(dispatch: Dispatch, found: Transaction, meaning: Meaning) -> Plan | None:
    return sent_on_commit(meaning, dispatch) if found.is_default else None
