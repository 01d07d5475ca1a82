"""Which names a stretch of code may bind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from flake8_celery_patterns.facts.definitions import imported, target_names
from flake8_celery_patterns.source.walk import children


def assigned_in(node: cst.CSTNode) -> Counter[str]:
    """The names that may be bound below `node` (nested functions left out), and how often."""
    found: Counter[str] = Counter()
    stack: list[cst.CSTNode] = [node]
    while stack:
        current = stack.pop()
        bound = _BOUND.get(type(current))
        if bound is not None:
            found.update(bound(current))
            if isinstance(current, (cst.FunctionDef, cst.ClassDef)):
                continue
        stack.extend(children(current))
    return found


def _bound_by(target: cst.BaseExpression) -> list[str]:
    if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
        return [target.value.value]
    return list(target_names(target))


def _named(node: cst.Name | None) -> list[str]:
    return [node.value] if node is not None else []


# By type: to ask `isinstance` for each of these costs more than all else.
_BOUND: dict[type[cst.CSTNode], Callable[[Any], Iterable[str]]] = {
    **dict.fromkeys((cst.FunctionDef, cst.ClassDef), lambda node: [node.name.value]),
    **dict.fromkeys(
        (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.Del),
        lambda node: _bound_by(node.target),
    ),
    cst.NamedExpr: lambda node: target_names(node.target),
    cst.AsName: lambda node: target_names(node.name),
    cst.MatchAs: lambda node: _named(node.name),
    cst.MatchStar: lambda node: _named(node.name),
    cst.MatchMapping: lambda node: _named(node.rest),
    **dict.fromkeys(
        (cst.Import, cst.ImportFrom), lambda node: [name for name, _ in imported(node)]
    ),
}
