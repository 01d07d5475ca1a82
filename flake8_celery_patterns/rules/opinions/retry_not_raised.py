"""CEL908 retry-not-raised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.errors.handling import throws
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind, Kind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of
from flake8_celery_patterns.rules.rule import Report, Rule


class RetryNotRaised(Rule[Dispatch]):
    """Retry ends the task, and the text does not say so.

    ## What it reports

    `self.retry(…)` as a statement of its own, or as what is returned, without `raise`.

    ## Why it is a risk

    `retry()` raises: what stands below it never runs, and what it gives never comes. That cannot
    be seen without knowing Celery. Whoever adds a line below, a type checker that follows the flow
    (`order` may be unbound) and a linter that looks for a missing `return` all take it for a call
    like any other. `raise self.retry(…)` does the same and says it.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=5)
    def push_stock(self, sku):
        try:
            print(sku)
        except ConnectionError as error:
            self.retry(exc=error, countdown=30)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=5)
    def push_stock(self, sku):
        try:
            print(sku)
        except ConnectionError as error:
            raise self.retry(exc=error, countdown=30)
    ```

    ## Fix

    None.

    ## When it stays silent

    - With `throw=False`, by which it really returns, and where that may be among `**options`.
    - Where what it gives is used.
    - For a task class of the project that has a `retry` of its own; in test code.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL908"
    name: ClassVar[str] = "retry-not-raised"
    tier = "opinion"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        node = fact.call.node
        if fact.form != "retry" or node is None or not throws(fact.call):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        statement = fact.place.statement
        is_returned = isinstance(statement, cst.Return) and statement.value is node
        if not is_returned and not fact.place.is_whole_statement(fact.call):
            return
        if fact.task is None or not _has_own_retry(fact.task, meaning):
            yield Report(node, _message(fact, is_returned=is_returned))


def _has_own_retry(task: Task, meaning: Meaning) -> bool:
    """Whether the task's class says itself what a retry is, or may."""
    if isinstance(task.definition, Class):
        own: Kind | None = ClassKind(task.source, task.definition)
    else:
        own = base_of(meaning, task)
    for kind in (own, *meaning.config.task_classes(task)):
        if isinstance(kind, ClassKind):
            family = meaning.ancestry(kind)
            if not family.whole or family.binding("retry") is not None:
                return True
    return False


def _message(fact: Dispatch, *, is_returned: bool) -> str:
    what = "returned" if is_returned else "called like any other method"
    label = f" of task {fact.label}" if fact.label else ""
    return (
        f"retry(){label} is {what}, but it raises: nothing shows the reader, or a type checker, "
        "that the task ends here; write raise before it"
    )
