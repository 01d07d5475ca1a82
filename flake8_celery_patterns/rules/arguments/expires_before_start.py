"""CEL115 expires-before-start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import option, option_value
from flake8_celery_patterns.meaning.values.timing import given, seconds, task_named
from flake8_celery_patterns.rules.rule import Report, Rule


class ExpiresBeforeStart(Rule[Dispatch]):
    """The task expires before its countdown ends.

    ## What it reports

    A dispatch or `self.retry(…)` whose `expires=` is a number not greater than its `countdown=`;
    also where the number comes from the task's own `expires` option.

    ## Why it is a bug

    Both are counted from the moment of sending. When the countdown ends, the message has expired:
    the worker marks the task as REVOKED and never runs it.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), countdown=3600, expires=600)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), countdown=3600, expires=3600 + 600)
    ```

    ## Fix

    None: which of the two numbers is wrong cannot be told.

    ## When it stays silent

    - Where one of the numbers is not in the text, or a name that is bound more than once.
    - For `expires=` a datetime.

    ## References

    - [Celery: expiration](https://docs.celeryq.dev/en/stable/userguide/calling.html#expiration)
    """

    code: ClassVar[str] = "CEL115"
    name: ClassVar[str] = "expires-before-start"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        countdown = given(fact, "countdown")
        waits = seconds(fact, countdown, meaning) if countdown is not None else None
        if not waits or countdown is None or countdown.node is None:
            return
        expires = given(fact, "expires")
        if expires is not None:
            lives, whose = seconds(fact, expires, meaning), "expires="
            node = expires.node
        else:
            lives, whose, node = _of_task(fact, meaning), "the task's own expires=", countdown.node
        if lives is not None and lives <= waits and node is not None:
            yield Report(
                node,
                f"{whose}{lives:g} is over when countdown={waits:g} ends: {task_named(fact)} is "
                "revoked and never runs; count expires from the moment of sending, countdown "
                "included",
            )


def _of_task(fact: Dispatch, meaning: Meaning) -> float | None:
    """The seconds that the task's own option gives each message of it."""
    if fact.task is None or fact.call.is_open or fact.form == "retry":
        return None
    found = option_value(meaning, option(meaning, fact.task, "expires"))
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return found if is_number else None
