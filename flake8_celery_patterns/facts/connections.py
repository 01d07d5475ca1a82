"""The collector of signal connections: `post_save.connect(receiver, sender=Order)`."""

from __future__ import annotations

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Module


class Connections:
    """Collects the module's `connections`."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._found: list[Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        function = node.func
        if isinstance(function, cst.Attribute) and function.attr.value == "connect" and node.args:
            call = read(node)
            assert isinstance(call, Call)
            self._found.append(call)

    def leave_Module(self, node: cst.Module) -> None:
        self._module.connections = tuple(self._found)
