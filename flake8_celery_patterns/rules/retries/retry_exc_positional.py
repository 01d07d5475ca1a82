"""CEL313 retry-exc-positional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Expression, Name, shown
from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead
from flake8_celery_patterns.meaning.errors.handling import is_error
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule


class RetryExcPositional(Rule[Dispatch]):
    """The error is given to `retry()` as its positional arguments.

    ## What it reports

    `self.retry(error)`: an exception as the first positional argument.

    ## Why it is a bug

    The first parameter of `retry` is `args`, the arguments of the next run. Celery tries to take
    the exception apart as a sequence: `TypeError: 'ConnectionError' object is not iterable`. The
    task is not retried, it fails, and with an error that says nothing of what went wrong.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(error)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(exc=error)
    ```

    ## Fix

    Safe: puts `exc=` before the argument.

    ## When it stays silent

    - Where it is not certain that the argument is an exception: a variable of unknown value, or the
      name of a caught error that was bound anew.
    - For sequences of arguments, `self.retry((error,))`, and behind `*arguments`.

    ## References

    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL313"
    name: ClassVar[str] = "retry-exc-positional"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        first = fact.call.positional(0) if fact.form == "retry" else None
        if first is None or first.node is None or not is_error(meaning, first, fact.place):
            return
        yield Report(first.node, _message(fact, first), _fix(fact, first))


def _message(fact: Dispatch, first: Expression) -> str:
    called = shown(fact.call.function) or "retry"
    text = shown(first) or "the error"
    return (
        f"{called}() takes {text} for the arguments of the next run: TypeError, and the task is "
        f"not retried; write {called}(exc={text})"
    )


def _fix(fact: Dispatch, first: Expression) -> Plan | None:
    node, call = first.node, fact.call
    if not isinstance(node, cst.BaseExpression) or node.lpar or call.keyword("exc") is not None:
        return None
    if call.positional(1) is not None or (not isinstance(first, Name) and not shown(first)):
        return None
    return Plan("Give the error as exc=", (ReplaceHead(node, 0, "exc="),), safe=True)
