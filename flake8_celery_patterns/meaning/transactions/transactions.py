"""Database transactions: whether a place is certainly in one, and what waits for its commit.

Sources: Django 5.2 "Database transactions" (`atomic`, `on_commit`, `ATOMIC_REQUESTS`), SQLAlchemy
2.0 "Transactions and Connection Management", celery/contrib/django/task.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import libcst as cst

from flake8_celery_patterns.facts.configuration import APP_TASK
from flake8_celery_patterns.facts.expressions import (
    Call,
    Constant,
    Expression,
    Name,
    Sequence,
    shown,
)
from flake8_celery_patterns.facts.scopes import Class, Function, Import
from flake8_celery_patterns.meaning.canvas.building import canvas_behind
from flake8_celery_patterns.meaning.flow.course import parts_of
from flake8_celery_patterns.meaning.flow.places import InFunction, InLambda, InWith, Place
from flake8_celery_patterns.meaning.kinds import (
    External,
    FunctionKind,
    Kind,
    Method,
    Object,
    Unknown,
    Unresolved,
)
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.tasks.decorated import is_bare_use
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch

Library = Literal["Django", "SQLAlchemy"]

ON_COMMIT = frozenset(
    {
        "django.db.transaction.on_commit",
        "django.db.transaction.get_connection().on_commit",
        "django.db.connection.on_commit",
    }
)
_ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})
_CONTEXT_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_METHOD_DECORATOR = "django.utils.decorators.method_decorator()"
_SQL = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "flask_sqlalchemy_lite")
# `Session().begin()`, `sessionmaker().begin()`, `db.session.begin()`, `engine.begin()`.
_BEGIN = re.compile(
    rf"({'|'.join(_SQL)})\..*(?i:session|engine|connect|sqlalchemy).*\.begin(_nested)?\(\)"
)
_SESSION_NAME = re.compile(r"(.*\.)?(\w+_)?(session|Session|SessionLocal|engine)(\(\))?")
_NOW = frozenset({"apply_async", "delay", "send_task"})
# What a class-based view's `dispatch` calls (django/views/generic, rest_framework).
VIEW_METHODS = frozenset(
    """
    get post put patch delete head options trace form_valid form_invalid list create retrieve
    update partial_update destroy perform_create perform_update perform_destroy
    """.split()
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that a place is in.

    `text` is what opens it, as the user wrote it; `is_default`: it is certainly one of Django's on
    the default database, the one that `on_commit` without `using` waits for. `node` is the `with`
    that opens it; None for a decorator.
    """

    library: Library
    text: str
    is_default: bool = False
    node: cst.With | None = field(default=None, compare=False, repr=False)


def is_on_commit(kind: Kind) -> bool:
    """Whether a function is Django's `on_commit`."""
    return isinstance(kind, External) and kind.name in ON_COMMIT


def callback_of(call: Call) -> Expression | None:
    """What a call of `on_commit` is handed."""
    named = call.keyword("func")
    return named.value if named is not None else call.positional(0)


def transaction_around(meaning: Meaning, place: Place) -> Transaction | None:
    """The innermost transaction that a place certainly is in."""
    for around in place.around:
        if isinstance(around, InLambda):
            return None
        if isinstance(around, InFunction):
            break
        if isinstance(around, InWith):
            found = _entered(meaning, around, place)
            if found is not None:
                return replace(found, node=around.node)
    function = place.function
    return _of_function(meaning, place, function) if function is not None else None


def _entered(meaning: Meaning, around: InWith, place: Place) -> Transaction | None:
    found = opened(meaning, around.manager, place.environment)
    if found is None and isinstance(around.kind, External):
        # The names that the manager is written with may have been bound anew since.
        found = _external(around.kind.name, around.manager)
    if found is not None and found.library == "Django":
        # Django refuses to enter one where an event loop runs.
        return None if place.function is not None and place.function.is_async else found
    return found


def opened(meaning: Meaning, manager: Expression, where: Environment) -> Transaction | None:
    """The transaction that `with manager:` opens."""
    kind = meaning.evaluate(manager, where)
    if isinstance(kind, External):
        if kind.name.removesuffix("()") in _ATOMIC and kind.name.endswith("()"):
            made, there = followed(meaning, manager, where)
            return Transaction("Django", shown(manager), _is_default(meaning, made, there))
        return _external(kind.name, manager)
    if isinstance(kind, Object) and meaning.ancestry(kind.of).derives(*_ATOMIC):
        return Transaction("Django", shown(manager))
    if not isinstance(manager, Call):
        return None
    function = meaning.evaluate(manager.function, where)
    if isinstance(function, FunctionKind):
        return _of_project(meaning, function, shown(manager))
    if isinstance(function, Method) and _begins(meaning, function, where):
        return Transaction("SQLAlchemy", shown(manager))
    return None


def _external(name: str, manager: Expression) -> Transaction | None:
    if _BEGIN.fullmatch(name):
        return Transaction("SQLAlchemy", shown(manager))
    return Transaction("Django", shown(manager)) if name in _CALLED_ATOMIC else None


