"""CEL311 backoff-without-jitter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace, remove_item
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.own_options import (
    decorator_takes,
    own_option,
    stands_alone,
)
from flake8_celery_patterns.meaning.tasks.retrying import retries_automatically
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# Celery's own retry_backoff_max, in seconds (celery/app/autoretry.py).
DEFAULT_LONGEST = 600


class BackoffWithoutJitter(Rule[Task]):
    """Backoff without jitter: all failed tasks are retried at the same instant.

    ## What it reports

    `retry_jitter=False` on a task that retries automatically (`autoretry_for`) with a
    `retry_backoff`.

    ## Why it is a risk

    Tasks that fail together, because one service is down, then wait exactly as long as each other:
    1, 2, 4, 8 seconds. They come back together each time, and meet the service with their whole
    number just when it recovers. Jitter, which is on by default, spreads them over the interval.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(OSError,), retry_backoff=30, retry_jitter=False)
    def fetch(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(OSError,), retry_backoff=30)
    def fetch(url):
        print(url)
    ```

    Jitter takes a random time between nothing and the full interval: choose `retry_backoff` as the
    longest first wait.

    ## Fix

    Safe: takes `retry_jitter=False` away (in a task class, and where a base class may switch jitter
    off too, it becomes `True`). The task is still retried as often, after at most the same time.

    ## When it stays silent

    - Where there is no `retry_backoff`, or `autoretry_for` (see CEL310), or their values are not
      shown; where a source of the options cannot be seen.
    - Where `retry_jitter` is read from the environment or the settings.

    ## References

    - [Celery: Task.retry_jitter](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.retry_jitter)
    - [AWS: exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
    """

    code: ClassVar[str] = "CEL311"
    name: ClassVar[str] = "backoff-without-jitter"
    tier = "risk"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = own_option(fact, "retry_jitter") or fact.node
        if node is None or decorator_takes(meaning, fact, "retry_jitter"):
            return
        if option_value(meaning, option(meaning, fact, "retry_jitter")) is not False:
            return
        backoff = option_value(meaning, option(meaning, fact, "retry_backoff"))
        if backoff is UNSEEN or not isinstance(backoff, (int, float)) or backoff <= 0:
            return
        if retries_automatically(meaning, fact):
            longest = option_value(meaning, option(meaning, fact, "retry_backoff_max"))
            yield Report(node, _message(fact, backoff, longest), _fix(fact, node, meaning))


def _message(task: Task, backoff: float, longest: object) -> str:
    first = max(1, int(backoff))
    cap = longest if isinstance(longest, int) and longest > 0 else DEFAULT_LONGEST
    delays = ", ".join(str(min(first * 2**attempt, cap)) for attempt in range(3))
    return (
        f"task {task.name} backs off without jitter: all that fail together are retried together, "
        f"after exactly {delays} … s; leave out retry_jitter=False"
    )


def _fix(task: Task, node: cst.CSTNode, meaning: Meaning) -> Plan | None:
    if isinstance(node, (cst.Assign, cst.AnnAssign)) and node.value is not None:
        return Plan("Switch jitter on", (Replace(node.value, "True"),), safe=True)
    call = task.decorator.node if task.decorator is not None else None
    if not isinstance(node, cst.Arg) or not isinstance(call, cst.Call):
        return None
    if stands_alone(meaning, task):
        removed = remove_item(call.args, node)
        if removed is not None:
            return Plan("Remove retry_jitter=False", (removed,), safe=True)
    return Plan("Switch jitter on", (Replace(node.value, "True"),), safe=True)
