"""Kinds: what an expression is known to be. Everything not proved is `UNKNOWN`.

Equality is what branches are joined by: two ways agree if their kinds are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from flake8_celery_patterns.facts.expressions import Call, Expression
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.canvas.members import Member, Signed, blurred
from flake8_celery_patterns.project.project import Source


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is."""


@dataclass(frozen=True, slots=True)
class Unknown(Kind):
    """It could be anything."""


@dataclass(frozen=True, slots=True)
class Plain(Kind):
    """Nothing that a rule asks about: a number, a text, the value of a column.

    `type` is the name of its built-in type, where that is known.
    """

    type: str = field(default="", compare=False)


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
    """A list, tuple, set, iterator … whose elements are all of one kind.

    `form` is what it is itself ("set", "generator", "dict view" …), where that is known.
    """

    element: Kind
    form: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Row(Kind):
    """A tuple of known length."""

    items: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Table(Kind):
    """A dict whose values are all of one kind; `keys` are the kinds of those keys that show."""

    value: Kind
    keys: tuple[Kind, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Mixed(Kind):
    """A list, set or dict of a literal, whose elements or values are of different kinds.

    `form` and `keys` are those of `Items` and `Table`.
    """

    members: tuple[Kind, ...]
    form: str = field(default="", compare=False)
    keys: tuple[Kind, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Maybe(Kind):
    """A value of kind `of`, or None: which, a test may tell."""

    of: Kind


Clock = Literal["local", "utc", "aware"]


@dataclass(frozen=True, slots=True)
class Moment(Kind):
    """A `datetime` made from the clock: naive with local or UTC time, or aware of its zone.

    `origin` is the expression that asked the clock.
    """

    clock: Clock
    origin: Expression | None = field(default=None, compare=False, repr=False)


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
    """`functools.partial(…)` or a signature made of a task: `of` is what it will call.

    `chained`: others follow it in a chain. `made` is how it was made, where that is known: a
    signature by a task's own method, a chain of its steps.
    """

    of: Kind
    chained: bool = False
    made: Signed | Canvas | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Canvas(External):
    """A chain, group or chord, known as what `celery.chain()` … gives.

    `members` are its steps, or the tasks of a group or of a chord's header; None where they do not
    show. `body` is a chord's, where it has one yet.
    """

    members: tuple[Member, ...] | None = field(default=None, compare=False, repr=False)
    body: Member | None = field(default=None, compare=False, repr=False)

    @property
    def form(self) -> str:
        """Which of them it is: "chain", "group", "chord"."""
        return self.name.rpartition(".")[2].removesuffix("()")


@dataclass(frozen=True, slots=True)
class Result(Kind):
    """What sending gives: an `AsyncResult`, `GroupResult` or (form "apply") `EagerResult`.

    `sender` is what was sent, a task or signature; None for a canvas or where it is not known.
    `form` is how: a method's name, "AsyncResult" for one made from an id, or "canvas". `call` is
    the call that gave it.
    """

    sender: Kind | None
    form: str
    call: Call = field(compare=False, repr=False)

    @property
    def is_none(self) -> bool:
        """Whether it is no result at all: what is sent on commit gives None."""
        return self.form.endswith("_on_commit")


def join(kinds: list[Kind]) -> Kind:
    """What a value is that comes by several ways: the kind all agree on, else unknown.

    Instances of different models of one ORM agree on being instances.
    """
    if not kinds:
        return UNKNOWN
    first = kinds[0]
    if all(kind == first for kind in kinds):
        return first if len(kinds) == 1 else _common(kinds)
    filled = [kind for kind in kinds if kind != EMPTY]
    if len(filled) < len(kinds):
        return join(filled)
    if any(kind == NOTHING or isinstance(kind, Maybe) for kind in kinds):
        held = [kind.of if isinstance(kind, Maybe) else kind for kind in kinds if kind != NOTHING]
        joined = join(held)
        return Maybe(joined) if isinstance(joined, (Instance, Moment)) else UNKNOWN
    instances = [kind for kind in kinds if isinstance(kind, Instance)]
    if len(instances) == len(kinds):
        names = sorted({kind.model.name for kind in instances})
        orms = {kind.model.orm for kind in instances}
        if len(orms) == 1:
            return Instance(Model(" or ".join(names), instances[0].model.orm), instances[0].origin)
    containers = [kind for kind in kinds if isinstance(kind, Items)]
    if len(containers) == len(kinds):
        return Items(join([kind.element for kind in containers]), _same(containers, "form"))
    return UNKNOWN


def _common(kinds: list[Kind]) -> Kind:
    """One of several equal kinds, with what all of them agree on besides."""
    first = kinds[0]
    if isinstance(first, Plain):
        return Plain(_same(kinds, "type"))
    if isinstance(first, Items):
        elements = [kind.element for kind in kinds if isinstance(kind, Items)]
        return Items(join(elements), _same(kinds, "form"))
    if isinstance(first, Row):
        rows = [kind.items for kind in kinds if isinstance(kind, Row)]
        return Row(tuple(join(list(items)) for items in zip(*rows, strict=True)))
    if isinstance(first, Partial):
        # Made alike of the same task, but not one and the same: with what arguments is open.
        made = [kind.made for kind in kinds if isinstance(kind, Partial)]
        if all(other is made[0] for other in made):
            return first
        return replace(first, made=blurred([m for m in made if isinstance(m, Signed)], len(made)))
    if isinstance(first, Canvas):
        return first if all(other is first for other in kinds) else Canvas(first.name)
    if isinstance(first, (Table, Mixed)):
        keys = [kind.keys for kind in kinds if isinstance(kind, (Table, Mixed))]
        agreed = () if any(shown != keys[0] for shown in keys) else _common_keys(keys)
        return replace(first, keys=agreed)
    return first


def _common_keys(keys: list[tuple[Kind, ...]]) -> tuple[Kind, ...]:
    return tuple(join(list(kinds)) for kinds in zip(*keys, strict=True))


def _same(kinds: Sequence[Kind], name: str) -> str:
    """The value of an attribute that all have alike; "" if they differ."""
    values = {getattr(kind, name) for kind in kinds}
    return str(values.pop()) if len(values) == 1 else ""


def shape(kind: Kind) -> Kind:
    """What stays known of a container when what it holds may have changed."""
    if isinstance(kind, (Items, Mixed)) and kind.form:
        return Table(UNKNOWN) if kind.form == "dict" else Items(UNKNOWN, kind.form)
    return Table(UNKNOWN) if isinstance(kind, Table) else UNKNOWN


def parts(kind: Kind) -> tuple[Kind, ...]:
    """What a container holds; nothing for anything else."""
    if isinstance(kind, Items):
        return (kind.element,)
    if isinstance(kind, Table):
        return (kind.value,)
    if isinstance(kind, Row):
        return kind.items
    return kind.members if isinstance(kind, Mixed) else ()


# Rows of rows double with each line of `pair = (pair, pair)`.
_MOST_PARTS = 1000


def bounded(kinds: list[Kind]) -> list[Kind]:
    """What a container is made of; what itself holds too much to be gone through is unknown."""
    return [UNKNOWN if parts(kind) and _is_vast(kind) else kind for kind in kinds]


def _is_vast(kind: Kind) -> bool:
    stack = [kind]
    for _ in range(_MOST_PARTS):
        if not stack:
            return False
        current = stack.pop()
        stack.extend(parts(current))
        stack.extend(getattr(current, "keys", ()))
    return True


def iterated(kind: Kind) -> Kind:
    """What a loop over a value of `kind` gets."""
    if isinstance(kind, Stream):
        if kind.form in ("manager", "related", "select", "single"):
            return UNKNOWN
        return Row((kind.element,)) if kind.form == "result" else kind.element
    if isinstance(kind, Items):
        return kind.element
    if isinstance(kind, Row):
        return join(list(kind.items))
    if isinstance(kind, Table):
        return join(list(kind.keys)) if kind.keys else PLAIN
    return UNKNOWN
