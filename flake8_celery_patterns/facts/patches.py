"""The collector of attributes that a file sets on what it defined: `Order.__json__ = …`."""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Constant, Expression, dotted
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Module
from flake8_celery_patterns.facts.sends import SENDING_METHODS

# What such an attribute can change for us: how a task is sent, how an object is encoded.
_TELLING = SENDING_METHODS | {"__json__"}


class Patches:
    """Collects the module's `patched`."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._found: list[str] = []

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        if isinstance(node.target, cst.Attribute) and node.target.attr.value in _TELLING:
            self._note(read(node.target))

    def visit_Call(self, node: cst.Call) -> None:
        """`setattr(Order, "__json__", …)`, `Order.add_to_class("__json__", …)`."""
        function = node.func
        if isinstance(function, cst.Name) and function.value == "setattr" and len(node.args) == 3:
            self._note_named(read(node.args[0].value), read(node.args[1].value))
        elif isinstance(function, cst.Attribute) and function.attr.value == "add_to_class":
            if node.args:
                self._note_named(read(function.value), read(node.args[0].value))

    def _note_named(self, owner: Expression, name: Expression) -> None:
        if isinstance(name, Constant) and name.value in _TELLING:
            self._note(Attribute(owner, str(name.value)))

    def _note(self, target: Expression) -> None:
        text = dotted(target)
        if text is not None:
            self._found.append(text)

    def leave_Module(self, node: cst.Module) -> None:
        self._module.patched = tuple(self._found)
