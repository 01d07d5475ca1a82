"""CEL705 global-soft-limit-not-below-hard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.rules.rule import Report, Rule

_SOFT, _HARD = "task_soft_time_limit", "task_time_limit"
_TIMEDELTA = External("datetime.timedelta()")


class GlobalSoftLimitNotBelowHard(Rule[Written]):
    """The soft time limit of all tasks is not below their hard one.

    ## What it reports

    `task_soft_time_limit` that is above, or the same as, `task_time_limit`, in the settings of the
    project. And one of them that is no number: a text, or a `timedelta`.

    ## Why it is a bug

    Since Celery 5.7 every `.delay()` raises `ValueError: soft_time_limit must be less than or equal
    to time_limit`. Older versions take it; the hard limit then waits until the soft one is over,
    or kills the task before there was a `SoftTimeLimitExceeded`.

    Where both are the same, the process is killed in the moment in which the task is told to
    clean up: the clean-up never comes to its end.

    With a text or a `timedelta` tasks are sent, and then break the part of the worker that watches
    over the limits: no task is stopped any more.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_soft_time_limit = 300
    app.conf.task_time_limit = 60
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_soft_time_limit = 300
    app.conf.task_time_limit = 330
    ```

    ## Fix

    None: which of the two is meant only you know.

    ## When it stays silent

    - Where one of the limits is not shown, stands in a branch, or is given several values.
    - For a task's own limits: CEL402 speaks of those.

    ## References

    - [Celery: task_soft_time_limit](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-soft-time-limit)
    - [Celery: time limits](https://docs.celeryq.dev/en/stable/userguide/workers.html#time-limits)
    """

    code: ClassVar[str] = "CEL705"
    name: ClassVar[str] = "global-soft-limit-not-below-hard"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if fact.setting not in (_SOFT, _HARD):
            return
        kind = _unfit(fact, meaning)
        if kind:
            yield Report(fact.value_node, _no_number(fact, kind))
        elif fact.setting == _SOFT and not fact.is_conditional:
            soft, hard = shown_value(meaning, fact), _hard(fact, meaning)
            if _is_number(soft) and _is_number(hard) and soft >= hard > 0:
                yield Report(fact.node, _message(fact, soft, hard))


def _unfit(fact: Written, meaning: Meaning) -> str:
    """`text` or `a timedelta`, where that is what a limit is given as."""
    if isinstance(shown_value(meaning, fact), str):
        return "text"
    is_delta = meaning.evaluate(fact.value, fact.where) == _TIMEDELTA
    return "a timedelta" if is_delta else ""


def _hard(fact: Written, meaning: Meaning) -> Any:
    """The hard limit that goes with a soft one: of the same place, or the project's only one."""
    beside = fact.sibling(_HARD)
    if beside is None:
        return meaning.config.global_value(_HARD)
    return None if beside.is_conditional else shown_value(meaning, beside)


def _is_number(shown: object) -> bool:
    return isinstance(shown, (int, float)) and not isinstance(shown, bool)


def _no_number(fact: Written, kind: str) -> str:
    return (
        f"{fact.name} is {kind}: the worker can no longer watch over any task's time; give it a "
        "number of seconds"
    )


def _message(fact: Written, soft: object, hard: object) -> str:
    if soft == hard:
        return (
            f"{fact.name} {soft} is not below the hard limit: a task is killed in the moment in "
            "which SoftTimeLimitExceeded tells it to clean up; give it some seconds less"
        )
    return (
        f"{fact.name} {soft} is above the hard limit {hard}: since Celery 5.7 every .delay() "
        "raises ValueError, before that tasks are killed without warning; give it some seconds less"
    )
