"""CEL407 result-of-ignored-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.meaning.flow.places import Called, Read
from flake8_celery_patterns.meaning.kinds import Kind, Method, Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.values.results import WAITING, ignores_result, may_tell_state
from flake8_celery_patterns.rules.rule import Report, Rule

_ASKING = frozenset({"failed", "ready", "successful"})
_STATE = frozenset({"info", "result", "state", "status", "traceback"})


class ResultOfIgnoredTask(Rule["Called | Read"]):
    """Reads the result of a task that keeps none.

    ## What it reports

    `.get()`, `.ready()`, `.state` … of a result of a task with `ignore_result=True`, in the
    function that sends it or makes it from the task's own `AsyncResult`.

    ## Why it is a bug

    Nobody stores the result. `.get()` of what was just sent gives None at once, without waiting
    and without the task's error; `.ready()` stays False and `.state` `PENDING` for ever, so a loop
    that waits for them never ends; `.get()` by id waits for ever. With `task.apply()`, as in tests,
    all of it works.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(ignore_result=True)
    def count_words(text):
        return len(text.split())


    def words_view(text):
        return count_words.delay(text).get(timeout=10)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def count_words(text):
        return len(text.split())


    def words_view(text):
        return count_words.delay(text).get(timeout=10)
    ```

    ## Fix

    None: either the task must keep its result, or nobody should ask for it.

    ## When it stays silent

    - Where the call says `ignore_result=` itself, or passes `**options`.
    - For `task.apply()`, whose result is at hand.
    - For the state of a task that may be kept all the same: with `store_errors_even_if_ignored`, or
      where the task's module calls `update_state`.
    - Where the option may come from elsewhere: a base or an annotation that cannot be seen.

    ## References

    - [Celery: ignore results you don't want](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore-results-you-don-t-want)
    """

    code: ClassVar[str] = "CEL407"
    name: ClassVar[str] = "result-of-ignored-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Read)

    def check(self, fact: Called | Read, meaning: Meaning) -> Iterator[Report]:
        owner, name, node = _asked(fact)
        if not isinstance(owner, Result) or owner.is_none or node is None:
            return
        known = _STATE if isinstance(fact, Read) else WAITING | _ASKING
        if name not in known:
            return
        task = ignores_result(meaning, owner)
        if task is not None and (name in WAITING or not may_tell_state(meaning, task)):
            asked = fact.attribute if isinstance(fact, Read) else fact.call.function
            yield Report(node, _message(shown(asked) or f".{name}", name, owner.form, task.name))


def _asked(fact: Called | Read) -> tuple[Kind | None, str, cst.CSTNode | None]:
    """What is asked, by which name, and the node that does it."""
    if isinstance(fact, Read):
        return fact.owner, fact.attribute.name, fact.attribute.node
    method = fact.function
    if isinstance(method, Method):
        return method.owner, method.name, fact.call.node
    return None, "", None


def _message(what: str, name: str, form: str, task: str) -> str:
    found = f"`{what}` asks for the result of task {task}, which has ignore_result=True: "
    if name in WAITING:
        outcome = (
            "by id it waits for ever"
            if form == "AsyncResult"
            else "it gives None at once and hides the task's errors"
        )
    else:
        outcome = "the task stays PENDING for ever, ended or not"
    return f"{found}{outcome}; drop ignore_result=True, or do not ask"
