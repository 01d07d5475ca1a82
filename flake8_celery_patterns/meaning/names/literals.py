"""The value of an expression, where the text shows it."""

from __future__ import annotations

import math
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
from flake8_celery_patterns.meaning.flow.frame import Frame, Still
from flake8_celery_patterns.meaning.kinds import External, ModuleKind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_MOST_STEPS = 20
# Names that stand twice in the next name double what there is to go through.
_MOST_PARTS = 2000
_MOST_BITS = 256


class _Unseen:
    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN = _Unseen()
"""What `value` gives for an expression whose value the text does not show."""


def value(meaning: Meaning, expression: Expression, environment: Environment) -> Any:
    """The Python value of a literal, of a name bound once to one, or of arithmetic on them.

    Tuples, lists and dicts hold values in turn, with `UNSEEN` where one is not shown, behind the
    first 2000 of all. A number that is not finite, or has more than 256 bits, is not shown.
    """
    return _Reading(meaning).value(expression, environment)


class _Reading:
    """One value being put together."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._left = _MOST_PARTS

    def value(self, expression: Expression, environment: Environment) -> Any:
        expression, environment = followed(self._meaning, expression, environment)
        self._left -= 1
        if isinstance(expression, Constant) and self._left > 0:
            return _shown(expression.value)
        # `NAMES += [...]`, where another file's star-import brought the name: bound to itself.
        with self._meaning.once(("value", id(expression))) as free:
            return self._composed(expression, environment) if free and self._left > 0 else UNSEEN

    def _composed(self, expression: Expression, environment: Environment) -> Any:
        if isinstance(expression, Sequence):
            return self._sequence(expression, environment)
        if isinstance(expression, Mapping):
            return self._mapping(expression.entries, environment)
        if isinstance(expression, Call):
            return self._called(expression, environment)
        if isinstance(expression, Binary):
            left = self.value(expression.left, environment)
            if left is UNSEEN:
                return UNSEEN
            return _arithmetic(expression.operator, left, self.value(expression.right, environment))
        return UNSEEN

    def _sequence(self, expression: Sequence, environment: Environment) -> Any:
        items: list[Any] = []
        for item in expression.items:
            if not isinstance(item, Star):
                items.append(self.value(item, environment))
                continue
            inner = self.value(item.value, environment)
            if not isinstance(inner, (list, tuple)):
                return UNSEEN
            items.extend(inner)
        return tuple(items) if expression.kind == "tuple" else items

    def _mapping(self, entries: tuple[Entry, ...], environment: Environment) -> Any:
        made: dict[Any, Any] = {}
        for entry in entries:
            if entry.key is None:
                return UNSEEN
            key = self.value(entry.key, environment)
            if not isinstance(key, (str, int)):
                return UNSEEN
            made[key] = self.value(entry.value, environment)
        return made

    def _called(self, call: Call, environment: Environment) -> Any:
        """`dict(a=1)`, `tuple()`, `list()`."""
        found = self._meaning.evaluate(call.function, environment)
        name = found.name if isinstance(found, External) else ""
        if name == "builtins.dict" and all(a.keyword is not None for a in call.arguments):
            return {a.keyword: self.value(a.value, environment) for a in call.arguments}
        if name in ("builtins.tuple", "builtins.list") and not call.arguments:
            return ()
        return UNSEEN


def _shown(number: Any) -> Any:
    """A value if it is of bearable size: what rules reckon with must not overflow."""
    if isinstance(number, float):
        return number if math.isfinite(number) else UNSEEN
    return number if not isinstance(number, int) or number.bit_length() <= _MOST_BITS else UNSEEN


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    try:
        if operator == "+" and (numbers or type(left) is type(right) is tuple):
            return _shown(left + right)
        if not numbers:
            return UNSEEN
        if operator == "-":
            return _shown(left - right)
        if operator == "*":
            return _shown(left * right)
        if operator == "/":
            return _shown(left / right)
        if operator == "//":
            return _shown(left // right)
    except (ArithmeticError, ValueError):
        return UNSEEN
    return UNSEEN


def _scope(meaning: Meaning, name: str, environment: Environment) -> Environment:
    """Where to look for the binding of `name`: a moment of a function stands in its scope."""
    while isinstance(environment, Scoped) and environment.held(name) is None:
        environment = environment.outer
    if isinstance(environment, (Frame, Still)):
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
