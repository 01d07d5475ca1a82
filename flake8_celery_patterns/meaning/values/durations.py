"""Durations: how many seconds an expression stands for, and how far a time lies ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Binary, Call, Expression
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed, value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_TIMEDELTA = External("datetime.timedelta")
# The parameters of `timedelta` in their order, in seconds.
_UNITS = {
    "days": 86400.0,
    "seconds": 1.0,
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "minutes": 60.0,
    "hours": 3600.0,
    "weeks": 604800.0,
}
_ROUNDING = frozenset({"builtins.int", "builtins.float", "builtins.round"})
_NOW = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "django.utils.timezone.localtime",
        "django.utils.timezone.now",
    }
)
_DEEPEST = 12


def seconds(
    meaning: Meaning, expression: Expression, where: Environment, depth: int = 0
) -> float | None:
    """The seconds that a number, a `timedelta` or arithmetic on them stands for.

    None where the text does not show them.
    """
    expression, where = followed(meaning, expression, where)
    if depth and isinstance(expression, Binary):
        return _of_both(meaning, expression, where, depth)
    shown = value(meaning, expression, where)
    if isinstance(shown, (int, float)) and not isinstance(shown, bool):
        return float(shown)
    if depth > _DEEPEST:
        return None
    if isinstance(expression, Call):
        return _called(meaning, expression, where, depth)
    return _of_both(meaning, expression, where, 0) if isinstance(expression, Binary) else None


def _of_both(meaning: Meaning, expression: Binary, where: Environment, depth: int) -> float | None:
    left = seconds(meaning, expression.left, where, depth + 1) if depth <= _DEEPEST else None
    if left is None:
        return None
    right = seconds(meaning, expression.right, where, depth + 1)
    return _combined(expression.operator, left, right) if right is not None else None


def _called(meaning: Meaning, call: Call, where: Environment, depth: int) -> float | None:
    function = call.function
    if isinstance(function, Attribute) and function.name == "total_seconds":
        return seconds(meaning, function.value, where, depth + 1)
    kind = meaning.evaluate(function, where)
    if kind == _TIMEDELTA:
        return _of_timedelta(meaning, call, where)
    first = call.positional(0)
    if isinstance(kind, External) and kind.name in _ROUNDING and first is not None:
        return seconds(meaning, first, where, depth + 1)
    return None


def _of_timedelta(meaning: Meaning, call: Call, where: Environment) -> float | None:
    if call.is_open:
        return None
    total, names = 0.0, iter(_UNITS)
    for argument in call.arguments:
        unit = _UNITS.get(argument.keyword or next(names, ""))
        shown = value(meaning, argument.value, where)
        if unit is None or not isinstance(shown, (int, float)):
            return None
        total += unit * shown
    return total


def _combined(operator: str, left: float, right: float) -> float | None:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "//" and right:
        return left // right
    return left / right if operator == "/" and right else None


def ahead(meaning: Meaning, expression: Expression, where: Environment) -> float | None:
    """The seconds between now and the time that `now() + timedelta(…)` gives."""
    expression, where = followed(meaning, expression, where)
    if not isinstance(expression, Binary) or expression.operator != "+":
        return None
    for now, more in ((expression.left, expression.right), (expression.right, expression.left)):
        if _is_now(meaning, now, where):
            return seconds(meaning, more, where)
    return None


def _is_now(meaning: Meaning, expression: Expression, where: Environment) -> bool:
    expression, where = followed(meaning, expression, where)
    if not isinstance(expression, Call):
        return False
    kind = meaning.evaluate(expression.function, where)
    return isinstance(kind, External) and kind.name in _NOW
