"""Where the flow of a function stands: its variables, and what is around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function, Scope
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.variables import Variables
from flake8_celery_patterns.meaning.kinds import UNKNOWN, Kind, join
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped
from flake8_celery_patterns.project.project import Source


class Frame:
    """A scope's variables, over what is around it.

    A name of `local` that is not bound yet is unknown; one that a nested function binds anew
    (`nonlocal`) stays so. Everything else is looked up in `outer`.
    """

    def __init__(
        self,
        scope: Scope,
        outer: Environment,
        variables: dict[str, Kind] | None = None,
        local: Iterable[str] = (),
    ) -> None:
        self.scope = scope
        self._variables = Variables(variables or {})
        self._outer = outer
        self._local = frozenset(local)
        self._rebound = frozenset(scope.rebound) if isinstance(scope, Function) else frozenset()

    @property
    def source(self) -> Source:
        return self._outer.source

    @property
    def moment(self) -> int:
        """The moment that the variables stand at."""
        return self._variables.moment

    def frozen(self) -> Still:
        return Still(self, self.moment)

    def lookup(self, name: str) -> Kind:
        return self.resolved(name, self.held(name))

    def resolved(self, name: str, held: Kind | None) -> Kind:
        """What `name` is where the variables hold `held` for it."""
        if name in self._rebound:
            return UNKNOWN
        if held is not None:
            return held
        return UNKNOWN if name in self._local else self._outer.lookup(name)

    def held(self, name: str, moment: int | None = None) -> Kind | None:
        """What the variables hold for `name`, now or at an earlier moment; None for nothing."""
        return self._variables.held(name, moment)

    def bind(self, name: str, kind: Kind) -> None:
        """From here on `name` is of `kind`."""
        self._variables.bind(name, kind)

    def forget_attributes(self) -> None:
        """A method of `self` was called: what was set on `self` may be something else now."""
        self._variables.forget_attributes()

    def reset(self, moment: int) -> int:
        """Go back to the variables of an earlier moment; give the moment that this makes."""
        self._variables.reset(moment)
        return self.moment

    def join(self, since: int, ways: Sequence[int]) -> None:
        """The variables are what the ways that parted at `since` agree on where each ended."""
        self._variables.join(since, ways)

    def interrupt(self, body: cst.BaseSuite, after: int | None) -> int:
        """The variables, as they were before `body`, after an exception somewhere in it.

        `after`: the moment behind all of it, if one is reached. Gives the moment that this makes.
        """
        for name, times in assigned_in(body).items():
            ended = self.held(name, after) if after is not None and times == 1 else None
            before = self.held(name)
            self.bind(name, join([before or UNKNOWN, ended or UNKNOWN]))
        return self.moment

    def closure(self) -> Closure:
        """What a nested function sees of the variables: those bound exactly once."""
        return Closure(self, self, self.moment)

    @cached_property
    def changing(self) -> frozenset[str]:
        """The names that are bound more than once, here or by a nested function."""
        scope = self.scope
        parameters = {p.name for p in scope.parameters} if isinstance(scope, Function) else set()
        again = (
            name for name, bound in scope.bindings.items() if len(bound) + (name in parameters) > 1
        )
        return self._rebound.union(again)


class Still:
    """A frame at one moment: what is bound later does not change it."""

    def __init__(self, frame: Frame, moment: int) -> None:
        self._frame = frame
        self._moment = moment

    @property
    def source(self) -> Source:
        return self._frame.source

    @property
    def scope(self) -> Scope:
        """The scope whose names these are."""
        return self._frame.scope

    def frozen(self) -> Still:
        return self

    def lookup(self, name: str) -> Kind:
        return self._frame.resolved(name, self._frame.held(name, self._moment))


class Closure(Scoped):
    """What a nested function sees of a frame at one moment."""

    def __init__(self, outer: Environment, frame: Frame, moment: int) -> None:
        super().__init__(outer)
        self._frame = frame
        self._moment = moment

    def frozen(self) -> Closure:
        return Closure(self.outer.frozen(), self._frame, self._moment)

    def held(self, name: str) -> Kind | None:
        kind = self._frame.held(name, self._moment)
        return UNKNOWN if kind is not None and name in self._frame.changing else kind
