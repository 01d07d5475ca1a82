"""CEL317 max-retries-handler-dead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Constant, Expression, shown
from flake8_celery_patterns.fixes.plan import Change, Plan, Replace, remove_item
from flake8_celery_patterns.meaning.errors.handling import (
    EXCEEDED,
    AnyHandler,
    caught,
    error_caught,
    exception_name,
    given_exc,
    is_error,
    own_nodes,
    retries_in,
    surroundings,
    takes,
)
from flake8_celery_patterns.meaning.errors.raising import retries_inside
from flake8_celery_patterns.meaning.flow.places import InHandler, InTry
from flake8_celery_patterns.meaning.kinds import ClassKind, Kind, Object
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_NAME = "celery.exceptions.MaxRetriesExceededError"


class MaxRetriesHandlerDead(Rule[Dispatch]):
    """The handler for the end of all retries never runs.

    ## What it reports

    `except MaxRetriesExceededError` around `self.retry(exc=error)`; and the same clause beside the
    one that retries, where nothing in the `try` itself retries.

    ## Why it is a bug

    With `exc` given, the last `retry()` raises that error and not `MaxRetriesExceededError`. The
    clause that was to mark the order as failed, or to tell somebody, is never entered. Beside the
    clause that retries it is not entered either: a clause does not take what is raised in the
    clause next to it.

    ## Example

    ```python
    from celery import shared_task
    from celery.exceptions import MaxRetriesExceededError


    @shared_task(bind=True)
    def charge(self, order):
        try:
            order.charge()
        except ConnectionError as error:
            try:
                raise self.retry(exc=error)
            except MaxRetriesExceededError:
                order.mark_as_failed()
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from celery.exceptions import MaxRetriesExceededError


    @shared_task(bind=True)
    def charge(self, order):
        try:
            order.charge()
        except ConnectionError:
            try:
                raise self.retry()
            except MaxRetriesExceededError:
                order.mark_as_failed()
    ```

    ## Fix

    Unsafe: takes `exc=` away, so that the clause runs from now on. None for the clause beside.

    ## When it stays silent

    - Where the clause takes other errors too, or one for them stands with it.
    - Where something else in the `try` may raise `MaxRetriesExceededError`: another `retry()`
      without `exc`, a helper that is given the task or is its method, a result that is waited for.
    - Where it is not certain what `exc` is, and for `exc=None`.

    ## References

    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL317"
    name: ClassVar[str] = "max-retries-handler-dead"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        call = fact.call.node
        if fact.form != "retry" or not isinstance(call, cst.Call) or fact.call.is_open:
            return
        exc = given_exc(fact.call)
        if exc is not None and _is_other_error(meaning, exc, fact):
            attempt = _dead_around(meaning, fact)
            if attempt is not None and _raises_nothing_else(meaning, attempt, call, fact):
                yield Report(call, _around_message(fact, exc), _fix(fact, call))
                return
        beside = _dead_beside(meaning, fact)
        if beside:
            yield Report(call, _beside_message(fact))


def _is_other_error(meaning: Meaning, exc: Expression, fact: Dispatch) -> bool:
    """Whether `exc` is an error, and not a MaxRetriesExceededError itself."""
    if isinstance(exc, Constant):
        return False
    handler = error_caught(exc, fact.place)
    if handler is None:
        kind = meaning.evaluate(exc, fact.place.environment)
        holder = kind.of if isinstance(kind, Object) else kind
        names = [getattr(kind, "name", "")]
        if isinstance(holder, ClassKind):
            names += meaning.ancestry(holder).external
        return is_error(meaning, exc, fact.place) and not any("MaxRetries" in n for n in names)
    where = surroundings(meaning, fact.place)
    return not any(exception_name(kind) == _NAME for kind in caught(meaning, handler, where))


def _dead_around(meaning: Meaning, fact: Dispatch) -> cst.Try | cst.TryStar | None:
    """The nearest `try` around whose clause for MaxRetriesExceededError takes nothing else."""
    where = surroundings(meaning, fact.place)
    for around in fact.place.here:
        if not isinstance(around, InTry):
            continue
        kinds = [caught(meaning, handler, where) for handler in around.node.handlers]
        if any(takes(k, EXCEEDED) is not False and not _only_exceeded(k) for k in kinds):
            return None
        if any(map(_only_exceeded, kinds)):
            return around.node
    return None


def _only_exceeded(kinds: tuple[Kind, ...]) -> bool:
    return bool(kinds) and all(exception_name(kind) == _NAME for kind in kinds)


def _raises_nothing_else(
    meaning: Meaning, attempt: cst.Try | cst.TryStar, retry: cst.Call | None, fact: Dispatch
) -> bool:
    """Whether nothing but `retry` in the body of a `try` may say that the retries are used up."""
    for other in retries_in(attempt.body):
        if other is not retry and not any(
            a.keyword is not None and a.keyword.value == "exc" for a in other.args
        ):
            return False
    where, task = surroundings(meaning, fact.place), fact.task or fact.place.task
    for node in own_nodes(attempt.body):
        if isinstance(node, cst.Call):
            if _may_exceed(node) or retries_inside(meaning, task, node, where):
                return False
    return True


def _may_exceed(call: cst.Call) -> bool:
    """Whether a call waits for a result, is handed the task, or is one of its own methods."""
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("apply", "get", "join"):
        return True
    owner = call.func.value if isinstance(call.func, cst.Attribute) else None
    handed = (owner, *(argument.value for argument in call.args))
    is_retry = isinstance(call.func, cst.Attribute) and call.func.attr.value == "retry"
    return not is_retry and any(isinstance(a, cst.Name) and a.value == "self" for a in handed)


def _dead_beside(meaning: Meaning, fact: Dispatch) -> bool:
    """Whether a clause beside the one that retries is for MaxRetriesExceededError alone."""
    inside = next((a for a in fact.place.here if isinstance(a, InHandler)), None)
    if inside is None or not _raises_nothing_else(meaning, inside.node, None, fact):
        return False
    if retries_in(inside.node.body) or any(isinstance(a, InTry) for a in fact.place.here):
        return False
    where = surroundings(meaning, fact.place)
    others: list[AnyHandler] = [h for h in inside.node.handlers if h is not inside.handler]
    return any(_only_exceeded(caught(meaning, handler, where)) for handler in others)


def _around_message(fact: Dispatch, exc: Expression) -> str:
    called = shown(fact.call.function) or "retry"
    text = shown(exc) or "..."
    return (
        f"the last {called}(exc={text}) raises {text} and not MaxRetriesExceededError: the "
        "handler for that never runs; leave exc out, or catch the error itself there"
    )


def _beside_message(fact: Dispatch) -> str:
    called = shown(fact.call.function) or "retry"
    return (
        f"what {called}() raises here is not caught by the `except MaxRetriesExceededError` beside "
        "this handler, which never runs; put a try of its own around the retry"
    )


def _fix(fact: Dispatch, call: cst.Call) -> Plan | None:
    named = fact.call.keyword("exc")
    argument = named.node if named is not None else None
    if not isinstance(argument, cst.Arg):
        return None
    change: Change | None
    if len(call.args) == 1:
        bare = isinstance(argument.comma, cst.MaybeSentinel)
        change = Replace(argument, "") if bare else None
    else:
        change = remove_item(call.args, argument)
    return Plan("Take exc= away", (change,), safe=False) if change is not None else None
