"""The collector of `except` clauses and their like, and whether one of them always raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import (
    Argument,
    Call,
    Expression,
    Name,
    Star,
    dotted,
)
from flake8_celery_patterns.facts.expressions import Sequence as Literal
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.source.walk import children

# What never returns, besides `raise`.
_RAISING = frozenset({"sys.exit", "os._exit", "os.abort", "six.reraise", "reraise", "exit", "quit"})


@dataclass(frozen=True, slots=True)
class Handler:
    """An `except` clause in a function. No `caught`: a bare one.

    `always_raises`: no way through it goes on as if nothing had ended the task. `attempt` is the
    statement that it belongs to; `tidies`: that stands in a `finally`, or in another handler.
    """

    function: Function
    caught: tuple[Expression, ...]
    always_raises: bool
    node: cst.ExceptHandler
    attempt: cst.Try
    tidies: bool

    @property
    def is_bare(self) -> bool:
        return self.node.type is None


@dataclass(frozen=True, slots=True)
class Managed:
    """A `with manager(…):` in a function, which may be one that suppresses what is raised in it.

    `tidies` as in `Handler`.
    """

    function: Function
    manager: Call
    node: cst.With
    tidies: bool


class Handlers:
    """Collects the `except` clauses that stand in functions, and the `with manager(…):`."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.found: list[Handler | Managed] = []
        self._attempts: list[cst.Try] = []
        # How many handlers and `finally` are around, for each function around.
        self._tidying = [0]

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._tidying.append(0)

    def leave_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._tidying.pop()

    def visit_Try(self, node: cst.Try) -> None:
        self._attempts.append(node)

    def leave_Try(self, node: cst.Try) -> None:
        self._attempts.pop()

    def visit_Finally(self, node: cst.Finally) -> None:
        self._tidying[-1] += 1

    def leave_Finally(self, node: cst.Finally) -> None:
        self._tidying[-1] -= 1

    def leave_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        self._tidying[-1] -= 1

    def visit_With(self, node: cst.With) -> None:
        function = self._definitions.scope
        if isinstance(function, Function):
            for item in node.items:
                manager = read(item.item)
                if isinstance(manager, Call) and manager.arguments:
                    self.found.append(Managed(function, manager, node, self._tidying[-1] > 0))

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        tidies = self._tidying[-1] > 0
        self._tidying[-1] += 1
        function = self._definitions.scope
        if not isinstance(function, Function):
            return
        caught: tuple[Expression, ...] = ()
        if node.type is not None:
            expression = read(node.type)
            caught = expression.items if isinstance(expression, Literal) else (expression,)
        if not any(isinstance(item, Star) for item in caught):
            name = node.name.name if node.name is not None else None
            bound = name.value if isinstance(name, cst.Name) else ""
            raises = always_raises(node.body, bound) or _hands_on(node)
            attempt = self._attempts[-1]
            self.found.append(Handler(function, caught, raises, node, attempt, tidies))


def always_raises(body: cst.BaseSuite, caught: str = "") -> bool:
    """Whether every way through `body` ends in an exception or never ends.

    `caught` is the name that a handler gives to what it caught.
    """
    return _raises(body.body, caught)


def _raises(statements: Sequence[cst.CSTNode], caught: str = "") -> bool:
    for statement in statements:
        if _statement_raises(statement) or _lets_ends_pass(statement, caught):
            return True
        if _may_leave(statement):
            return False
    return False


def _may_leave(statement: cst.CSTNode) -> bool:
    """Whether a `return`, or a `break` or `continue` of a loop around, can skip what follows."""
    stack = [(statement, False)]
    while stack:
        node, in_loop = stack.pop()
        if isinstance(node, cst.Return):
            return True
        if isinstance(node, (cst.Break, cst.Continue)) and not in_loop:
            return True
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.BaseExpression)):
            inside = in_loop or isinstance(node, (cst.For, cst.While))
            stack.extend((child, inside) for child in children(node))
    return False


def _lets_ends_pass(statement: cst.CSTNode, caught: str) -> bool:
    """`if not isinstance(e, Exception): raise`: what is left is what `except Exception` takes."""
    if not isinstance(statement, cst.If) or not caught or not always_raises(statement.body):
        return False
    test = statement.test
    return (
        isinstance(test, cst.UnaryOperation)
        and isinstance(test.operator, cst.Not)
        and read(test.expression)
        == Call(Name("isinstance"), (Argument(Name(caught)), Argument(Name("Exception"))))
    )


def _statement_raises(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.SimpleStatementLine):
        return _raises(node.body)
    if isinstance(node, cst.Raise):
        return True
    if isinstance(node, cst.Expr):
        return _called(node.value) in _RAISING
    if isinstance(node, cst.If):
        other = node.orelse
        if other is None or not always_raises(node.body):
            return False
        return _statement_raises(other) if isinstance(other, cst.If) else always_raises(other.body)
    if isinstance(node, cst.With):
        if any("reraise" in _called(item.item) for item in node.items):
            return True
        # A context manager may swallow what is raised below it, as contextlib.suppress does.
        return always_raises(node.body) and not any(_suppresses(item.item) for item in node.items)
    if isinstance(node, (cst.Try, cst.TryStar)):
        if node.finalbody is not None and always_raises(node.finalbody.body):
            return True
        through = always_raises(node.body) or (
            node.orelse is not None and always_raises(node.orelse.body)
        )
        return through and all(always_raises(handler.body) for handler in node.handlers)
    if isinstance(node, cst.While):
        return isinstance(node.test, cst.Name) and node.test.value == "True" and _never_ends(node)
    if isinstance(node, cst.Match):
        wildcard = any(
            isinstance(case.pattern, cst.MatchAs)
            and case.pattern.pattern is None
            and case.guard is None
            for case in node.cases
        )
        return wildcard and all(always_raises(case.body) for case in node.cases)
    return False


def _never_ends(loop: cst.While) -> bool:
    """Whether only an exception leads out of a `while True`."""
    return not any(_may_leave(statement) for statement in loop.body.body)


def _called(node: cst.BaseExpression) -> str:
    """The last name of what a call calls, with the one before it; "" for anything else."""
    called = dotted(read(node.func)) if isinstance(node, cst.Call) else None
    return called or ""


def _hands_on(node: cst.ExceptHandler) -> bool:
    """Whether a handler keeps the exception itself under another name, to be raised later."""
    if node.name is None or not isinstance(node.name.name, cst.Name):
        return False
    caught = node.name.name.value
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Assign) and isinstance(current.value, cst.Name):
            if current.value.value == caught:
                return True
        stack.extend(children(current))
    return False


def _suppresses(node: cst.BaseExpression) -> bool:
    called = node.func if isinstance(node, cst.Call) else node
    name = called.attr if isinstance(called, cst.Attribute) else called
    return isinstance(name, cst.Name) and name.value == "suppress"