_CALLED_ATOMIC = frozenset(f"{name}()" for name in _ATOMIC)


def _is_default(meaning: Meaning, made: Expression, where: Environment) -> bool:
    if not isinstance(made, Call) or made.is_open:
        return False
    named = made.keyword("using")
    using = named.value if named is not None else made.positional(0)
    return using is None or value(meaning, using, where) in (None, "default")


def _begins(meaning: Meaning, method: Method, where: Environment) -> bool:
    """`session.begin()` of a session that is not found, in a file that uses SQLAlchemy."""
    return (
        method.name in ("begin", "begin_nested")
        and isinstance(method.owner, (Unknown, Unresolved, Method))
        and _SESSION_NAME.fullmatch(method.text) is not None
        and _imports_sqlalchemy(meaning, where.source)
    )


def _imports_sqlalchemy(meaning: Meaning, source: Source) -> bool:
    return meaning.known(("imports sqlalchemy", source), False, _binds_sqlalchemy, source)


def _binds_sqlalchemy(source: Source) -> bool:
    return any(
        isinstance(binding, Import) and not binding.level and binding.module.split(".")[0] in _SQL
        for bindings in source.facts.bindings.values()
        for binding in bindings
    )


def _of_project(meaning: Meaning, kind: FunctionKind, text: str) -> Transaction | None:
    """The transaction that a context manager made by a function of the project opens."""
    function = kind.definition
    where = Lexical(meaning, kind.source, function)
    outside = Lexical(meaning, kind.source, function.parent or kind.source.facts)
    decorators = [meaning.evaluate(d, outside) for d in function.decorators]
    with meaning.once(("transaction", kind)) as free:
        if not free:
            return None
        if not decorators:
            found = [opened(meaning, returned, where) for returned in function.returned]
            if function.is_generator or not all(found):
                return None
        elif len(decorators) == 1 and _is_context_manager(decorators[0]):
            found = [inner for m in function.entered if (inner := opened(meaning, m, where))]
        else:
            return None
    first = found[0] if found else None
    return Transaction(first.library, text, first.is_default) if first is not None else None


def _is_context_manager(kind: Kind) -> bool:
    return isinstance(kind, External) and kind.name in _CONTEXT_MANAGERS


def _of_function(meaning: Meaning, place: Place, function: Function) -> Transaction | None:
    """The transaction that a function's own decorators, or those of its class, run it in."""
    if function.is_async or function.is_generator:
        # The decorator is left before the body runs.
        return None
    where = meaning.lexical(meaning.source, function.parent or meaning.source.facts)
    decorators = function.decorators
    task = meaning.task(meaning.source, function)
    if task is not None and task.decorator in decorators:
        # What stands above the task's decorator, the worker never calls.
        decorators = decorators[decorators.index(task.decorator) + 1 :]
    for decorator in decorators:
        found = decorated(meaning, decorator, where)
        if found is not None:
            return found
    if isinstance(function.parent, Class):
        return _of_class(meaning, function.parent, function)
    return None


def _of_class(meaning: Meaning, owner: Class, function: Function) -> Transaction | None:
    """`@method_decorator(transaction.atomic, name="dispatch")` on a view's class."""
    where = meaning.lexical(meaning.source, owner.parent or meaning.source.facts)
    for decorator in owner.decorators:
        if not isinstance(decorator, Call) or not _is_method_decorator(meaning, decorator, where):
            continue
        named = decorator.keyword("name")
        name = named.value if named is not None else decorator.positional(1)
        target = name.value if isinstance(name, Constant) else None
        covers = target == function.name or (target == "dispatch" and function.name in VIEW_METHODS)
        found = decorated(meaning, decorator, where) if covers else None
        if found is not None:
            return found
    return None


def _is_method_decorator(meaning: Meaning, call: Call, where: Environment) -> bool:
    kind = meaning.evaluate(call, where)
    return isinstance(kind, External) and kind.name == _METHOD_DECORATOR


def decorated(meaning: Meaning, decorator: Expression, where: Environment) -> Transaction | None:
    """The transaction in which a decorator runs what it decorates."""
    kind = meaning.evaluate(decorator, where)
    if isinstance(kind, External) and kind.name in _ATOMIC:
        return Transaction("Django", f"@{shown(decorator)}", True)
    if isinstance(decorator, Call) and _is_method_decorator(meaning, decorator, where):
        first = decorator.positional(0)
        members = first.items if isinstance(first, Sequence) else (first,)
        found = [decorated(meaning, m, where) for m in members if m is not None]
        return next((inner for inner in found if inner is not None), None)
    made = opened(meaning, decorator, where)
    if made is not None and made.library == "Django":
        return Transaction("Django", f"@{shown(decorator)}", made.is_default)
    called = isinstance(decorator, Call)
    function = meaning.evaluate(decorator.function, where) if isinstance(decorator, Call) else kind
    if isinstance(function, FunctionKind):
        found_inside = _of_wrapper(meaning, function, called=called)
        if found_inside is not None:
            text = f"@{shown(decorator)}"
            return Transaction(found_inside.library, text, found_inside.is_default)
    return None


