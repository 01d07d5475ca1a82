"""Which classes are Celery task classes, a base without a `run` included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.configuration import APP_TASK
from flake8_celery_patterns.facts.expressions import Constant
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.tasks.tasks import base_of, is_plain_task_base

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source


def is_task_class(meaning: Meaning, kind: ClassKind) -> bool:
    """Whether a class certainly derives from Celery's own `Task`, with or without a `run`."""
    return any(is_plain_task_base(name) for name in meaning.ancestry(kind).external)


def task_class_of(meaning: Meaning, source: Source, method: Function) -> Class | None:
    """The task class whose method of its name `method` is; None for any other function."""
    owner = method.parent
    if not isinstance(owner, Class) or owner.method(method.name) is not method:
        return None
    return owner if is_task_class(meaning, ClassKind(source, owner)) else None


def is_base_of_tasks(meaning: Meaning, kind: ClassKind) -> bool:
    """Whether tasks are certainly made from a class: it says so itself, or its file does."""
    abstract = kind.definition.bindings.get("abstract", ())
    if any(isinstance(b, Assignment) and b.value == Constant(True) for b in abstract):
        return True
    facts = kind.source.facts
    for setting in facts.settings:
        if setting.name in ("task_cls", APP_TASK) and setting.value is not None:
            where = meaning.lexical(kind.source, facts.inner(setting.scope))
            if meaning.evaluate(setting.value, where) == kind:
                return True
    for scope in facts.all_scopes():
        if isinstance(scope, Function):
            task = meaning.task(kind.source, scope)
            if task is not None and base_of(meaning, task) == kind:
                return True
    return False
