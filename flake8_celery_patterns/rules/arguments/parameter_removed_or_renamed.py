"""CEL122 parameter-removed-or-renamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.history.changes import ParameterGone
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule


class ParameterRemovedOrRenamed(Rule[ParameterGone]):
    """Task no longer takes an argument that messages in flight bring.

    ## What it reports

    With `celery-patterns check --against REV` alone: the task's parameters are compared with those
    that it had at the git revision REV, which should be what is deployed. A parameter is reported
    that is gone, one that has another name, one that can no longer be passed by position or by
    name, and `*args` or `**kwargs` that are gone, where messages bring what only they took.

    ## Why it is a bug

    While the new code is being deployed, workers get messages that the old code has sent: those in
    the queue, those with an `eta` or `countdown`, retries, and what web servers still send that are
    replaced later. Each carries the arguments of the old parameters and fails with `TypeError:
    send_receipt() got an unexpected keyword argument 'order'` or `takes 1 positional argument but 2
    were given`; it is acknowledged and gone. If another parameter now stands in the place of the
    one that was removed, the task runs with the wrong value.

    ## Example

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, language):
        print(order_id, language)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead

    Keep the parameter, with a default and unused, until no message of the old code is left. A new
    name comes first beside the old one, then in its place.

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, language):
        print(order_id, language)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, language=None):
        print(order_id)
    ```

    ## Fix

    None: the code that used the parameter is gone.

    ## When it stays silent

    - Where `**kwargs` takes what is passed by name, and `*args` what is passed by position.
    - For a new name, and for a parameter with a default that is removed, unless the old code sends
      a message that brings it (and, for a new name, by name), by a dispatch or by `beat_schedule`,
      whose arguments are in sight. What is passed by position does not mind a new name.
    - Where a decorator beneath the task decorator, or the task's class, may add or take away
      arguments (as CEL105), before or after.
    - Where two tasks had that name, and in test code.

    ## References

    - [Celery: task argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    - [Celery: ETA and countdown](https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown)
    - [Python: calls](https://docs.python.org/3/reference/expressions.html#calls)
    """

    code: ClassVar[str] = "CEL122"
    name: ClassVar[str] = "parameter-removed-or-renamed"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = ParameterGone

    def check(self, fact: ParameterGone, meaning: Meaning) -> Iterator[Report]:
        node = _node(fact)
        if node is not None:
            yield Report(node, _message(fact))


def _node(fact: ParameterGone) -> cst.CSTNode | None:
    """The parameter that is there instead, else the name of the function that a worker runs."""
    if fact.parameter is not None and fact.parameter.node is not None:
        return fact.parameter.node.name
    run = fact.task.run
    return run.node.name if run is not None and run.node is not None else None


def _message(fact: ParameterGone) -> str:
    name, task = fact.name, fact.task.name
    such = f", such as that of {fact.sent_at}," if fact.sent_at else ""
    fail = "fail in the worker with TypeError"
    if fact.form == "removed":
        return (
            f"task {task} no longer takes `{name}`: messages in flight{such} bring it, and {fail} "
            f"or give it to another parameter; keep `{name}=None` until they are gone"
        )
    if fact.form == "renamed":
        now = fact.parameter.name if fact.parameter is not None else ""
        return (
            f"`{name}` of task {task} is now called `{now}`: messages in flight{such} that pass "
            f"`{name}` by name {fail}; take both until they are gone"
        )
    if fact.form in ("by_position", "by_name"):
        how = "by position" if fact.form == "by_position" else "by name"
        return (
            f"`{name}` of task {task} can no longer be passed {how}: messages in flight{such} that "
            f"bring it so {fail}; allow both until they are gone"
        )
    if fact.form == "args":
        return (
            f"task {task} no longer takes `*args`: messages in flight{such} that bring more than "
            f"its parameters {fail}; keep `*args` until they are gone"
        )
    return (
        f"task {task} no longer takes `**kwargs`: messages in flight{such} that bring `{name}` "
        f"{fail}; keep `**kwargs` until they are gone"
    )
