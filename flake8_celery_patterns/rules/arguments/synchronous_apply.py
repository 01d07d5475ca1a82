"""CEL109 synchronous-apply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.files.testcode import is_run_by_hand, is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import Method
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule


class SynchronousApply(Rule[Called]):
    """Runs a task here and now, and its errors are lost.

    ## What it reports

    `task.apply(…)` or `task.s(…).apply(…)` as a statement of its own, outside tests and scripts.

    ## Why it is a risk

    `apply` is not `apply_async`: it runs the task in this very process and waits for it, whatever
    `countdown` or `queue` say. And it raises nothing: an error stays in the `EagerResult` that it
    gives, and where nobody looks at that, the failure leaves no trace but a log line.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        send_receipt.apply((order.pk,))
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        send_receipt.apply_async((order.pk,))
    ```

    To run it here on purpose, and to see its errors, call it: `send_receipt(order.pk)`.

    ## Fix

    Unsafe: writes `apply_async`. The task then runs in a worker, some time later.

    ## When it stays silent

    - With `throw=`, or where the project sets `task_eager_propagates`: errors are raised.
    - Where the result is used: its `.get()` raises what the task raised.
    - In test code, management commands, commands of click, Flask and Typer, folders of scripts and
      files with a `__main__` part.

    ## References

    - [Celery: `Task.apply`](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.apply)
    - [Celery: task_eager_propagates](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-eager-propagates)
    """

    code: ClassVar[str] = "CEL109"
    name: ClassVar[str] = "synchronous-apply"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        method, call = fact.function, fact.call
        if not isinstance(method, Method) or method.name != "apply" or not fact.is_bare:
            return
        task = meaning.task_behind(method.owner)
        if task is None or call.is_open or call.keyword("throw") is not None:
            return
        path, root = meaning.source.path, meaning.project.root
        if meaning.source.facts.is_script or is_test_code(path, root):
            return
        if is_run_by_hand(fact.place, path, root):
            return
        if any(meaning.config.settings("task_eager_propagates")):
            return
        node = call.node
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            plan = Plan("Write apply_async", (Replace(node.func.attr, "apply_async"),), safe=False)
            yield Report(node.func.attr, _message(task.name), plan)


def _message(task: str) -> str:
    return (
        f".apply() runs task {task} in this process and keeps its errors to itself; to send it "
        "write .apply_async(), to run it here and see its errors call it"
    )
