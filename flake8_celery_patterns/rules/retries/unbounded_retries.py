"""CEL308 unbounded-retries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.errors.raising import hands_task_to_a_guard
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.retrying import (
    body_of,
    retries_automatically,
    retry_calls,
    retry_kwargs,
)
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    option,
    option_value,
    retries_otherwise,
)
from flake8_celery_patterns.rules.rule import Report, Rule

_ARGUMENTS = ("args", "kwargs")
_ORDERINGS = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)


class UnboundedRetries(Rule[Task]):
    """Task is retried for ever.

    ## What it reports

    `max_retries=None` on a task that retries: automatically (`autoretry_for`), or by `self.retry()`
    in its body.

    ## Why it is a risk

    `None` means without end. A task that can never succeed (a record that was deleted, a response
    that cannot be read) comes back for as long as the broker lives, and each such task is one more.
    With a short delay it keeps a worker busy with nothing else: at `countdown=0`, 8,000 runs in 12
    seconds. None of them is ever recorded as failed, so nobody is told.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=None)
    def fetch(self, url):
        try:
            print(url)
        except OSError as exc:
            raise self.retry(exc=exc, countdown=60)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=100)
    def fetch(self, url):
        try:
            print(url)
        except OSError as exc:
            raise self.retry(exc=exc, countdown=60)
    ```

    ## Fix

    None: how long it is worth trying only you know.

    ## When it stays silent

    - Where the body looks at `self.request.retries`, or compares anything with `<` or `>`: a
      deadline, or a counter of its own; where a function that is given the task, or a method of
      its class, may do so, or the next run gets other arguments.
    - Where `max_retries=` of `self.retry()` or of `retry_kwargs` sets an end, or `expires` does.
    - For a task that never retries.
    - For `self.retry(max_retries=None)`, which means something else: the task's own number.

    ## References

    - [Celery: Task.max_retries](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.max_retries)
    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    """

    code: ClassVar[str] = "CEL308"
    name: ClassVar[str] = "unbounded-retries"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = own_option(fact, "max_retries") or fact.node
        if node is None or decorator_takes(meaning, fact, "max_retries"):
            return
        found = option(meaning, fact, "max_retries")
        if found.given is None or option_value(meaning, found) is not None:
            return
        if not option(meaning, fact, "expires").is_absent or _is_guarded(fact):
            return
        if retries_otherwise(meaning, fact) or hands_task_to_a_guard(meaning, fact):
            return
        how = _endless(fact, meaning)
        if how:
            yield Report(node, _message(fact, how))


def _endless(task: Task, meaning: Meaning) -> str:
    """How the task retries without end; "" if it does not, or if that is not certain."""
    if any(not _sets_an_end(call) for call in retry_calls(meaning, task)):
        return "self.retry() repeats it"
    if not retries_automatically(meaning, task):
        return ""
    given = retry_kwargs(meaning, task)
    # In retry_kwargs, None means the default of the task, which is no end again.
    is_endless = given is not None and given.get("max_retries") is None
    return "autoretry_for repeats it" if is_endless else ""


def _sets_an_end(call: cst.Call) -> bool:
    """Whether a `self.retry(…)` may set an end of its own."""
    for argument in call.args:
        if argument.star or argument.keyword is None or argument.keyword.value in _ARGUMENTS:
            # The next run gets other arguments, a counter of its own perhaps.
            return True
        if argument.keyword.value == "max_retries":
            return not isinstance(argument.value, cst.Name) or argument.value.value != "None"
    return False


def _is_guarded(task: Task) -> bool:
    """Whether the body may end the retries itself: by their number, a counter or a deadline."""
    for node in body_of(task):
        if isinstance(node, cst.Attribute) and node.attr.value in ("retries", "expires"):
            return True
        if isinstance(node, cst.ComparisonTarget) and isinstance(node.operator, _ORDERINGS):
            return True
    return False


def _message(task: Task, how: str) -> str:
    return (
        f"task {task.name} is retried for ever: with max_retries=None {how} until it succeeds, and "
        "one that cannot never ends nor is recorded as failed; give max_retries a number"
    )
