"""Entries: what a schedule runs, when, and with which arguments, in all forms there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Binary,
    Call,
    Choice,
    Comprehension,
    Constant,
    Entry,
    Expression,
    Mapping,
    Name,
)
from flake8_celery_patterns.facts.schedules import Making, Planned
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, Object
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.names.scoped import Scoped
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app, may_be_celery_app
from flake8_celery_patterns.meaning.values.evaluate import comprehension_scope

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# `beat_schedule`'s; `add_periodic_task(…)`; django-celery-beat's `PeriodicTask`.
ScheduledForm = Literal["entry", "added", "stored"]

CRONTAB = "celery.schedules.crontab"
# `crontab`'s parameters, in its own order, which is not that of a cron line.
CRONTAB_ORDER = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
_ADDED_ORDER = ("schedule", "task", "args", "kwargs", "name")
_MODELS = "django_celery_beat.models."
# The methods of a manager or queryset that write, and whether they write all fields.
_WRITING = {
    "create": True,
    "acreate": True,
    "get_or_create": True,
    "aget_or_create": True,
    "update_or_create": False,
    "aupdate_or_create": False,
    "update": False,
    "aupdate": False,
}
_DEFAULTS = ("defaults", "create_defaults")
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Field:
    """What is given under one name: `name` is the node of that name, `item` of the whole item.

    By position, there is no `name`; what stands in another file has no nodes.
    """

    value: Expression
    where: Environment
    name: cst.CSTNode | None = None
    item: cst.CSTNode | None = None


Fields = dict[str, Field]


@dataclass(frozen=True, slots=True, eq=False)
class Scheduled:
    """A task on a schedule.

    `fields` are what is given of it: "task" is its name, or the signature to add. `is_open`: it may
    have others. `is_certain`: it is handed to beat for sure, and does not only look as if. `label`
    is its name in the schedule; `node` stands for all of it; `literal` is what it is made by.
    """

    form: ScheduledForm
    label: str
    node: cst.CSTNode | None
    fields: Fields
    is_open: bool
    is_certain: bool = True
    literal: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Crontab:
    """A crontab: Celery's, or (`is_stored`) a `CrontabSchedule` of django-celery-beat.

    `fields` has what is given by name or position, whatever the name. `line` is a whole cron line:
    `crontab.from_string("0 3 * * *")`. `is_positional`: something is given by position.
    """

    call: Call
    fields: Fields
    is_open: bool
    is_stored: bool = False
    is_positional: bool = False
    line: Field | None = None


def titled(entry: Scheduled) -> str:
    """What an entry is called in the user's terms."""
    if entry.form != "entry":
        return f"periodic task '{entry.label}'" if entry.label else "this periodic task"
    return f"entry '{entry.label}'" if entry.label else "this entry"


def function_of(where: Environment) -> Function | None:
    """The function that an expression stands in."""
    while isinstance(where, Scoped):
        where = where.outer
    scope = where.scope if isinstance(where, Lexical) else None
    return scope if isinstance(scope, Function) else None


def scheduled(
    meaning: Meaning, planned: Iterable[Planned], making: Iterable[Making], *, changed: bool
) -> Iterator[Scheduled | Crontab]:
    """The entries and crontabs of the file that is linted.

    `changed`: entries are changed after they are made, so that none shows all it has. What stands
    in test code, beat never runs: that gives none.
    """
    if is_test_code(meaning.source.path, meaning.project.root):
        return
    seen: set[int] = set()
    for certain in (True, False):
        for place in planned:
            if (place.form != "likely") is certain:
                for found in _planned(meaning, place, changed=changed):
                    node = found.literal.node if found.literal is not None else None
                    if node is not None and id(node) not in seen:
                        seen.add(id(node))
                        yield found
    for made in making:
        where = meaning.lexical(meaning.source, made.scope)
        found_here = _made(meaning, made.call, where)
        if found_here is not None:
            yield found_here


def _planned(meaning: Meaning, place: Planned, *, changed: bool) -> Iterator[Scheduled]:
    where = meaning.lexical(meaning.source, place.scope)
    if place.form == "entry":
        found = _entry(meaning, place.key, place.expression, where, changed)
    elif place.form == "likely":
        found = _likely(meaning, place.expression, where)
    else:
        for key, value, inner in _entries(meaning, place.expression, where, 0):
            entry = _entry(meaning, key, value, inner, changed)
            if entry is not None:
                yield entry
        return
    if found is not None:
        yield found


