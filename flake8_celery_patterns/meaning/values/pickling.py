"""Whether an exception of the project can be rebuilt from what pickle keeps of it: its `args`."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Name
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.kinds import ClassKind, External
from flake8_celery_patterns.meaning.names.classes import Ancestry

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Methods by which a class says itself how it is copied or made, and the attribute it is made from.
_OWN_WAYS = ("__reduce__", "__reduce_ex__", "__new__", "__getattribute__", "args")
# Built-in exceptions that pickle by other means than their `args` alone.
_SPECIAL = (
    ImportError,
    UnicodeError,
    SyntaxError,
    getattr(builtins, "BaseExceptionGroup", SyntaxError),
)
_MOST_BASES = 10


@dataclass(frozen=True, slots=True)
class Unbuildable:
    """An exception's `__init__` that cannot be called with the `args` it leaves.

    `count`: how many it leaves; `missing`: a keyword-only parameter that has to be given, or "".
    """

    owner: ClassKind
    init: Function
    count: int
    missing: str


def external_classes(family: Ancestry) -> frozenset[str]:
    """The full names of the built-in classes that an exception of the project is one of."""
    names: set[str] = set()
    for name in family.external:
        found = _builtin(name)
        if found is not None:
            names.update(f"builtins.{base.__name__}" for base in found.__mro__)
    return frozenset(names)


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name.removeprefix("builtins."), None)
    is_exception = isinstance(found, type) and issubclass(found, BaseException)
    return found if is_exception and name.startswith("builtins.") else None


def unbuildable(meaning: Meaning, kind: ClassKind) -> Unbuildable | None:
    """Why pickle certainly cannot rebuild an exception of a class; None if it can, or may."""
    family = meaning.ancestry(kind)
    known = [_builtin(name) for name in family.external]
    if not family.whole or not known or len(family.classes) > _MOST_BASES:
        return None
    if any(found is None or issubclass(found, _SPECIAL) for found in known):
        return None
    for owner in family.classes:
        definition = owner.definition
        if definition.decorators or "args" in definition.assigned:
            return None
        if any(name in definition.bindings for name in _OWN_WAYS):
            return None
    found_init = family.method("__init__")
    if found_init is None:
        return None
    owner, init = found_init
    inits = [kind for kind in family.classes if "__init__" in kind.definition.bindings]
    if len(inits) > 1 and any(len(kind.definition.bases) > 1 for kind in family.classes):
        return None
    count = _left(meaning, family, owner, init)
    if init.decorators or init.initialises is None:
        return None
    for parameter in init.parameters:
        # Pickle gives nothing by keyword, however many `args` there are.
        if parameter.kind == "keyword_only" and parameter.default is None:
            return Unbuildable(owner, init, count or 0, parameter.name)
    if count is None:
        return None
    taken = [p for p in init.parameters if p.kind in ("positional", "positional_only")][1:]
    required = sum(parameter.default is None for parameter in taken)
    is_open = any(parameter.kind == "args" for parameter in init.parameters)
    if count < required or (count > len(taken) and not is_open):
        return Unbuildable(owner, init, count, "")
    return None


def _left(meaning: Meaning, family: Ancestry, owner: ClassKind, init: Function) -> int | None:
    """How many `args` an exception has once it is made; None where that is not certain."""
    for _ in range(_MOST_BASES):
        call = init.initialises
        if call is None or not isinstance(call.function, Attribute):
            return None
        above = _next(family, owner)
        explicit = not _is_super(call.function.value)
        if explicit and not _is_first_base(meaning, call, owner, above):
            return None
        if above is None:
            if call.is_open or any(a.keyword is not None for a in call.arguments):
                return None
            return len(call.arguments) - explicit
        owner, init = above
    return None


def _next(family: Ancestry, owner: ClassKind) -> tuple[ClassKind, Function] | None:
    """The next class of the project with an `__init__`, in the order of look-up."""
    position = family.classes.index(owner)
    for other in family.classes[position + 1 :]:
        init = other.definition.method("__init__")
        if init is not None:
            return other, init
    return None


def _is_super(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function == Name("super")


def _is_first_base(
    meaning: Meaning,
    call: Call,
    owner: ClassKind,
    above: tuple[ClassKind, Function] | None,
) -> bool:
    """Whether `Base.__init__(self, …)` goes to the class that `super()` would."""
    assert isinstance(call.function, Attribute)
    first = call.positional(0)
    if owner.definition.method("__init__") is None or not isinstance(first, Name):
        return False
    where = meaning.lexical(owner.source, owner.definition.parent or owner.source.facts)
    base = meaning.evaluate(call.function.value, where)
    if isinstance(base, ClassKind):
        return meaning.ancestry(base).method("__init__") == above
    return above is None and isinstance(base, External) and _builtin(base.name) is not None
