"""Celery's own signals: where a receiver is connected to one, and how it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression
from flake8_celery_patterns.facts.scopes import Function, Scope
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.wrappers import CELERY_APPS
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_CONNECT = re.compile(r"(?P<owner>.+)\.(?P<signal>\w+)\.connect")
_OF_APPS = frozenset({"on_configure", "on_after_configure", "on_after_finalize", "on_after_fork"})


@dataclass(frozen=True, slots=True)
class Connection:
    """A receiver is connected to `signal`, by a decorator of `function` or as an argument.

    `place` is the scope that it is done in. `is_weak`, `is_retried`: None where the text does not
    show it; Celery keeps only a weak reference unless told otherwise, and none with `retry`.
    """

    signal: str
    expression: Expression
    place: Scope
    function: Function | None
    receiver: Expression | None
    is_weak: bool | None
    is_retried: bool | None
    of_app: bool


def connections(meaning: Meaning) -> Iterator[Connection]:
    """Every receiver that the linted file connects to a signal of Celery's."""
    facts = meaning.source.facts
    decorators: set[int] = set()
    for scope in facts.all_scopes():
        if not isinstance(scope, Function):
            continue
        place = scope.parent or facts
        for decorator in scope.decorators:
            decorators.add(id(decorator.node))
            found = _connection(meaning, decorator, place, scope)
            if found is not None:
                yield found
    calls = [call for call in facts.connections if id(call.node) not in decorators]
    places = _places(meaning, calls)
    for call in calls:
        found = _connection(meaning, call, places.get(id(call.node), facts), None)
        if found is not None:
            yield found


def _connection(
    meaning: Meaning, expression: Expression, place: Scope, function: Function | None
) -> Connection | None:
    called = expression.function if isinstance(expression, Call) else expression
    if not isinstance(called, Attribute) or called.name != "connect":
        return None
    where = meaning.lexical(meaning.source, place)
    kind = meaning.evaluate(called, where)
    match = _CONNECT.fullmatch(kind.name) if isinstance(kind, External) else None
    if match is None:
        return None
    of_app = match["owner"] in CELERY_APPS and match["signal"] in _OF_APPS
    if match["owner"] != "celery.signals" and not of_app:
        return None
    receiver = None
    weak: bool | None = True
    retried: bool | None = False
    if isinstance(expression, Call):
        # As an argument, the receiver comes first: all others are one further on.
        receiver = expression.positional(0) if function is None else None
        if function is None and receiver is None:
            return None
        first = 1 if function is None else 0
        weak = _flag(meaning, expression, "weak", first + 1, where, default=True)
        retried = _flag(meaning, expression, "retry", first + 3, where, default=False)
    return Connection(match["signal"], expression, place, function, receiver, weak, retried, of_app)


def _flag(
    meaning: Meaning, call: Call, name: str, position: int, where: Lexical, *, default: bool
) -> bool | None:
    """Whether a switch of `connect` is on; None where the text does not show it."""
    argument = call.keyword(name)
    given = argument.value if argument is not None else call.positional(position)
    if given is None:
        return None if call.is_open else default
    shown = value(meaning, given, where)
    return shown if isinstance(shown, bool) else None


def _places(meaning: Meaning, calls: list[Call]) -> dict[int, Scope]:
    """The innermost function that each call stands in, by the identity of its node."""
    places: dict[int, Scope] = {}
    wanted = {id(call.node) for call in calls}
    if not wanted:
        return places
    # Outer scopes come before inner ones: what is found last is innermost.
    for scope in meaning.source.facts.all_scopes():
        if isinstance(scope, Function) and scope.node is not None:
            stack: list[cst.CSTNode] = [scope.node.body]
            while stack:
                node = stack.pop()
                if id(node) in wanted:
                    places[id(node)] = scope
                stack.extend(children(node))
    return places
