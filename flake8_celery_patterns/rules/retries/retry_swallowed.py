"""CEL307 retry-swallowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.facts.handlers import always_raises
from flake8_celery_patterns.fixes.plan import InsertLines, Plan
from flake8_celery_patterns.meaning.errors.handling import (
    RETRY,
    AnyHandler,
    bound_name,
    caught,
    exception_name,
    imported_as,
    may_pass_on,
    own_nodes,
    retries_in,
    surroundings,
    taking,
    throws,
)
from flake8_celery_patterns.meaning.errors.raising import ends_in_error, may_raise_again
from flake8_celery_patterns.meaning.flow.course import mentions
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_RETRY = "celery.exceptions.Retry"


class RetrySwallowed(Rule[Dispatch]):
    """The task's own handler swallows its retry.

    ## What it reports

    `self.retry()` inside a `try` whose own clause takes `Exception` or everything and goes on,
    under `with suppress(Exception)`, or in a `try` whose `finally` returns. Also where such a
    clause retries once more.

    ## Why it is a bug

    `self.retry()` sends the next run, and *then* raises `Retry` to end this one. Swallowed, the
    task goes on, is recorded as SUCCESS, calls its callbacks and starts the next task of its
    chain, and the next run does all of it again. A clause that retries once more sends two
    messages for each run: with `max_retries=2` the task runs seven times.

    ## Example

    ```python
    import logging

    from celery import shared_task

    logger = logging.getLogger(__name__)


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            if shop.is_closed:
                raise self.retry(countdown=60)
            shop.push()
        except Exception:
            logger.exception("no sync of %s", shop)
    ```

    ## Use instead

    ```python
    import logging

    from celery import shared_task
    from celery.exceptions import Retry

    logger = logging.getLogger(__name__)


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            if shop.is_closed:
                raise self.retry(countdown=60)
            shop.push()
        except Retry:
            raise
        except Exception:
            logger.exception("no sync of %s", shop)
    ```

    ## Fix

    Unsafe: puts `except Retry: raise` before the clause, where `Retry` is already imported. What
    the last attempt raises (`MaxRetriesExceededError`, or `exc`) still goes to the clause.

    ## When it stays silent

    - Where a clause before it raises `Retry` again, or the clause itself always raises.
    - Where the clause has some way on which it raises what it caught, or looks at its class; where
      it hands it to a function that may do so, or keeps it to be raised later.
    - With `throw=False`: then `retry()` raises nothing.
    - In a clause beside the one that takes everything: it does not take what is raised there.
    - Where it is not known what a clause takes, and behind context managers of other kinds.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL307"
    name: ClassVar[str] = "retry-swallowed"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        call = fact.call.node
        if fact.form != "retry" or call is None or not throws(fact.call):
            return
        taken = taking(meaning, fact.place, RETRY)
        if taken is None or taken.by is None:
            return
        by = taken.by
        if isinstance(by, (cst.With, cst.Finally)):
            how = "`with suppress(...)`" if isinstance(by, cst.With) else "`return` in `finally`"
            yield Report(call, _message(fact, how))
            return
        again = retries_in(by.body)
        bound = bound_name(by)
        if may_pass_on(by) or (bound is not None and _looks_at(by, bound)):
            return
        task, where = fact.task or fact.place.task, surroundings(meaning, fact.place)
        if may_raise_again(meaning, by, task, where) or ends_in_error(meaning, by.body, where):
            return
        if bound is not None and _is_raised_later(by, bound, fact, meaning):
            return
        if again:
            yield Report(call, _doubled(fact), _fix(fact, by, meaning))
        elif not always_raises(by.body, bound or "") and not _may_raise(by):
            how = "`except:`" if by.type is None else "its own `except`"
            yield Report(call, _message(fact, how), _fix(fact, by, meaning))


def _may_raise(handler: AnyHandler) -> bool:
    return any(isinstance(node, cst.Raise) for node in own_nodes(handler.body))


def _looks_at(handler: AnyHandler, bound: str) -> bool:
    """Whether the clause may tell a retry from an error: `isinstance(exc, Retry)`."""
    for node in own_nodes(handler.body):
        if isinstance(node, (cst.If, cst.IfExp)) and mentions(node.test, bound):
            return True
        if isinstance(node, cst.Match) and mentions(node.subject, bound):
            return True
    return False


def _is_raised_later(handler: AnyHandler, bound: str, fact: Dispatch, meaning: Meaning) -> bool:
    """Whether the function keeps what it took under another name, and raises that somewhere."""
    function = fact.place.function
    if function is None or function.node is None:
        return False
    kept = {
        target.target.value
        for node in own_nodes(handler.body)
        if isinstance(node, cst.Assign) and mentions(node.value, bound)
        for target in node.targets
        if isinstance(target.target, cst.Name)
    }
    nothing: frozenset[str] = frozenset()
    raised = meaning.known(("raised", function), nothing, _raised_in, function.node.body)
    return not kept.isdisjoint(raised)


def _raised_in(body: cst.BaseSuite) -> frozenset[str]:
    """The names that are raised in a body."""
    return frozenset(
        node.exc.value
        for node in own_nodes(body)
        if isinstance(node, cst.Raise) and isinstance(node.exc, cst.Name)
    )


def _message(fact: Dispatch, how: str) -> str:
    called = shown(fact.call.function) or "retry"
    task = fact.task or fact.place.task
    name = task.name if task is not None else fact.label
    return (
        f"{how} swallows what {called}() raises: task {name} is recorded as SUCCESS and runs "
        "again all the same; put `except Retry: raise` first, or retry outside of the try"
    )


def _doubled(fact: Dispatch) -> str:
    called = shown(fact.call.function) or "retry"
    task = fact.task or fact.place.task
    name = task.name if task is not None else fact.label
    return (
        f"what {called}() raises is caught below, where task {name} is retried once more: each run "
        "sends two messages and the runs double; put `except Retry: raise` first"
    )


def _fix(fact: Dispatch, handler: AnyHandler, meaning: Meaning) -> Plan | None:
    where = surroundings(meaning, fact.place)
    name = imported_as(meaning, _RETRY, where)
    named = [exception_name(kind) for kind in caught(meaning, handler, where)]
    if name is None or not isinstance(handler, cst.ExceptHandler) or _RETRY in named:
        return None
    lines = InsertLines(handler, (f"except {name}:", "\traise"))
    return Plan("Let Retry pass", (lines,), safe=False)
