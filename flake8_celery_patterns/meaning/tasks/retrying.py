"""How a task retries: by itself, and by `self.retry(…)` in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Code that looks at a task's retry options itself: what it makes of them is not known.
_OPTION_READ = r"\.{0}\b(?!\s*=[^=])|(?:getattr\([^()]*,\s*|\[|\.get\(|\.pop\()[\"']{0}[\"']"


def body_of(task: Task) -> Iterator[cst.CSTNode]:
    """Every node in the body of the function that the worker runs, nested functions included."""
    function = task.run
    stack: list[cst.CSTNode] = []
    if function is not None and function.node is not None:
        stack.append(function.node.body)
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def names_in_body(meaning: Meaning, task: Task) -> frozenset[str]:
    """The names in the body of the function that the worker runs, those of attributes included."""
    nothing: frozenset[str] = frozenset()
    return meaning.known(("names in body", task.definition), nothing, _names_in_body, task)


def _names_in_body(task: Task) -> frozenset[str]:
    return frozenset(node.value for node in body_of(task) if isinstance(node, cst.Name))


def body_speaks_of(meaning: Meaning, task: Task, words: re.Pattern[str]) -> bool:
    """Whether `words` are found in a name in the body of the function that the worker runs."""
    key = ("body speaks of", task.definition, words)
    return meaning.known(key, False, _speaks, names_in_body(meaning, task), words)


def _speaks(names: frozenset[str], words: re.Pattern[str]) -> bool:
    return any(map(words.search, names))


def own_name(task: Task) -> str | None:
    """What the task is called in its own body: `self`, mostly. None where it is not bound."""
    function = task.run
    if function is None or function.first_parameter is None:
        return None
    return function.first_parameter.name


def retry_calls(meaning: Meaning, task: Task) -> list[cst.Call]:
    """The calls in the task's body by which it retries itself: `self.retry(…)`."""
    is_bound = isinstance(task.definition, Class) or (
        option_value(meaning, option(meaning, task, "bind")) is True
    )
    names = {task.name} | ({own_name(task)} if is_bound else set())
    return [
        node
        for node in body_of(task)
        if isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "retry"
        and isinstance(node.func.value, cst.Name)
        and node.func.value.value in names
    ]


def retries_automatically(meaning: Meaning, task: Task) -> bool:
    """Whether the task certainly has an `autoretry_for` that is not empty."""
    found = option(meaning, task, "autoretry_for")
    if found.given is None or found.is_open:
        return False
    shown = option_value(meaning, found)
    return shown is UNSEEN or (isinstance(shown, (tuple, list)) and len(shown) > 0)


def retry_kwargs(meaning: Meaning, task: Task) -> dict[Any, Any] | None:
    """The task's `retry_kwargs`, empty without any; None where they are not known."""
    found = option(meaning, task, "retry_kwargs")
    if found.is_absent:
        return {}
    shown = option_value(meaning, found)
    return shown if isinstance(shown, dict) else None


def is_read_by_project(meaning: Meaning, option_name: str) -> bool:
    """Whether code of the project reads a retry option itself (`self.retry_backoff`)."""
    pattern = re.compile(_OPTION_READ.format(option_name).encode())
    project = meaning.project
    return any(
        not is_test_code(path, project.root)
        for path in project.tree.matching(pattern, "option read")
    )
