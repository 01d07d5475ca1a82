"""The flow through statements that hold others: branches, loops, `with`, `try`, `match`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.definitions import target_names
from flake8_celery_patterns.facts.expressions import Expression, Name
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.frame import Frame
from flake8_celery_patterns.meaning.flow.narrowing import narrowed
from flake8_celery_patterns.meaning.flow.places import (
    InBranch,
    InElse,
    InFinally,
    InHandler,
    InLoop,
    InTry,
    InWith,
)
from flake8_celery_patterns.meaning.flow.watch import CONTAINERS, Watch
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    External,
    Instance,
    Kind,
    iterated,
    shape,
)
from flake8_celery_patterns.meaning.values.values import FILES, caught

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source

_Action = Callable[[], object]


class Ended(Exception):
    """A way through the code that ends: return, raise, break, continue."""


@dataclass(slots=True)
class Leaps:
    """The moments at which a round of a loop ends: for another round, or by `break`."""

    again: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)


class Branches:
    """The part of a flow that takes one way after the other and joins what they leave."""

    def __init__(self, meaning: Meaning, source: Source) -> None:
        self._meaning = meaning
        self._source = source
        self.watch = Watch(meaning, source)
        self._frame = Frame(source.facts, meaning.lexical(source, source.facts))
        # The moments of each `break` and `continue` of the loops around.
        self._leaps: list[Leaps] = []

    @abstractmethod
    def _statements(self, statements: Sequence[cst.CSTNode]) -> None:
        """Follow statements in order."""

    @abstractmethod
    def _bind(self, target: cst.BaseExpression, kind: Kind) -> None:
        """Give the names of an assignment target their kinds."""

    @abstractmethod
    def _forget(self, target: cst.BaseExpression) -> None:
        """The names of a target may be anything from here on."""

    def _block(self, body: cst.BaseSuite) -> None:
        self._statements(body.body)

    def _on_If(self, node: cst.If) -> None:
        self._value(node.test)
        before = self._frame.moment
        self._narrow(node.test, True)
        test = read(node.test)
        with self.watch.within(InBranch(test, True, node)):
            ways = [self._way(node.body)]
        self._frame.reset(before)
        self._narrow(node.test, False)
        other = node.orelse
        with self.watch.within(InBranch(test, False, node)):
            if isinstance(other, cst.If):
                self.watch.statement = other
                ways.append(self._attempt(lambda: self._on_If(other)))
            elif other is not None:
                ways.append(self._way(other.body))
            else:
                ways.append(self._frame.moment)
        self._join(before, ways)

    def _narrow(self, test: cst.BaseExpression, outcome: bool) -> None:
        """What a test says of names where it came out as `outcome`."""
        for name, kind in narrowed(test, outcome, self._kind).items():
            self._frame.bind(name, kind)

    def _on_For(self, node: cst.For) -> None:
        iterable = read(node.iter)
        self.watch.see(iterable, self._frame)
        element = iterated(self._kind(iterable))
        if isinstance(element, Instance):
            element = Instance(element.model, element.origin or "out of a loop")
        if isinstance(element, CONTAINERS) and isinstance(iterable, Name):
            # The loop may change what it is handed.
            self._frame.bind(iterable.id, shape(self._kind(iterable)))
        self._loop(node, lambda: self._bind(node.target, element))

    def _on_While(self, node: cst.While) -> None:
        self._loop(node, lambda: self._value(node.test))

    def _loop(self, node: cst.For | cst.While, start: _Action) -> None:
        body = node.body
        names = tuple(target_names(node.target)) if isinstance(node, cst.For) else ()
        loop = InLoop(names, node)
        before = self._frame.moment
        for name in assigned_in(body):
            self._frame.bind(name, UNKNOWN)
        rehearsing, self.watch.rehearsing = self.watch.rehearsing, True
        leaps = self._round(loop, body, start)
        self.watch.rehearsing = rehearsing
        entered = before
        if not rehearsing:
            self._join(before, [before, *leaps.again, *leaps.out])
            entered = self._frame.moment
            leaps = self._round(loop, body, start)
        self._join(entered, [entered, *leaps.again])
        # A `break` leaves out what stands in the `else`.
        other = node.orelse
        ended = self._way(other.body) if other is not None else self._frame.moment
        self._join(entered, [ended, *leaps.out])

    def _round(self, loop: InLoop, body: cst.BaseSuite, start: _Action) -> Leaps:
        """One round of a loop: the moments at which it goes on or is left."""

        def body_from_start() -> None:
            self.watch.statement = loop.node
            start()
            self._block(body)

        self._leaps.append(Leaps())
        with self.watch.within(loop):
            ended = self._attempt(body_from_start)
        leaps = self._leaps.pop()
        if ended is not None:
            leaps.again.append(ended)
        return leaps

    def _on_With(self, node: cst.With) -> None:
        before = self._frame.moment
        swallows = False
        with ExitStack() as entered:
            for item in node.items:
                value = read(item.item)
                self.watch.see(value, self._frame)
                swallows = swallows or self._swallows(value)
                entered.enter_context(self.watch.within(InWith(value, self._kind(value), node)))
                if item.asname is not None:
                    self._bind(item.asname.name, self._entered(value))
            if not swallows:
                self._block(node.body)
                return
            body = self._way(node.body)
        self._frame.reset(before)
        self._join(before, [body, self._frame.interrupt(node.body, body)])

    def _swallows(self, manager: Expression) -> bool:
        """Whether `with manager:` may go on behind an exception in its body."""
        kind = self._kind(manager)
        return isinstance(kind, External) and kind.name == "contextlib.suppress()"

    def _entered(self, value: Expression) -> Kind:
        """What `with value as name` binds: of a session or file made there, that itself."""
        kind = self._kind(value)
        if not isinstance(kind, External):
            return UNKNOWN
        return kind if "ession" in kind.name or kind.name in FILES else UNKNOWN

    def _on_Try(self, node: cst.Try | cst.TryStar) -> None:
        before = self._frame.moment
        with self.watch.within(InTry(node)):
            body = self._way(node.body)
        self._frame.reset(before)
        halfway = self._frame.interrupt(node.body, body)
        ways: list[int | None] = []
        if body is not None:
            self._frame.reset(body)
            with self.watch.within(InElse(node)):
                ways.append(self._way(node.orelse.body) if node.orelse is not None else body)
        for handler in node.handlers:
            halfway = self._frame.reset(halfway)
            if handler.name is not None:
                types = read(handler.type) if handler.type is not None else None
                self._bind(handler.name.name, caught(self._meaning, types, self._frame))
            with self.watch.within(InHandler(handler, node)):
                ways.append(self._way(handler.body))
        self._frame.reset(halfway)
        if node.finalbody is None:
            self._join(before, ways)
            return
        living = any(way is not None for way in ways)
        if living:
            self._join(before, ways)
        with self.watch.within(InFinally(node)):
            self._block(node.finalbody.body)
        if not living:
            raise Ended

    _on_TryStar = _on_Try

    def _on_Match(self, node: cst.Match) -> None:
        self._value(node.subject)
        before = start = self._frame.moment
        ways: list[int | None] = []
        complete = False
        for case in node.cases:
            start = self._frame.reset(start)
            for name in assigned_in(case.pattern):
                self._frame.bind(name, UNKNOWN)
            if case.guard is not None:
                self._value(case.guard)
            ways.append(self._way(case.body))
            wildcard = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None
            complete = complete or (wildcard and case.guard is None)
        if not complete:
            ways.append(before)
        self._join(before, ways)

    # Ways through the code

    def _way(self, body: cst.BaseSuite) -> int | None:
        return self._attempt(lambda: self._block(body))

    def _attempt(self, action: _Action) -> int | None:
        """The moment after `action`; None if no way leads out of it."""
        try:
            action()
        except Ended:
            return None
        return self._frame.moment

    def _join(self, since: int, ways: list[int | None]) -> None:
        """Go on with what the ways that parted at `since` have in common at their ends."""
        living = [way for way in ways if way is not None]
        if not living:
            raise Ended
        self._frame.join(since, living)

    # Expressions

    def _kind(self, expression: Expression) -> Kind:
        return self._meaning.evaluate(expression, self._frame)

    def _value(self, node: cst.BaseExpression) -> None:
        self.watch.see(read(node), self._frame)
