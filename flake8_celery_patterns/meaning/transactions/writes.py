"""Writes: which calls certainly change the database, and which may."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.flow.course import any_before, statements_of, steps_to
from flake8_celery_patterns.meaning.flow.places import Place
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    Canvas,
    ClassKind,
    External,
    Instance,
    ModelClass,
    Partial,
    Stream,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_ROW_WRITES = frozenset({"adelete", "asave", "delete", "save"})
_TABLE_WRITES = frozenset(
    """
    abulk_create abulk_update acreate adelete aget_or_create aupdate aupdate_or_create bulk_create
    bulk_update create delete get_or_create update update_or_create
    """.split()
)


def is_write(meaning: Meaning, call: Call, where: Environment) -> bool:
    """Whether a call certainly writes to Django's default database."""
    function = call.function
    if not isinstance(function, Attribute) or call.keyword("using") is not None:
        return False
    if function.name not in _ROW_WRITES | _TABLE_WRITES:
        return False
    owner = meaning.evaluate(function.value, where)
    if isinstance(owner, Instance):
        return owner.model.orm == "Django" and function.name in _ROW_WRITES
    if isinstance(owner, Stream):
        is_table = owner.form in ("manager", "queryset", "related")
        return owner.model.orm == "Django" and is_table and function.name in _TABLE_WRITES
    if function.name != "save":
        return False
    # A form or serializer saves its instance.
    return isinstance(meaning.evaluate(call, where), Instance)


def is_written_by(meaning: Meaning, node: cst.Call) -> bool:
    """The same of a call by its node, in the place that was followed last."""
    called = meaning.calls.get(id(node))
    return called is not None and is_write(meaning, called.call, called.place.environment)


# What a call may do to the database, by its name alone. A transaction in which nothing is written
# hides nothing from a worker: only there is a dispatch in it left alone.
_NAMED_WRITES = (
    _ROW_WRITES
    | _TABLE_WRITES
    | frozenset("add add_all clear execute executemany flush merge remove set".split())
)
_READING_VERBS = frozenset(
    """
    as can check clean count display fetch filter find for format form get has is list load lookup
    may parse query read redirect render resolve reverse select serialize should show to validate
    """.split()
)
_HARMLESS = frozenset(
    """
    aggregate all annotate append apply_async apply_async_on_commit as_view critical debug defer
    delay delay_on_commit distinct endswith error exception exclude exists extend first info items
    iterator join keys last log lower on_commit only order_by pop prefetch_related replace s
    send_task setdefault si signature split startswith strip super upper using values values_list
    warn warning
    """.split()
)
_LIBRARIES = sys.stdlib_module_names | {"celery", "django", "rest_framework"}


def may_write(meaning: Meaning, place: Place, root: Function | cst.BaseSuite) -> bool:
    """Whether anything on the way to a place through `root`, or behind it, may write.

    Before the place, a call counts unless its name speaks of reading; behind it, only one whose
    name speaks of writing.
    """
    steps = steps_to(meaning, root, place.statement)
    test, key = partial(_holds_write, meaning), _holds_write
    if not steps or any(step.any_after(_holds_named_write) for step in steps):
        return True
    if any_before(steps, test, key):
        return True
    if any(_tries_write(meaning, step.current) for step in steps):
        return True
    return isinstance(place.statement, cst.BaseSmallStatement) and meaning.known(
        ("may write", place.statement), True, test, place.statement
    )


def _tries_write(meaning: Meaning, statement: cst.CSTNode) -> bool:
    """Whether a `try` may write in what it guards."""
    if not isinstance(statement, (cst.Try, cst.TryStar)):
        return False
    return meaning.known(("tries write", statement), True, _may_write_in, meaning, statement.body)


def _may_write_in(meaning: Meaning, body: cst.BaseSuite) -> bool:
    return any(_holds_write(meaning, statement) for statement in statements_of(body))


def _holds_named_write(statement: cst.CSTNode) -> bool:
    return any(map(_is_named_write, _calls(statement)))


def _holds_write(meaning: Meaning, statement: cst.CSTNode) -> bool:
    return any(_may_be_write(meaning, call) for call in _calls(statement))


def _calls(statement: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls of a statement, but for those in blocks that leave the function."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            continue
        if isinstance(node, cst.BaseSuite):
            inner = statements_of(node)
            if inner and isinstance(inner[-1], (cst.Return, cst.Raise)):
                continue
        if isinstance(node, cst.Call):
            yield node
        stack.extend(children(node))


def _name(call: cst.Call) -> str:
    function = call.func
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, cst.Name) else ""


def _is_named_write(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and _name(call) in _NAMED_WRITES


def _may_be_write(meaning: Meaning, call: cst.Call) -> bool:
    name = _name(call)
    if _is_named_write(call):
        return True
    words = name.strip("_").lower().split("_")
    if name in _HARMLESS or words[0] in _READING_VERBS or words[-1] == "class":
        return False
    called = meaning.calls.get(id(call))
    kind = called.function if called is not None else UNKNOWN
    if isinstance(kind, (Canvas, ClassKind, ModelClass, Partial)):
        return False
    return not (isinstance(kind, External) and kind.name.partition(".")[0] in _LIBRARIES)