def _entries(
    meaning: Meaning, expression: Expression, where: Environment, depth: int
) -> Iterator[tuple[Expression | None, Expression, Environment]]:
    """The keys and values of a mapping, however it is put together."""
    if depth > _DEEPEST:
        return
    if isinstance(expression, Mapping):
        for item in expression.entries:
            if item.key is None:
                yield from _entries(meaning, item.value, where, depth + 1)
            else:
                yield item.key, item.value, where
    elif isinstance(expression, Comprehension) and expression.kind == "dict":
        inner = comprehension_scope(meaning, expression.clauses, where)
        yield expression.key, expression.element, inner
    elif isinstance(expression, (Binary, Choice)) and expression.operator in ("|", "or", "if"):
        yield from _entries(meaning, expression.left, where, depth + 1)
        yield from _entries(meaning, expression.right, where, depth + 1)
    elif isinstance(expression, Call) and _is_dict(meaning, expression, where):
        for argument in expression.arguments:
            if argument.keyword is not None:
                yield _keyword(argument), argument.value, where
            else:
                yield from _entries(meaning, argument.value, where, depth + 1)
    elif isinstance(expression, (Name, Attribute)):
        value, there = followed(meaning, expression, where)
        if value is not expression:
            yield from _entries(meaning, value, there, depth + 1)


def _is_dict(meaning: Meaning, call: Call, where: Environment) -> bool:
    return meaning.evaluate(call.function, where) == External("builtins.dict")


def _keyword(argument: Argument) -> Expression:
    node = argument.node.keyword if isinstance(argument.node, cst.Arg) else None
    return Constant(argument.keyword, node=node)


def _entry(
    meaning: Meaning, key: Expression | None, value: Expression, where: Environment, changed: bool
) -> Scheduled | None:
    literal, there = followed(meaning, value, where)
    fields: Fields = {}
    is_open = _collect(meaning, literal, there, fields, 0)
    if is_open is None:
        return None
    label = key.value if isinstance(key, Constant) and isinstance(key.value, str) else ""
    node = key.node if key is not None else None
    # What has a name can be changed by it.
    is_open = is_open or changed or literal is not value
    return Scheduled("entry", label, node or literal.node, fields, is_open, True, literal)


def _likely(meaning: Meaning, value: Expression, where: Environment) -> Scheduled | None:
    """A dict that nothing shows to be an entry but what it says, and only says what beat knows."""
    fields: Fields = {}
    is_open = _collect(meaning, value, where, fields, 0)
    if is_open is None or "task" not in fields or "schedule" not in fields:
        return None
    kind = meaning.evaluate(fields["schedule"].value, fields["schedule"].where)
    if not isinstance(kind, External) or not kind.name.startswith("celery.schedules."):
        return None
    return Scheduled("entry", "", value.node, fields, True, False, value)


def _collect(
    meaning: Meaning, expression: Expression, where: Environment, fields: Fields, depth: int
) -> bool | None:
    """Add what a mapping holds to `fields`; whether there may be more, None if it is no mapping."""
    if depth > _DEEPEST:
        return None
    is_open = False
    if isinstance(expression, Mapping):
        for item in expression.entries:
            is_open = _item(meaning, item, where, fields, depth) or is_open
        return is_open
    if isinstance(expression, Binary) and expression.operator == "|":
        sides = (expression.left, expression.right)
        found = [_collect(meaning, side, where, fields, depth + 1) for side in sides]
        return None if found == [None, None] else any(side is not False for side in found)
    if isinstance(expression, Call) and _is_dict(meaning, expression, where):
        for argument in expression.arguments:
            if argument.keyword is not None:
                fields[argument.keyword] = _given(argument, where)
            else:
                is_open = _inner(meaning, argument.value, where, fields, depth) or is_open
        return is_open
    if isinstance(expression, (Name, Attribute)):
        value, there = followed(meaning, expression, where)
        if value is expression:
            return None
        return _collect(meaning, value, there, fields, depth + 1)
    return None


def _item(meaning: Meaning, item: Entry, where: Environment, fields: Fields, depth: int) -> bool:
    if item.key is None:
        return _inner(meaning, item.value, where, fields, depth)
    if not isinstance(item.key, Constant) or not isinstance(item.key.value, str):
        return True
    fields[item.key.value] = Field(item.value, where, item.key.node, item.node)
    return False


def _inner(
    meaning: Meaning, expression: Expression, where: Environment, fields: Fields, depth: int
) -> bool:
    """Add what is spread into a mapping; whether there may be more."""
    return _collect(meaning, expression, where, fields, depth + 1) is not False


