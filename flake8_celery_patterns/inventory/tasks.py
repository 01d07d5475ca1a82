"""The tasks that a file defines, as entries of the inventory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.inventory.entries import Key, OptionValue, Spot, Task
from flake8_celery_patterns.inventory.naming import module_names, registered_names
from flake8_celery_patterns.inventory.texts import signature_text, written
from flake8_celery_patterns.meaning.names.defined import dotted_name
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks import tasks as meant
from flake8_celery_patterns.meaning.tasks.tasks import is_bound, option, option_value

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.reading import Opened

# Those that decide when and where a task runs, how often, and what becomes of it.
OPTIONS = (
    "queue",
    "rate_limit",
    "priority",
    "expires",
    "autoretry_for",
    "max_retries",
    "default_retry_delay",
    "retry_backoff",
    "retry_backoff_max",
    "retry_jitter",
    "soft_time_limit",
    "time_limit",
    "acks_late",
    "reject_on_worker_lost",
    "ignore_result",
    "serializer",
)

Locate = Callable[["cst.CSTNode"], Spot]
"""Gives the line that a node of the file starts in."""


def key_of(task: meant.Task) -> Key:
    """Give what a task is known by in all files."""
    return str(task.source.path), dotted_name(task.definition)


def tasks_of(opened: Opened, locate: Locate) -> Iterator[Task]:
    """Give the tasks of a file, in the order in which its names are first bound."""
    meaning, source = opened.meaning, opened.source
    for task in meaning.task_names.tasks_of(source):
        node = task.definition.node
        if node is None:
            continue
        module = module_names(meaning.project.root, source.path)[0]
        run = task.run
        yield Task(
            key=key_of(task),
            spot=locate(node.name),
            module=module,
            function=dotted_name(task.definition),
            names=registered_names(meaning, task),
            is_class=isinstance(task.definition, Class),
            signature=signature_text(run) if run is not None else "",
            bound=True if isinstance(task.definition, Class) else is_bound(meaning, task),
            base=_base(task),
            options={name: _option(meaning, task, name) for name in OPTIONS},
        )


def _base(task: meant.Task) -> str:
    """The class that a task is made from, as it is written."""
    if isinstance(task.definition, Class):
        return ", ".join(written(base) for base in task.definition.bases)
    given = task.maker.options.get("base")
    return written(given.expression) if given is not None else ""


def _option(meaning: Meaning, task: meant.Task, name: str) -> OptionValue:
    found = option(meaning, task, name)
    if found.is_absent:
        return OptionValue("absent")
    if found.given is None:
        return OptionValue("unknown")
    text = written(found.given.expression)
    shown = _plain(option_value(meaning, found))
    if shown is UNSEEN:
        return OptionValue("unknown", None, text or "...")
    return OptionValue("known", shown, text)


def _plain(value: Any) -> Any:
    """A value as JSON has it; `UNSEEN` where a part of it is not shown."""
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value]
        return UNSEEN if any(item is UNSEEN for item in items) else items
    if isinstance(value, dict):
        held = {str(key): _plain(item) for key, item in value.items()}
        return UNSEEN if any(item is UNSEEN for item in held.values()) else held
    return UNSEEN if isinstance(value, float) and not math.isfinite(value) else value
