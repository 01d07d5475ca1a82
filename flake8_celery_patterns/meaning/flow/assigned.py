"""Which names a stretch of code may bind."""

from __future__ import annotations

from collections import Counter

import libcst as cst

from flake8_celery_patterns.facts.definitions import imported, target_names
from flake8_celery_patterns.source.walk import children


def assigned_in(node: cst.CSTNode) -> Counter[str]:
    """The names that may be bound below `node` (nested functions left out), and how often."""
    found: Counter[str] = Counter()
    stack: list[cst.CSTNode] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, (cst.FunctionDef, cst.ClassDef)):
            found[current.name.value] += 1
            continue
        if isinstance(current, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.Del)):
            found.update(_bound_by(current.target))
        elif isinstance(current, cst.NamedExpr):
            found.update(target_names(current.target))
        elif isinstance(current, cst.AsName):
            found.update(target_names(current.name))
        elif isinstance(current, (cst.MatchAs, cst.MatchStar)) and current.name is not None:
            found[current.name.value] += 1
        elif isinstance(current, cst.MatchMapping) and current.rest is not None:
            found[current.rest.value] += 1
        elif isinstance(current, (cst.Import, cst.ImportFrom)):
            found.update(name for name, _ in imported(current))
        stack.extend(children(current))
    return found


def _bound_by(target: cst.BaseExpression) -> list[str]:
    if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
        return [target.value.value]
    return list(target_names(target))
