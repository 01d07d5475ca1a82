"""Names bound on top of an environment: a comprehension's targets, a function's variables."""

from __future__ import annotations

from flake8_celery_patterns.facts.expressions import Expression, Name, Sequence, Star
from flake8_celery_patterns.meaning.kinds import UNKNOWN, Items, Kind, Row
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.project.project import Source


class Scoped:
    """Variables over an outer environment."""

    def __init__(self, outer: Environment, variables: dict[str, Kind] | None = None) -> None:
        self._outer = outer
        self.variables: dict[str, Kind] = variables if variables is not None else {}

    @property
    def source(self) -> Source:
        return self._outer.source

    @property
    def outer(self) -> Environment:
        """What the variables are on top of."""
        return self._outer

    def frozen(self) -> Scoped:
        return Scoped(self._outer.frozen(), dict(self.variables))

    def lookup(self, name: str) -> Kind:
        if name in self.variables:
            return self.variables[name]
        return self._outer.lookup(name)

    def bind(self, target: Expression, kind: Kind) -> None:
        """Give the names of an assignment target their kinds, unpacking as Python does."""
        if isinstance(target, Name):
            self.variables[target.id] = kind
        elif isinstance(target, Star):
            self.bind(target.value, Items(kind))
        elif isinstance(target, Sequence):
            for part, value in zip(target.items, _unpacked(target, kind), strict=True):
                self.bind(part, value)


def _unpacked(target: Sequence, kind: Kind) -> list[Kind]:
    count = len(target.items)
    starred = any(isinstance(item, Star) for item in target.items)
    if isinstance(kind, Row) and len(kind.items) == count and not starred:
        return list(kind.items)
    if isinstance(kind, Items):
        return [kind.element] * count
    return [UNKNOWN] * count