def _given(argument: Argument, where: Environment) -> Field:
    name = argument.node.keyword if isinstance(argument.node, cst.Arg) else None
    return Field(argument.value, where, name, argument.node)


def _made(meaning: Meaning, call: Call, where: Environment) -> Scheduled | Crontab | None:
    function = call.function
    if isinstance(function, Attribute) and function.name == "add_periodic_task":
        return _added(meaning, call, function, where)
    kind = meaning.evaluate(function, where)
    if kind == External(CRONTAB):
        fields, is_open = _arguments(call, where, CRONTAB_ORDER)
        positional = any(a.keyword is None and not a.star for a in call.arguments)
        return Crontab(call, fields, is_open, is_positional=positional)
    if kind == External(f"{CRONTAB}.from_string"):
        fields, is_open = _arguments(call, where, ("crontab",))
        return Crontab(call, {}, is_open, line=fields.get("crontab"))
    return _stored(meaning, call, where)


def _arguments(call: Call, where: Environment, order: tuple[str, ...]) -> tuple[Fields, bool]:
    """What a call gives by the names of its parameters, and whether it may give others."""
    plain = [a for a in call.arguments if a.keyword is None and a.star != "**"]
    fields: Fields = {}
    if not any(a.star for a in plain):
        fields = {
            name: _given(argument, where) for name, argument in zip(order, plain, strict=False)
        }
    for argument in call.arguments:
        if argument.keyword is not None:
            fields[argument.keyword] = _given(argument, where)
    return fields, call.is_open


def _added(
    meaning: Meaning, call: Call, function: Attribute, where: Environment
) -> Scheduled | None:
    """`app.add_periodic_task(schedule, signature, …)`, unless it is something else's."""
    owner = meaning.evaluate(function.value, where)
    if function.value == Name("self") or _is_anothers(meaning, owner):
        return None
    is_app = may_be_celery_app(meaning, owner, function.value, where)
    if not is_app and not meaning.imports_celery(meaning.source):
        return None
    fields, is_open = _arguments(call, where, _ADDED_ORDER)
    if "sig" in fields:
        fields["task"] = fields.pop("sig")
    return Scheduled("added", _label(fields), call.node, fields, is_open, True, call)


def _label(fields: Fields) -> str:
    name = fields["name"].value if "name" in fields else None
    return str(name.value) if isinstance(name, Constant) and name.value else ""


def _is_anothers(meaning: Meaning, owner: Kind) -> bool:
    """Whether a value is certainly no Celery app."""
    if isinstance(owner, (ClassKind, Object)):
        return not is_celery_app(meaning, owner)
    made = isinstance(owner, External) and owner.name.endswith("()")
    return made and not is_celery_app(meaning, owner)


def _stored(meaning: Meaning, call: Call, where: Environment) -> Scheduled | Crontab | None:
    """A row of django-celery-beat, made or changed."""
    model, method = _model(meaning, call.function, where)
    if model not in ("PeriodicTask", "CrontabSchedule") or method not in _WRITING.keys() | {""}:
        return None
    fields, is_open = _arguments(call, where, ())
    if any(a.keyword is None for a in call.arguments):
        is_open = True
    for name in _DEFAULTS:
        if name in fields:
            defaults = fields.pop(name)
            is_open = _inner(meaning, defaults.value, defaults.where, fields, 0) or is_open
    if model == "CrontabSchedule":
        # What is there already keeps the rest.
        is_open = is_open or method.endswith("update_or_create")
        is_new = not method.endswith("update")
        return Crontab(call, fields, is_open, is_stored=True) if is_new else None
    # An object can still be given the rest before it is saved.
    is_open = is_open or not _WRITING.get(method, False)
    return Scheduled("stored", _label(fields), call.node, fields, is_open, True, call)


def _model(meaning: Meaning, function: Expression, where: Environment) -> tuple[str, str]:
    """The model of django-celery-beat whose class or manager is called, and its method."""
    method = ""
    current = function
    if isinstance(current, Attribute):
        kind = meaning.evaluate(current, where)
        if not (isinstance(kind, External) and kind.name.startswith(_MODELS)):
            method = current.name
            current = current.value
            while isinstance(current, (Attribute, Call)):
                manager = isinstance(current, Attribute) and current.name in _MANAGERS
                current = current.function if isinstance(current, Call) else current.value
                if manager:
                    break
    kind = meaning.evaluate(current, where)
    name = kind.name if isinstance(kind, External) else ""
    return (name.removeprefix(_MODELS), method) if name.startswith(_MODELS) else ("", "")


_MANAGERS = frozenset({"objects", "_default_manager"})
