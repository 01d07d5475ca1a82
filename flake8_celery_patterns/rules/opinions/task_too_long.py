"""CEL914 task-too-long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.retrying import body_of
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

_IMPORTS = (cst.Import, cst.ImportFrom)
_TEXTS = (cst.SimpleString, cst.ConcatenatedString)


class TaskTooLong(Rule[Task]):
    """Task has too many statements.

    ## What it reports

    A task whose body has more than 50 statements, or than the option `max-task-statements` says.
    Blocks count as one statement and what they hold as more; docstrings and imports do not count.

    ## Why it is a risk

    A task is also the unit of what is retried, timed, limited and counted. One that does ten things
    does all ten again because the last one failed; its time limit has to fit the slowest of them;
    what it fails of is told by no name. And its body is the one part of a program that is hard to
    test: it runs in another process, with nobody to hand it anything but JSON.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def close_order(order):
        order.a = 1
        order.b = 1
        order.c = 1
        order.d = 1
        order.e = 1
        order.f = 1
        order.g = 1
        order.h = 1
        order.i = 1
        order.j = 1
        order.k = 1
        order.l = 1
        order.m = 1
        order.n = 1
        order.o = 1
        order.p = 1
        order.q = 1
        order.r = 1
        order.s = 1
        order.t = 1
        order.u = 1
        order.v = 1
        order.w = 1
        order.x = 1
        order.y = 1
        order.z = 1
        order.a = 2
        order.b = 2
        order.c = 2
        order.d = 2
        order.e = 2
        order.f = 2
        order.g = 2
        order.h = 2
        order.i = 2
        order.j = 2
        order.k = 2
        order.l = 2
        order.m = 2
        order.n = 2
        order.o = 2
        order.p = 2
        order.q = 2
        order.r = 2
        order.s = 2
        order.t = 2
        order.u = 2
        order.v = 2
        order.w = 2
        order.x = 2
        order.y = 2
    ```

    ## Use instead

    A task that calls functions, or a chain of tasks where each part is to be retried by itself:

    ```python
    from celery import shared_task

    from shop.orders import bill, pack


    @shared_task
    def close_order(order_pk):
        pack(order_pk)
        bill(order_pk)
    ```

    ## Fix

    None: where to cut is yours to say.

    ## When it stays silent

    - For what the task calls: only its own body counts, with the functions defined in it.
    - In test code.

    ## References

    - [Celery: granularity](https://docs.celeryq.dev/en/stable/userguide/tasks.html#granularity)
    """

    code: ClassVar[str] = "CEL914"
    name: ClassVar[str] = "task-too-long"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function, most = fact.run, meaning.project.settings.max_task_statements
        if function is None or function.node is None:
            return
        found = sum(map(_counts, body_of(fact)))
        if found > most and not is_test_code(fact.source.path, meaning.project.root):
            yield Report(function.node.name, _message(fact, found, most))


def _counts(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Expr):
        return not isinstance(node.value, _TEXTS)
    is_statement = isinstance(node, (cst.BaseSmallStatement, cst.BaseCompoundStatement))
    return is_statement and not isinstance(node, _IMPORTS)


def _message(task: Task, found: int, most: int) -> str:
    return (
        f"task {task.name} has {found} statements, more than {most}: all of it is retried and "
        "timed as one, and it can hardly be tested; move parts into functions or tasks"
    )
