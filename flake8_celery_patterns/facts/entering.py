"""The collector of what a function enters for those it hands over to: its context managers.

`@contextmanager def in_transaction(): with atomic(): yield`, and the inner function of a decorator
that calls what it decorates inside a `with`.
"""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function


class Entering:
    """Collects `Function.entered`."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        # For each function around: the managers it is in, and those common to all it hands over to.
        self._inside: list[list[tuple[Expression, ...]]] = [[]]
        self._common: list[list[Expression] | None] = [None]

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._inside.append([])
        self._common.append(None)

    def leave_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._inside.pop()
        common = self._common.pop()
        function = self._definitions.function
        if common and function is not None and function.node is node:
            function.entered = tuple(common)

    def visit_With(self, node: cst.With) -> None:
        self._inside[-1].append(tuple(read(item.item) for item in node.items))

    def leave_With(self, node: cst.With) -> None:
        self._inside[-1].pop()

    def visit_Yield(self, node: cst.Yield) -> None:
        self._hand_over()

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Name) and self._is_decorated(node.func.value):
            self._hand_over()

    def _hand_over(self) -> None:
        here = [manager for managers in self._inside[-1] for manager in managers]
        known = self._common[-1]
        self._common[-1] = here if known is None else [m for m in known if m in here]

    def _is_decorated(self, name: str) -> bool:
        """Whether `name` is a parameter of a function around the one being walked."""
        function = self._definitions.function
        outer = function.parent if function is not None else None
        return isinstance(outer, Function) and any(
            isinstance(scope, Function) and scope.parameter(name) is not None
            for scope in outer.enclosing()
        )
