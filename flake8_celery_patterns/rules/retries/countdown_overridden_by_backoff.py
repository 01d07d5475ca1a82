"""CEL312 countdown-overridden-by-backoff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Mapping
from flake8_celery_patterns.fixes.plan import Plan, Replace, remove_item
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.own_options import (
    decorator_takes,
    own_option,
    stands_alone,
)
from flake8_celery_patterns.meaning.tasks.retrying import (
    is_read_by_project,
    retries_automatically,
    retry_kwargs,
)
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule


class CountdownOverriddenByBackoff(Rule[Task]):
    """The countdown of `retry_kwargs` is never used, for the task has a backoff.

    ## What it reports

    `retry_kwargs={"countdown": …}` on a task that retries automatically (`autoretry_for`) with a
    `retry_backoff`.

    ## Why it is a bug

    With a backoff, Celery computes the countdown of each retry, and puts it in the place of the
    one that `retry_kwargs` gives: `countdown` 500 with `retry_backoff=2` waits 2 seconds. The task
    has used up all its retries long before the time that was meant for the first.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(
        autoretry_for=(OSError,),
        retry_backoff=True,
        retry_kwargs={"max_retries": 5, "countdown": 60},
    )
    def fetch(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(OSError,), retry_backoff=60, retry_kwargs={"max_retries": 5})
    def fetch(url):
        print(url)
    ```

    ## Fix

    Safe: takes the countdown away, and `retry_kwargs` with it where it holds nothing else. The
    task behaves as before. If the countdown was what you meant, set `retry_backoff=False` instead.

    ## When it stays silent

    - Where `retry_backoff` is off, or its value or that of `retry_kwargs` is not shown.
    - Without `autoretry_for`: there `retry_kwargs` does nothing at all (CEL310).
    - Where code of the project reads `retry_kwargs` itself.

    ## References

    - [Celery: Task.retry_backoff](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.retry_backoff)
    - [Celery: Task.retry_kwargs](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.retry_kwargs)
    """

    code: ClassVar[str] = "CEL312"
    name: ClassVar[str] = "countdown-overridden-by-backoff"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = own_option(fact, "retry_kwargs") or fact.node
        if node is None or decorator_takes(meaning, fact, "retry_kwargs"):
            return
        given = retry_kwargs(meaning, fact)
        if not given or given.get("countdown") is None:
            return
        backoff = option_value(meaning, option(meaning, fact, "retry_backoff"))
        if backoff is UNSEEN or not isinstance(backoff, (int, float)) or backoff <= 0:
            return
        if not retries_automatically(meaning, fact) or is_read_by_project(meaning, "retry_kwargs"):
            return
        entry = _countdown(fact, meaning)
        place = entry if entry is not None else node
        yield Report(
            place, _message(fact, given["countdown"], backoff), _fix(fact, node, entry, meaning)
        )


def _countdown(task: Task, meaning: Meaning) -> cst.DictElement | cst.Arg | None:
    """The entry of the countdown, in a dict that is written right here."""
    given = option(meaning, task, "retry_kwargs").given
    if own_option(task, "retry_kwargs") is None or given is None:
        return None
    node = given.expression.node
    if isinstance(given.expression, Mapping) and isinstance(node, cst.Dict):
        for element in node.elements:
            if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
                if element.key.evaluated_value == "countdown":
                    return element
    if isinstance(given.expression, Call) and isinstance(node, cst.Call):
        if meaning.evaluate(given.expression.function, given.environment) == External(
            "builtins.dict"
        ):
            return next(
                (a for a in node.args if a.keyword and a.keyword.value == "countdown"), None
            )
    return None


def _message(task: Task, countdown: object, backoff: float) -> str:
    shown = f" {countdown}" if isinstance(countdown, (int, float)) else ""
    return (
        f"the countdown{shown} in retry_kwargs of task {task.name} is never used: retry_backoff "
        f"computes another for each retry, at most {max(1, int(backoff))} s for the first; leave "
        "it out, or set retry_backoff=False"
    )


def _fix(
    task: Task, node: cst.CSTNode, entry: cst.DictElement | cst.Arg | None, meaning: Meaning
) -> Plan | None:
    given = node.value if isinstance(node, (cst.Arg, cst.Assign, cst.AnnAssign)) else None
    if entry is None or given is None:
        return None
    call = task.decorator.node if task.decorator is not None else None
    items = given.elements if isinstance(given, cst.Dict) else getattr(given, "args", ())
    if not any(item is entry for item in items):
        return None
    if len(items) > 1:
        removed = remove_item(items, entry)
    elif isinstance(node, cst.Arg) and isinstance(call, cst.Call) and stands_alone(meaning, task):
        removed = remove_item(call.args, node)
    else:
        removed = Replace(given, "{}")
    return Plan("Remove the countdown", (removed,), safe=True) if removed is not None else None
