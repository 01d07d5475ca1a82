"""The collector of schedules: what may give beat its entries, and what makes one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import Call, Constant, Expression
from flake8_celery_patterns.facts.read import read, text_of
from flake8_celery_patterns.facts.scopes import Import, Scope

# `beat_schedule`, `CELERY_BEAT_SCHEDULE`, the old `CELERYBEAT_SCHEDULE`, any other namespace.
_SETTING = re.compile(r"(?:\w+_)?(?:celery)?beat_schedule", re.IGNORECASE)
# What makes a schedule, or puts a task on one: Celery's own, and the models of django-celery-beat.
_MAKERS = frozenset({"CrontabSchedule", "PeriodicTask", "add_periodic_task", "crontab"})
_PARTS = frozenset({"task", "schedule"})
# What an entry may get after it is made.
_CHANGED = _PARTS | {"args", "kwargs"}

# All entries; those that are added to others; one entry; a dict that looks like one.
PlanForm = Literal["whole", "more", "entry", "likely"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A place that says what beat runs, and when.

    `scope` is what it stands in; `key` names the entry, where `form` is "entry".
    """

    form: PlanForm
    expression: Expression
    scope: Scope
    key: Expression | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """A call that makes a schedule, or gives a task one."""

    call: Call
    scope: Scope


class Schedules:
    """Collects what a file says of schedules, in `planned` and `making`.

    `is_changed`: entries are changed after they are made, by their keys or in a loop.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.planned: list[Planned] = []
        self.making: list[Making] = []
        self.is_changed = False

    def _plan(
        self, form: PlanForm, value: cst.BaseExpression, key: Expression | None = None
    ) -> None:
        self.planned.append(Planned(form, read(value), self._definitions.scope, key))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._target(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self._target(node.target, node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        if isinstance(node.operator, cst.BitOrAssign) and _is_schedule(node.target):
            self._plan("more", node.value)

    def _target(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if _is_schedule(target):
            self._plan("whole", value)
        elif isinstance(target, cst.Subscript):
            key = _key(target)
            if key is not None and _is_schedule(target.value):
                self._plan("entry", value, read(key))
            elif key is not None and _text(key) in _CHANGED:
                self.is_changed = True

    def visit_For(self, node: cst.For) -> None:
        looped = node.iter.func if isinstance(node.iter, cst.Call) else node.iter
        if isinstance(looped, cst.Attribute) and _is_schedule(looped.value):
            self.is_changed = True

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword is not None and _SETTING.fullmatch(node.keyword.value):
            self._plan("whole", node.value)

    def visit_DictElement(self, node: cst.DictElement) -> None:
        if _SETTING.fullmatch(_text(node.key)):
            self._plan("whole", node.value)

    def visit_Dict(self, node: cst.Dict) -> None:
        keys = {_text(e.key) for e in node.elements if isinstance(e, cst.DictElement)}
        if keys >= _PARTS:
            self._plan("likely", node)

    def visit_Call(self, node: cst.Call) -> None:
        function = node.func
        if isinstance(function, cst.Attribute) and _is_schedule(function.value):
            if function.attr.value == "update":
                for argument in node.args:
                    self._more(argument)
            elif function.attr.value == "setdefault" and len(node.args) == len(("key", "value")):
                self._plan("entry", node.args[1].value, read(node.args[0].value))
        elif isinstance(function, cst.Attribute) and function.attr.value in (
            "setdefault",
            "update",
        ):
            inner = function.value
            on_entry = isinstance(inner, cst.Subscript) and _is_schedule(inner.value)
            first = _text(node.args[0].value) if node.args else ""
            self.is_changed = self.is_changed or on_entry or first in _CHANGED
        elif isinstance(function, cst.Name) and function.value == "dict":
            if {a.keyword.value for a in node.args if a.keyword is not None} >= _PARTS:
                self._plan("likely", node)
        if not _MAKERS.isdisjoint(self._names(function)):
            call = read(node)
            assert isinstance(call, Call)
            self.making.append(Making(call, self._definitions.scope))

    def _more(self, argument: cst.Arg) -> None:
        if argument.keyword is not None:
            key = Constant(argument.keyword.value, node=argument.keyword)
            self._plan("entry", argument.value, key)
        else:
            self._plan("more", argument.value)

    def _names(self, function: cst.BaseExpression) -> Iterator[str]:
        """The names in what is called; of what an import brought, the name it has at home."""
        while True:
            if isinstance(function, cst.Attribute):
                yield function.attr.value
                function = function.value
            elif isinstance(function, cst.Call):
                function = function.func
            else:
                break
        if isinstance(function, cst.Name):
            yield function.value
            for scope in self._definitions.scope.enclosing():
                for binding in scope.bindings.get(function.value, ()):
                    if isinstance(binding, Import) and binding.name is not None:
                        yield binding.name


def _is_schedule(node: cst.BaseExpression) -> bool:
    """Whether something is called as the setting: `beat_schedule`, `conf["beat_schedule"]`."""
    if isinstance(node, cst.Subscript):
        key = _key(node)
        return key is not None and _SETTING.fullmatch(_text(key)) is not None
    if isinstance(node, cst.Attribute):
        node = node.attr
    return isinstance(node, cst.Name) and _SETTING.fullmatch(node.value) is not None


def _key(node: cst.Subscript) -> cst.BaseExpression | None:
    index = node.slice[0].slice if len(node.slice) == 1 else None
    return index.value if isinstance(index, cst.Index) else None


def _text(node: cst.BaseExpression) -> str:
    return (text_of(node) or "") if isinstance(node, cst.SimpleString) else ""
