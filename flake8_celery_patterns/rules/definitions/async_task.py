"""CEL203 async-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.running import pool_may_await, ran
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule


class AsyncTask(Rule[Task]):
    """Task is `async def`: nobody awaits it.

    ## What it reports

    A task function that is `async def`, or that a decorator below the task decorator makes one;
    and an `async def run` of a task class.

    ## Why it is a bug

    Celery calls the function and takes what it gives for the result. Of an `async def` that is a
    coroutine, which nobody awaits: the body never runs. The coroutine cannot be stored, so that the
    task fails with `EncodeError: Object of type coroutine is not JSON serializable`; with
    `ignore_result=True`, or without a result backend, the worker even says that it succeeded.

    ## Example

    ```python
    import httpx
    from celery import shared_task


    @shared_task
    async def notify(url):
        async with httpx.AsyncClient(timeout=10) as client:
            await client.post(url)
    ```

    ## Use instead

    ```python
    import httpx
    from asgiref.sync import async_to_sync
    from celery import shared_task


    async def post(url):
        async with httpx.AsyncClient(timeout=10) as client:
            await client.post(url)


    @shared_task
    def notify(url):
        async_to_sync(post)(url)
    ```

    Or `asyncio.run(post(url))`. `@async_to_sync` right below the task decorator does not do: what
    it gives has no name to call the task by, which raises `AttributeError` (CEL216).

    ## Fix

    None: whether the event loop is one for each call or one that stays, only you can say.

    ## When it stays silent

    - Where something below the task decorator awaits it, such as a wrapper of the project that
      calls `asyncio.run`, or is not understood.
    - Where a base may await it: one that overrides `__call__`, or that cannot be found.
    - Where the project names a worker pool that awaits, such as `celery-aio-pool`.

    ## References

    - [Celery issue 6552: support async functions](https://github.com/celery/celery/issues/6552)
    - [asgiref: async_to_sync](https://docs.djangoproject.com/en/stable/topics/async/#async-to-sync)
    """

    code: ClassVar[str] = "CEL203"
    name: ClassVar[str] = "async-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        found = ran(meaning, fact)
        if found.result != "coroutine" or pool_may_await(meaning):
            return
        function = fact.run
        ignored = option_value(meaning, option(meaning, fact, "ignore_result")) is True
        if found.by is not None and found.by.node is not None:
            cause = f"@{shown(found.by)} makes task {fact.name} a coroutine function"
            yield Report(found.by.node, _message(cause, ignored))
        elif function is not None and function.node is not None:
            start = function.node.asynchronous
            if start is not None:
                yield Report(start, _message(f"task {fact.name} is `async def`", ignored))


def _message(cause: str, ignored: bool) -> str:
    effect = (
        "and still counts as a success"
        if ignored
        else "and its result is a coroutine that cannot be stored (EncodeError)"
    )
    return (
        f"{cause}: Celery never awaits it, so that its body never runs {effect}; write a plain "
        "function that gives the coroutine to asyncio.run()"
    )
