"""Names bound on top of an environment: a comprehension's targets, a function's variables."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_celery_patterns.facts.expressions import Expression, Name, Sequence, Star
from flake8_celery_patterns.meaning.kinds import UNKNOWN, Items, Kind, Row
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.project.project import Source


class Scoped:
    """Variables over an outer environment."""

    def __init__(self, outer: Environment, variables: dict[str, Kind] | None = None) -> None:
        self._outer = outer
        self._variables: dict[str, Kind] = variables if variables is not None else {}
        # Whether a frozen one has the same variables: they are copied when one is bound.
        self._is_shared = False

    @property
    def source(self) -> Source:
        return self._outer.source

    @property
    def outer(self) -> Environment:
        """What the variables are on top of."""
        return self._outer

    def frozen(self) -> Scoped:
        same = Scoped(self._outer.frozen(), self._variables)
        self._is_shared = same._is_shared = True
        return same

    def held(self, name: str) -> Kind | None:
        """What the variables hold for `name`; None for nothing."""
        return self._variables.get(name)

    def lookup(self, name: str) -> Kind:
        held = self.held(name)
        return held if held is not None else self._outer.lookup(name)

    def bind(self, target: Expression, kind: Kind) -> None:
        """Give the names of an assignment target their kinds, unpacking as Python does."""
        for name, part in bound(target, kind):
            self.give(name, part)

    def give(self, name: str, kind: Kind) -> None:
        """From here on `name` is of `kind`."""
        if self._is_shared:
            self._variables, self._is_shared = dict(self._variables), False
        self._variables[name] = kind


def bound(target: Expression, kind: Kind) -> Iterator[tuple[str, Kind]]:
    """The names that an assignment target binds, and what it gives each of a value of `kind`."""
    if isinstance(target, Name):
        yield target.id, kind
    elif isinstance(target, Star):
        yield from bound(target.value, Items(kind))
    elif isinstance(target, Sequence):
        for part, value in zip(target.items, _unpacked(target, kind), strict=True):
            yield from bound(part, value)


def _unpacked(target: Sequence, kind: Kind) -> list[Kind]:
    count = len(target.items)
    starred = any(isinstance(item, Star) for item in target.items)
    if isinstance(kind, Row) and len(kind.items) == count and not starred:
        return list(kind.items)
    if isinstance(kind, Items):
        return [kind.element] * count
    return [UNKNOWN] * count
