"""Where the flow of a function stands: its variables, and what is around them."""

from __future__ import annotations

from collections.abc import Iterable

from flake8_celery_patterns.facts.scopes import Function, Scope
from flake8_celery_patterns.meaning.environment import Environment
from flake8_celery_patterns.meaning.kinds import UNKNOWN, Kind
from flake8_celery_patterns.meaning.scoped import Scoped
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

    def lookup(self, name: str) -> Kind:
        if name in self._rebound:
            return UNKNOWN
        if name in self.variables:
            return self.variables[name]
        return UNKNOWN if name in self._local else self._outer.lookup(name)

    def bind(self, name: str, kind: Kind) -> None:
        """From here on `name` is of `kind`."""
        self.variables[name] = kind

    def copy(self) -> Variables:
        """The variables as they are now."""
        return dict(self.variables)

    def reset(self, variables: Variables) -> None:
        """Go back to other variables."""
        self.variables.clear()
        self.variables.update(variables)

    def closure(self) -> Scoped:
        """What a nested function sees of the variables: those bound exactly once."""
        seen = {
            name: self.lookup(name) if self._times_bound(name) <= 1 else UNKNOWN
            for name in self.variables
        }
        return Scoped(self, seen)

    def _times_bound(self, name: str) -> int:
        bound = len(self.scope.bindings.get(name, ()))
        is_parameter = isinstance(self.scope, Function) and self.scope.parameter(name) is not None
        return bound + is_parameter
