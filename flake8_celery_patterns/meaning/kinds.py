"""Kinds: what an expression is known to be. Everything not proved is `UNKNOWN`.

Equality is what branches are joined by: two ways agree if their kinds are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.project.project import Source


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is."""


@dataclass(frozen=True, slots=True)
class Unknown(Kind):
    """It could be anything."""


@dataclass(frozen=True, slots=True)
class Plain(Kind):
    """Nothing that a rule asks about: a number, a text, the value of a column."""


@dataclass(frozen=True, slots=True)
class Nothing(Kind):
    """None."""


@dataclass(frozen=True, slots=True)
class Empty(Kind):
    """The elements of a container that has none yet."""


UNKNOWN = Unknown()
PLAIN = Plain()
NOTHING = Nothing()
EMPTY = Empty()


@dataclass(frozen=True, slots=True)
class External(Kind):
    """Something of a library, by its full name; `()` in it stands for a call's result."""

    name: str


@dataclass(frozen=True, slots=True)
class Unresolved(Kind):
    """A name bound to something that was not found; `name` is its last part."""

    name: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class ModuleKind(Kind):
    source: Source


@dataclass(frozen=True, slots=True)
class ClassKind(Kind):
    """A class of the project."""

    source: Source
    definition: Class


@dataclass(frozen=True, slots=True)
class FunctionKind(Kind):
    """A function of the project."""

    source: Source
    definition: Function


@dataclass(frozen=True, slots=True)
class Object(Kind):
    """An instance of a class of the project that is not a model."""

    of: ClassKind


Orm = Literal["Django", "SQLAlchemy", "SQLModel", "peewee", "MongoEngine", "Tortoise", "Pony"]


@dataclass(frozen=True, slots=True)
class Model:
    """An ORM's class. `definition` is None for one outside the project or known by name only.

    `external` is the full name of one outside the project, where it is known.
    """

    name: str
    orm: Orm
    definition: ClassKind | None = field(default=None, repr=False)
    external: str = ""


@dataclass(frozen=True, slots=True)
class ModelClass(Kind):
    model: Model


@dataclass(frozen=True, slots=True)
class Instance(Kind):
    """A mapped instance. `origin` says in the user's terms where it comes from."""

    model: Model
    origin: str = field(default="", compare=False)


StreamKind = Literal[
    "manager",
    "queryset",
    "related",
    "query",
    "relationship",
    "select",
    "scalars",
    "result",
    "single",
]


@dataclass(frozen=True, slots=True)
class Stream(Kind):
    """What hands out instances (or other rows): a manager, queryset, query, select, result.

    `custom` is the project's own manager or queryset class, whose methods it has too.
    """

    form: StreamKind
    model: Model
    element: Kind
    custom: ClassKind | None = None


@dataclass(frozen=True, slots=True)
class Items(Kind):
    """A list, tuple, set, iterator … whose elements are all of one kind."""

    element: Kind


@dataclass(frozen=True, slots=True)
class Row(Kind):
    """A tuple of known length."""

    items: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Table(Kind):
    """A dict whose values are all of one kind."""

    value: Kind


@dataclass(frozen=True, slots=True)
class Mixed(Kind):
    """A list or dict of a literal, whose elements or values are of different kinds."""

    members: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Maybe(Kind):
    """A value of kind `of`, or None: which, a test may tell."""

    of: Kind


@dataclass(frozen=True, slots=True)
class TaskSelf(Kind):
    """The `self` of a bound task function."""

    of: FunctionKind


@dataclass(frozen=True, slots=True)
class Awaitable(Kind):
    value: Kind


@dataclass(frozen=True, slots=True)
class Method(Kind):
    """`owner.name`, not called yet. `text` is the owner as the user wrote it."""

    owner: Kind
    name: str
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Partial(Kind):
    """`functools.partial(…)` or a signature made of a task: `of` is what it will call."""

    of: Kind


def join(kinds: list[Kind]) -> Kind:
    """What a value is that comes by several ways: the kind all agree on, else unknown.

    Instances of different models of one ORM agree on being instances.
    """
    if not kinds:
        return UNKNOWN
    first = kinds[0]
    if all(kind == first for kind in kinds):
        return first
    filled = [kind for kind in kinds if kind != EMPTY]
    if len(filled) < len(kinds):
        return join(filled)
    if any(kind == NOTHING or isinstance(kind, Maybe) for kind in kinds):
        held = [kind.of if isinstance(kind, Maybe) else kind for kind in kinds if kind != NOTHING]
        joined = join(held)
        return Maybe(joined) if isinstance(joined, Instance) else UNKNOWN
    instances = [kind for kind in kinds if isinstance(kind, Instance)]
    if len(instances) == len(kinds):
        names = sorted({kind.model.name for kind in instances})
        orms = {kind.model.orm for kind in instances}
        if len(orms) == 1:
            return Instance(Model(" or ".join(names), instances[0].model.orm), instances[0].origin)
    containers = [kind for kind in kinds if isinstance(kind, Items)]
    if len(containers) == len(kinds):
        return Items(join([kind.element for kind in containers]))
    return UNKNOWN
