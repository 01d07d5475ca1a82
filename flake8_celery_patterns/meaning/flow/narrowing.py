"""What a test says of the names in it, in the branch it leads to."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Expression, Name
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.kinds import NOTHING, UNKNOWN, Instance, Kind, Maybe, ModelClass


def narrowed(
    test: cst.BaseExpression, outcome: bool, kind_of: Callable[[Expression], Kind]
) -> dict[str, Kind]:
    """The names whose kind `test` decides where it came out as `outcome`.

    `x is None`, `not x`, `isinstance(x, Model)`; a name that a test rules out becomes unknown.
    """
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return narrowed(test.expression, not outcome, kind_of)
    if isinstance(test, cst.BooleanOperation):
        # Both sides are known to hold only for a true `and` and a false `or`.
        if isinstance(test.operator, cst.And) is outcome:
            left = narrowed(test.left, outcome, kind_of)
            return {**left, **narrowed(test.right, outcome, kind_of)}
        return {}
    if isinstance(test, cst.Comparison):
        return _compared(test, outcome, kind_of)
    if isinstance(test, (cst.Name, cst.NamedExpr)):
        return _filled(test, kind_of) if outcome else dict.fromkeys(_name(test), UNKNOWN)
    if isinstance(test, cst.Call):
        return _checked(test, outcome, kind_of)
    return {}


def _name(node: cst.BaseExpression) -> list[str]:
    target = node.target if isinstance(node, cst.NamedExpr) else node
    return [target.value] if isinstance(target, cst.Name) else []


def _filled(node: cst.BaseExpression, kind_of: Callable[[Expression], Kind]) -> dict[str, Kind]:
    """A name that is not None, then: what it was if it was that or None."""
    kinds = {name: kind_of(Name(name)) for name in _name(node)}
    return {name: kind.of for name, kind in kinds.items() if isinstance(kind, Maybe)}


def _compared(
    test: cst.Comparison, outcome: bool, kind_of: Callable[[Expression], Kind]
) -> dict[str, Kind]:
    """`x is None`, `x == None`."""
    if len(test.comparisons) != 1:
        return {}
    operator, right = test.comparisons[0].operator, test.comparisons[0].comparator
    if not isinstance(right, cst.Name) or right.value != "None":
        return {}
    is_same = isinstance(operator, (cst.Is, cst.Equal))
    if not is_same and not isinstance(operator, (cst.IsNot, cst.NotEqual)):
        return {}
    if is_same is outcome:
        return dict.fromkeys(_name(test.left), NOTHING)
    return _filled(test.left, kind_of)


def _checked(
    test: cst.Call, outcome: bool, kind_of: Callable[[Expression], Kind]
) -> dict[str, Kind]:
    """`isinstance(x, Model)`."""
    call = read(test)
    if not isinstance(call, Call) or call.function != Name("isinstance"):
        return {}
    name, against = call.positional(0), call.positional(1)
    if not isinstance(name, Name) or against is None:
        return {}
    found = kind_of(against)
    if outcome and isinstance(found, ModelClass):
        return {name.id: Instance(found.model, f"isinstance of {found.model.name}")}
    return {name.id: UNKNOWN}
