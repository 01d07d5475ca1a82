"""Where a task itself writes an option: in its decorator, or in its class's body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.kinds import FunctionKind
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


def own_option(task: Task, name: str) -> cst.Arg | cst.Assign | cst.AnnAssign | None:
    """The argument of the task's decorator, or the statement of its class, that gives `name`."""
    if isinstance(task.definition, Class):
        return _class_statement(task.definition, name)
    node = task.decorator.node if task.decorator is not None else None
    if isinstance(node, cst.Call):
        for argument in node.args:
            if argument.keyword is not None and argument.keyword.value == name:
                return argument
    return None


def _class_statement(definition: Class, name: str) -> cst.Assign | cst.AnnAssign | None:
    found: cst.Assign | cst.AnnAssign | None = None
    body = definition.node.body.body if definition.node is not None else ()
    for line in body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if _assigns(small, name):
                assert isinstance(small, (cst.Assign, cst.AnnAssign))
                found = small
    return found


def _assigns(node: cst.BaseSmallStatement, name: str) -> bool:
    targets: list[cst.BaseExpression] = []
    if isinstance(node, cst.Assign):
        targets = [target.target for target in node.targets]
    elif isinstance(node, cst.AnnAssign) and node.value is not None:
        targets = [node.target]
    return any(isinstance(target, cst.Name) and target.value == name for target in targets)


def stands_alone(meaning: Meaning, task: Task) -> bool:
    """Whether only its decorator gives a task options: one left out there has its default."""
    if isinstance(task.definition, Class) or base_of(meaning, task) is not None:
        return False
    is_open = task.maker.is_open or task.maker.is_project or task.maker.is_named
    return not is_open and not meaning.config.task_classes(task)


def decorator_takes(meaning: Meaning, task: Task, name: str) -> bool:
    """Whether the project's own decorator has a parameter `name`: it is not Celery that gets it."""
    decorator = task.decorator
    if task.maker.is_named:
        return True
    if not task.maker.is_project or not isinstance(decorator, Call):
        return False
    where = meaning.lexical(task.source, task.definition.parent or task.source.facts)
    function = meaning.evaluate(decorator.function, where)
    if not isinstance(function, FunctionKind):
        return True
    return function.definition.parameter(name) is not None
