"""Lists of error classes, as `autoretry_for` takes them: their members, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Binary, Expression, Sequence, Star
from flake8_celery_patterns.meaning.errors.handling import own_nodes
from flake8_celery_patterns.meaning.kinds import Kind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.wrappers import Given

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.meaning.meaning import Meaning


def members(
    meaning: Meaning, expression: Expression, where: Environment
) -> Iterator[tuple[cst.CSTNode | None, Kind]]:
    """The classes in a tuple of errors, each with where it is written."""
    stack = [(expression, where)]
    # A name may lead back to itself: `ERRORS = ERRORS + (...)`, where a star-import brought it.
    seen: set[int] = set()
    while stack:
        expression, where = stack.pop()
        if isinstance(expression, Sequence):
            items = (item.value if isinstance(item, Star) else item for item in expression.items)
            stack += [(item, where) for item in reversed(list(items))]
        elif isinstance(expression, Binary):
            stack += [(expression.right, where), (expression.left, where)]
        else:
            found, there = followed(meaning, expression, where)
            if not isinstance(found, (Sequence, Binary)):
                yield expression.node, meaning.evaluate(expression, where)
            elif id(found) not in seen:
                seen.add(id(found))
                stack.append((found, there))


def place_of(
    meaning: Meaning, task: Task, given: Given, node: cst.CSTNode | None
) -> cst.CSTNode | None:
    """Where to report a member that is written at `node`: there, at the option, or at the task.

    The nearest of them that stands in the file that is linted.
    """
    if given.environment.source is not meaning.source:
        return task.node
    option = given.expression.node
    if node is not None and option is not None and any(n is node for n in own_nodes(option)):
        return node
    return option or task.node
