"""The collector of functions that a branch or a loop may define, once, never or many times."""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.scopes import Function


class Conditional:
    """Collects `Function.is_conditional`."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        # How many branches and loops are around, in each scope around.
        self._depths = [0]

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        function = self._definitions.scope
        assert isinstance(function, Function)
        function.is_conditional = self._depths[-1] > 0
        self._depths.append(0)

    def leave_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._depths.pop()

    def _enter(self, node: cst.CSTNode) -> None:
        self._depths[-1] += 1

    def _leave(self, node: cst.CSTNode) -> None:
        self._depths[-1] -= 1

    visit_If = visit_Try = visit_TryStar = visit_For = visit_While = visit_Match = _enter
    leave_If = leave_Try = leave_TryStar = leave_For = leave_While = leave_Match = _leave
