"""What a function of the project does with the error, or the task, that it is handed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.errors.handling import (
    AnyHandler,
    bound_name,
    own_nodes,
)
from flake8_celery_patterns.meaning.flow.course import mentions
from flake8_celery_patterns.meaning.flow.swallowing import parsed
from flake8_celery_patterns.meaning.kinds import ClassKind, External, FunctionKind, Kind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.option_names import TASK_METHODS
from flake8_celery_patterns.meaning.tasks.retrying import body_of, own_name
from flake8_celery_patterns.meaning.tasks.tasks import Task, family_of

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_NEVER = frozenset(
    f"{module}.{name}"
    for module in ("typing", "typing_extensions")
    for name in ("Never", "NoReturn")
)
_TELLING = (
    "builtins.",
    "celery.",
    "logging.",
    "newrelic.",
    "rollbar.",
    "sentry_sdk.",
    "structlog.",
    "traceback.",
)
_ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def called(
    meaning: Meaning, task: Task | None, call: cst.Call, where: Environment
) -> FunctionKind | None:
    """The function of the project that is called, also one of the task's own class: `self.f()`."""
    kind = meaning.evaluate(read(call.func), where)
    if isinstance(kind, FunctionKind):
        return kind
    if task is None or not _is_own_method(task, call):
        return None
    assert isinstance(call.func, cst.Attribute)
    for family in family_of(meaning, task):
        found = family.method(call.func.attr.value)
        if found is not None:
            return FunctionKind(found[0].source, found[1])
    return None


def _is_own_method(task: Task, call: cst.Call) -> bool:
    owner = call.func.value if isinstance(call.func, cst.Attribute) else None
    return isinstance(owner, cst.Name) and owner.value == own_name(task)


def ends_in_error(meaning: Meaning, body: cst.BaseSuite, where: Environment) -> bool:
    """Whether the last statement of a body calls a function that only ever raises."""
    last: cst.CSTNode | None = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    found = last.value if isinstance(last, (cst.Expr, cst.Return)) else None
    if not isinstance(found, cst.Call):
        return False
    function = called(meaning, None, found, where)
    return function is not None and never_returns(meaning, function)


def never_returns(meaning: Meaning, function: FunctionKind) -> bool:
    """Whether every call of a function ends in an error: it says so, or does nothing else."""
    definition = function.definition
    if definition.is_async or definition.is_generator or definition.decorators:
        return False
    if definition.returns is not None:
        there = meaning.lexical(function.source, definition.parent or function.source.facts)
        kind = meaning.evaluate(definition.returns, there)
        if isinstance(kind, External) and kind.name in _NEVER:
            return True
    body = parsed(meaning, function.source, definition)
    if not isinstance(body, ast.FunctionDef) or not isinstance(body.body[-1], ast.Raise):
        return False
    return not any(isinstance(node, ast.Return) for node in ast.walk(body))


def may_raise_again(
    meaning: Meaning, handler: AnyHandler, task: Task | None, where: Environment
) -> bool:
    """Whether a clause hands its error to a function that may raise it again."""
    bound = bound_name(handler)
    if bound is None:
        return False
    for node in own_nodes(handler.body):
        if isinstance(node, cst.Call) and any(mentions(a, bound) for a in node.args):
            function = called(meaning, task, node, where)
            if function is not None:
                body = parsed(meaning, function.source, function.definition)
                if body is None or any(isinstance(n, ast.Raise) for n in ast.walk(body)):
                    return True
            elif isinstance(node.func, cst.Name):
                kind = meaning.evaluate(read(node.func), where)
                if not isinstance(kind, ClassKind) and not _only_tells(kind):
                    return True
    return False


def retries_inside(meaning: Meaning, task: Task | None, call: cst.Call, where: Environment) -> bool:
    """Whether a function of the project that is called retries a task: `current_task.retry()`."""
    function = called(meaning, task, call, where)
    body = parsed(meaning, function.source, function.definition) if function is not None else None
    return body is not None and any(
        isinstance(node, ast.Attribute) and node.attr == "retry" for node in ast.walk(body)
    )


def hands_task_to_a_guard(meaning: Meaning, task: Task) -> bool:
    """Whether another function, given the task or of its class, may count the task's retries."""
    own = own_name(task)
    if own is None or task.run is None:
        return False
    where = meaning.lexical(task.source, task.run)
    for node in body_of(task):
        if not isinstance(node, cst.Call):
            continue
        is_method = _is_own_method(task, node)
        if not is_method and not any(_is_task(a.value, own) for a in node.args):
            continue
        function = called(meaning, task, node, where)
        if function is not None:
            if _may_count(meaning, function):
                return True
        elif is_method:
            assert isinstance(node.func, cst.Attribute)
            if node.func.attr.value not in TASK_METHODS:
                return True
        elif not _only_tells(meaning.evaluate(read(node.func), where)):
            return True
    return False


def _only_tells(kind: Kind) -> bool:
    """Whether a library's function is known to do no more than log, show or report."""
    return isinstance(kind, External) and kind.name.startswith(_TELLING)


def _is_task(node: cst.BaseExpression, own: str) -> bool:
    """`self`, or `self.request`."""
    if isinstance(node, cst.Attribute) and node.attr.value == "request":
        node = node.value
    return isinstance(node, cst.Name) and node.value == own


def _may_count(meaning: Meaning, function: FunctionKind) -> bool:
    """Whether a function looks at a number of retries, compares, or hands the task on."""
    body = parsed(meaning, function.source, function.definition)
    first = function.definition.first_parameter
    if body is None or first is None:
        return True
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) and node.attr in ("retries", "expires"):
            return True
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDERINGS):
            return True
        if isinstance(node, ast.Call):
            given = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            if any(isinstance(a, ast.Name) and a.id == first.name for a in (*node.args, *given)):
                return True
    return False
