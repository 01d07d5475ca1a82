"""Places: where a call stands, what is around it there, and what its names are at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Expression,
    Lambda,
)
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.kinds import Kind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task
    from flake8_celery_patterns.project.project import Source

# Where each name stands in a function's body: whether it is called there, and in which of the
# functions that the body defines that is.
_Uses = dict[str, list[tuple[bool, "cst.FunctionDef | None"]]]


@dataclass(frozen=True, slots=True)
class Around:
    """Something that a place stands in."""


@dataclass(frozen=True, slots=True)
class InWith(Around):
    """The body of `with manager:`; `kind` is what the manager is."""

    manager: Expression
    kind: Kind
    node: cst.With


@dataclass(frozen=True, slots=True)
class InLoop(Around):
    """The body of a loop, or a comprehension's element; `names` are those that the loop binds."""

    names: tuple[str, ...]
    node: cst.For | cst.While | None


@dataclass(frozen=True, slots=True)
class InTry(Around):
    """The guarded body of a `try`."""

    node: cst.Try | cst.TryStar


@dataclass(frozen=True, slots=True)
class InHandler(Around):
    handler: cst.ExceptHandler | cst.ExceptStarHandler
    node: cst.Try | cst.TryStar


@dataclass(frozen=True, slots=True)
class InElse(Around):
    """The `else` of a `try`: its handlers no longer guard it."""

    node: cst.Try | cst.TryStar


@dataclass(frozen=True, slots=True)
class InFinally(Around):
    node: cst.Try | cst.TryStar


@dataclass(frozen=True, slots=True)
class InBranch(Around):
    """The body of an `if` (outcome True) or of its `else` (False)."""

    test: Expression
    outcome: bool
    node: cst.If


@dataclass(frozen=True, slots=True)
class InLambda(Around):
    """The body of a lambda; `call` is the call that it is an argument of, `given_to` its callee."""

    expression: Lambda
    given_to: Kind | None
    call: Call | None


@dataclass(frozen=True, slots=True)
class InFunction(Around):
    """The body of a function defined in another one: it runs when it is called."""

    function: Function


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file that is linted.

    `function` is the innermost `def` (None in a module or class body); `task` the task in whose
    body it runs; `statement` the statement it is part of; `around` what it stands in, innermost
    first, as far as the outermost function; `environment` has its names as they are at this moment.
    """

    function: Function | None
    task: Task | None
    statement: cst.CSTNode | None
    around: tuple[Around, ...]
    environment: Environment

    @property
    def is_module_level(self) -> bool:
        """Whether it runs when the module is imported."""
        return self.function is None and not any(isinstance(a, InLambda) for a in self.around)

    @property
    def here(self) -> tuple[Around, ...]:
        """What is around it in the same run of the same function, innermost first."""
        for position, around in enumerate(self.around):
            if isinstance(around, (InFunction, InLambda)):
                return self.around[:position]
        return self.around

    def is_whole_statement(self, call: Call) -> bool:
        """Whether `call`, or awaiting it, is all that its statement does."""
        value = self.statement.value if isinstance(self.statement, cst.Expr) else None
        if isinstance(value, cst.Await):
            value = value.expression
        return value is not None and value is call.node


@dataclass(frozen=True, slots=True)
class Called:
    """A call: `function` is what is called."""

    call: Call
    function: Kind
    place: Place

    @property
    def is_bare(self) -> bool:
        """Whether nothing is made of what the call gives."""
        return self.place.is_whole_statement(self.call)


@dataclass(frozen=True, slots=True)
class Read:
    """An attribute of a task, signature or result that is read and not called."""

    attribute: Attribute
    owner: Kind
    place: Place


@dataclass(frozen=True, slots=True)
class Piped:
    """`left | right` (or `left |= right`) of which one side is a signature or canvas."""

    expression: Binary
    left: Kind
    right: Kind
    place: Place


@dataclass(frozen=True, slots=True)
class Returned:
    """What a `return` gives back."""

    expression: Expression
    kind: Kind
    place: Place


def nodes_above(
    meaning: Meaning, statement: cst.CSTNode | None, node: cst.CSTNode
) -> Iterator[cst.CSTNode]:
    """The nodes of `statement` that `node` stands in, innermost first; none if it is not in it."""
    if statement is None:
        return
    nothing: dict[int, cst.CSTNode] = {}
    parents = meaning.known(("parents", statement), nothing, _parents_in, statement)
    above = parents.get(id(node))
    while above is not None:
        yield above
        above = parents.get(id(above))


def _parents_in(statement: cst.CSTNode) -> dict[int, cst.CSTNode]:
    """By its identity, the node that each node below `statement` stands in."""
    parents: dict[int, cst.CSTNode] = {}
    stack = [statement]
    while stack:
        current = stack.pop()
        below = children(current)
        parents.update((id(child), current) for child in below)
        stack.extend(below)
    return parents


def running_task(
    meaning: Meaning, source: Source, function: Function, *, or_later: bool = False
) -> Task | None:
    """The task in whose body the body of `function` runs, if that is certain.

    A function defined in a task counts where the task's body only ever calls it. `or_later`: so
    does a coroutine or generator function, whose body runs when what a call gives is awaited.
    """
    current: Function | None = function
    while current is not None:
        task = meaning.task(source, current)
        if task is not None:
            return task
        if isinstance(current.parent, Class):
            task = meaning.task(source, current.parent)
            return task if task is not None and task.run is current else None
        outer = current.parent
        if not isinstance(outer, Function) or not _is_only_called(meaning, current, outer):
            return None
        if (current.is_async or current.is_generator) and not or_later:
            return None
        current = outer
    return None


def _is_only_called(meaning: Meaning, inner: Function, outer: Function) -> bool:
    """Whether a nested function is called in the body around it, and nothing else is done to it."""
    if outer.node is None or inner.decorators:
        return False
    uses: _Uses = meaning.known(("uses", outer), {}, _uses_in, outer.node.body)
    by_others = [
        is_call for is_call, around in uses.get(inner.name, ()) if around is not inner.node
    ]
    return bool(by_others) and all(by_others)


def _uses_in(body: cst.BaseSuite) -> _Uses:
    uses: _Uses = {}
    stack: list[tuple[cst.CSTNode, bool, cst.FunctionDef | None]] = [(body, False, None)]
    while stack:
        node, is_callee, around = stack.pop()
        if isinstance(node, cst.Name):
            uses.setdefault(node.value, []).append((is_callee, around))
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            stack.append((node.value, False, around))
        else:
            if around is None and isinstance(node, cst.FunctionDef):
                around = node
            function = node.func if isinstance(node, cst.Call) else None
            stack.extend((child, child is function, around) for child in children(node))
    return uses
