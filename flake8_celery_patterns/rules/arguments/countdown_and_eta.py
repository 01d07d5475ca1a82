"""CEL108 countdown-and-eta."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Binary, Expression
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.values.timing import (
    given,
    kind_of,
    seconds,
    task_named,
)
from flake8_celery_patterns.meaning.values.values import is_datetime
from flake8_celery_patterns.rules.rule import Report, Rule


class CountdownAndEta(Rule[Dispatch]):
    """Gives both countdown and eta: the eta is ignored.

    ## What it reports

    A dispatch or `self.retry(…)` with a `countdown=` that is a number other than zero and an `eta=`
    that is a datetime.

    ## Why it is a bug

    Both say when the task may start. Celery takes the countdown, turns it into an eta and drops
    yours without a word: the task runs at another time than the one that stands there.

    ## Example

    ```python
    from datetime import datetime, timedelta, timezone

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        in_two_days = datetime.now(timezone.utc) + timedelta(days=2)
        remind.apply_async((order_id,), countdown=60, eta=in_two_days)
    ```

    ## Use instead

    ```python
    from datetime import datetime, timedelta, timezone

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        in_two_days = datetime.now(timezone.utc) + timedelta(days=2)
        remind.apply_async((order_id,), eta=in_two_days)
    ```

    ## Fix

    None: only you know which of the two is meant.

    ## When it stays silent

    - Where one of them may be None or the countdown zero: parameters, what other functions return.
    - For `countdown=0`: then the eta counts.

    ## References

    - [Celery: Task.apply_async](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.apply_async)
    """

    code: ClassVar[str] = "CEL108"
    name: ClassVar[str] = "countdown-and-eta"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        countdown, eta = given(fact, "countdown"), given(fact, "eta")
        if countdown is None or eta is None or eta.node is None:
            return
        waits = seconds(fact, countdown, meaning)
        if waits and _is_moment(fact, eta, meaning):
            yield Report(
                eta.node,
                f"eta= is ignored because countdown={waits:g} is given too: {task_named(fact)} "
                "starts at the end of the countdown; give only one of them",
            )


def _is_moment(fact: Dispatch, eta: Expression, meaning: Meaning) -> bool:
    # A sum is never None, whatever is added up.
    is_sum = isinstance(eta, Binary) and eta.operator in ("+", "-")
    return is_sum or is_datetime(kind_of(fact, eta, meaning))
