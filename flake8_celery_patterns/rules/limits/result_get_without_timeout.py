"""CEL405 result-get-without-timeout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_run_by_hand, is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import Method, Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.values.results import (
    WAITING,
    ignores_result,
    is_looked_at_first,
)
from flake8_celery_patterns.rules.rule import Report, Rule

# `get_leaf` takes no timeout: there is nothing to say what to write instead.
_LIMITABLE = WAITING - {"get_leaf"}
# Those whose first positional parameter is the timeout (celery/result.py).
_TIMEOUT_FIRST = _LIMITABLE - {"collect"}


class ResultGetWithoutTimeout(Rule[Called]):
    """Waits for a task's result without a limit.

    ## What it reports

    `.get()`, `.wait()`, `.join()`, `.join_native()` or `.collect()` without `timeout`, outside
    tasks, on what is known to be a result: of a dispatch, of a canvas, or `AsyncResult(id)`.

    ## Why it is a risk

    Celery cannot tell a task that has not started from one that never will: while no worker runs,
    or the queue is long, or the id is wrong or its result has expired, the state is `PENDING`, and
    the caller waits for ever. In a web process each such call takes a thread or worker with it.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def render_invoice(pk):
        return f"invoice {pk}"


    def invoice_view(pk):
        return render_invoice.delay(pk).get()
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def render_invoice(pk):
        return f"invoice {pk}"


    def invoice_view(pk):
        return render_invoice.delay(pk).get(timeout=10)
    ```

    After ten seconds that raises `celery.exceptions.TimeoutError`. Better still: give the result's
    id to the client and let it ask again.

    ## Fix

    None: only you know how long the caller may wait.

    ## When it stays silent

    - Inside tasks, where waiting is forbidden altogether (CEL404).
    - Where the function looks at the result's state first (`.ready()`, `.state` …), or asks whether
      tasks run at once (`CELERY_TASK_ALWAYS_EAGER`).
    - For `task.apply()`, which has ended when it returns.
    - In test code, in management commands, commands of click, Flask and Typer, folders of scripts
      and files with a `__main__` part: somebody sits there and can press Ctrl+C.

    ## References

    - [Celery: `AsyncResult.get`](https://docs.celeryq.dev/en/stable/reference/celery.result.html#celery.result.AsyncResult.get)
    - [Celery: state PENDING](https://docs.celeryq.dev/en/stable/userguide/tasks.html#pending)
    """

    code: ClassVar[str] = "CEL405"
    name: ClassVar[str] = "result-get-without-timeout"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        method, place = fact.function, fact.place
        if not isinstance(method, Method) or _is_in_task(fact, meaning):
            return
        result = method.owner
        if method.name not in _LIMITABLE or not isinstance(result, Result) or result.is_none:
            return
        if result.form == "apply" or _may_be_limited(fact, method.name, meaning):
            return
        path, root = meaning.source.path, meaning.project.root
        if is_test_code(path, root) or is_run_by_hand(place, path, root):
            return
        if meaning.source.facts.is_script or is_looked_at_first(meaning, place.function):
            return
        if ignores_result(meaning, result) is None and fact.call.node is not None:
            yield Report(fact.call.node, _message(fact.call, method.name))


def _is_in_task(fact: Called, meaning: Meaning) -> bool:
    """Whether this stands in a task, functions defined in it included."""
    function = fact.place.function
    scopes = function.enclosing() if function is not None else ()
    return fact.place.task is not None or any(
        isinstance(s, Function) and meaning.task(meaning.source, s) is not None for s in scopes
    )


def _may_be_limited(fact: Called, method: str, meaning: Meaning) -> bool:
    given = fact.call.keyword("timeout")
    limit = given.value if given is not None else None
    if limit is None and method in _TIMEOUT_FIRST:
        limit = fact.call.positional(0)
    if limit is None:
        return fact.call.is_open
    return value(meaning, limit, fact.place.environment) is not None


def _message(call: Call, method: str) -> str:
    what = shown(call.function) or f".{method}"
    return (
        f"`{what}()` waits without a limit: while no worker takes the task, or if its result is "
        f"lost, this call never returns; give it a limit: .{method}(timeout=10)"
    )
