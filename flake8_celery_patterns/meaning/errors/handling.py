"""Handling: what an `except` clause takes, and what an exception meets on its way out."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Expression, Name
from flake8_celery_patterns.facts.handlers import Handler, always_raises
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.places import InElse, InHandler, InTry, InWith, Place
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Instance,
    Kind,
    Method,
    ModelClass,
    Object,
    Row,
    TaskSelf,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

AnyHandler = cst.ExceptHandler | cst.ExceptStarHandler

# The classes of which `self.retry()` raises an instance: while there are retries left, and after.
RETRY = frozenset(
    f"celery.exceptions.{name}" for name in ("Retry", "RetryTaskError", "TaskPredicate")
) | {"celery.exceptions.CeleryError", "builtins.Exception", "builtins.BaseException"}
EXCEEDED = frozenset(
    f"celery.exceptions.{name}" for name in ("MaxRetriesExceededError", "TaskError", "CeleryError")
) | {"builtins.Exception", "builtins.BaseException"}
EVERYTHING = frozenset({"builtins.Exception", "builtins.BaseException"})
# Where else Celery's exceptions can be had.
_HOMES = frozenset({"billiard", "billiard.exceptions", "celery.app.task", "celery.app.base"})
_OWN_CLASSES = frozenset({"DoesNotExist", "MultipleObjectsReturned"})
_STANDARD_ALIASES = {
    "builtins.EnvironmentError": "builtins.OSError",
    "builtins.IOError": "builtins.OSError",
}


def exception_name(kind: Kind) -> str | None:
    """The full name of the exception class that a kind is; None for one of the project or unknown.

    Celery's own are all called `celery.exceptions.…`, wherever they were imported from.
    """
    if isinstance(kind, Method) and kind.name == "MaxRetriesExceededError":
        # A task has it as an attribute.
        if isinstance(kind.owner, (FunctionKind, Object, TaskSelf)):
            return "celery.exceptions.MaxRetriesExceededError"
    if not isinstance(kind, External) or "()" in kind.name:
        return None
    module, _, last = kind.name.rpartition(".")
    if module in _HOMES or (last == "MaxRetriesExceededError" and module.startswith("celery.")):
        return f"celery.exceptions.{last}"
    return _STANDARD_ALIASES.get(kind.name, kind.name)


def imported_as(meaning: Meaning, name: str, where: Environment) -> str | None:
    """What the file that is linted calls the exception class `name` (full, as `exception_name`).

    None where it does not import it.
    """
    nothing: list[str] = []
    candidates = meaning.known(("imported as", name), nothing, _bound_to, meaning, name)
    return next((b for b in candidates if exception_name(where.lookup(b)) == name), None)


def _bound_to(meaning: Meaning, name: str) -> list[str]:
    where = meaning.lexical(meaning.source, meaning.source.facts)
    bindings = meaning.source.facts.bindings
    return [bound for bound in bindings if exception_name(where.lookup(bound)) == name]


def caught(meaning: Meaning, handler: AnyHandler, where: Environment) -> tuple[Kind, ...]:
    """The classes that a clause names, tuples taken apart; `BaseException` for a bare one."""
    if handler.type is None:
        return (External("builtins.BaseException"),)
    return classes(meaning, read(handler.type), where)


def classes(meaning: Meaning, expression: Expression, where: Environment) -> tuple[Kind, ...]:
    """The classes that an expression names: itself, or the members of the tuple it is."""
    return tuple(_flat(meaning.evaluate(expression, where)))


def _flat(kind: Kind) -> Iterator[Kind]:
    if isinstance(kind, Row):
        for item in kind.items:
            yield from _flat(item)
    else:
        yield kind


def takes(kinds: tuple[Kind, ...], names: frozenset[str]) -> bool | None:
    """Whether a clause of these classes takes an exception whose classes are `names`.

    None where one of them is not known: it may be any class, or a tuple of them.
    """
    unsure = False
    for kind in kinds:
        if exception_name(kind) in names:
            return True
        unsure = unsure or not _is_some_class(kind)
    return None if unsure else False


def _is_some_class(kind: Kind) -> bool:
    """Whether it is certainly one class: if it has no name of Celery's, it is none of Celery's."""
    if isinstance(kind, External):
        # A name in capitals is that of a constant: a tuple of classes, most likely.
        return "()" not in kind.name and not kind.name.rpartition(".")[2].isupper()
    if isinstance(kind, Method):
        return kind.name in _OWN_CLASSES or exception_name(kind) is not None
    return isinstance(kind, (ClassKind, ModelClass, Instance))


def is_behind_one(
    meaning: Meaning, handler: Handler, question: str, holds: Callable[[AnyHandler], bool]
) -> bool:
    """Whether `holds` is true of a clause of the same `try` before a clause.

    `question` stands for it: each clause of a `try` is asked once.
    """
    nothing: frozenset[int] = frozenset()
    key = (question, handler.attempt)
    return id(handler.node) in meaning.known(key, nothing, _behind, handler.attempt, holds)


def _behind(attempt: cst.Try, holds: Callable[[AnyHandler], bool]) -> frozenset[int]:
    handlers = attempt.handlers
    first = next((n for n, each in enumerate(handlers) if holds(each)), len(handlers))
    return frozenset(map(id, handlers[first + 1 :]))


def bound_name(handler: AnyHandler) -> str | None:
    """The name that a clause gives to what it takes."""
    name = handler.name.name if handler.name is not None else None
    return name.value if isinstance(name, cst.Name) else None


def handlers_around(place: Place) -> list[AnyHandler]:
    """The clauses that a place stands in, innermost first, within the same run of a function."""
    return [around.handler for around in place.here if isinstance(around, InHandler)]


@dataclass(frozen=True, slots=True)
class Taking:
    """What ends the way of an exception: a clause, a `with suppress(…)`, a `finally` that leaves.

    `by` is None where something may or may not take it.
    """

    by: AnyHandler | cst.With | cst.Finally | None


def taking(meaning: Meaning, place: Place, names: frozenset[str]) -> Taking | None:
    """What takes an exception of the classes `names` that is raised at a place.

    None if nothing in the function does. A clause does not take what is raised in the clause
    beside it; one that only raises the same exception again does not end its way.
    """
    where = surroundings(meaning, place)
    for around in place.here:
        attempt = None
        if isinstance(around, InTry):
            attempt = around.node
            found = _taking_clause(meaning, attempt, names, where)
            if found is not None:
                return found
        elif isinstance(around, InWith):
            found = _suppressing(meaning, around, names, where)
            if found is not None:
                return found
        elif isinstance(around, (InHandler, InElse)):
            attempt = around.node
        if attempt is not None and attempt.finalbody is not None:
            if _returns(attempt.finalbody):
                return Taking(attempt.finalbody)
    return None


def surroundings(meaning: Meaning, place: Place) -> Environment:
    """Where the classes that are named around a place are looked up."""
    if place.function is None:
        return place.environment
    return meaning.lexical(meaning.source, place.function)


def _taking_clause(
    meaning: Meaning, attempt: cst.Try | cst.TryStar, names: frozenset[str], where: Environment
) -> Taking | None:
    for handler in attempt.handlers:
        verdict = takes(caught(meaning, handler, where), names)
        if verdict is None:
            return Taking(None)
        if verdict:
            return None if passes_on(handler) else Taking(handler)
    return None


def _suppressing(
    meaning: Meaning, around: InWith, names: frozenset[str], where: Environment
) -> Taking | None:
    suppressed = suppressed_classes(meaning, around.manager, where)
    if suppressed is None:
        return None
    verdict = takes(suppressed, names)
    if verdict is None:
        return Taking(None)
    return Taking(around.node) if verdict else None


def suppressed_classes(
    meaning: Meaning, manager: Expression, where: Environment
) -> tuple[Kind, ...] | None:
    """The classes that `contextlib.suppress(…)` swallows; None for any other manager."""
    if not isinstance(manager, Call):
        return None
    if meaning.evaluate(manager.function, where) != External("contextlib.suppress"):
        return None
    if manager.is_open:
        return (UNKNOWN,)
    return tuple(kind for a in manager.arguments for kind in classes(meaning, a.value, where))


def _returns(final: cst.Finally) -> bool:
    """Whether a `finally` certainly returns, which drops what is being raised."""
    last = final.body.body[-1] if final.body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, cst.Return)


def passes_on(handler: AnyHandler) -> bool:
    """Whether a clause always raises, and nothing but what it took."""
    bound = bound_name(handler)
    if not always_raises(handler.body, bound or ""):
        return False
    return all(
        node.exc is None or (isinstance(node.exc, cst.Name) and node.exc.value == bound)
        for node in own_nodes(handler.body)
        if isinstance(node, cst.Raise)
    )


def may_pass_on(handler: AnyHandler) -> bool:
    """Whether a clause has some way on which it raises what it took."""
    bound = bound_name(handler)
    return any(
        isinstance(node, cst.Raise)
        and (node.exc is None or (isinstance(node.exc, cst.Name) and node.exc.value == bound))
        for node in own_nodes(handler.body)
    )


def own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, but not what is in functions and classes defined there."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            stack.extend(reversed(children(current)))


def retries_in(node: cst.CSTNode) -> list[cst.Call]:
    """The calls of some `.retry(…)` in a node's own code."""
    return [
        found
        for found in own_nodes(node)
        if isinstance(found, cst.Call)
        and isinstance(found.func, cst.Attribute)
        and found.func.attr.value == "retry"
    ]


