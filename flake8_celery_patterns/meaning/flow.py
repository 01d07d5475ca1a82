"""The flow of a function: what its names are at each dispatch.

Statements are followed in order; branches are joined (`kinds.join`), loops are entered once with
what their own assignments make unknown, and once with what is known then. What may be called at
another time (nested functions, lambdas) sees only the variables that are bound once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.definitions import imported, target_names
from flake8_celery_patterns.facts.expressions import (
    Expression,
    Name,
)
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Class, Function, Module, Scope
from flake8_celery_patterns.meaning import environment as names
from flake8_celery_patterns.meaning.assigned import assigned_in
from flake8_celery_patterns.meaning.dispatches import Dispatch
from flake8_celery_patterns.meaning.environment import Environment
from flake8_celery_patterns.meaning.evaluate import iterated
from flake8_celery_patterns.meaning.frame import Frame, Variables, interrupted
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Instance,
    Kind,
    join,
)
from flake8_celery_patterns.meaning.narrowing import narrowed
from flake8_celery_patterns.meaning.scoped import Scoped
from flake8_celery_patterns.meaning.watch import CONTAINERS, Watch

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source

_Action = Callable[[], object]


def dispatches(
    meaning: Meaning, source: Source, place: Function | Module, tree: cst.Module
) -> list[Dispatch]:
    """All dispatches in a function (those of nested functions included) or at module level.

    `tree` is the module's own.
    """
    flow = _Flow(meaning, source)
    if isinstance(place, Module):
        flow.module(tree)
    else:
        flow.function(place, meaning.lexical(source, _body_scope(place)))
    return list(flow.watch.found.values())


def _body_scope(function: Function) -> Scope:
    """The scope that a function's body sees around it: a class is not one."""
    return next(s for s in function.enclosing() if s is not function and not isinstance(s, Class))


class _Ended(Exception):
    """A way through the code that ends: return, raise, break, continue."""


