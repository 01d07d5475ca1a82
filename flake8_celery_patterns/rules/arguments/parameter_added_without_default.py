"""CEL121 parameter-added-without-default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.history.changes import ParameterAdded
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule


class ParameterAddedWithoutDefault(Rule[ParameterAdded]):
    """Task has got a parameter that messages in flight do not bring.

    ## What it reports

    With `celery-patterns check --against REV` alone: the task's parameters are compared with those
    that it had at the git revision REV, which should be what is deployed. A parameter is reported
    that is new and has no default, one that has lost its default, and one that now stands where
    another stood, so that an argument passed by position reaches the wrong parameter.

    ## Why it is a bug

    While the new code is being deployed, workers get messages that the old code has sent: those in
    the queue, those with an `eta` or `countdown`, retries, and what web servers still send that are
    replaced later. Each carries the arguments of the old parameters. With one more to bring, it
    fails with `TypeError: send_receipt() missing 1 required positional argument: 'address'`, is
    acknowledged and gone. With a parameter put in the middle it may fail in no way at all: the task
    runs, with the values in the wrong places.

    ## Example

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, address):
        print(order_id, address)
    ```

    ## Use instead

    A default, behind all other parameters. When no message of the old code is left, which takes
    longer than the longest `eta`, a second deployment can take the default away.

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, address=None):
        print(order_id, address)
    ```

    ## Fix

    None: which default is right, only you know.

    ## When it stays silent

    - For new tasks, and for parameters with a default behind all others or by keyword only.
    - For what breaks only some messages (a parameter that lost its default, or was put in front of
      one that has a default), unless the old code sends one of them, by a dispatch or by
      `beat_schedule`, whose arguments are in sight.
    - Where the task took `**kwargs` or `*args` and may have got the argument so.
    - Where a decorator beneath the task decorator, or the task's class, may add or take away
      arguments (as CEL105), before or after.
    - Where two tasks had that name, and in test code.

    A branch that lacks what its base has got since would be told that tasks are gone. Compare with
    what both have in common: `--against $(git merge-base origin/main HEAD)`.

    ## References

    - [Celery: task argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    - [Celery: ETA and countdown](https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown)
    - [Python: calls](https://docs.python.org/3/reference/expressions.html#calls)
    """

    code: ClassVar[str] = "CEL121"
    name: ClassVar[str] = "parameter-added-without-default"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = ParameterAdded

    def check(self, fact: ParameterAdded, meaning: Meaning) -> Iterator[Report]:
        if fact.parameter.node is not None:
            yield Report(fact.parameter.node.name, _message(fact))


def _message(fact: ParameterAdded) -> str:
    name, task = fact.parameter.name, fact.task.name
    such = f", such as that of {fact.sent_at}," if fact.sent_at else ""
    if fact.form == "required":
        return (
            f"task {task} now needs `{name}`: messages in flight{such} do not bring it, and fail "
            f"in the worker with TypeError; put it last, with a default (`{name}=None`), until "
            "they are gone"
        )
    if fact.form == "undefaulted":
        return (
            f"`{name}` of task {task} has lost its default: messages in flight{such} that leave it "
            "out fail in the worker with TypeError; keep the default until they are gone"
        )
    cure = "put it last, or make it keyword-only" if fact.form == "before" else "keep the old order"
    return (
        f"`{name}` of task {task} now stands where `{fact.displaced}` stood: messages in flight"
        f"{such} that pass `{fact.displaced}` by position give its value to `{name}`; {cure}"
    )
