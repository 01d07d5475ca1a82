"""The calls in an expression: which of them are dispatches, and what they do to variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Comprehension,
    Expression,
    Lambda,
    Name,
    Named,
    everything,
    parts,
)
from flake8_celery_patterns.meaning.dispatches import MAKING, Dispatch, dispatch_of
from flake8_celery_patterns.meaning.environment import Environment
from flake8_celery_patterns.meaning.evaluate import iterated
from flake8_celery_patterns.meaning.frame import Frame
from flake8_celery_patterns.meaning.kinds import EMPTY, UNKNOWN, Items, Mixed, Table, join
from flake8_celery_patterns.meaning.scoped import Scoped

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# What can be changed in place, by whoever has a name for it.
CONTAINERS = (Items, Mixed, Table)
_ADDING = frozenset({"append", "add", "appendleft"})
_KEEPING = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
_READING = frozenset(
    """
    bool dict enumerate filter frozenset hasattr id isinstance iter len list map max min next print
    repr reversed set sorted str sum tuple type zip
    """.split()
)


class Watch:
    """Sees expressions go by and keeps the dispatches in them, by the identity of their call."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self.found: dict[int, Dispatch] = {}
        # Loops are entered twice; only the second time is what is seen kept.
        self.rehearsing = False
        # Signatures that are called in this process: nothing of them is sent.
        self._here_and_now: set[int] = set()

    def see(self, expression: Expression, frame: Frame, where: Environment | None = None) -> None:
        """Look at every call in an expression, in the order in which Python evaluates them.

        `where` is given for what stands deeper than the frame: a lambda, a comprehension.
        """
        here = where if where is not None else frame
        if isinstance(expression, Lambda):
            self._lambda(expression, frame, here)
            return
        if isinstance(expression, Comprehension):
            self._comprehension(expression, frame, here)
            return
        if isinstance(expression, Call):
            self._note_local(expression.function)
        for part in parts(expression):
            self.see(part, frame, here)
        if isinstance(expression, Named):
            frame.bind(expression.target, self._meaning.evaluate(expression.value, here))
        elif isinstance(expression, Call):
            self._call(expression, frame, here)

    def _note_local(self, function: Expression) -> None:
        """Remember signatures that run here: `task.s(…)()`, `(a.s(…) | b.s()).apply()`."""
        if isinstance(function, Call):
            self._here_and_now.add(id(function.node))
        elif isinstance(function, Attribute) and function.name == "apply":
            for inner in everything(function.value):
                self._here_and_now.add(id(inner.node))

    def _lambda(self, expression: Lambda, frame: Frame, here: Environment) -> None:
        for default in expression.defaults:
            self.see(default, frame, here)
        inner = Scoped(frame.closure() if here is frame else here)
        for name in expression.parameters:
            inner.variables[name] = UNKNOWN
        for name, default in zip(expression.defaulted, expression.defaults, strict=True):
            inner.variables[name] = self._meaning.evaluate(default, here)
        self.see(expression.body, frame, inner)

    def _comprehension(self, expression: Comprehension, frame: Frame, here: Environment) -> None:
        inner = Scoped(here)
        for clause in expression.clauses:
            self.see(clause.iterable, frame, inner)
            inner.bind(clause.target, iterated(self._meaning.evaluate(clause.iterable, inner)))
            for condition in clause.conditions:
                self.see(condition, frame, inner)
        if expression.key is not None:
            self.see(expression.key, frame, inner)
        self.see(expression.element, frame, inner)

    def _call(self, call: Call, frame: Frame, here: Environment) -> None:
        dispatch = dispatch_of(self._meaning, call, here)
        if dispatch is not None:
            runs_here = id(call.node) in self._here_and_now and dispatch.form in MAKING
            if not self.rehearsing and call.node is not None and not runs_here:
                self.found[id(call.node)] = dispatch
            return
        self._changes(call, frame, here)

    def _changes(self, call: Call, frame: Frame, here: Environment) -> None:
        """What a call may do to the containers it is handed."""
        function = call.function
        if isinstance(function, Attribute) and isinstance(function.value, Name):
            if function.value.id == "self":
                frame.forget_attributes()
            self._method_changes(call, function.value.id, function.name, frame, here)
        if isinstance(function, Name) and function.id in _READING:
            return
        for argument in call.arguments:
            if isinstance(argument.value, Name):
                if isinstance(frame.variables.get(argument.value.id), CONTAINERS):
                    frame.bind(argument.value.id, UNKNOWN)

    def _method_changes(
        self, call: Call, name: str, method: str, frame: Frame, here: Environment
    ) -> None:
        """`orders.append(order)`, `payload.pop("order")`."""
        held = frame.variables.get(name)
        if isinstance(held, Items) and method in _ADDING:
            first = call.positional(0)
            added = self._meaning.evaluate(first, here) if first is not None else UNKNOWN
            known = [] if held.element == EMPTY else [held.element]
            frame.bind(name, Items(join([*known, added])))
        elif isinstance(held, CONTAINERS) and method not in _KEEPING:
            frame.bind(name, UNKNOWN)
