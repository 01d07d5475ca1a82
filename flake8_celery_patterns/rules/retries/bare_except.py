"""CEL304 bare-except."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.handlers import Handler
from flake8_celery_patterns.fixes.plan import Plan, Replace, ReplaceHead
from flake8_celery_patterns.meaning.errors.handling import (
    caught,
    exception_name,
    is_behind_one,
    own_nodes,
)
from flake8_celery_patterns.meaning.errors.raising import ends_in_error
from flake8_celery_patterns.meaning.flow.course import mentions
from flake8_celery_patterns.meaning.flow.places import running_task
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

_EXIT = "builtins.SystemExit"
_MENDED = "except Exception"


class BareExcept(Rule[Handler]):
    """Task catches everything, its own end included.

    ## What it reports

    `except:` or `except BaseException:` inside a task, unless every way through the handler ends in
    `raise`.

    ## Why it is a risk

    Celery ends and steers tasks by exceptions. A handler that takes everything swallows
    `SoftTimeLimitExceeded`, `Retry`, `Ignore` and `Reject`, and the `SystemExit` by which the
    worker ends a task at its hard time limit or for `revoke(terminate=True)`. A task that calls
    `self.retry()` is then recorded as a success *and* runs again; a revoked one goes on to its end.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, account):
        try:
            print(account)
        except:
            print("failed")
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from celery.exceptions import SoftTimeLimitExceeded


    @shared_task(bind=True)
    def sync(self, account):
        try:
            print(account)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            print("failed")
    ```

    ## Fix

    Safe: `except Exception:`. The handler still takes every error; only what ends the process
    passes. `SoftTimeLimitExceeded` and `Retry` are exceptions too: the fix does not let them pass,
    a handler of their own before it does, as above.

    ## When it stays silent

    - Where every way through the handler ends in `raise`, `sys.exit()` or the like, or it ends in a
      function of the project that only raises; where it lets pass what is no `Exception`, or keeps
      the exception itself to be raised later.
    - Where `SystemExit` has a clause of its own before it, or is raised again by name.
    - Outside tasks, and in functions defined in a task that are handed elsewhere.

    ## References

    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    - [Celery: revoking tasks](https://docs.celeryq.dev/en/stable/userguide/workers.html#revoke-revoking-tasks)
    """

    code: ClassVar[str] = "CEL304"
    name: ClassVar[str] = "bare-except"
    tier = "risk"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Handler

    def check(self, fact: Handler, meaning: Meaning) -> Iterator[Report]:
        if fact.always_raises:
            return
        task = running_task(meaning, meaning.source, fact.function, or_later=True)
        where = meaning.lexical(meaning.source, fact.function)
        if task is None or ends_in_error(meaning, fact.node.body, where):
            return
        if _spares_exit(fact, where, meaning):
            return
        if fact.is_bare:
            change: Replace | ReplaceHead = ReplaceHead(fact.node, len("except"), _MENDED)
            head = "except:"
        else:
            widest = _base_exception(fact, meaning)
            if widest is None:
                return
            change = Replace(widest, "Exception")
            head = "except BaseException"
        fix = Plan("Catch Exception", (change,), safe=True)
        yield Report(fact.node, _message(task, head), fix)


def _spares_exit(fact: Handler, where: Environment, meaning: Meaning) -> bool:
    """Whether SystemExit has a clause before this one, or is raised again by its name in it."""
    if is_behind_one(
        meaning,
        fact,
        "exit taken",
        lambda other: any(exception_name(kind) == _EXIT for kind in caught(meaning, other, where)),
    ):
        return True
    return any(
        isinstance(node, cst.If)
        and mentions(node.test, "SystemExit")
        and any(isinstance(inner, cst.Raise) for inner in own_nodes(node.body))
        for node in own_nodes(fact.node.body)
    )


def _base_exception(fact: Handler, meaning: Meaning) -> cst.CSTNode | None:
    where = meaning.lexical(meaning.source, fact.function)
    for named in fact.caught:
        if meaning.evaluate(named, where) == External("builtins.BaseException"):
            return named.node
    return None


def _message(task: Task, head: str) -> str:
    return (
        f"`{head}` in task {task.name} swallows even the SystemExit by which a revoke or the "
        "hard time limit ends the task, besides SoftTimeLimitExceeded and Retry: catch Exception, "
        "with `except (SoftTimeLimitExceeded, Retry): raise` before it"
    )
