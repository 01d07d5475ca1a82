"""CEL404 result-get-in-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, InWith
from flake8_celery_patterns.meaning.kinds import External, Method, Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.values.results import (
    WAITING,
    asks_who_calls,
    ignores_result,
    may_wait_in_tasks,
)
from flake8_celery_patterns.rules.rule import Report, Rule


class ResultGetInTask(Rule[Called]):
    """Waits for the result of a task inside a task.

    ## What it reports

    `.get()`, `.wait()`, `.join()`, `.join_native()`, `.collect()` or `.get_leaf()` in the body of a
    task, on what is known to be a result: of a dispatch, of a canvas, of `task.apply()`, or
    `AsyncResult(id)`; through variables, lists and comprehensions of the same function.

    ## Why it is a bug

    Celery forbids it: `RuntimeError: Never call result.get() within a task!`, on the prefork, solo
    and thread pools. The reason is a deadlock: the process that waits is one that cannot run the
    task it waits for, and once all processes wait, nothing runs any more. A test does not show it
    where tasks are called directly.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def fetch_prices(shop):
        return {"shop": shop}


    @shared_task
    def update_catalogue(shop):
        prices = fetch_prices.delay(shop)
        return prices.get(timeout=30)
    ```

    ## Use instead

    Let one task follow the other, or call the function:

    ```python
    from celery import shared_task


    @shared_task
    def fetch_prices(shop):
        return {"shop": shop}


    @shared_task
    def save_prices(prices):
        print(prices)


    def update_catalogue(shop):
        (fetch_prices.s(shop) | save_prices.s()).delay()
    ```

    ## Fix

    None: the work that follows must move to a task of its own.

    ## When it stays silent

    - With `disable_sync_subtasks=False` and in `with allow_join_result():`, which permit it. Both
      can still deadlock: a worker with as many waiting tasks as processes never goes on.
    - Where the function asks `self.request.called_directly`, and where the project starts a worker
      with the gevent or eventlet pool, which lets tasks wait. (Tasks that run at once, with
      `task_always_eager`, may not wait for each other either.)
    - Where the value is not certainly a result: the `.get()` of a dict or a queryset.
    - For a task that ignores its result: there `.get()` gives None at once (CEL407).
    - In test code.

    ## References

    - [Celery: avoid launching synchronous subtasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#avoid-launching-synchronous-subtasks)
    - [Celery: `AsyncResult.get`](https://docs.celeryq.dev/en/stable/reference/celery.result.html#celery.result.AsyncResult.get)
    """

    code: ClassVar[str] = "CEL404"
    name: ClassVar[str] = "result-get-in-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        method, task = fact.function, fact.place.task
        if task is None or not isinstance(method, Method) or method.name not in WAITING:
            return
        result = method.owner
        if not isinstance(result, Result) or result.is_none or _is_permitted(fact):
            return
        if ignores_result(meaning, result) is not None or asks_who_calls(
            meaning, fact.place.function
        ):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if fact.call.node is not None and not may_wait_in_tasks(meaning):
            yield Report(fact.call.node, _message(fact, method, task.name))


def _is_permitted(fact: Called) -> bool:
    if fact.call.is_open or fact.call.keyword("disable_sync_subtasks") is not None:
        return True
    return any(
        isinstance(around, InWith)
        and (not isinstance(around.kind, External) or "join" in around.kind.name)
        for around in fact.place.around
    )


def _message(fact: Called, method: Method, task: str) -> str:
    what = shown(fact.call.function) or f".{method.name}"
    is_over = isinstance(method.owner, Result) and method.owner.form == "apply"
    does = "asks for the result of" if is_over else "waits for"
    return (
        f"task {task} {does} another task with `{what}()`: Celery raises RuntimeError (never "
        "call result.get() within a task); chain the tasks, or call the function itself"
    )
