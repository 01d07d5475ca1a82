"""The collector of what may be a dispatch: which bodies are worth a closer look."""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.scopes import Function, Module

# Methods of a task, a signature or an app by which work is sent, or a signature is made.
SENDING_METHODS = frozenset(
    {
        "apply_async",
        "apply_async_on_commit",
        "chunks",
        "delay",
        "delay_on_commit",
        "map",
        "replace",
        "retry",
        "s",
        "send_task",
        "si",
        "signature",
        "starmap",
        "subtask",
    }
)
_SENDING_FUNCTIONS = frozenset({"signature", "subtask", "partial"})
# What else the flow of a function is followed for: results, canvas, callbacks of a transaction.
_TELLING = frozenset({"AsyncResult", "GroupResult", "chain", "chord", "group", "on_commit"})
_FOLLOWED = _SENDING_FUNCTIONS | _TELLING


class Sends:
    """Collects the outermost functions (or the module) that hold a call worth following."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.places: dict[Function | Module, None] = {}

    def visit_Expr(self, node: cst.Expr) -> None:
        """`send_receipt.delay`, not called, as a statement of its own."""
        value = node.value
        if isinstance(value, cst.Attribute) and value.attr.value in SENDING_METHODS:
            self._follow()

    def visit_Call(self, node: cst.Call) -> None:
        function = node.func
        if isinstance(function, cst.Attribute):
            name = function.attr.value
        else:
            name = function.value if isinstance(function, cst.Name) else ""
        if name not in _FOLLOWED and not (
            isinstance(function, cst.Attribute) and (name in SENDING_METHODS or name == "apply")
        ):
            return
        self._follow()

    def _follow(self) -> None:
        outermost: Function | Module = self._definitions.module
        for scope in self._definitions.scope.enclosing():
            if isinstance(scope, Function):
                outermost = scope
        self.places[outermost] = None
