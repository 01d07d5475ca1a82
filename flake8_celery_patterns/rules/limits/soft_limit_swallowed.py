"""CEL403 soft-limit-swallowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.handlers import Handler
from flake8_celery_patterns.fixes.plan import InsertLines, Plan
from flake8_celery_patterns.meaning.errors.handling import (
    EVERYTHING,
    bound_name,
    caught,
    imported_as,
    is_behind_one,
    own_nodes,
    retries_in,
    takes,
)
from flake8_celery_patterns.meaning.errors.raising import ends_in_error, may_raise_again
from flake8_celery_patterns.meaning.flow.course import mentions, names_in
from flake8_celery_patterns.meaning.flow.places import running_task
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.time_limits import time_limit
from flake8_celery_patterns.rules.rule import Report, Rule

_SOFT_LIMIT = "celery.exceptions.SoftTimeLimitExceeded"
_Loop = cst.For | cst.While
_LEAVING = (cst.Raise, cst.Return, cst.Break)


class SoftLimitSwallowed(Rule[Handler]):
    """A loop swallows the soft time limit and goes on.

    ## What it reports

    `except Exception` (or a bare `except`) around the work of a loop, in a task with a
    `soft_time_limit`, where the handler lets the loop go on.

    ## Why it is a risk

    The soft limit is an exception, `SoftTimeLimitExceeded`, and it is raised once, in the middle of
    whatever the task is doing. The handler takes it for one more item that failed; the loop goes on
    as if nothing had been said. There is no second warning: the hard limit kills the process with
    the clean-up undone, or the task runs on with no limit at all, where there is none.

    ## Example

    ```python
    import logging

    from celery import shared_task

    logger = logging.getLogger(__name__)


    @shared_task(soft_time_limit=300, time_limit=330)
    def check_pages(pages):
        for page in pages:
            try:
                page.check()
            except Exception:
                logger.exception("%s failed", page)
    ```

    ## Use instead

    ```python
    import logging

    from celery import shared_task
    from celery.exceptions import SoftTimeLimitExceeded

    logger = logging.getLogger(__name__)


    @shared_task(soft_time_limit=300, time_limit=330)
    def check_pages(pages):
        for page in pages:
            try:
                page.check()
            except SoftTimeLimitExceeded:
                raise
            except Exception:
                logger.exception("%s failed", page)
    ```

    ## Fix

    Unsafe: puts `except SoftTimeLimitExceeded: raise` before the handler, where the name is
    imported. What the limit then leaves half done is yours to look after.

    ## When it stays silent

    - Where a handler before it takes `SoftTimeLimitExceeded`, or what it takes is not known.
    - Where the handler can leave the loop (`raise`, `return`, `break`, `self.retry()`), sets a
      variable that the loop asks for, looks at the error, or hands it to a function that may raise
      it again.
    - Where the task has no soft limit, or it is not certain that it has one.
    - For handlers of particular errors; for a `try` around the whole loop.

    ## References

    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    - [Celery: Task.soft_time_limit](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.soft_time_limit)
    """

    code: ClassVar[str] = "CEL403"
    name: ClassVar[str] = "soft-limit-swallowed"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Handler

    def check(self, fact: Handler, meaning: Meaning) -> Iterator[Report]:
        where = meaning.lexical(meaning.source, fact.function)
        if takes(caught(meaning, fact.node, where), EVERYTHING) is not True or _may_leave(fact):
            return
        task = running_task(meaning, meaning.source, fact.function)
        if task is None or not _loops(fact, meaning):
            return
        if not meaning.known(("works", fact.attempt), False, _works, fact.attempt):
            return
        if may_raise_again(meaning, fact.node, task, where):
            return
        if ends_in_error(meaning, fact.node.body, where):
            return
        soft = time_limit(meaning, task, "soft_time_limit").seconds
        if soft is not None and not _is_taken_before(fact, where, meaning):
            hard = time_limit(meaning, task, "time_limit").seconds
            yield Report(fact.node, _message(task, soft, hard), _fix(fact, where, meaning))


def _may_leave(handler: Handler) -> bool:
    """Whether the loop may end in a handler, or the handler may tell one error from another."""
    bound = bound_name(handler.node)
    for node in own_nodes(handler.node.body):
        if isinstance(node, _LEAVING):
            return True
        if isinstance(node, cst.Call) and _retries(node):
            return True
        if isinstance(node, (cst.If, cst.Match)) and bound is not None:
            if mentions(node.test if isinstance(node, cst.If) else node.subject, bound):
                return True
    return False


def _retries(call: cst.Call) -> bool:
    """`self.retry(…)`, which raises, unless it is told not to."""
    return bool(retries_in(call)) and not any(
        a.keyword is not None and a.keyword.value == "throw" for a in call.args
    )


def _loops(handler: Handler, meaning: Meaning) -> bool:
    """Whether the `try` stands in a loop of its function."""
    node, nothing = handler.function.node, dict[int, _Loop]()
    if node is None:
        return False
    loop = meaning.known(("loops", node), nothing, _loops_in, node).get(id(handler.attempt))
    return loop is not None and not _is_told(loop, handler, meaning)


def _loops_in(function: cst.FunctionDef) -> dict[int, _Loop]:
    """By its identity, the outermost loop in whose body each `try` of a function stands."""
    found: dict[int, _Loop] = {}
    for loop in own_nodes(function.body):
        if isinstance(loop, (cst.For, cst.While)):
            for inner in own_nodes(loop.body):
                if isinstance(inner, (cst.Try, cst.TryStar)):
                    found.setdefault(id(inner), loop)
    return found


def _is_told(loop: _Loop, handler: Handler, meaning: Meaning) -> bool:
    """Whether the handler sets a name (`failed = True`) that the loop asks for."""
    told = {
        target.target.value
        for node in own_nodes(handler.node.body)
        if isinstance(node, cst.Assign)
        for target in node.targets
        if isinstance(target.target, cst.Name)
    }
    nothing: frozenset[str] = frozenset()
    return not told.isdisjoint(meaning.known(("asked for", loop), nothing, _asked_for, loop))


def _asked_for(loop: _Loop) -> frozenset[str]:
    """The names in what is tested in a loop."""
    tests = (node.test for node in own_nodes(loop) if isinstance(node, (cst.If, cst.While)))
    return frozenset(name for test in tests for name in names_in(test))


def _works(attempt: cst.Try) -> bool:
    """Whether time passes in the guarded body: it calls something, and does not look out itself."""
    calls = any(isinstance(node, cst.Call) for node in own_nodes(attempt.body))
    return calls and not mentions(attempt.body, _SOFT_LIMIT.rpartition(".")[2])


def _is_taken_before(handler: Handler, where: Environment, meaning: Meaning) -> bool:
    """Whether a clause above takes the soft limit, or may take it."""
    wanted = frozenset({_SOFT_LIMIT}) | EVERYTHING
    return is_behind_one(
        meaning,
        handler,
        "soft limit taken",
        lambda other: takes(caught(meaning, other, where), wanted) is not False,
    )


def _message(task: Task, soft: float, hard: float | None) -> str:
    known = f"the hard one ({hard} s) kills it"
    end = known if hard is not None else "only a hard limit could stop it now"
    return (
        f"this handler swallows the soft time limit ({soft} s) of task {task.name} and its loop "
        f"goes on: {end}; put `except SoftTimeLimitExceeded: raise` before it"
    )


def _fix(handler: Handler, where: Environment, meaning: Meaning) -> Plan | None:
    name = imported_as(meaning, _SOFT_LIMIT, where)
    if name is None:
        return None
    lines = (f"except {name}:", "\traise")
    return Plan("Let the soft limit pass", (InsertLines(handler.node, lines),), safe=False)
