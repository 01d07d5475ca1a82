"""A module's facts as JSON values and back, for the cache. Nodes are left behind.

What is decoded may be forged, with a right checksum: whoever can write to a shared cache folder can
do that. Each value is held against the type hint of its field; data that does not fit is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from flake8_celery_patterns.facts import expressions
from flake8_celery_patterns.facts.expressions import Argument, Clause, Entry, Expression, Opaque
from flake8_celery_patterns.facts.scopes import (
    Assignment,
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
FORMAT = 8

# An expression nested deeper is kept as unknown: whoever asks about one goes down level by level,
# and Python's own stack must last.
_DEEPEST = 60
# Parts are not left out themselves: an argument that holds an unknown value is two levels more.
_DEEPEST_READ = _DEEPEST + 2
# A relative import can climb no higher: Linux opens no longer path (PATH_MAX).
_MOST_DOTS = 4096

_EXPRESSIONS = frozenset(
    kind
    for kind in vars(expressions).values()
    if isinstance(kind, type) and issubclass(kind, Expression) and kind is not Expression
)
# They stand in places of their own. Every other expression can stand wherever one can.
_PARTS = frozenset({Argument, Clause, Entry})
_WHOLE = _EXPRESSIONS - _PARTS
_SCOPES: tuple[type[Any], ...] = (Class, Function, Module)
_OTHERS: tuple[type[Any], ...] = (Import, Assignment, Parameter, Setting, Configuring)
_KINDS: dict[str, type[Any]] = {k.__name__: k for k in (*_EXPRESSIONS, *_SCOPES, *_OTHERS)}
_LEFT_OUT = frozenset({"node", "parent"})
# The hints of `node` name classes of libcst, which is not imported for this.
_LIBCST = SimpleNamespace(CSTNode=object, ClassDef=object, FunctionDef=object, Param=object)


class _Field(NamedTuple):
    """What a field can hold: values of just these types; if several, of these; as text, of these.

    A set without `texts` allows every text.
    """

    name: str
    types: frozenset[type]
    items: frozenset[type]
    texts: frozenset[str]


def _alternatives(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, UnionType):
        for alternative in get_args(hint):
            yield from _alternatives(alternative)
    else:
        yield hint


def _types(hint: Any) -> frozenset[type]:
    found: set[type] = set()
    for each in _alternatives(hint):
        origin = get_origin(each)
        if each is Expression:
            found |= _WHOLE
        elif origin is Literal:
            found.add(str)
        else:
            found.add(tuple if origin is Sequence else origin or each)
    return frozenset(found)


def _items(hint: Any) -> frozenset[type]:
    """The types of what a tuple holds; of what the tuples in a dict hold."""
    for each in _alternatives(hint):
        if get_origin(each) in (tuple, Sequence):
            return _types(get_args(each)[0])
        if get_origin(each) is dict:
            return _items(get_args(each)[1])
    return frozenset()


def _texts(hint: Any) -> frozenset[str]:
    literals = [each for each in _alternatives(hint) if get_origin(each) is Literal]
    return frozenset(text for literal in literals for text in get_args(literal))


def _fields(kind: type[Any]) -> tuple[_Field, ...]:
    hints = get_type_hints(kind, localns={"cst": _LIBCST})
    return tuple(
        _Field(name, _types(hints[name]), _items(hints[name]), _texts(hints[name]))
        for name in kind.__dataclass_fields__
        if name not in _LEFT_OUT
    )


_FIELDS: dict[type[Any], tuple[_Field, ...]] = {kind: _fields(kind) for kind in _KINDS.values()}


def encode(module: Module) -> Any:
    """`module` as lists, dicts and scalars. Raises RecursionError where scopes nest without end."""
    return _encode(module, 0)


def decode(data: Any) -> Module:
    """What `encode` was given, without nodes, and to a bounded depth.

    Raises ValueError, KeyError or TypeError on data that `encode` does not make.
    """
    try:
        module = _decode(data, 0)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if type(module) is not Module:
        raise ValueError("not the facts of a module")
    return module


def _encode(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (tuple, list)):
        return [None, *[_encode(item, depth) for item in value]]
    if isinstance(value, dict):
        return {key: _encode(item, depth) for key, item in value.items()}
    kind = type(value)
    if kind in _EXPRESSIONS:
        depth += 1
        if depth > _DEEPEST and kind not in _PARTS:
            value, kind = Opaque(), Opaque
    return [kind.__name__, *[_encode(getattr(value, f.name), depth) for f in _FIELDS[kind]]]


def _decode(data: Any, depth: int) -> Any:
    if isinstance(data, list):
        tag, *rest = data
        if tag is None:
            return tuple([_decode(item, depth) for item in rest])
        kind = _KINDS[tag]
        if kind in _EXPRESSIONS:
            depth += 1
            if depth > _DEEPEST_READ:
                raise ValueError("nested too deeply")
        values = [_decode(item, depth) for item in rest]
        for (name, types, items, texts), value in zip(_FIELDS[kind], values, strict=True):
            # (Unpacked, and most fields are done here: this runs for every part of an expression.)
            if type(value) not in types or ((items or texts) and not _fits(value, items, texts)):
                raise ValueError(f"{name} cannot be {value!r:.99}")
        if kind is Import and not 0 <= values[2] <= _MOST_DOTS:
            raise ValueError("level cannot be so large")
        if kind not in _SCOPES:
            return kind(*values)
        return _adopting(kind(values[0], values[1], None, *values[2:]))
    if isinstance(data, dict):
        return {key: _decode(item, depth) for key, item in data.items()}
    return data


def _fits(value: Any, items: frozenset[type], texts: frozenset[str]) -> bool:
    """Whether what a value of the right type holds, or says, can be."""
    if isinstance(value, tuple):
        return items.issuperset(map(type, value))
    if isinstance(value, dict):
        several = value.values()
        return all(type(each) is tuple and items.issuperset(map(type, each)) for each in several)
    return not texts or value is None or value in texts


def _adopting(scope: Scope) -> Scope:
    for bindings in scope.bindings.values():
        for binding in bindings:
            if isinstance(binding, Scope):
                binding.parent = scope
    return scope
