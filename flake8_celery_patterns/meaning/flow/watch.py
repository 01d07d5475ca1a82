"""The calls in an expression: which of them are dispatches, and what they do to variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Comprehension,
    Expression,
    Lambda,
    Name,
    Named,
    everything,
    parts,
)
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.canvas import building
from flake8_celery_patterns.meaning.flow.frame import Frame
from flake8_celery_patterns.meaning.flow.places import (
    Around,
    Called,
    InLambda,
    InLoop,
    Piped,
    Place,
    Read,
    Returned,
    running_task,
)
from flake8_celery_patterns.meaning.kinds import (
    EMPTY,
    UNKNOWN,
    Canvas,
    Items,
    Mixed,
    Partial,
    Result,
    Table,
    TaskSelf,
    iterated,
    join,
    shape,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, dispatch_of

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task
    from flake8_celery_patterns.project.project import Source

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


# What of a result, signature or task is worth a look where it is not called.
_READ = frozenset(
    """
    apply_async apply_async_on_commit children delay delay_on_commit failed get id info parent ready
    result s si state status successful task_id traceback
    """.split()
)


class Watch:
    """Sees expressions go by and keeps what rules ask about, by the identity of its node.

    The flow says in `around` and `statement` where it is.
    """

    def __init__(self, meaning: Meaning, source: Source) -> None:
        self._meaning = meaning
        self._source = source
        self.found: dict[tuple[type, int], Dispatch | Called | Piped | Read | Returned] = {}
        self.around: list[Around] = []
        self.statement: cst.CSTNode | None = None
        self._callees: set[int] = set()
        # Lambdas that are arguments, and the call they are handed to.
        self._handed: dict[int, Call] = {}
        # Loops are entered twice; only the second time is what is seen kept.
        self.rehearsing = False
        self._tasks: dict[Function, Task | None] = {}
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
            self._callees.add(id(expression.function.node))
            for argument in expression.arguments:
                if isinstance(argument.value, Lambda):
                    self._handed[id(argument.value.node)] = expression
        elif isinstance(expression, Attribute):
            if expression.name in _READ:
                self._read(expression, frame, here)
            building.forget(expression, frame)
        for part in parts(expression):
            self.see(part, frame, here)
        if isinstance(expression, Named):
            frame.bind(expression.target, self._meaning.evaluate(expression.value, here))
        elif isinstance(expression, Call):
            self._call(expression, frame, here)
        elif isinstance(expression, Binary) and expression.operator == "|":
            self._piped(expression, frame, here)

    def _piped(self, expression: Binary, frame: Frame, here: Environment) -> None:
        left = self._meaning.evaluate(expression.left, here)
        right = self._meaning.evaluate(expression.right, here)
        if building.is_signature(left) or building.is_signature(right):
            self._keep(Piped(expression, left, right, self._place(frame, here)), expression)

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
            inner.give(name, UNKNOWN)
        for name, default in zip(expression.defaulted, expression.defaults, strict=True):
            inner.give(name, self._meaning.evaluate(default, here))
        call = self._handed.get(id(expression.node))
        given_to = self._meaning.evaluate(call.function, here) if call is not None else None
        with self.within(InLambda(expression, given_to, call)):
            self.see(expression.body, frame, inner)

    @contextmanager
    def within(self, around: Around) -> Iterator[None]:
        """What is seen meanwhile stands in `around`."""
        self.around.append(around)
        try:
            yield
        finally:
            self.around.pop()

    def _place(self, frame: Frame, here: Environment) -> Place:
        function = frame.scope if isinstance(frame.scope, Function) else None
        task = self._task(function) if function is not None else None
        around = tuple(reversed(self.around))
        return Place(function, task, self.statement, around, here.frozen())

    def _task(self, function: Function) -> Task | None:
        if function not in self._tasks:
            self._tasks[function] = running_task(self._meaning, self._source, function)
        return self._tasks[function]

    def _read(self, attribute: Attribute, frame: Frame, here: Environment) -> None:
        if self.rehearsing or id(attribute.node) in self._callees:
            return
        owner = self._meaning.evaluate(attribute.value, here)
        told = isinstance(owner, (Canvas, Partial, Result, TaskSelf))
        if told or self._meaning.task_behind(owner):
            self._keep(Read(attribute, owner, self._place(frame, here)), attribute)

    def give_back(self, expression: Expression, frame: Frame) -> None:
        """Keep what a `return` gives."""
        if not self.rehearsing:
            kind = self._meaning.evaluate(expression, frame)
            self._keep(Returned(expression, kind, self._place(frame, frame)), expression)

    def _keep(
        self, fact: Dispatch | Called | Piped | Read | Returned, expression: Expression
    ) -> None:
        if expression.node is not None and not self.rehearsing:
            self.found[type(fact), id(expression.node)] = fact

    def _comprehension(self, expression: Comprehension, frame: Frame, here: Environment) -> None:
        inner = Scoped(here)
        names: list[str] = []
        for clause in expression.clauses:
            names += [e.id for e in everything(clause.target) if isinstance(e, Name)]
            self.see(clause.iterable, frame, inner)
            inner.bind(clause.target, iterated(self._meaning.evaluate(clause.iterable, inner)))
            with self.within(InLoop(tuple(names), None)):
                for condition in clause.conditions:
                    self.see(condition, frame, inner)
        with self.within(InLoop(tuple(names), None)):
            if expression.key is not None:
                self.see(expression.key, frame, inner)
            self.see(expression.element, frame, inner)

    def _call(self, call: Call, frame: Frame, here: Environment) -> None:
        place = self._place(frame, here)
        if not self.rehearsing:
            function = self._meaning.evaluate(call.function, here)
            self._keep(Called(call, function, place), call)
        dispatch = dispatch_of(self._meaning, call, place)
        if dispatch is not None:
            if not (id(call.node) in self._here_and_now and dispatch.makes_signature):
                self._keep(dispatch, call)
            return
        self._changes(call, frame, here)

    def _changes(self, call: Call, frame: Frame, here: Environment) -> None:
        """What a call may do to the containers and signatures it is handed."""
        building.forget_handed(self._meaning, call, frame, here)
        function = call.function
        if isinstance(function, Attribute) and isinstance(function.value, Name):
            if function.value.id == "self":
                frame.forget_attributes()
            self._method_changes(call, function.value.id, function.name, frame, here)
        if isinstance(function, Name) and function.id in _READING:
            return
        for argument in call.arguments:
            if isinstance(argument.value, Name):
                handed = frame.held(argument.value.id)
                if isinstance(handed, CONTAINERS):
                    frame.bind(argument.value.id, shape(handed))

    def _method_changes(
        self, call: Call, name: str, method: str, frame: Frame, here: Environment
    ) -> None:
        """`orders.append(order)`, `payload.pop("order")`."""
        held = frame.held(name)
        if isinstance(held, Items) and method in _ADDING:
            first = call.positional(0)
            added = self._meaning.evaluate(first, here) if first is not None else UNKNOWN
            known = [] if held.element == EMPTY else [held.element]
            frame.bind(name, Items(join([*known, added]), held.form))
        elif isinstance(held, CONTAINERS) and method not in _KEEPING:
            frame.bind(name, shape(held))
