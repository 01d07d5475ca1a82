"""What a value is by its annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Binary,
    Constant,
    Expression,
    Opaque,
    Sequence,
    Subscript,
    shown,
)
from flake8_celery_patterns.meaning.kinds import (
    NOTHING,
    UNKNOWN,
    Awaitable,
    ClassKind,
    External,
    Instance,
    Items,
    Kind,
    ModelClass,
    Object,
    Plain,
    Row,
    Stream,
    Table,
    bounded,
    join,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "builtins.", "sqlalchemy.orm.")
_WRAPPERS = frozenset(
    {
        "Annotated",
        "ClassVar",
        "Final",
        "Mapped",
        "NotRequired",
        "Optional",
        "Required",
        "WriteOnlyMapped",
    }
)
_COLLECTIONS = frozenset(
    """
    AsyncGenerator AsyncIterable AsyncIterator Collection Deque FrozenSet Generator Iterable
    Iterator List MutableSequence MutableSet Sequence Set deque frozenset list set
    """.split()
)
# What a collection so annotated is itself; the others of `_COLLECTIONS` may be anything.
_FORMS = {
    "AsyncGenerator": "generator",
    "Deque": "deque",
    "FrozenSet": "frozenset",
    "Generator": "generator",
    "Iterator": "iterator",
    "List": "list",
    "MutableSet": "set",
    "Set": "set",
    "deque": "deque",
    "frozenset": "frozenset",
    "list": "list",
    "set": "set",
}
_QUERYSETS = ("QuerySet", "QuerySetAny")
_LONGEST_ANNOTATION = 500
_PLAIN = frozenset({"bool", "bytes", "float", "int", "str"})


def annotated(meaning: Meaning, annotation: Expression, environment: Environment) -> Kind:
    """The kind of a value annotated so; `None` in a union is left out."""
    if isinstance(annotation, Constant):
        return _constant(meaning, annotation, environment)
    if isinstance(annotation, Binary) and annotation.operator == "|":
        return _union(meaning, (annotation.left, annotation.right), environment)
    if isinstance(annotation, Subscript):
        return _generic(meaning, annotation, environment)
    if isinstance(annotation, Opaque):
        return UNKNOWN
    aliased, where = followed(meaning, annotation, environment)
    if aliased is not annotation and isinstance(aliased, (Binary, Subscript)):
        key = ("annotated", id(aliased))
        unknown: Kind = UNKNOWN
        return meaning.known(key, unknown, annotated, meaning, aliased, where)
    found = meaning.evaluate(annotation, environment)
    if isinstance(found, ModelClass):
        return Instance(found.model, f"annotated {shown(annotation)}")
    if isinstance(found, ClassKind):
        return Object(found)
    if isinstance(found, External):
        if found.name.removeprefix("builtins.") in _PLAIN:
            return Plain(found.name.removeprefix("builtins."))
        if found.name.startswith("django.") and found.name.endswith((*_QUERYSETS, "Manager")):
            return UNKNOWN
        return External(found.name + "()")
    return UNKNOWN


def _constant(meaning: Meaning, annotation: Constant, environment: Environment) -> Kind:
    if annotation.value is None:
        return NOTHING
    if not isinstance(annotation.value, str):
        return UNKNOWN
    parsed = meaning.parsed_annotation(annotation.value)
    return annotated(meaning, parsed, environment) if parsed is not None else UNKNOWN


def _union(meaning: Meaning, members: tuple[Expression, ...], environment: Environment) -> Kind:
    kinds = [annotated(meaning, member, environment) for member in members]
    real = [kind for kind in kinds if kind != NOTHING]
    return join(real) if real else NOTHING


def _generic(meaning: Meaning, annotation: Subscript, environment: Environment) -> Kind:
    found = meaning.evaluate(annotation.value, environment)
    index = annotation.index
    members = index.items if isinstance(index, Sequence) else (index,)
    name = _typing_name(found)
    if name == "Union":
        return _union(meaning, members, environment)
    if not members:
        return UNKNOWN
    first = annotated(meaning, members[0], environment)
    if name in _WRAPPERS:
        return first
    if name in _COLLECTIONS:
        return Items(first, _FORMS.get(name, ""))
    if name in ("Tuple", "tuple"):
        if len(members) == 2 and isinstance(members[1], Opaque):
            return Items(first)
        rest = [annotated(meaning, member, environment) for member in members[1:]]
        return Row(tuple(bounded([first, *rest])))
    if name in ("Dict", "Mapping", "MutableMapping", "dict", "defaultdict", "OrderedDict"):
        return Table(annotated(meaning, members[-1], environment), (first,))
    if name in ("Awaitable", "Coroutine"):
        return Awaitable(annotated(meaning, members[-1], environment))
    if name in ("Type", "type"):
        return ModelClass(first.model) if isinstance(first, Instance) else UNKNOWN
    if isinstance(found, External) and isinstance(first, Instance):
        row = annotated(meaning, members[1], environment) if len(members) > 1 else first
        if found.name.endswith(_QUERYSETS):
            return Stream("queryset", first.model, row)
        if found.name.endswith("Manager") and found.name.startswith("django"):
            return Stream("manager", first.model, row)
    return UNKNOWN


def _typing_name(found: Kind) -> str:
    if isinstance(found, External) and found.name.startswith(_TYPING):
        return found.name.rpartition(".")[2]
    return ""


def parsed(text: str) -> Expression | None:
    """The expression in a string annotation; None if it is not one."""
    import libcst as cst

    from flake8_celery_patterns.facts.read import read

    if len(text) > _LONGEST_ANNOTATION:
        return None
    try:
        return read(cst.parse_expression(text.strip()))
    except (cst.ParserSyntaxError, RecursionError, ValueError):
        return None
