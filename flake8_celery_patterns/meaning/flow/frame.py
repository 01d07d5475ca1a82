"""Where the flow of a function stands: its variables, and what is around them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function, Scope
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.kinds import UNKNOWN, Kind, join
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped
from flake8_celery_patterns.project.project import Source

Variables = dict[str, Kind]


class Frame:
    """A scope's variables at one moment, over what is around it.

    A name of `local` that is not bound yet is unknown; one that a nested function binds anew
    (`nonlocal`) stays so. Everything else is looked up in `outer`.
    """

    def __init__(
        self,
        scope: Scope,
        outer: Environment,
        variables: Variables | None = None,
        local: Iterable[str] = (),
    ) -> None:
        self.scope = scope
        self.variables: Variables = variables if variables is not None else {}
        self._outer = outer
        self._local = frozenset(local)
        self._rebound = frozenset(scope.rebound) if isinstance(scope, Function) else frozenset()

    @property
    def source(self) -> Source:
        return self._outer.source

    def frozen(self) -> Frame:
        return Frame(self.scope, self._outer, self.copy(), self._local)

    def lookup(self, name: str) -> Kind:
        if name in self._rebound:
            return UNKNOWN
        if name in self.variables:
            return self.variables[name]
        return UNKNOWN if name in self._local else self._outer.lookup(name)

    def bind(self, name: str, kind: Kind) -> None:
        """From here on `name` is of `kind`."""
        self.variables[name] = kind

    def forget_attributes(self) -> None:
        """A method of `self` was called: what was set on `self` may be something else now."""
        for name in [name for name in self.variables if name.startswith("self.")]:
            del self.variables[name]

    def copy(self) -> Variables:
        """The variables as they are now."""
        return dict(self.variables)

    def reset(self, variables: Variables) -> None:
        """Go back to other variables."""
        self.variables.clear()
        self.variables.update(variables)

    def closure(self) -> Scoped:
        """What a nested function sees of the variables: those bound exactly once."""
        seen = self.copy()
        for name in self._changing:
            if name in seen:
                seen[name] = UNKNOWN
        return Scoped(self, seen)

    @cached_property
    def _changing(self) -> frozenset[str]:
        """The names that are bound more than once, here or by a nested function."""
        scope = self.scope
        parameters = {p.name for p in scope.parameters} if isinstance(scope, Function) else set()
        again = (
            name for name, bound in scope.bindings.items() if len(bound) + (name in parameters) > 1
        )
        return self._rebound.union(again)


def interrupted(body: cst.BaseSuite, before: Variables, after: Variables | None) -> Variables:
    """The variables when an exception may have come between any two statements of `body`."""
    found = dict(before)
    for name, times in assigned_in(body).items():
        ended = after.get(name, UNKNOWN) if after is not None and times == 1 else UNKNOWN
        found[name] = join([before.get(name, UNKNOWN), ended])
    return found
