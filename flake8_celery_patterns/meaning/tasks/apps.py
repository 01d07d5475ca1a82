"""Which Celery app a task decorator belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, dotted
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_SHARED_TASK = frozenset({"celery.shared_task", "celery.app.shared_task"})


@dataclass(frozen=True, slots=True)
class App:
    """One app: where it is made, and by what; two that are equal are the same."""

    path: Path | None = None
    made: Expression | None = None


SHARED = App()
"""What `shared_task` belongs to: every app there is."""


def app_of(meaning: Meaning, decorator: Expression, where: Environment) -> App | None:
    """The app whose `.task` a decorator is; None where it is no such thing."""
    function = decorator.function if isinstance(decorator, Call) else decorator
    if is_shared_task(meaning, function, where):
        return SHARED
    aliased, there = followed(meaning, function, where)
    if isinstance(aliased, Call):
        # `slow_task = functools.partial(shared_task, queue="slow")`
        first = aliased.positional(0)
        partial = meaning.evaluate(aliased.function, there) == External("functools.partial")
        return app_of(meaning, first, there) if partial and first is not None else None
    if not isinstance(function, Attribute):
        return None
    made, there = followed(meaning, function.value, where)
    return App(there.source.path, made) if isinstance(made, Call) or dotted(made) else None


def is_shared_task(meaning: Meaning, decorator: Expression, where: Environment) -> bool:
    """Whether a decorator is Celery's `shared_task`, called or not."""
    function = decorator.function if isinstance(decorator, Call) else decorator
    kind = meaning.evaluate(function, where)
    return isinstance(kind, External) and kind.name in _SHARED_TASK