def _of_wrapper(meaning: Meaning, kind: FunctionKind, *, called: bool) -> Transaction | None:
    """The transaction in which a decorator of the project, bare or called, runs what it gets."""
    function = kind.definition
    # `return decorate(function)` or `return decorate`: it can be used bare, and called.
    bare = [is_bare_use(function, returned) for returned in function.returned]
    ways = [r for r, b in zip(function.returned, bare, strict=True) if not any(bare) or b != called]
    with meaning.once(("transaction wrapper", kind, called)) as free:
        if not free or not ways:
            return None
        found = [_of_returned(meaning, kind, returned, called) for returned in ways]
    return found[0] if all(found) else None


def _of_returned(
    meaning: Meaning, kind: FunctionKind, returned: Expression, called: bool
) -> Transaction | None:
    where = Lexical(meaning, kind.source, kind.definition)
    inner = where.lookup(returned.id) if isinstance(returned, Name) else None
    if called:
        if isinstance(inner, FunctionKind):
            return _of_wrapper(meaning, inner, called=False)
        return decorated(meaning, returned, where)
    if isinstance(inner, FunctionKind):
        return _of_inner(meaning, inner)
    # `return transaction.atomic(function)`.
    if isinstance(returned, Call) and len(returned.arguments) == 1:
        return decorated(meaning, returned.function, where)
    return None


def _of_inner(meaning: Meaning, inner: FunctionKind) -> Transaction | None:
    """The transaction in which the inner function of a decorator calls what it decorates."""
    where = Lexical(meaning, inner.source, inner.definition)
    for manager in inner.definition.entered:
        found = opened(meaning, manager, where)
        if found is not None:
            return found
    outside = Lexical(meaning, inner.source, inner.definition.parent or inner.source.facts)
    for decorator in inner.definition.decorators:
        found = decorated(meaning, decorator, outside)
        if found is not None:
            return found
    return None


# Dispatches


def is_sent_now(meaning: Meaning, dispatch: Dispatch) -> bool:
    """Whether a dispatch sends in the moment in which it stands there."""
    if dispatch.form not in _NOW or dispatch.is_partial:
        return False
    return not _is_handed_on(meaning, dispatch)


def _is_handed_on(meaning: Meaning, dispatch: Dispatch) -> bool:
    """Whether it is written as the argument of `on_commit`: a defect of another kind."""
    statement = dispatch.place.statement
    if not isinstance(statement, cst.BaseSmallStatement):
        return False
    nothing: frozenset[int] = frozenset()
    handed = meaning.known(("handed to on_commit", statement), nothing, _handed_in, statement)
    return id(dispatch.call.node) in handed


def _handed_in(statement: cst.BaseSmallStatement) -> frozenset[int]:
    """The identities of the nodes that a statement hands to `on_commit`."""
    handed: set[int] = set()
    for node in parts_of(statement):
        if isinstance(node, cst.Call):
            name = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
            if isinstance(name, cst.Name) and name.value.endswith("on_commit"):
                handed.update(id(argument.value) for argument in node.args)
    return frozenset(handed)


def may_wait_for_commit(meaning: Meaning, dispatch: Dispatch) -> bool:
    """Whether the task's own class may hold the message back until the commit."""
    canvas = canvas_behind(dispatch.receiver) if dispatch.receiver is not None else None
    for member in canvas.members or () if canvas is not None else ():
        task = meaning.task_behind(member.kind)
        if task is not None and overrides_sending(meaning, task):
            return True
    if dispatch.task is not None:
        return overrides_sending(meaning, dispatch.task)
    # Of a task that is not found, only the app's own class of tasks is.
    return next(meaning.config.placed("task_cls", APP_TASK), None) is not None


def has_on_commit_methods(meaning: Meaning, dispatch: Dispatch) -> bool:
    """Whether the receiver certainly has `delay_on_commit`: a function task of no other class.

    Taken for granted: Celery 5.4 or later, and its Django fixup.
    """
    task = dispatch.task
    if task is None or not isinstance(task.definition, Function):
        return False
    if not isinstance(dispatch.receiver, FunctionKind) or "base" in task.maker.options:
        return False
    return not task.maker.is_open and not meaning.config.task_classes(task)


def names_of(meaning: Meaning, full_name: str) -> list[str]:
    """The names by which the linted file's top level imports something of a library."""
    nothing: list[str] = []
    key = ("names of", full_name)
    return meaning.known(key, nothing, lambda: list(_names_of(meaning, full_name)))


def _names_of(meaning: Meaning, full_name: str) -> Iterator[str]:
    source = meaning.source
    where = meaning.lexical(source, source.facts)
    for name, bindings in source.facts.bindings.items():
        # What the project's own modules hand on is left out: it would take reading them all.
        from_libraries = all(
            isinstance(binding, Import) and meaning.project.place(source, binding) is None
            for binding in bindings
        )
        if from_libraries and where.lookup(name) == External(full_name):
            yield name
