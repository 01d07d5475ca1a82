"""CEL402 soft-limit-not-below-hard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.meaning.tasks.time_limits import TimeLimit, time_limit
from flake8_celery_patterns.rules.rule import Report, Rule

_SOFT, _HARD = "soft_time_limit", "time_limit"


class SoftLimitNotBelowHard(Rule[Task]):
    """The soft time limit of a task is not below its hard one.

    ## What it reports

    A `soft_time_limit` that is above, or the same as, the `time_limit` of the task, each from
    whatever source: the decorator, the base class, `task_cls`, or the settings
    (`task_soft_time_limit` for all, `time_limit` of this task). And a limit that is no number: a
    text, or a `timedelta`.

    ## Why it is a bug

    Since Celery 5.7 every `.delay()` of such a task raises `ValueError: soft_time_limit must be
    less than or equal to time_limit`. Older versions take it; the hard limit then waits until the
    soft one is over, or kills the task before there was a `SoftTimeLimitExceeded`.

    Where both are the same, the process is killed in the moment in which the task is told to
    clean up: the clean-up never comes to its end.

    A `timedelta` raises `TypeError` when the task is sent. Text is sent, and then breaks the part
    of the worker that watches over the limits, for all tasks.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(soft_time_limit=300, time_limit=60)
    def import_catalogue(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(soft_time_limit=300, time_limit=330)
    def import_catalogue(url):
        print(url)
    ```

    ## Fix

    None: which of the two is meant only you know.

    ## When it stays silent

    - Where one of the limits is not shown: `**options`, a base class or settings that are not in
      view, a value from the environment.
    - Where both come from the settings.

    ## References

    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    - [Celery: task_soft_time_limit](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-soft-time-limit)
    """

    code: ClassVar[str] = "CEL402"
    name: ClassVar[str] = "soft-limit-not-below-hard"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        if any(decorator_takes(meaning, fact, name) for name in (_SOFT, _HARD)):
            return
        unfit = False
        for name in (_SOFT, _HARD):
            kind = _unfit(fact, name, meaning)
            node = own_option(fact, name) or fact.node
            if kind and node is not None:
                unfit = True
                yield Report(node, _no_number(fact, name, kind))
        if unfit:
            return
        soft = time_limit(meaning, fact, _SOFT)
        hard = time_limit(meaning, fact, _HARD)
        if soft.seconds is None or hard.seconds is None or soft.seconds < hard.seconds:
            return
        if soft.is_global and hard.is_global:
            return
        node = own_option(fact, _SOFT) or own_option(fact, _HARD) or fact.node
        if node is not None:
            yield Report(node, _message(fact, soft, hard))


def _unfit(task: Task, name: str, meaning: Meaning) -> str:
    """`a timedelta` or `text`, where that is what a limit is given as."""
    given = option(meaning, task, name).given
    if given is None:
        return ""
    if isinstance(time_limit(meaning, task, name).value, str):
        return "text"
    kind = meaning.evaluate(given.expression, given.environment)
    return "a timedelta" if kind == External("datetime.timedelta()") else ""


def _no_number(task: Task, name: str, kind: str) -> str:
    effect = (
        "the worker that runs it can no longer watch over any task's time"
        if kind == "text"
        else ".delay() raises TypeError"
    )
    return f"{name} of task {task.name} is {kind}: {effect}; give it a number of seconds"


def _message(task: Task, soft: TimeLimit, hard: TimeLimit) -> str:
    shown_soft = (
        f"task_soft_time_limit {soft.value} of the settings"
        if soft.is_global
        else (f"soft_time_limit {soft.value}")
    )
    shown_hard = "task_time_limit of the settings" if hard.is_global else "time_limit"
    if soft.value == hard.value:
        return (
            f"{shown_soft} of task {task.name} is not below its {shown_hard}: the task is killed "
            "in the moment in which SoftTimeLimitExceeded tells it to clean up; give it a "
            "soft_time_limit some seconds below"
        )
    return (
        f"{shown_soft} is above {shown_hard} {hard.value} of task {task.name}: since Celery 5.7 "
        "every .delay() raises ValueError, before that one of the two limits has no effect; give "
        "it a soft_time_limit below"
    )
