"""The collector of `except` clauses, and whether one of them always raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import Expression, Star
from flake8_celery_patterns.facts.expressions import Sequence as Literal
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.source.walk import children


@dataclass(frozen=True, slots=True)
class Handler:
    """An `except` clause in a function. No `caught`: a bare one."""

    function: Function
    caught: tuple[Expression, ...]
    always_raises: bool
    node: cst.ExceptHandler

    @property
    def is_bare(self) -> bool:
        return self.node.type is None


class Handlers:
    """Collects the `except` clauses that stand in functions."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.found: list[Handler] = []

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        function = self._definitions.scope
        if not isinstance(function, Function):
            return
        caught: tuple[Expression, ...] = ()
        if node.type is not None:
            expression = read(node.type)
            caught = expression.items if isinstance(expression, Literal) else (expression,)
        if not any(isinstance(item, Star) for item in caught):
            self.found.append(Handler(function, caught, always_raises(node.body), node))


def always_raises(body: cst.BaseSuite) -> bool:
    """Whether every way through `body` ends in an exception or never ends."""
    return _raises(body.body)


def _raises(statements: Sequence[cst.CSTNode]) -> bool:
    for statement in statements:
        if _statement_raises(statement):
            return True
        if _may_leave(statement):
            return False
    return False


def _may_leave(statement: cst.CSTNode) -> bool:
    """Whether a `return`, `break` or `continue` in `statement` can skip what follows it."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.Return, cst.Break, cst.Continue)):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.BaseExpression)):
            stack.extend(children(node))
    return False


def _statement_raises(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.SimpleStatementLine):
        return _raises(node.body)
    if isinstance(node, cst.Raise):
        return True
    if isinstance(node, cst.If):
        other = node.orelse
        if other is None or not _raises(node.body.body):
            return False
        return _statement_raises(other) if isinstance(other, cst.If) else always_raises(other.body)
    if isinstance(node, cst.With):
        # A context manager may swallow what is raised below it, as contextlib.suppress does.
        return always_raises(node.body) and not any(_suppresses(item.item) for item in node.items)
    if isinstance(node, (cst.Try, cst.TryStar)):
        if node.finalbody is not None and always_raises(node.finalbody.body):
            return True
        through = always_raises(node.body) or (
            node.orelse is not None and always_raises(node.orelse.body)
        )
        return through and all(always_raises(handler.body) for handler in node.handlers)
    if isinstance(node, cst.Match):
        wildcard = any(
            isinstance(case.pattern, cst.MatchAs)
            and case.pattern.pattern is None
            and case.guard is None
            for case in node.cases
        )
        return wildcard and all(always_raises(case.body) for case in node.cases)
    return False


def _suppresses(node: cst.BaseExpression) -> bool:
    called = node.func if isinstance(node, cst.Call) else node
    name = called.attr if isinstance(called, cst.Attribute) else called
    return isinstance(name, cst.Name) and name.value == "suppress"
