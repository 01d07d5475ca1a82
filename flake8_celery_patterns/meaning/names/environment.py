"""What names mean: by the scopes they stand in, and through the project's imports."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Protocol

from flake8_celery_patterns.facts.scopes import (
    Assignment,
    Binding,
    Class,
    Function,
    Import,
    Scope,
)
from flake8_celery_patterns.meaning.kinds import (
    NOTHING,
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Kind,
    ModuleKind,
    Unresolved,
)
from flake8_celery_patterns.project.project import Outside, Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Names that are there without being bound; `exit` and `quit` are put there by `site`.
_BUILTINS = frozenset(dir(builtins)) | {"exit", "quit"}


class Environment(Protocol):
    """Where an expression stands: what its names are bound to."""

    @property
    def source(self) -> Source: ...

    def lookup(self, name: str) -> Kind:
        """What `name` is here; `UNKNOWN` if that is not certain."""

    def frozen(self) -> Environment:
        """The same, as it is now: what is bound later does not change it."""


class Lexical:
    """Names as the scopes bind them, wherever in the scope the binding stands.

    `given` are names known otherwise, such as the `self` of a method that is looked into.
    """

    def __init__(
        self, meaning: Meaning, source: Source, scope: Scope, given: dict[str, Kind] | None = None
    ) -> None:
        self._meaning = meaning
        self._source = source
        self._scope = scope
        self._given = given or {}

    @property
    def source(self) -> Source:
        return self._source

    @property
    def scope(self) -> Scope:
        """The scope whose names these are."""
        return self._scope

    def frozen(self) -> Lexical:
        return self

    def lookup(self, name: str) -> Kind:
        if name in self._given:
            return self._given[name]
        for scope in self._scope.enclosing():
            if isinstance(scope, Class) and scope is not self._scope:
                continue
            if name in scope.bindings:
                return self._meaning.bound(self._source, scope, name, self._given)
            if isinstance(scope, Function):
                parameter = scope.parameter(name)
                if parameter is not None:
                    return self._meaning.parameter(self._source, scope, parameter)
        return outer_name(self._source, name)


def outer_name(source: Source, name: str) -> Kind:
    """A name that no scope of the file binds: a builtin, or one that a star-import may bring."""
    if source.facts.stars:
        return Unresolved(name)
    return External(f"builtins.{name}") if name in _BUILTINS else Unresolved(name)


def binding_kind(
    meaning: Meaning, source: Source, scope: Scope, binding: Binding, given: dict[str, Kind]
) -> Kind:
    """What one binding of a name gives it."""
    if isinstance(binding, Import):
        return imported(meaning, source, binding)
    if isinstance(binding, Class):
        return ClassKind(source, binding)
    if isinstance(binding, Function):
        return FunctionKind(source, binding)
    environment = Lexical(meaning, source, scope, given)
    return _assigned(meaning, environment, binding)


def _assigned(meaning: Meaning, environment: Lexical, binding: Assignment) -> Kind:
    if binding.value is not None:
        kind = meaning.evaluate(binding.value, environment)
        if kind != UNKNOWN or binding.annotation is None:
            return kind
    if binding.annotation is not None:
        return meaning.annotated(binding.annotation, environment)
    return UNKNOWN


def imported(meaning: Meaning, source: Source, binding: Import) -> Kind:
    """What an import binds: a module or something in one, in the project or outside."""
    found = meaning.project.find(source, binding)
    if found is None:
        return UNKNOWN
    if isinstance(found, Outside):
        if binding.name is None:
            return External(found.name)
        separator = "" if found.name.endswith(".") else "."
        return External(f"{found.name}{separator}{binding.name}")
    if binding.name is None:
        return ModuleKind(found)
    return member(meaning, found, binding.name)


def member(meaning: Meaning, module: Source, name: str) -> Kind:
    """The attribute `name` of a module of the project."""
    if name in module.facts.bindings:
        kind = meaning.bound(module, module.facts, name, {})
        if kind != UNKNOWN or not module.is_package:
            return kind
    inner = meaning.project.submodule(module, name)
    if inner is not None:
        return ModuleKind(inner)
    return UNKNOWN


def join_bindings(kinds: list[Kind]) -> Kind:
    """What a name is that is bound several times: what all agree on, `None` stand-ins left out."""
    real = [kind for kind in kinds if kind != NOTHING]
    if not real:
        return NOTHING if kinds else UNKNOWN
    return real[0] if all(kind == real[0] for kind in real) else UNKNOWN
