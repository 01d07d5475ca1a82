"""CEL306 backoff-above-cap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.tasks import Option, Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# Celery's own retry_backoff_max, in seconds (celery/app/autoretry.py).
DEFAULT_CAP = 600


class BackoffAboveCap(Rule[Task]):
    """The first step of a backoff is already above its cap.

    ## What it reports

    A `retry_backoff` that is not below `retry_backoff_max` (600 seconds where nothing sets it), of
    a task with `autoretry_for`.

    ## Why it is a bug

    The delay is the smaller of the two: `retry_backoff * 2 ** retries`, and `retry_backoff_max`.
    When the first step is above the cap, every delay is the cap. Nothing grows, and a task that was
    to wait for an hour (`retry_backoff=3600`) comes back within ten minutes.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,), retry_backoff=3600)
    def sync(shop):
        shop.push()
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,), retry_backoff=3600, retry_backoff_max=86400)
    def sync(shop):
        shop.push()
    ```

    ## Fix

    None: only you know which of the two numbers is meant.

    ## When it stays silent

    - Where one of the two is not shown, or comes from a source that is not in sight.
    - Without `autoretry_for`: then neither has an effect.
    - Where they are equal and at most one retry is allowed: there is nothing to grow.

    ## References

    - [Celery: Task.retry_backoff](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.retry_backoff)
    - [Celery: Task.retry_backoff_max](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.retry_backoff_max)
    """

    code: ClassVar[str] = "CEL306"
    name: ClassVar[str] = "backoff-above-cap"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        backoff = option(meaning, fact, "retry_backoff")
        step = option_value(meaning, backoff)
        cap = _cap(fact, meaning)
        if not _is_number(step) or not _is_number(cap) or not step or step < cap:
            return
        retried = option(meaning, fact, "autoretry_for")
        if retried.is_absent or option_value(meaning, retried) in ((), [], None):
            return
        if step == cap and _most_retries(fact, meaning) <= 1:
            return
        node = _node(backoff, fact, meaning)
        if node is not None:
            yield Report(node, _message(fact, step, cap))


def _is_number(found: Any) -> bool:
    return isinstance(found, (int, float))


def _cap(task: Task, meaning: Meaning) -> Any:
    found = option(meaning, task, "retry_backoff_max")
    return DEFAULT_CAP if found.is_absent else option_value(meaning, found)


def _most_retries(task: Task, meaning: Meaning) -> float:
    """How often the task is retried, as far as the text shows; 0 where it does not."""
    kwargs = option_value(meaning, option(meaning, task, "retry_kwargs"))
    known: Any = kwargs.get("max_retries", UNSEEN) if isinstance(kwargs, dict) else UNSEEN
    if known is UNSEEN:
        found = option(meaning, task, "max_retries")
        known = 3 if found.is_absent else option_value(meaning, found)
    if known is None:
        return float("inf")
    return known if isinstance(known, (int, float)) else 0


def _node(found: Option, task: Task, meaning: Meaning) -> cst.CSTNode | None:
    """Where the backoff is given, if that is in this file."""
    given = found.given
    if given is None or given.environment.source is not meaning.source:
        return task.node
    return given.expression.node or task.node


def _message(task: Task, step: Any, cap: Any) -> str:
    relation = "is" if step == cap else "is above"
    return (
        f"retry_backoff={step} of task {task.name} {relation} retry_backoff_max, {cap} s: every "
        "delay is cut to that and none grows; give a smaller first step, or a higher "
        "retry_backoff_max"
    )
