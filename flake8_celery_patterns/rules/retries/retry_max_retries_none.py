"""CEL302 retry-max-retries-none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Argument, Call, Constant, Expression, Mapping
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.meaning.tasks.wrappers import Given
from flake8_celery_patterns.rules.rule import Report, Rule

# Celery's own max_retries (celery/app/task.py).
DEFAULT_RETRIES = 3


class RetryMaxRetriesNone(Rule[Task | Dispatch]):
    """A limit of retries that is taken for "for ever" and is not.

    ## What it reports

    `self.retry(max_retries=None)` and `retry_kwargs={"max_retries": None}`; and a negative
    `max_retries`, there or among the options of the task.

    ## Why it is a bug

    `None` means "for ever" only as an option of the task. Given to `retry()`, by hand or through
    `retry_kwargs`, it means "what the task says": three retries by default, and then the task fails
    for good. A negative number is not "for ever" either: the first `retry()` already fails.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(exc=error, max_retries=None)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True, max_retries=50)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(exc=error)
    ```

    ## Fix

    None: how often the task is to be retried is yours to say.

    ## When it stays silent

    - Where the task itself says `max_retries=None`: then both mean "for ever".
    - Where the task's own `max_retries` is not in sight.
    - For `retry_kwargs` of a task without `autoretry_for`: they have no effect at all.

    ## References

    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    - [Celery: Task.max_retries](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.max_retries)
    """

    code: ClassVar[str] = "CEL302"
    name: ClassVar[str] = "retry-max-retries-none"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Task, Dispatch)

    def check(self, fact: Task | Dispatch, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Task):
            yield from _of_task(fact, meaning)
        elif fact.form == "retry":
            yield from _of_call(fact, meaning)


def _of_call(fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    task = fact.task or fact.place.task
    given = fact.call.keyword("max_retries")
    if task is None or given is None or given.node is None:
        return
    says = _says(meaning, task, value(meaning, given.value, fact.place.environment))
    if says:
        yield Report(given.node, f"max_retries={says}")


def _of_task(task: Task, meaning: Meaning) -> Iterator[Report]:
    own = option(meaning, task, "max_retries")
    limit = option_value(meaning, own)
    if own.given is not None and _is_negative(limit):
        node = _node(own.given, own.given.expression.node, task, meaning)
        if node is not None:
            yield Report(node, f"max_retries={_NEGATIVE.format(limit)}")
    retry_kwargs = option(meaning, task, "retry_kwargs").given
    if retry_kwargs is None or option(meaning, task, "autoretry_for").is_absent:
        return
    known = value(meaning, retry_kwargs.expression, retry_kwargs.environment)
    if isinstance(known, dict) and "max_retries" in known:
        says = _says(meaning, task, known["max_retries"])
        node = _node(retry_kwargs, _entry(retry_kwargs.expression), task, meaning)
        if says and node is not None:
            yield Report(node, f"max_retries={says}")


def _entry(retry_kwargs: Expression) -> cst.CSTNode | None:
    """Where `max_retries` stands in a dict, or else the dict."""
    if isinstance(retry_kwargs, Mapping):
        for entry in retry_kwargs.entries:
            if entry.key == Constant("max_retries"):
                return entry.value.node
    if isinstance(retry_kwargs, Call):
        argument: Argument | None = retry_kwargs.keyword("max_retries")
        if argument is not None:
            return argument.node
    return retry_kwargs.node


def _node(
    given: Given, node: cst.CSTNode | None, task: Task, meaning: Meaning
) -> cst.CSTNode | None:
    """`node` if it stands in the file that is linted, else what stands for the whole task."""
    return node if given.environment.source is meaning.source and node is not None else task.node


_NEGATIVE = (
    "{} allows no retry: the first one already fails the task; give the number of retries, or "
    "None as the task's own option for no limit"
)


def _says(meaning: Meaning, task: Task, limit: object) -> str:
    """What a limit given to `retry()` really means, if that is not what it seems to."""
    if _is_negative(limit):
        return _NEGATIVE.format(limit)
    if limit is not None:
        return ""
    own = option(meaning, task, "max_retries")
    if own.is_open:
        return ""
    known = option_value(meaning, own) if own.given is not None else DEFAULT_RETRIES
    if known is None or known is UNSEEN:
        return ""
    return (
        f"None means what task {task.name} itself says, {known} retries, and not for ever; set "
        "max_retries on the task"
    )


def _is_negative(limit: object) -> bool:
    return isinstance(limit, (int, float)) and limit < 0
