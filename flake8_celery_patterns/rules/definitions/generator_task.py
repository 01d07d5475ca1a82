"""CEL217 generator-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.running import ran
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children


class GeneratorTask(Rule[Task]):
    """Task function has a `yield`: its body never runs.

    ## What it reports

    The first `yield` of a task function, or of the `run` of a task class; or the decorator below
    the task decorator whose wrapper has one.

    ## Why it is a bug

    A function with a `yield` gives a generator when it is called, and does nothing else. Celery
    takes the generator for the result and asks it for no value: not one line of the body runs. The
    generator cannot be stored, so that the task fails with `EncodeError: Object of type generator
    is not JSON serializable`; with `ignore_result=True`, or without a result backend, the worker
    even says that it succeeded.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def export_rows(path):
        with open(path) as file:
            for line in file:
                yield line.split(",")
    ```

    ## Use instead

    ```python
    from celery import shared_task


    def rows(path):
        with open(path) as file:
            for line in file:
                yield line.split(",")


    @shared_task
    def export_rows(path):
        return list(rows(path))
    ```

    ## Fix

    None: what is to become of the values, only you can say.

    ## When it stays silent

    - Where something below the task decorator may drain the generator: a decorator that is not
      seen to give just what the function gives.
    - Where a base may drain it: one that overrides `__call__`, or that cannot be found.
    - For a `yield` in a function defined inside the task.

    ## References

    - [Python: generator functions](https://docs.python.org/3/glossary.html#term-generator)
    - [Celery: task results](https://docs.celeryq.dev/en/stable/userguide/tasks.html#result-backends)
    """

    code: ClassVar[str] = "CEL217"
    name: ClassVar[str] = "generator-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        found = ran(meaning, fact)
        if found.result != "generator":
            return
        ignored = option_value(meaning, option(meaning, fact, "ignore_result")) is True
        if found.by is not None and found.by.node is not None:
            cause = f"@{shown(found.by)} makes task {fact.name} a generator function"
            yield Report(found.by.node, _message(cause, ignored))
        elif fact.run is not None:
            first = _first_yield(fact.run)
            if first is not None:
                yield Report(first, _message(f"task {fact.name} has a `yield`", ignored))


def _message(cause: str, ignored: bool) -> str:
    effect = (
        "and it still counts as a success"
        if ignored
        else "and its result is a generator that cannot be stored (EncodeError)"
    )
    return (
        f"{cause}: calling it only makes a generator, so that its body never runs {effect}; "
        "return a list, or move the `yield` to a function that the task loops over"
    )


def _first_yield(function: Function) -> cst.Yield | None:
    """The first `yield` of a function's own body."""
    if function.node is None:
        return None
    stack: list[cst.CSTNode] = [function.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Yield):
            return node
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            stack.extend(reversed(children(node)))
    return None
