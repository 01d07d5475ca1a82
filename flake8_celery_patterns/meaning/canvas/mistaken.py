"""What is taken for a signature and is none: a result, a task, what a task's function gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.expressions import Await, Binary, Call, Choice, Expression, Name
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.canvas.handing import Part
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Kind,
    Method,
    Object,
    Partial,
    Result,
    Unresolved,
)
from flake8_celery_patterns.meaning.names.environment import Environment

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task

# What of a task, not called, is sometimes taken for a signature.
_UNCALLED = frozenset({"apply_async", "delay", "s", "si", "signature", "subtask"})

Form = Literal["result", "results", "ran", "task", "method"]


@dataclass(frozen=True, slots=True)
class Mistaken:
    """Something in the place of a signature.

    `form`: the result of a call written there, results that a name holds, what running the task's
    function gives, the task itself, or a method of it that is not called. `task` is whose it is.
    """

    form: Form
    task: Task | None


def mistaken(meaning: Meaning, part: Part) -> Mistaken | None:
    """What stands in the place of a signature; None if it may well be one."""
    kind, ran = part.member.kind, part.member.ran
    if isinstance(kind, Result):
        if kind.is_none or kind.form == "AsyncResult":
            return None
        task = meaning.task_behind(kind.sender) if kind.sender is not None else None
        here = isinstance(part.member.expression, Call) and part.member.through is None
        return Mistaken("result" if here else "results", task)
    if ran is not None:
        return None if _may_give_signature(meaning, ran) else Mistaken("ran", ran)
    task = _task(meaning, kind)
    if task is not None:
        return Mistaken("task", task)
    if isinstance(kind, Method) and kind.name in _UNCALLED:
        task = _task(meaning, kind.owner)
        return Mistaken("method", task) if task is not None else None
    return None


def _task(meaning: Meaning, kind: Kind) -> Task | None:
    return meaning.task_behind(kind) if isinstance(kind, (FunctionKind, Object)) else None


def _may_give_signature(meaning: Meaning, task: Task) -> bool:
    """Whether calling a task's function may give a signature, which it has built."""
    function = task.run
    if function is None or not task.keeps_signature or function.is_generator:
        return True
    where = meaning.lexical(task.source, function)
    return any(_may_be_signature(meaning, each, where, function) for each in function.returned)


def _may_be_signature(
    meaning: Meaning, expression: Expression, where: Environment, function: Function
) -> bool:
    kind = meaning.evaluate(expression, where)
    if isinstance(kind, Partial) or (
        isinstance(kind, External) and kind.name.startswith("celery.")
    ):
        return True
    if kind != UNKNOWN and not isinstance(kind, Unresolved):
        return False
    if isinstance(expression, (Await, Choice)):
        sides = (
            (expression.left, expression.right)
            if isinstance(expression, Choice)
            else (expression.value,)
        )
        return any(_may_be_signature(meaning, each, where, function) for each in sides)
    if isinstance(expression, Binary):
        return expression.operator == "|"
    if isinstance(expression, Name):
        # A parameter came through the broker; a local variable may be anything.
        return function.parameter(expression.id) is None
    if isinstance(expression, Call):
        called = meaning.evaluate(expression.function, where)
        return isinstance(called, (FunctionKind, Unresolved, ClassKind)) or called == UNKNOWN
    return False
