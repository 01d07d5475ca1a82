"""CEL901 missing-task-name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.registering import is_used_as_base
from flake8_celery_patterns.meaning.tasks.tasks import Task, class_option, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

# A project that makes the names itself, by its own app's method.
_MAKING_NAMES = re.compile(rb"\bgen_task_name\b")


class MissingTaskName(Rule[Task]):
    """Task has no name of its own.

    ## What it reports

    A task without `name=`, or a class-based task whose class sets no `name`. Once a task, at its
    decorator.

    ## Why it is a risk

    Without one, the name is made of the module and the function: `shop.tasks.send_invoice`. So
    whoever moves the module or renames the function renames the task. Messages that are still in
    the queue, schedules in a database, routes and other services go on to speak of the old name,
    and the worker discards what it does not know: `Received unregistered task`. A module that is
    imported under two names (`tasks` and `shop.tasks`) is registered twice.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_invoice(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(name="shop.send_invoice")
    def send_invoice(order_id):
        print(order_id)
    ```

    ## Fix

    None. If messages may wait in a queue, the first name to give is the one that Celery makes now.

    ## When it stays silent

    - Where the name comes from the project's own decorator, or may come by `**options`.
    - Where the project makes the names itself (`gen_task_name`).
    - For a class that is `abstract`, or that others are derived from.
    - In test code.

    ## References

    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    - [flake8-pie: PIE783 celery-explicit-names](https://github.com/sbdchd/flake8-pie#pie783-celery-explicit-names)
    """

    code: ClassVar[str] = "CEL901"
    name: ClassVar[str] = "missing-task-name"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        project = meaning.project
        if fact.node is None or is_test_code(fact.source.path, project.root):
            return
        if not _is_nameless(fact, meaning) or _is_only_a_base(fact, meaning):
            return
        if project.tree.matching(_MAKING_NAMES, "makes task names"):
            return
        yield Report(fact.node, _message(fact))


def _is_nameless(task: Task, meaning: Meaning) -> bool:
    """Whether nothing gives the task a name; None and "" are no names."""
    found = option(meaning, task, "name")
    if found.given is None:
        return found.is_absent
    shown = option_value(meaning, found)
    return shown is not UNSEEN and not shown


def _is_only_a_base(task: Task, meaning: Meaning) -> bool:
    """Whether a class may be there only for others to be derived from it."""
    definition = task.definition
    if not isinstance(definition, Class):
        return False
    abstract = class_option(meaning, ClassKind(task.source, definition), "abstract")
    return not abstract.is_absent or is_used_as_base(meaning, definition)


def _message(task: Task) -> str:
    if isinstance(task.definition, Class):
        made, how = "its module and class", "set name in its class"
    else:
        made, how = "its module and function", "give it name="
    return (
        f"task {task.name} has no name of its own and is called after {made}: when one of them is "
        f"renamed or moved, messages under the old name are discarded as unregistered; {how}"
    )