class _Flow:
    def __init__(self, meaning: Meaning, source: Source) -> None:
        self._meaning = meaning
        self._source = source
        self.watch = Watch(meaning)
        self._frame = Frame(source.facts, meaning.lexical(source, source.facts))
        # What the variables are at each `break` and `continue` of the loops around.
        self._leaps: list[list[Variables]] = []

    # Scopes

    def module(self, tree: cst.Module) -> None:
        """Follow a module's own statements; its functions are places of their own."""
        self._attempt(lambda: self._statements(tree.body))

    def function(self, function: Function, outer: Environment) -> None:
        """Follow a function's body."""
        if function.node is None:
            return
        variables = {
            parameter.name: self._meaning.parameter(self._source, function, parameter)
            for parameter in function.parameters
        }
        body = function.node.body
        before = (self._frame, self._leaps)
        local = {*function.bindings, *variables}
        self._frame, self._leaps = Frame(function, outer, variables, local), []
        self._attempt(lambda: self._block(body))
        self._frame, self._leaps = before

    # Statements

    def _block(self, body: cst.BaseSuite) -> None:
        self._statements(body.body)

    def _statements(self, statements: Sequence[cst.CSTNode]) -> None:
        for statement in statements:
            handler = getattr(self, f"_on_{type(statement).__name__}", None)
            if handler is not None:
                handler(statement)

    def _on_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        self._statements(node.body)

    def _on_Expr(self, node: cst.Expr) -> None:
        self._value(node.value)

    def _on_Assert(self, node: cst.Assert) -> None:
        self._value(node.test)
        self._narrow(node.test, True)

    def _on_Return(self, node: cst.Return) -> None:
        if node.value is not None:
            self._value(node.value)
        raise _Ended

    def _on_Raise(self, node: cst.Raise) -> None:
        if node.exc is not None:
            self._value(node.exc)
        raise _Ended

    def _on_Break(self, node: cst.Break | cst.Continue) -> None:
        if self._leaps:
            self._leaps[-1].append(self._frame.copy())
        raise _Ended

    _on_Continue = _on_Break

    def _on_Del(self, node: cst.Del) -> None:
        self._forget(node.target)

    def _on_Import(self, node: cst.Import | cst.ImportFrom) -> None:
        for name, binding in imported(node):
            if name != "*":
                self._frame.bind(name, names.imported(self._meaning, self._source, binding))

    _on_ImportFrom = _on_Import

    def _on_Global(self, node: cst.Global | cst.Nonlocal) -> None:
        for item in node.names:
            self._frame.bind(item.name.value, UNKNOWN)

    _on_Nonlocal = _on_Global

    def _on_Assign(self, node: cst.Assign) -> None:
        value = read(node.value)
        self.watch.see(value, self._frame)
        kind = self._kind(value)
        if isinstance(value, Name) and isinstance(kind, CONTAINERS):
            # Two names for one container: what is done to it by one is not seen by the other.
            kind = UNKNOWN
            self._frame.bind(value.id, UNKNOWN)
        for target in node.targets:
            self._bind(target.target, kind)

    def _on_AnnAssign(self, node: cst.AnnAssign) -> None:
        kind: Kind = UNKNOWN
        if node.value is not None:
            value = read(node.value)
            self.watch.see(value, self._frame)
            kind = self._kind(value)
        if kind == UNKNOWN:
            kind = self._meaning.annotated(read(node.annotation.annotation), self._frame)
        self._bind(node.target, kind)

    def _on_AugAssign(self, node: cst.AugAssign) -> None:
        self._value(node.value)
        self._forget(node.target)

    def _bind(self, target: cst.BaseExpression, kind: Kind) -> None:
        if isinstance(target, (cst.Name, cst.Tuple, cst.List)):
            Scoped(self._frame, self._frame.variables).bind(read(target), kind)
            return
        if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
            # One element of a container changed: what they all are is no longer known.
            self._frame.bind(target.value.value, UNKNOWN)
        elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            if target.value.value == "self":
                # What is done to a container on `self` is not followed.
                held = UNKNOWN if isinstance(kind, CONTAINERS) else kind
                self._frame.bind(f"self.{target.attr.value}", held)
            if target.attr.value == "user":
                # Whoever sets it, a request's user is no longer what Django put there.
                self._frame.bind(target.value.value, UNKNOWN)
        self.watch.see(read(target), self._frame)

    def _forget(self, target: cst.BaseExpression) -> None:
        for name in target_names(target):
            self._frame.bind(name, UNKNOWN)
        if isinstance(target, cst.Subscript):
            self._bind(target, UNKNOWN)

    def _on_If(self, node: cst.If) -> None:
        self._value(node.test)
        before = self._frame.copy()
        self._narrow(node.test, True)
        ways = [self._way(node.body)]
        self._frame.reset(before)
        self._narrow(node.test, False)
        other = node.orelse
        if isinstance(other, cst.If):
            ways.append(self._attempt(lambda: self._on_If(other)))
        elif other is not None:
            ways.append(self._way(other.body))
        else:
            ways.append(self._frame.copy())
        self._join(ways)

    def _narrow(self, test: cst.BaseExpression, outcome: bool) -> None:
        """What a test says of names where it came out as `outcome`."""
        self._frame.variables.update(narrowed(test, outcome, self._kind))

    def _on_For(self, node: cst.For) -> None:
        iterable = read(node.iter)
        self.watch.see(iterable, self._frame)
        element = iterated(self._kind(iterable))
        if isinstance(element, Instance):
            element = Instance(element.model, element.origin or "out of a loop")
        if isinstance(element, CONTAINERS) and isinstance(iterable, Name):
            # The loop may change what it is handed.
            self._frame.bind(iterable.id, UNKNOWN)
        self._loop(node.body, node.orelse, lambda: self._bind(node.target, element))

    def _on_While(self, node: cst.While) -> None:
        self._loop(node.body, node.orelse, lambda: self._value(node.test))

    def _loop(self, body: cst.BaseSuite, orelse: cst.Else | None, start: _Action) -> None:
        before = self._frame.copy()
        for name in assigned_in(body):
            self._frame.bind(name, UNKNOWN)
        rehearsing, self.watch.rehearsing = self.watch.rehearsing, True
        ways = self._round(body, start)
        self.watch.rehearsing = rehearsing
        self._frame.reset(before)
        self._join([before, *ways])
        if not rehearsing:
            entered = self._frame.copy()
            ways = self._round(body, start)
            self._frame.reset(entered)
            self._join([entered, *ways])
        if orelse is not None:
            self._block(orelse.body)

    def _round(self, body: cst.BaseSuite, start: _Action) -> list[Variables | None]:
        """One round of a loop: the variables wherever it goes on from."""

        def body_from_start() -> None:
            start()
            self._block(body)

        self._leaps.append([])
        ended = self._attempt(body_from_start)
        return [ended, *self._leaps.pop()]

    def _on_With(self, node: cst.With) -> None:
        before = self._frame.copy()
        swallows = False
        for item in node.items:
            value = read(item.item)
            self.watch.see(value, self._frame)
            swallows = swallows or self._swallows(value)
            if item.asname is not None:
                self._bind(item.asname.name, self._entered(value))
        if not swallows:
            self._block(node.body)
            return
        body = self._way(node.body)
        self._frame.reset(before)
        self._join([body, interrupted(node.body, before, body)])

    def _swallows(self, manager: Expression) -> bool:
        """Whether `with manager:` may go on behind an exception in its body."""
        kind = self._kind(manager)
        return isinstance(kind, External) and kind.name == "contextlib.suppress()"

    def _entered(self, value: Expression) -> Kind:
        """What `with value as name` binds: of a session made there, that session."""
        kind = self._kind(value)
        return kind if isinstance(kind, External) and "ession" in kind.name else UNKNOWN

    def _on_Try(self, node: cst.Try | cst.TryStar) -> None:
        before = self._frame.copy()
        body = self._way(node.body)
        halfway = interrupted(node.body, before, body)
        ways: list[Variables | None] = []
        if body is not None:
            self._frame.reset(body)
            ways.append(self._way(node.orelse.body) if node.orelse is not None else body)
        for handler in node.handlers:
            self._frame.reset(halfway)
            if handler.name is not None:
                self._forget(handler.name.name)
            ways.append(self._way(handler.body))
        self._frame.reset(halfway)
        if node.finalbody is None:
            self._join(ways)
            return
        living = [way for way in ways if way is not None]
        if living:
            self._join(list(living))
        self._block(node.finalbody.body)
        if not living:
            raise _Ended

    _on_TryStar = _on_Try

    def _on_Match(self, node: cst.Match) -> None:
        self._value(node.subject)
        before = self._frame.copy()
        ways: list[Variables | None] = []
        complete = False
        for case in node.cases:
            self._frame.reset(before)
            for name in assigned_in(case.pattern):
                self._frame.bind(name, UNKNOWN)
            if case.guard is not None:
                self._value(case.guard)
            ways.append(self._way(case.body))
            wildcard = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None
            complete = complete or (wildcard and case.guard is None)
        if not complete:
            ways.append(dict(before))
        self._frame.reset(before)
        self._join(ways)

    def _on_FunctionDef(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self._value(decorator.decorator)
        if isinstance(self._frame.scope, Module):
            return
        for function in self._frame.scope.bindings.get(node.name.value, ()):
            if isinstance(function, Function) and function.node is node:
                self._frame.bind(function.name, FunctionKind(self._source, function))
                for name in function.touched:
                    if isinstance(self._frame.variables.get(name), CONTAINERS):
                        self._frame.bind(name, UNKNOWN)
                self.function(function, self._frame.closure())

    def _on_ClassDef(self, node: cst.ClassDef) -> None:
        self._class_body(node)
        if isinstance(self._frame.scope, Module):
            return
        for found in self._frame.scope.bindings.get(node.name.value, ()):
            if isinstance(found, Class) and found.node is node:
                self._frame.bind(found.name, ClassKind(self._source, found))
                for bindings in found.bindings.values():
                    for method in bindings:
                        if isinstance(method, Function):
                            self.function(method, self._frame.closure())

    def _class_body(self, node: cst.ClassDef) -> None:
        """The statements of a class body that are neither definitions nor flow."""
        here = Scoped(self._frame, dict.fromkeys(assigned_in(node.body), UNKNOWN))
        lines = [line for line in node.body.body if isinstance(line, cst.SimpleStatementLine)]
        for small in (small for line in lines for small in line.body):
            value = getattr(small, "value", None)
            if isinstance(value, cst.BaseExpression):
                self.watch.see(read(value), self._frame, here)

    # Ways through the code

    def _way(self, body: cst.BaseSuite) -> Variables | None:
        return self._attempt(lambda: self._block(body))

    def _attempt(self, action: _Action) -> Variables | None:
        """The variables after `action`; None if no way leads out of it."""
        try:
            action()
        except _Ended:
            return None
        return self._frame.copy()

    def _join(self, ways: list[Variables | None]) -> None:
        living = [way for way in ways if way is not None]
        if not living:
            raise _Ended
        every = {name for way in living for name in way}
        self._frame.reset(
            {name: join([way.get(name, UNKNOWN) for way in living]) for name in every}
        )

    # Expressions

    def _kind(self, expression: Expression) -> Kind:
        return self._meaning.evaluate(expression, self._frame)

    def _value(self, node: cst.BaseExpression) -> None:
        self.watch.see(read(node), self._frame)
