"""What a worker gets when it runs a task's function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.tasks.decorated import Result, decorated, through
from flake8_celery_patterns.meaning.tasks.tasks import changes_arguments, is_plain_task_base

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task
    from flake8_celery_patterns.project.project import Project


# Worker pools that await what a task function gives, in code, command lines and requirements.
_AWAITING_POOL = re.compile(
    rb"(?i)celery[-_]aio[-_]pool|celery[-_]pool[-_]asyncio|celery[-_]asyncio|aio[-_]?celery"
    rb"|CELERY_CUSTOM_WORKER_POOL|(?:-P|pool)\W{1,4}custom\b|worker_pool\W+[\w.]*aio"
)
_REQUIREMENTS = ("*requirements*.txt", "requirements/*.txt", "pyproject.toml", "Pipfile", "setup.*")


@dataclass(frozen=True, slots=True)
class Ran:
    """What calling a task's function gives.

    `result`: "coroutine" or "generator" (its body has not run), "value", or "unknown".
    `by` is the decorator below the task's that made it so; None: the function itself.
    """

    result: Result
    by: Expression | None = None


def ran(meaning: Meaning, task: Task) -> Ran:
    """What the worker gets for a task, and keeps as its result."""
    function = task.run
    if function is None or task.maker.is_open or task.maker.wraps:
        return Ran("unknown")
    if _is_called_otherwise(meaning, task):
        return Ran("unknown")
    found = Ran(_of_function(function))
    for decorator in reversed(below(task)):
        where = meaning.lexical(task.source, function.parent or task.source.facts)
        made = decorated(meaning, decorator, where)
        if made is None:
            return Ran("unknown")
        result = through(found.result, made)
        if result != found.result:
            found = Ran(result, decorator)
    return found


def _of_function(function: Function) -> Result:
    # With `async def` and `yield`, one that must be iterated over in a loop that nobody runs.
    if function.is_generator:
        return "generator"
    return "coroutine" if function.is_async else "value"


def above(task: Task) -> tuple[Expression, ...]:
    """The decorators above the one that makes the task, the uppermost first."""
    position = _position(task)
    return task.definition.decorators[:position] if position is not None else ()


def below(task: Task) -> tuple[Expression, ...]:
    """The decorators between the one that makes the task and its function."""
    position = _position(task)
    if position is None:
        return task.run.decorators if task.run is not None else ()
    return task.definition.decorators[position + 1 :]


def _position(task: Task) -> int | None:
    """Which of a function's decorators makes it a task; None for a class."""
    if isinstance(task.definition, Class):
        return None
    every = enumerate(task.definition.decorators)
    return next(number for number, decorator in every if decorator is task.decorator)


def _is_called_otherwise(meaning: Meaning, task: Task) -> bool:
    """Whether a class of the task's may do more than call its function: await it, drain it."""
    if changes_arguments(meaning, task):
        return True
    if not isinstance(task.definition, Class):
        return False
    family = meaning.ancestry(ClassKind(task.source, task.definition))
    return not family.whole or not all(is_plain_task_base(name) for name in family.external)


def pool_may_await(meaning: Meaning) -> bool:
    """Whether something in the project speaks of a worker pool that awaits coroutines."""
    project = meaning.project
    return project.remember(
        "pool may await",
        lambda: (
            bool(project.tree.matching(_AWAITING_POOL, "awaiting pool"))
            or bool(project.tree.other_matching(_AWAITING_POOL, "awaiting pool"))
            or is_required(project, _AWAITING_POOL)
        ),
    )


def is_required(project: Project, pattern: re.Pattern[bytes]) -> bool:
    """Whether `pattern` is found in a file that names what the project needs."""
    paths = [path for glob in _REQUIREMENTS for path in project.globbed(glob)]
    return any(pattern.search(project.content(path) or b"") is not None for path in paths)
