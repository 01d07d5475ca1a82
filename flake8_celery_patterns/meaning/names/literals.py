"""The value of an expression, where the text shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Entry,
    Expression,
    Mapping,
    Name,
    Sequence,
    Star,
)
from flake8_celery_patterns.meaning.flow.frame import Frame
from flake8_celery_patterns.meaning.kinds import External, ModuleKind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_MOST_STEPS = 20


class _Unseen:
    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN = _Unseen()
"""What `value` gives for an expression whose value the text does not show."""


def value(meaning: Meaning, expression: Expression, environment: Environment) -> Any:
    """The Python value of a literal, of a name bound once to one, or of arithmetic on them.

    Tuples, lists and dicts hold values in turn, with `UNSEEN` where one is not shown.
    """
    expression, environment = followed(meaning, expression, environment)
    if isinstance(expression, Constant):
        return expression.value
    # `NAMES += [...]`, where another file's star-import brought the name: bound to itself.
    with meaning.once(("value", id(expression))) as free:
        return _composed(meaning, expression, environment) if free else UNSEEN


def _composed(meaning: Meaning, expression: Expression, environment: Environment) -> Any:
    if isinstance(expression, Sequence):
        items: list[Any] = []
        for item in expression.items:
            if not isinstance(item, Star):
                items.append(value(meaning, item, environment))
                continue
            inner = value(meaning, item.value, environment)
            if not isinstance(inner, (list, tuple)):
                return UNSEEN
            items.extend(inner)
        return tuple(items) if expression.kind == "tuple" else items
    if isinstance(expression, Mapping):
        return _mapping(meaning, expression.entries, environment)
    if isinstance(expression, Call):
        return _called(meaning, expression, environment)
    if isinstance(expression, Binary):
        return _arithmetic(
            expression.operator,
            value(meaning, expression.left, environment),
            value(meaning, expression.right, environment),
        )
    return UNSEEN


def _mapping(meaning: Meaning, entries: tuple[Entry, ...], environment: Environment) -> Any:
    made: dict[Any, Any] = {}
    for entry in entries:
        if entry.key is None:
            return UNSEEN
        key = value(meaning, entry.key, environment)
        if not isinstance(key, (str, int)):
            return UNSEEN
        made[key] = value(meaning, entry.value, environment)
    return made


def _called(meaning: Meaning, call: Call, environment: Environment) -> Any:
    """`dict(a=1)`, `tuple()`, `list()`."""
    found = meaning.evaluate(call.function, environment)
    name = found.name if isinstance(found, External) else ""
    if name == "builtins.dict" and all(a.keyword is not None for a in call.arguments):
        return {a.keyword: value(meaning, a.value, environment) for a in call.arguments}
    if name in ("builtins.tuple", "builtins.list") and not call.arguments:
        return ()
    return UNSEEN


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    try:
        if operator == "+" and (numbers or type(left) is type(right) is tuple):
            return left + right
        if not numbers:
            return UNSEEN
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        if operator == "/":
            return left / right
        if operator == "//":
            return left // right
    except (ArithmeticError, ValueError):
        return UNSEEN
    return UNSEEN


def _scope(meaning: Meaning, name: str, environment: Environment) -> Environment:
    """Where to look for the binding of `name`: a moment of a function stands in its scope."""
    while isinstance(environment, Scoped) and name not in environment.variables:
        environment = environment.outer
    if isinstance(environment, Frame):
        return meaning.lexical(environment.source, environment.scope)
    return environment


def followed(
    meaning: Meaning, expression: Expression, environment: Environment
) -> tuple[Expression, Environment]:
    """The expression that a name or a module's attribute is bound to, once and for all."""
    for _ in range(_MOST_STEPS):
        found = None
        if isinstance(expression, Name):
            found = meaning.assigned(expression.id, _scope(meaning, expression.id, environment))
        elif isinstance(expression, Attribute):
            owner = meaning.evaluate(expression.value, environment)
            if isinstance(owner, ModuleKind):
                found = meaning.assigned_member(owner.source, expression.name)
        if found is None:
            break
        expression, environment = found
    return expression, environment
