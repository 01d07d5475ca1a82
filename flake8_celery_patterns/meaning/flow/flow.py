"""The flow of a function: what its names are at each dispatch.

Statements are followed in order; branches are joined (`kinds.join`), loops are entered once with
what their own assignments make unknown, and once with what is known then. What may be called at
another time (nested functions, lambdas) sees only the variables that are bound once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.definitions import imported, target_names
from flake8_celery_patterns.facts.expressions import Binary, Name
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Class, Function, Module, Scope
from flake8_celery_patterns.meaning.canvas import building
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.branches import Branches, Ended
from flake8_celery_patterns.meaning.flow.frame import Frame
from flake8_celery_patterns.meaning.flow.places import (
    Called,
    InFunction,
    Piped,
    Read,
    Returned,
)
from flake8_celery_patterns.meaning.flow.watch import CONTAINERS
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    FunctionKind,
    Kind,
    shape,
)
from flake8_celery_patterns.meaning.names import environment as names
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped, bound
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source


def followed(
    meaning: Meaning, source: Source, place: Function | Module, tree: cst.Module
) -> list[Dispatch | Called | Piped | Read | Returned]:
    """What happens in a function (nested functions included) or at module level.

    `tree` is the module's own.
    """
    flow = _Flow(meaning, source)
    if isinstance(place, Module):
        flow.module(tree)
    else:
        flow.function(place, meaning.lexical(source, _body_scope(place)))
    found = list(flow.watch.found.values())
    meaning.calls = {id(fact.call.node): fact for fact in found if isinstance(fact, Called)}
    return found


def _body_scope(function: Function) -> Scope:
    """The scope that a function's body sees around it: a class is not one."""
    return next(s for s in function.enclosing() if s is not function and not isinstance(s, Class))


class _Flow(Branches):
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

    def _statements(self, statements: Sequence[cst.CSTNode]) -> None:
        for statement in statements:
            handler = getattr(self, f"_on_{type(statement).__name__}", None)
            self.watch.statement = statement
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
            self.watch.give_back(read(node.value), self._frame)
        raise Ended

    def _on_Raise(self, node: cst.Raise) -> None:
        if node.exc is not None:
            self._value(node.exc)
        raise Ended

    def _on_Break(self, node: cst.Break | cst.Continue) -> None:
        if self._leaps:
            leaps = self._leaps[-1]
            ways = leaps.out if isinstance(node, cst.Break) else leaps.again
            ways.append(self._frame.moment)
        raise Ended

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
            kind = shape(kind)
            self._frame.bind(value.id, kind)
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
        if isinstance(node.operator, cst.BitOrAssign):
            # `workflow |= notify.s()`
            both = Binary("|", read(node.target), read(node.value), node=node)
            self.watch.see(both, self._frame)
            kind = self._kind(both)
            if building.is_signature(kind):
                self._bind(node.target, kind)
                return
        else:
            self._value(node.value)
        self._forget(node.target)

    def _bind(self, target: cst.BaseExpression, kind: Kind) -> None:
        if isinstance(target, (cst.Name, cst.Tuple, cst.List)):
            for name, part in bound(read(target), kind):
                self._frame.bind(name, part)
            return
        if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
            # One element of a container changed: what they all are is no longer known.
            held = self._frame.lookup(target.value.value)
            self._frame.bind(target.value.value, shape(held))
        elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            if target.value.value == "self":
                # What is done to a container on `self` is not followed.
                held = shape(kind) if isinstance(kind, CONTAINERS) else kind
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

    def _on_FunctionDef(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self._value(decorator.decorator)
        if isinstance(self._frame.scope, Module):
            return
        for function in self._frame.scope.bindings.get(node.name.value, ()):
            if isinstance(function, Function) and function.node is node:
                self._frame.bind(function.name, FunctionKind(self._source, function))
                for name in function.touched:
                    touched = self._frame.held(name)
                    if isinstance(touched, CONTAINERS):
                        self._frame.bind(name, shape(touched))
                with self.watch.within(InFunction(function)):
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
                            with self.watch.within(InFunction(method)):
                                self.function(method, self._frame.closure())

    def _class_body(self, node: cst.ClassDef) -> None:
        """The statements of a class body that are neither definitions nor flow."""
        here = Scoped(self._frame, dict.fromkeys(assigned_in(node.body), UNKNOWN))
        lines = [line for line in node.body.body if isinstance(line, cst.SimpleStatementLine)]
        for small in (small for line in lines for small in line.body):
            value = getattr(small, "value", None)
            if isinstance(value, cst.BaseExpression):
                self.watch.see(read(value), self._frame, here)
