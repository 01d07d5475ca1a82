"""Single values, where Celery wants a sequence or a mapping of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Constant, Expression, Name, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.kinds import (
    ClassKind,
    External,
    Items,
    Kind,
    Mixed,
    ModelClass,
    ModuleKind,
    Plain,
    Row,
    Table,
)
from flake8_celery_patterns.meaning.names.environment import Environment

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_SINGLE = frozenset({"bool", "bytes", "float", "int", "str"})
_UUID = External("uuid.UUID()")
_UUIDS = frozenset({f"uuid.uuid{version}()" for version in (1, 3, 4, 5)} | {_UUID.name})
_KEYS = frozenset({"id", "pk"})


def single(
    meaning: Meaning, expression: Expression, where: Environment, function: Function | None
) -> str | None:
    """The type of a value that is certainly one value and no collection; "" for a key of a row.

    None for anything else. `function`: in which it stands; a variable must be bound only once.
    """
    if isinstance(expression, Name) and not _is_bound_once(expression.id, function):
        return None
    kind = meaning.evaluate(expression, where)
    if isinstance(kind, Plain) and kind.type in _SINGLE:
        return kind.type
    if isinstance(kind, External) and kind.name in _UUIDS:
        return "UUID"
    if isinstance(expression, Attribute) and expression.name in _KEYS:
        owner = meaning.evaluate(expression.value, where)
        # Of a class it is a column, in a module it may be anything.
        if isinstance(owner, (ClassKind, ModelClass, ModuleKind)):
            return None
        return None if isinstance(owner, External) and not owner.name.endswith("()") else ""
    return None


def _is_bound_once(name: str, function: Function | None) -> bool:
    for scope in function.enclosing() if function is not None else ():
        if isinstance(scope, Function):
            times = len(scope.bindings.get(name, ()))
            if scope.parameter(name) is not None:
                return times == 0
            if times:
                return times == 1
    return True


def collection(kind: Kind) -> str:
    """What a collection is ("list", "dict", "set", "generator" …); "" if that is not known."""
    if isinstance(kind, Row):
        return "tuple"
    if isinstance(kind, Table):
        return "dict"
    return kind.form if isinstance(kind, (Items, Mixed)) else ""


def described(expression: Expression, type_: str) -> str:
    """A single value in the user's terms: "the number 5", "`order.pk`, a single value"."""
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return f"the text {expression.value!r}"
    if isinstance(expression, Constant):
        return f"the number {expression.value!r}"
    text = shown(expression)
    if not text:
        return "a text" if type_ == "str" else "a single value"
    return f"`{text}`, a {'text' if type_ == 'str' else 'single value'}"
