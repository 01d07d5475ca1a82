"""Every kind of fact that rules listen to, told in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flake8_celery_patterns.explain.dispatches import call, dispatch
from flake8_celery_patterns.explain.places import standing
from flake8_celery_patterns.explain.tasks import class_, function, task
from flake8_celery_patterns.explain.told import Detail, Told
from flake8_celery_patterns.explain.view import View, quoted
from flake8_celery_patterns.facts.assigned import ConfiguringCall
from flake8_celery_patterns.facts.handlers import Handler, Managed
from flake8_celery_patterns.facts.imports import Importing
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.flow.places import Called, Piped, Read, Returned
from flake8_celery_patterns.meaning.schedules.entries import Crontab, Scheduled, titled
from flake8_celery_patterns.meaning.settings.written import Idle, Written
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task


def told(fact: object, view: View) -> Told | None:
    """Tell of a fact; None for what has no place of its own, such as the module."""
    describe = _DESCRIBED.get(type(fact))
    return describe(fact, view) if describe is not None else None


def _read(fact: Read, view: View) -> Told:
    node = fact.attribute.node
    assert node is not None
    owner = view.found(
        fact.attribute.value, fact.owner, fact.place.function, fact.place.environment
    )
    details = (Detail("of", owner), *standing(fact.place, view))
    return Told("attribute", written(fact.attribute), view.span(node), details)


def _piped(fact: Piped, view: View) -> Told:
    node = fact.expression.node
    assert node is not None
    scope, where = fact.place.function, fact.place.environment
    details = (
        Detail("left", view.found(fact.expression.left, fact.left, scope, where)),
        Detail("right", view.found(fact.expression.right, fact.right, scope, where)),
    )
    return Told("chain", written(fact.expression), view.span(node), details)


def _returned(fact: Returned, view: View) -> Told:
    node = fact.expression.node
    assert node is not None
    found = view.found(fact.expression, fact.kind, fact.place.function, fact.place.environment)
    details = (Detail("gives", found), *standing(fact.place, view))
    return Told("return", written(fact.expression), view.span(node), details)


def _handler(fact: Handler, view: View) -> Told:
    span = view.span(fact.node)
    end = span if fact.node.type is None else view.span(fact.node.type)
    caught = ", ".join(written(expression) for expression in fact.caught)
    details = (
        Detail(
            "goes on", "no: it always raises" if fact.always_raises else "yes, at least at times"
        ),
        Detail("stands in", f"the function {fact.function.name}"),
    )
    return Told(
        "handler",
        f"except {caught}".rstrip(),
        Span(span.line, span.column, end.end_line, end.end_column),
        details,
    )


def _managed(fact: Managed, view: View) -> Told:
    assert fact.manager.node is not None
    where = view.meaning.lexical(view.opened.source, fact.function)
    kind = view.meaning.evaluate(fact.manager, where)
    found = view.found(fact.manager, kind, fact.function, where)
    title = f"with {written(fact.manager)}"
    return Told("with", title, view.span(fact.manager.node), (Detail("enters", found),))


def _importing(fact: Importing, view: View) -> Told:
    module = "." * fact.level + fact.module
    what = module if fact.name is None else f"{fact.name} from {module}"
    details = (Detail("bound as", fact.bound),)
    return Told("import", what, view.span(fact.node), details)


def _configuring(fact: ConfiguringCall, view: View) -> Told:
    assert fact.call.node is not None
    conditional = (Detail("conditional", "it stands in a branch"),) if fact.is_conditional else ()
    return Told("configuration", written(fact.call), view.span(fact.call.node), conditional)


def _setting(fact: Written, view: View) -> Told:
    scope = fact.where.scope
    kind = view.meaning.evaluate(fact.value, fact.where)
    details = (
        Detail("read as", fact.setting or "no setting that is certain"),
        Detail("value", view.found(fact.value, kind, scope, fact.where)),
    )
    return Told("setting", fact.name, view.span(fact.node), details)


def _idle(fact: Idle, view: View) -> Told:
    details = (Detail("read", "by no app: it is a variable of a module that makes one"),)
    return Told("variable", fact.name, view.span(fact.node), details)


def _scheduled(fact: Scheduled, view: View) -> Told | None:
    literal = fact.literal.node if fact.literal is not None else None
    node = literal or fact.node
    if node is None:
        return None
    details = tuple(Detail(name, quoted(field.value)) for name, field in fact.fields.items())
    certain = () if fact.is_certain else (Detail("certain", "no: it only looks like an entry"),)
    return Told("schedule", titled(fact), view.span(node), (*details, *certain))


def _crontab(fact: Crontab, view: View) -> Told | None:
    if fact.call.node is None:
        return None
    details = tuple(Detail(name, quoted(field.value)) for name, field in fact.fields.items())
    return Told("crontab", written(fact.call), view.span(fact.call.node), details)


_DESCRIBED: dict[type, Callable[[Any, View], Told | None]] = {
    Called: call,
    Class: class_,
    ConfiguringCall: _configuring,
    Crontab: _crontab,
    Dispatch: dispatch,
    Function: function,
    Handler: _handler,
    Idle: _idle,
    Importing: _importing,
    Managed: _managed,
    Piped: _piped,
    Read: _read,
    Returned: _returned,
    Scheduled: _scheduled,
    Task: task,
    Written: _setting,
}
