"""Where a class comes from: its bases, followed through the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Subscript
from flake8_celery_patterns.facts.scopes import Binding, Function
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, ModelClass
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Bases that say nothing and hide nothing.
_NEUTRAL = frozenset(
    {
        "abc.ABC",
        "builtins.object",
        "typing.Generic",
        "typing.Protocol",
        "typing_extensions.Generic",
        "typing_extensions.Protocol",
    }
)


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A class and all its bases, nearest first.

    `external` are the full names of bases outside the project; `whole` says that no base stayed
    unresolved (an external one counts as resolved: its name is known).
    """

    classes: tuple[ClassKind, ...]
    external: tuple[str, ...]
    whole: bool

    def binding(self, name: str) -> tuple[ClassKind, Binding] | None:
        """The class of the project that binds `name` first, and its last binding there."""
        for kind in self.classes:
            bound = kind.definition.bindings.get(name)
            if bound:
                return kind, bound[-1]
        return None

    def method(self, name: str) -> tuple[ClassKind, Function] | None:
        """The method `name`, if a class of the project defines it."""
        found = self.binding(name)
        if found is not None and isinstance(found[1], Function):
            return found[0], found[1]
        return None

    def derives(self, *prefixes: str) -> bool:
        """Whether a base outside the project has a full name that starts so."""
        return any(name.startswith(prefixes) for name in self.external)


def ancestry(meaning: Meaning, kind: ClassKind) -> Ancestry:
    """`kind` and its bases, in the order of look-up (nearly: depth first)."""
    classes: dict[ClassKind, None] = {}
    external: dict[str, None] = {}
    whole = True
    stack = [kind]
    while stack:
        current = stack.pop()
        if current in classes:
            continue
        classes[current] = None
        below: list[ClassKind] = []
        if any(argument.star for argument in current.definition.arguments):
            whole = False
        for base in base_kinds(meaning, current):
            if isinstance(base, ClassKind):
                below.append(base)
            elif isinstance(base, ModelClass) and base.model.definition is not None:
                below.append(base.model.definition)
            elif isinstance(base, External):
                if base.name not in _NEUTRAL:
                    external[base.name] = None
            else:
                whole = False
        stack.extend(reversed(below))
    return Ancestry(tuple(classes), tuple(external), whole)


def queryset_of(meaning: Meaning, call: Call, environment: Environment) -> ClassKind | None:
    """The project's queryset class in `Manager.from_queryset(OrderQuerySet)`."""
    function = call.function
    if isinstance(function, Attribute) and function.name == "from_queryset":
        first = call.positional(0)
        found = meaning.evaluate(first, environment) if first is not None else None
        return found if isinstance(found, ClassKind) else None
    return None


def base_kinds(meaning: Meaning, kind: ClassKind) -> list[Kind]:
    """What the bases of a class are, in order; `Unresolved` or unknown ones included."""
    scope = kind.definition.parent or kind.source.facts
    environment = Lexical(meaning, kind.source, scope)
    return [_base(meaning, base, environment) for base in kind.definition.bases]


def _base(meaning: Meaning, base: Expression, environment: Lexical) -> Kind:
    if isinstance(base, Subscript):
        base = base.value
    if isinstance(base, Call):
        custom = queryset_of(meaning, base, environment)
        if custom is not None:
            return custom
    found = meaning.evaluate(base, environment)
    if isinstance(found, ModelClass):
        if found.model.definition is not None:
            return found.model.definition
        return External(found.model.external)
    return found
