"""Receivers: which of Django's model signals call a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Name, Sequence
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_SIGNALS = "django.db.models.signals."
_RECEIVER = ("django.dispatch.receiver", "django.dispatch.dispatcher.receiver")


def signals_received(meaning: Meaning, source: Source, function: Function) -> frozenset[str]:
    """The names of the model signals (`post_save` …) that a function is connected to in its file.

    By `@receiver(post_save, …)` or `post_save.connect(function, …)`.
    """
    found: set[str] = set()
    where = Lexical(meaning, source, function.parent or source.facts)
    for decorator in function.decorators:
        if isinstance(decorator, Call):
            kind = meaning.evaluate(decorator.function, where)
            first = decorator.positional(0)
            if isinstance(kind, External) and kind.name in _RECEIVER and first is not None:
                found |= _signals(meaning, first, where)
    if function.parent is source.facts:
        for call in source.facts.connections:
            named = call.keyword("receiver")
            receiver = named.value if named is not None else call.positional(0)
            if receiver == Name(function.name) and isinstance(call.function, Attribute):
                found |= _signals(meaning, call.function.value, where)
    return frozenset(found)


def _signals(meaning: Meaning, expression: Expression, where: Lexical) -> set[str]:
    members = expression.items if isinstance(expression, Sequence) else (expression,)
    kinds = [meaning.evaluate(member, where) for member in members]
    return {
        kind.name.removeprefix(_SIGNALS)
        for kind in kinds
        if isinstance(kind, External) and kind.name.startswith(_SIGNALS)
    }
