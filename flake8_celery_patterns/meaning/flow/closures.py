"""Tasks defined in functions, and what they take from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Comprehension,
    Expression,
    Name,
    everything,
)
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task

SENDING = frozenset(
    {"apply_async", "apply_async_on_commit", "chunks", "delay", "delay_on_commit", "map", "s"}
    | {"si", "signature", "starmap"}
)


@dataclass(frozen=True, slots=True)
class Closing:
    """A task that uses `variable` of the function that it is defined in.

    `is_sent`: that function sends the task itself, of an app that it has neither made nor been
    given. `times_at_import`: how often the module is seen to call it.
    """

    task: Task
    function: Function
    variable: str
    is_sent: bool
    times_at_import: int


def closing(meaning: Meaning, task: Task) -> Closing | None:
    """What a task defined in a function takes of it; None where that is nothing, or not certain."""
    own = task.definition
    outer = own.parent
    if isinstance(own, Class) or not isinstance(outer, Function) or own.node is None:
        return None
    app = _root(task.decorator)
    changing = [name for name in _free(own) if name != app and _depends(meaning, task, outer, name)]
    if not changing:
        return None
    # Where the function has the app, whoever has the app has called the function.
    has_app = app in outer.bindings or outer.parameter(app) is not None
    is_sent = not has_app and _is_sent(outer, own.name)
    return Closing(task, outer, changing[0], is_sent, _times(task, outer))


def tasks_in(meaning: Meaning, function: Function, *, given: bool) -> Iterator[Closing]:
    """The tasks that a function of the linted file defines and that take something of it.

    `given`: only the one that it returns.
    """
    for bindings in list(function.bindings.values()):
        for binding in bindings:
            task = meaning.task(meaning.source, binding) if isinstance(binding, Function) else None
            found = closing(meaning, task) if task is not None else None
            if found is not None and (not given or Name(found.task.name) in function.returned):
                yield found


def _root(decorator: Expression | None) -> str:
    """`app` of `@app.task(…)`."""
    current = decorator
    while isinstance(current, (Attribute, Call)):
        current = current.value if isinstance(current, Attribute) else current.function
    return current.id if isinstance(current, Name) else ""


def _depends(meaning: Meaning, task: Task, outer: Function, name: str) -> bool:
    """Whether a name of a function is one of its parameters, or made of one; apps left out."""
    key = ("depends", task.source, outer, name)
    return meaning.known(key, False, _is_made, meaning, task, outer, name)


def _is_made(meaning: Meaning, task: Task, outer: Function, name: str) -> bool:
    if outer.parameter(name) is not None:
        where = meaning.lexical(task.source, outer)
        return name not in outer.bindings and not is_celery_app(meaning, where.lookup(name))
    bound = outer.bindings.get(name, ())
    values = [binding.value for binding in bound if isinstance(binding, Assignment)]
    if not values or len(values) < len(bound):
        return False
    return all(
        value is not None
        and any(
            isinstance(part, Name) and part.id != name and _depends(meaning, task, outer, part.id)
            for part in everything(value)
        )
        for value in values
    )


def _free(function: Function) -> list[str]:
    """The names that a function reads and does not bind, itself or in functions inside it."""
    if function.node is None:
        return []
    bound: set[str] = set()
    found: dict[str, None] = {}
    _gather(function, bound)
    stack: list[cst.CSTNode] = [function.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name):
            found[node.value] = None
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            stack.append(node.value)
        elif isinstance(node, cst.Param):
            stack.extend(child for child in children(node) if child is not node.name)
        else:
            stack.extend(reversed(children(node)))
    return [name for name in found if name not in bound]


def _gather(function: Function, bound: set[str]) -> None:
    bound.update(parameter.name for parameter in function.parameters)
    bound.update(function.bindings)
    for bindings in function.bindings.values():
        for binding in bindings:
            if isinstance(binding, Function):
                _gather(binding, bound)


def _is_sent(outer: Function, name: str) -> bool:
    """Whether a function's own body sends the task that it defines."""
    if outer.node is None:
        return False
    stack: list[cst.CSTNode] = [outer.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)) or _schedules(node):
            continue
        if (
            isinstance(node, cst.Attribute)
            and node.attr.value in SENDING
            and isinstance(node.value, cst.Name)
            and node.value.value == name
        ):
            return True
        stack.extend(children(node))
    return False


def _schedules(node: cst.CSTNode) -> bool:
    """`app.add_periodic_task(60, task.s())`, which is done once, while the app is set up."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "add_periodic_task"
    )


def _times(task: Task, outer: Function) -> int:
    """How many calls of a function the values of the module's names hold."""
    module = task.source.facts
    if outer.parent is not module:
        return 0
    values = [
        binding.value
        for bindings in module.bindings.values()
        for binding in bindings
        if isinstance(binding, Assignment)
    ]
    return sum(
        # One in a comprehension is called for each of its elements.
        2 if isinstance(value, Comprehension) else 1
        for value in values
        for part in (everything(value) if value is not None else ())
        if isinstance(part, Call) and part.function == Name(outer.name)
    )
