"""The collector of what nested functions do with what the functions around them are given.

That is how a decorator treats what it decorates: it calls it, sends it, keeps it somewhere.
"""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import dotted
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function


class Uses:
    """Collects `Function.uses`."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        # The parameters and nested functions of each function around.
        self._names: list[set[str]] = []
        self._found: list[dict[str, None]] = []
        # Names that are accounted for by what is around them.
        self._seen: set[int] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._seen.add(id(node.name))
        function = self._definitions.scope
        assert isinstance(function, Function)
        if self._names:
            self._names[-1].add(function.name)
        self._names.append({parameter.name for parameter in function.parameters})
        self._found.append({})

    def leave_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._names.pop()
        found = self._found.pop()
        function = self._definitions.scope
        assert isinstance(function, Function)
        own = {parameter.name for parameter in function.parameters}
        bound = [binding for several in function.bindings.values() for binding in several]
        if not any(isinstance(binding, Function) for binding in bound):
            # Nobody asks what a function does with its own parameters.
            found = {use: None for use in found if _name_of(use) not in own}
        function.uses = tuple(found)

    def visit_Call(self, node: cst.Call) -> None:
        if not self._names:
            return
        if isinstance(node.func, cst.Name):
            self._note(node.func, "{}()")
        for argument in node.args:
            if argument.keyword is not None:
                self._seen.add(id(argument.keyword))
            if isinstance(argument.value, cst.Name) and self._is_asked(argument.value):
                function = dotted(read(node.func)) or ""
                self._note(argument.value, f"{function.rpartition('.')[2]}({{}})")

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self._seen.add(id(node.attr))
        if isinstance(node.value, cst.Name):
            self._note(node.value, f"{{}}.{node.attr.value}")

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        target = node.target
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            self._note(target.value, f"{{}}.{target.attr.value}=")

    def visit_Param(self, node: cst.Param) -> None:
        self._seen.add(id(node.name))

    def visit_Return(self, node: cst.Return) -> None:
        if node.value is not None:
            self._seen.add(id(node.value))

    def visit_If(self, node: cst.If) -> None:
        self._ask(node.test)

    def visit_IfExp(self, node: cst.IfExp) -> None:
        self._ask(node.test)

    def visit_Comparison(self, node: cst.Comparison) -> None:
        if all(isinstance(c.operator, (cst.Is, cst.IsNot)) for c in node.comparisons):
            self._seen.add(id(node.left))

    def visit_UnaryOperation(self, node: cst.UnaryOperation) -> None:
        if isinstance(node.operator, cst.Not):
            self._ask(node.expression)

    def visit_Name(self, node: cst.Name) -> None:
        if self._names and id(node) not in self._seen:
            self._note(node, "{}")

    def leave_Module(self, node: cst.Module) -> None:
        self._seen.clear()

    def _ask(self, test: cst.BaseExpression) -> None:
        """Asking whether there is something does nothing with it."""
        if isinstance(test, cst.Name):
            self._seen.add(id(test))

    def _is_asked(self, name: cst.Name) -> bool:
        return any(name.value in names for names in self._names)

    def _note(self, name: cst.Name, form: str) -> None:
        if id(name) not in self._seen and self._is_asked(name):
            self._found[-1][form.format(name.value)] = None
        self._seen.add(id(name))


def _name_of(use: str) -> str:
    """The name that a use is one of: `f` of `f()`, `f.delay`, `wraps(f)`."""
    text = use.removesuffix("()")
    inside = text.partition("(")[2].removesuffix(")")
    return inside or text.partition(".")[0]
