"""CEL209 unknown-task-option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Argument, Call
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.meaning.tasks.option_names import (
    EXECUTION_OPTIONS,
    TASK_METHODS,
    TASK_OPTIONS,
)
from flake8_celery_patterns.meaning.tasks.options import may_be_read, task_slip
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What else a task says decides what these do: renaming alone may not be enough.
_NOT_ALONE = frozenset({"autoretry_for", "bind", "retry_backoff", "retry_jitter"})
_METHOD_MEANT = {"retry": "max_retries"}


class UnknownTaskOption(Rule[Task]):
    """Task decorator has an option that Celery does not know.

    ## What it reports

    A keyword of a task decorator that Celery does not know and that is close to one it does
    (`max_retry`, `soft_timelimit`), or a well-known mistake: `retries`, `timeout`, `retry_delay`,
    `hard_time_limit`, `backoff`, `task_time_limit`, `countdown`, `eta` … Also a number, a text or a
    truth value under the name of one of the task's methods, such as `retry=3` or `delay=10`.

    ## Why it is a bug

    Celery takes any keyword and makes it an attribute of the task. An option that is misspelt is
    accepted without a word and has no effect: the task has no time limit, or retries three times.
    `retry=3` even replaces the method: `self.retry()` then raises `TypeError: 'int' object is not
    callable`.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(max_retry=5, timeout=60)
    def import_feed(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(max_retries=5, soft_time_limit=60)
    def import_feed(url):
        print(url)
    ```

    ## Fix

    Safe: renames the option, where only one can be meant and the decorator does not give that one
    already. None for `bind`, `autoretry_for` and the options of automatic retries, whose effect
    hangs on what else the task says; none for `timeout`, which may mean either time limit.

    ## When it stays silent

    - For names that are close to nothing Celery knows: your own, or those of celery-once (`once`)
      and celery-singleton (`unique_on`, `lock_expiry`).
    - For options that hold for each message of a task (`expires`, `queue`, `priority`, `serializer`
      …): Celery honours them. (5.7 warns of queue, exchange, routing_key, delivery_mode and
      priority: give those in `task_routes` or where the task is called.)
    - Where something may read the attribute: a `base=` or a task class of the app that is not
      found or that speaks of the name, the task's own body, code that asks `task.name`.
    - For decorators of the project's own, and with `**options`.

    ## References

    - [Celery: list of task options](https://docs.celeryq.dev/en/stable/userguide/tasks.html#list-of-options)
    """

    code: ClassVar[str] = "CEL209"
    name: ClassVar[str] = "unknown-task-option"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        call, made = fact.decorator, fact.maker
        if not isinstance(call, Call) or not isinstance(fact.definition, Function):
            return
        if made.is_open or made.is_project or made.is_named:
            return
        taken = {a.keyword for a in call.arguments if a.keyword is not None}
        for argument in call.arguments:
            name = argument.keyword
            if name is None or not isinstance(argument.node, cst.Arg):
                continue
            keyword = argument.node.keyword
            assert keyword is not None
            if name in TASK_METHODS - TASK_OPTIONS:
                if _cannot_be_called(fact, argument, meaning):
                    yield Report(keyword, _replaced(fact, name), None)
                continue
            meant = task_slip(name)
            if meant is None or may_be_read(meaning, fact, name):
                continue
            yield Report(keyword, _message(fact, name, meant), _fix(keyword, meant, taken))
            taken.update(meant)


def _cannot_be_called(task: Task, argument: Argument, meaning: Meaning) -> bool:
    where = meaning.lexical(task.source, task.definition.parent or task.source.facts)
    shown = value(meaning, argument.value, where)
    return shown is not UNSEEN and shown is not None


def _replaced(task: Task, name: str) -> str:
    meant = f", and {_METHOD_MEANT[name]} is the option" if name in _METHOD_MEANT else ""
    return (
        f"`{name}` is no option but a method of every task{meant}: task {task.name} loses it, and "
        f"calling {name}() raises TypeError; take the keyword away, or name the option meant"
    )


def _message(task: Task, name: str, meant: tuple[str, ...]) -> str:
    start = f"`{name}` is no option of a task: Celery takes it without a word, and for task "
    if meant:
        return f"{start}{task.name} it has no effect; write {' or '.join(meant)}"
    if name in EXECUTION_OPTIONS:
        return f"{start}{task.name} it has no effect; give it to apply_async() at each call"
    return f"{start}{task.name} it has no effect; it belongs in the retry_policy of apply_async()"


def _fix(keyword: cst.Name, meant: tuple[str, ...], taken: set[str]) -> Plan | None:
    if len(meant) != 1 or meant[0] in taken or meant[0] in _NOT_ALONE:
        return None
    return Plan(f"Write {meant[0]}", (Replace(keyword, meant[0]),), safe=True)
