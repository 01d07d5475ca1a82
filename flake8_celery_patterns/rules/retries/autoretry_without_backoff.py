"""CEL301 autoretry-without-backoff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.fixes.plan import Plan, add_keyword
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# Celery's own default_retry_delay, in seconds (celery/app/task.py).
DEFAULT_DELAY = 180
# The longest backoff, in seconds, where a task names no other (celery/app/autoretry.py).
DEFAULT_CAP = 600


class AutoretryWithoutBackoff(Rule[Task]):
    """Task retries automatically with no backoff.

    ## What it reports

    A task with a non-empty `autoretry_for` and no `retry_backoff`, from any source: the decorator,
    the base class, the app's task class, `task_annotations`.

    ## Why it is a risk

    Every failed task is retried after the same fixed time, 180 s by default. When a service goes
    down, all tasks that needed it fail together, come back together, and knock it down again
    the moment it is up.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,))
    def fetch(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,), retry_backoff=60)
    def fetch(url):
        print(url)
    ```

    `retry_backoff=60` waits up to 60, 120, 240 … seconds, spread at random (`retry_jitter` is on by
    default), at most `retry_backoff_max` (600 s). `retry_backoff=True` means a factor of one
    second: three retries are all over within seven seconds, which is seldom what is wanted.

    A fixed delay is right where the other side names it (a rate limit that resets every minute).
    Say so with `retry_backoff=False`: it is a choice, and silences this rule.

    ## Fix

    Unsafe: adds `retry_backoff=` with the delay that the task has now (60 where it has the
    default). When and how often the task runs changes.

    ## When it stays silent

    - With `retry_backoff` given in any way, `False` included; with `max_retries=0`; with an empty
      `autoretry_for`.
    - Where a source cannot be seen: `**options`, a base or wrapper that is not found, an
      `autoretry_for` that is not shown.

    ## References

    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    - [AWS: exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
    """

    code: ClassVar[str] = "CEL301"
    name: ClassVar[str] = "autoretry-without-backoff"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = _own_autoretry(fact) or fact.node
        if node is None:
            return
        retry_for = option(meaning, fact, "autoretry_for")
        errors = option_value(meaning, retry_for)
        if errors is UNSEEN or errors is None or not isinstance(errors, (tuple, list)):
            return
        if not errors or not option(meaning, fact, "retry_backoff").is_absent:
            return
        settings = option(meaning, fact, "retry_kwargs")
        given = option_value(meaning, settings)
        if settings.is_open or (settings.given is not None and not isinstance(given, dict)):
            return
        kwargs: dict[Any, Any] = given if isinstance(given, dict) else {}
        if _never_retries(fact, kwargs, meaning):
            return
        delay = _delay(fact, kwargs, meaning)
        # A countdown of `retry_kwargs` would have to go, and only its author knows what it is for.
        fix = _fix(fact, delay) if "countdown" not in kwargs else None
        yield Report(node, _message(fact, delay), fix)


def _own_autoretry(task: Task) -> cst.CSTNode | None:
    """Where this very task says `autoretry_for`: an argument, or a statement of its class."""
    if isinstance(task.definition, Class):
        body = task.definition.node.body.body if task.definition.node is not None else ()
        for line in body:
            if isinstance(line, cst.SimpleStatementLine):
                for small in line.body:
                    if _assigns_autoretry(small):
                        return small
        return None
    node = task.decorator.node if task.decorator is not None else None
    if isinstance(node, cst.Call):
        for argument in node.args:
            if argument.keyword is not None and argument.keyword.value == "autoretry_for":
                return argument
    return None


def _assigns_autoretry(node: cst.BaseSmallStatement) -> bool:
    targets: list[cst.BaseExpression] = []
    if isinstance(node, cst.Assign):
        targets = [target.target for target in node.targets]
    elif isinstance(node, cst.AnnAssign) and node.value is not None:
        targets = [node.target]
    return any(isinstance(t, cst.Name) and t.value == "autoretry_for" for t in targets)


def _never_retries(task: Task, kwargs: dict[Any, Any], meaning: Meaning) -> bool:
    """Whether `max_retries` is 0, or may be."""
    if "max_retries" in kwargs:
        return kwargs["max_retries"] is UNSEEN or kwargs["max_retries"] == 0
    found = option(meaning, task, "max_retries")
    return found.is_open or (
        found.given is not None and option_value(meaning, found) in (0, UNSEEN)
    )


def _delay(task: Task, kwargs: dict[Any, Any], meaning: Meaning) -> object:
    """The fixed time between retries, in seconds; None where the text does not show it."""
    if "countdown" in kwargs:
        shown = kwargs["countdown"]
        return shown if isinstance(shown, (int, float)) else None
    found = option(meaning, task, "default_retry_delay")
    if found.is_absent:
        return DEFAULT_DELAY
    shown = option_value(meaning, found)
    return shown if isinstance(shown, (int, float)) else None


def _message(task: Task, delay: object) -> str:
    every = f"fixed delay of {delay} s" if delay is not None else "fixed delay"
    return (
        f"task {task.name} retries automatically with no backoff: all that fail together are "
        f"retried together, after the same {every}; add retry_backoff=60 (seconds, growing and "
        "with jitter), or retry_backoff=False if the fixed delay is meant"
    )


def _fix(task: Task, delay: object) -> Plan | None:
    node = task.decorator.node if task.decorator is not None else None
    if not isinstance(node, cst.Call):
        return None
    seconds = delay if isinstance(delay, (int, float)) and delay != DEFAULT_DELAY else 60
    text = f"retry_backoff={seconds}"
    if seconds >= DEFAULT_CAP:
        if "retry_backoff_max" in task.maker.options:
            return None
        text += f", retry_backoff_max={seconds * 8}"
    return Plan(f"Add {text}", (add_keyword(node, text),), safe=False)
