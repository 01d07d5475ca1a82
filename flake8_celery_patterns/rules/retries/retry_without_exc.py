"""CEL309 retry-without-exc."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, shown
from flake8_celery_patterns.fixes.errors import named_error
from flake8_celery_patterns.fixes.plan import Plan, add_keyword
from flake8_celery_patterns.meaning.errors.handling import (
    EXCEEDED,
    AnyHandler,
    bound_name,
    caught,
    exception_name,
    given_exc,
    guards_against,
    handlers_around,
    is_error,
    own_nodes,
    retries_in,
    surroundings,
)
from flake8_celery_patterns.meaning.flow.course import mentions
from flake8_celery_patterns.meaning.flow.places import Place
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children


class RetryWithoutExc(Rule[Dispatch]):
    """Task retries without the error that made it retry.

    ## What it reports

    `self.retry(…)` in an `except` clause that gives no `exc=`, where nothing else in the clause
    keeps the error.

    ## Why it is a risk

    When the retries are used up, Celery raises what stands in `exc`. Without it the task fails with
    `MaxRetriesExceededError: Can't retry sync[…]`: result backend, `on_failure`, monitoring and
    alerts name neither the error nor its kind, and all failures of all tasks look the same.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError:
            raise self.retry(countdown=60)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as exc:
            raise self.retry(exc=exc, countdown=60)
    ```

    ## Fix

    Safe: adds `exc=` with the name of the caught error, and gives it one where it has none. Until
    the last attempt nothing changes; that one now fails with the error itself.

    ## When it stays silent

    - With `exc=` (also `exc=None`, a choice), `raise self.retry(…) from exc`, or `**options`.
    - Where a clause for `MaxRetriesExceededError`, or one that takes it too, stands around.
    - Where the clause logs the error or its traceback, stores it, or hands it or anything else to a
      function that may do so.
    - Where the clause looks at `self.request.retries` and ends the last attempt itself.
    - Where the task may retry for ever (`max_retries=None`) or its `max_retries` is not in sight.
    - Where the error is passed as the first positional argument: that is CEL313.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL309"
    name: ClassVar[str] = "retry-without-exc"
    tier = "risk"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        call, place = fact.call, fact.place
        around = handlers_around(place)
        task = fact.task or place.task
        if fact.form != "retry" or not around or task is None or call.node is None:
            return
        if call.is_open or given_exc(call) is not None or _gives_context(place):
            return
        first = call.positional(0)
        if first is not None and is_error(meaning, first, place):
            return
        if guards_against(meaning, place, EXCEEDED) or _may_retry_for_ever(task, call, meaning):
            return
        handler = around[0]
        where = surroundings(meaning, place)
        names = [exception_name(kind) or "" for kind in caught(meaning, handler, where)]
        if any(name.startswith("celery.") for name in names) or _retry_keeps(
            call, bound_name(handler)
        ):
            return
        if meaning.known(("keeps error", handler), True, _keeps_error, handler):
            return
        yield Report(call.node, _message(task, fact), _fix(meaning, fact, handler))


def _gives_context(place: Place) -> bool:
    """`raise self.retry() from error`."""
    return isinstance(place.statement, cst.Raise) and place.statement.cause is not None


def _may_retry_for_ever(task: Task, call: Call, meaning: Meaning) -> bool:
    if call.keyword("max_retries") is not None:
        return False
    found = option(meaning, task, "max_retries")
    if found.is_absent:
        return False
    return found.is_open or option_value(meaning, found) in (None, UNSEEN)


# Calls that have nothing to do with the error, whatever they are methods of.
_NEUTRAL = frozenset(
    """
    close commit delete info int isinstance len max min pow print randint random refresh_from_db
    rollback round save sleep uniform update
    """.split()
)
_LEVELS = frozenset({"critical", "debug", "error", "info", "log", "warn", "warning"})
_ASKING = frozenset({"getattr", "hasattr", "isinstance", "issubclass", "type"})


def _keeps_error(handler: AnyHandler) -> bool:
    """Whether the clause does anything, besides the retry, that may keep the error."""
    bound = bound_name(handler)
    for node in own_nodes(handler.body):
        if isinstance(node, (cst.Assign, cst.AnnAssign, cst.AugAssign)):
            if bound and node.value is not None and mentions(node.value, bound):
                return True
        if isinstance(node, cst.Call) and not _is_retry(node) and _call_keeps(node, bound):
            return True
        if isinstance(node, cst.If) and _counts_retries(node.test) and _ends_itself(handler):
            return True
    return False


def _counts_retries(test: cst.BaseExpression) -> bool:
    """`if self.request.retries >= self.max_retries`: the clause sees to the last attempt itself."""
    return any(isinstance(n, cst.Attribute) and n.attr.value == "retries" for n in own_nodes(test))


def _ends_itself(handler: AnyHandler) -> bool:
    """Whether the clause returns somewhere, or raises something else than the retry."""
    return any(
        isinstance(node, cst.Return) or (isinstance(node, cst.Raise) and not retries_in(node))
        for node in own_nodes(handler.body)
    )


def _is_retry(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "retry"


def _retry_keeps(retry: Call, bound: str | None) -> bool:
    """Whether the next run is given the error: `kwargs={"last_error": str(exc)}`."""
    return bound is not None and any(
        argument.keyword not in ("countdown", "eta", "max_retries")
        and argument.node is not None
        and mentions(argument.node, bound)
        for argument in retry.arguments
    )


def _call_keeps(call: cst.Call, bound: str | None) -> bool:
    function = call.func
    name = function.attr if isinstance(function, cst.Attribute) else function
    text = name.value if isinstance(name, cst.Name) else ""
    given = any(bound and mentions(argument, bound) for argument in call.args)
    if text in _ASKING:
        return False
    if given or any(a.keyword is not None and a.keyword.value == "exc_info" for a in call.args):
        return True
    return text not in _NEUTRAL and not (text in _LEVELS and _is_logger(function))


def _is_logger(function: cst.BaseExpression) -> bool:
    """Whether something in `self.logger.warning` is called like a logger."""
    stack: list[cst.CSTNode] = [function]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name) and "log" in node.value.lower():
            return True
        stack.extend(children(node))
    return False


def _message(task: Task, fact: Dispatch) -> str:
    called = shown(fact.call.function) or "self.retry"
    return (
        f"task {task.name} retries without the error it caught: when the retries are used up it "
        "fails with MaxRetriesExceededError, and the error is no more than a line in its "
        f"traceback; write "
        f"{called}(exc=...) with the caught error"
    )


def _fix(meaning: Meaning, fact: Dispatch, handler: AnyHandler) -> Plan | None:
    call = fact.call.node
    named = named_error(meaning, handler, fact.place)
    if named is None or not isinstance(call, cst.Call):
        return None
    name, naming = named
    return Plan(f"Add exc={name}", (add_keyword(call, f"exc={name}"), *naming), safe=True)
