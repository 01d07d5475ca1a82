"""The collector of what may be settings: named values of modules, classes, and of `….conf`."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import Call, Expression
from flake8_celery_patterns.facts.read import read, text_of
from flake8_celery_patterns.facts.scopes import Function, Import

# Who holds settings: `app.conf`, and Flask's `app.config`.
_HOLDING = frozenset({"conf", "config"})
_CONFIGURING = frozenset({"Celery", "add_defaults", "autodiscover_tasks", "from_mapping", "update"})


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """A name that is given a value: `node` is where that name stands.

    `owner` is the `app.conf` of `app.conf.name = value`; None for a plain variable. `scope` names
    the scopes around it, outermost first. `is_conditional`: it stands in a branch.
    """

    name: str
    node: cst.CSTNode
    value_node: cst.BaseExpression
    scope: tuple[str, ...]
    owner: Expression | None
    is_conditional: bool

    @property
    def value(self) -> Expression:
        """What it is given."""
        return read(self.value_node)


@dataclass(frozen=True, slots=True, eq=False)
class ConfiguringCall:
    """A call that may give an app settings."""

    call: Call
    scope: tuple[str, ...]
    is_conditional: bool


class Assigning:
    """Collects `Assigned` and `ConfiguringCall`, for the file that is linted."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.names: list[Assigned] = []
        self.calls: list[ConfiguringCall] = []
        self._depth = 0

    def _path(self) -> tuple[str, ...]:
        names = [scope.name for scope in self._definitions.scope.enclosing() if scope.parent]
        return tuple(reversed(names))

    def _enter(self, node: cst.CSTNode) -> None:
        self._depth += 1

    def _leave(self, node: cst.CSTNode) -> None:
        self._depth -= 1

    visit_If = visit_Try = visit_TryStar = visit_For = visit_While = visit_Match = _enter
    leave_If = leave_Try = leave_TryStar = leave_For = leave_While = leave_Match = _leave

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._target(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self._target(node.target, node.value)

    def _target(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Name):
            if not isinstance(self._definitions.scope, Function):
                self._add(target.value, target, value, None)
        elif isinstance(target, cst.Attribute):
            if _last(target.value) in _HOLDING:
                self._add(target.attr.value, target.attr, value, target.value)
        elif isinstance(target, cst.Subscript) and _last(target.value) in _HOLDING:
            index = target.slice[0].slice if len(target.slice) == 1 else None
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                name = text_of(index.value)
                if name is not None:
                    self._add(name, index.value, value, target.value)

    def _add(
        self,
        name: str,
        node: cst.CSTNode,
        value: cst.BaseExpression,
        owner: cst.BaseExpression | None,
    ) -> None:
        held = read(owner) if owner is not None else None
        path = self._path()
        self.names.append(Assigned(name, node, value, path, held, self._depth > 0))

    def visit_Call(self, node: cst.Call) -> None:
        if not node.args:
            return
        name = _last(node.func)
        if name in _CONFIGURING or _bound_as(self._definitions, name) == "Celery":
            if name == "update" and not (
                isinstance(node.func, cst.Attribute) and _last(node.func.value) in _HOLDING
            ):
                return
            call = read(node)
            assert isinstance(call, Call)
            self.calls.append(ConfiguringCall(call, self._path(), self._depth > 0))


def _bound_as(definitions: Definitions, name: str) -> str | None:
    """The name that `name` has in the module it is imported from."""
    for binding in definitions.module.bindings.get(name, ()):
        if isinstance(binding, Import):
            return binding.name
    return None


def _last(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
