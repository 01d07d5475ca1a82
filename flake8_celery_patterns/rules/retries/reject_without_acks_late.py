"""CEL315 reject-without-acks-late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Sequence
from flake8_celery_patterns.meaning.errors.handling import guards_against
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.acknowledging import acknowledges_early
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.rules.rule import Report, Rule

REJECT = "celery.exceptions.Reject"
# The classes that Reject is one of (celery/exceptions.py).
_FAMILY = frozenset(
    {
        REJECT,
        "celery.exceptions.TaskPredicate",
        "celery.exceptions.CeleryError",
        "builtins.Exception",
        "builtins.BaseException",
    }
)


class RejectWithoutAcksLate(Rule[Called]):
    """Rejects a message that is no longer there to be rejected.

    ## What it reports

    `raise Reject(…, requeue=True)` in a task without `acks_late`, from any source; and `raise
    Reject(…)` in a task whose `autoretry_for` takes it (`Exception`).

    ## Why it is a bug

    Without `acks_late` the worker acknowledges the message before the task starts. A later `Reject`
    rejects nothing: the task is not queued again, and nothing is recorded. It is lost without a
    word, its result stays `PENDING`.

    `Reject` is an `Exception`. Where `autoretry_for` names `Exception`, it does not reject the
    message: the task is retried like after any other error.

    ## Example

    ```python
    from celery import Celery
    from celery.exceptions import Reject

    app = Celery("shop")


    @app.task(time_limit=300)
    def charge(order_id):
        try:
            print(order_id)
        except OSError as exc:
            raise Reject(exc, requeue=True)
    ```

    ## Use instead

    ```python
    from celery import Celery
    from celery.exceptions import Reject

    app = Celery("shop")


    @app.task(acks_late=True, time_limit=300)
    def charge(order_id):
        try:
            print(order_id)
        except OSError as exc:
            raise Reject(exc, requeue=True)
    ```

    In a task with `autoretry_for=(Exception,)` add `dont_autoretry_for=(Reject,)`.

    ## Fix

    None.

    ## When it stays silent

    - Where `acks_late` may come from elsewhere, or the whole configuration is not in view.
    - For `Reject(requeue=False)` in a task that does not retry it: the message is gone, as asked.
    - Where a handler in the task may catch the `Reject`; outside tasks.

    ## References

    - [Celery: Reject](https://docs.celeryq.dev/en/stable/userguide/tasks.html#reject)
    - [Celery: Task.acks_late](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late)
    """

    code: ClassVar[str] = "CEL315"
    name: ClassVar[str] = "reject-without-acks-late"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task = fact.place.task
        if task is None or fact.function != External(REJECT):
            return
        statement = fact.place.statement
        node = statement.exc if isinstance(statement, cst.Raise) else None
        if node is None or node is not fact.call.node:
            return
        if guards_against(meaning, fact.place, _FAMILY):
            return
        if _is_retried(task, meaning):
            yield Report(node, _retried(task))
        elif _asks_to_requeue(fact, meaning) and acknowledges_early(meaning, task):
            yield Report(node, _lost(task))


def _asks_to_requeue(called: Called, meaning: Meaning) -> bool:
    """`Reject(reason, requeue=True)`."""
    given = called.call.keyword("requeue")
    expression = given.value if given is not None else called.call.positional(1)
    return expression is not None and value(meaning, expression, called.place.environment) is True


def _is_retried(task: Task, meaning: Meaning) -> bool:
    """Whether the automatic retry certainly takes a `Reject`."""
    found = option(meaning, task, "autoretry_for").given
    if found is None or not option(meaning, task, "dont_autoretry_for").is_absent:
        return False
    errors = found.expression
    return isinstance(errors, Sequence) and any(
        isinstance(kind, External) and kind.name in _FAMILY
        for kind in (meaning.evaluate(item, found.environment) for item in errors.items)
    )


def _lost(task: Task) -> str:
    return (
        f"task {task.name} rejects its message too late: without acks_late it was acknowledged "
        "before the task started, so nothing is queued again and the task is lost in silence; add "
        "acks_late=True, or use self.retry()"
    )


def _retried(task: Task) -> str:
    return (
        f"Reject does not reject the message of task {task.name}: its autoretry_for takes Reject "
        "for an error and retries the task; add dont_autoretry_for=(Reject,)"
    )
