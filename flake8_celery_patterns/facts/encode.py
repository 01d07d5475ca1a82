"""A module's facts as JSON values and back, for the cache. Nodes are left behind."""

from __future__ import annotations

from typing import Any

from flake8_celery_patterns.facts import expressions
from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.facts.scopes import (
    Assignment,
    Binding,
    Class,
    Configuring,
    Function,
    Import,
    Module,
    Parameter,
    Scope,
    Setting,
)

# Raise it when what is encoded changes: an older cache is then ignored.
FORMAT = 7

_EXPRESSIONS: dict[str, type[Expression]] = {
    name: kind
    for name, kind in vars(expressions).items()
    if isinstance(kind, type) and issubclass(kind, Expression) and kind is not Expression
}
_PLAIN: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Import, Assignment, Parameter, Setting, Configuring)
}
_SCOPES: dict[str, type[Scope]] = {kind.__name__: kind for kind in (Class, Function, Module)}
_LEFT_OUT = frozenset({"node", "parent"})
_FIELDS: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(name for name in kind.__dataclass_fields__ if name not in _LEFT_OUT)
    for kind in (*_EXPRESSIONS.values(), *_PLAIN.values(), *_SCOPES.values())
}


def encode(module: Module) -> Any:
    """`module` as lists, dicts and scalars."""
    return _encode(module)


def decode(data: Any) -> Module:
    """What `encode` was given, without nodes.

    Raises ValueError, KeyError or TypeError on other data.
    """
    module = _decode(data)
    if not isinstance(module, Module):
        raise ValueError("not the facts of a module")
    return module


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (tuple, list)):
        return [None, *map(_encode, value)]
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    kind = type(value)
    return [kind.__name__, *(_encode(getattr(value, name)) for name in _FIELDS[kind])]


def _decode(data: Any) -> Any:
    if isinstance(data, list):
        tag, *rest = data
        values = [_decode(item) for item in rest]
        if tag is None:
            return tuple(values)
        kind = _EXPRESSIONS.get(tag) or _PLAIN.get(tag) or _SCOPES[tag]
        made = kind(**dict(zip(_FIELDS[kind], values, strict=True)))
        if isinstance(made, Scope):
            _adopt(made)
        return made
    if isinstance(data, dict):
        return {key: _decode(item) for key, item in data.items()}
    return data


def _adopt(scope: Scope) -> None:
    binding: Binding
    for bindings in scope.bindings.values():
        for binding in bindings:
            if isinstance(binding, Scope):
                binding.parent = scope