def given_exc(call: Call) -> Expression | None:
    """What `self.retry(…)` gets as `exc`, by keyword or in the third place."""
    named = call.keyword("exc")
    return named.value if named is not None else call.positional(2)


def throws(call: Call) -> bool:
    """Whether a `self.retry(…)` certainly raises: nothing says or may say `throw=False`."""
    return not call.is_open and call.keyword("throw") is None and call.positional(3) is None


def guards_against(meaning: Meaning, place: Place, names: frozenset[str]) -> bool:
    """Whether some clause around a place takes, or may take, an exception of the classes `names`.

    What the clause then does with it does not matter.
    """
    where = surroundings(meaning, place)
    return any(
        takes(caught(meaning, handler, where), names) is not False
        for around in place.here
        if isinstance(around, InTry)
        for handler in around.node.handlers
    )


def error_caught(expression: Expression, place: Place) -> AnyHandler | None:
    """The clause around a place whose error an expression is, under the name it was given there."""
    if not isinstance(expression, Name):
        return None
    for handler in handlers_around(place):
        if bound_name(handler) == expression.id:
            return None if _rebinds(handler, expression.id) else handler
    return None


def _rebinds(handler: AnyHandler, name: str) -> bool:
    return name in assigned_in(handler.body)


def is_error(meaning: Meaning, expression: Expression, place: Place) -> bool:
    """Whether an expression certainly is an exception, or a class of exceptions."""
    if error_caught(expression, place) is not None:
        return True
    kind = meaning.evaluate(expression, place.environment)
    if isinstance(kind, External):
        return is_error_class(kind.name.removesuffix("()"))
    holder = kind.of if isinstance(kind, Object) else kind
    if not isinstance(holder, ClassKind):
        return False
    return any(map(is_error_class, meaning.ancestry(holder).external))


def is_error_class(name: str) -> bool:
    """Whether the full name is that of a class of exceptions: a builtin one, or called so."""
    module, _, last = name.rpartition(".")
    if module == "builtins":
        found = getattr(builtins, last, None)
        return isinstance(found, type) and issubclass(found, BaseException)
    return last.endswith(("Error", "Exception")) and last[:1].isupper()
