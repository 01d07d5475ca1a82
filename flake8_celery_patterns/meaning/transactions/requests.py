"""Requests: whether Django runs every view in a transaction, and what is a view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Name, everything
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind, External, FunctionKind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.transactions.transactions import VIEW_METHODS
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_MENTION = re.compile(rb"ATOMIC_REQUESTS")
_DATABASES = re.compile(rb"\bDATABASES\b")
_SET_BY_ITEM = re.compile(
    rb"(?m)^DATABASES\[[\"']default[\"']\]\[[\"']ATOMIC_REQUESTS[\"']\][ \t]*=[ \t]*True\b"
)
_BINDING = re.compile(rb"(?m)^DATABASES\b[^=\n\[]*=")
_URLS = re.compile(rb"(?m)^urlpatterns\b")
_EXEMPTING = re.compile(rb"non_atomic_requests")
# Settings that are not those of the running service.
_NOT_IN_PRODUCTION = re.compile(r"(?i)(.*_)?(test|tests|testing|ci|local|dev|develop|development)")
_ROUTES = frozenset(
    {"django.urls.path", "django.urls.re_path", "django.conf.urls.url", "django.urls.conf.path"}
)
_VIEWS = re.compile(
    r"django\.views\..*|rest_framework\.(\w+\.)*(decorators|generics|mixins|views|viewsets)\..*"
)
_EXEMPT = "django.db.transaction.non_atomic_requests"
_ACTION = "rest_framework.decorators.action()"


class Requests:
    """What the project's settings and routes say of its views."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    @cached_property
    def are_atomic(self) -> bool:
        """Whether all settings of the project certainly have ATOMIC_REQUESTS on.

        Each of its modules that makes DATABASES says True; those for tests and development do not
        count.
        """
        tree = self._meaning.project.tree
        mentioning = set(tree.matching(_MENTION, "atomic requests"))
        if not mentioning or not tree.whole:
            return False
        making = set(tree.matching(_BINDING, "databases made"))
        asking = mentioning & set(tree.matching(_DATABASES, "databases"))
        settings = {path for path in making | asking if self._is_in_production(path)}
        by_item = set(tree.matching(_SET_BY_ITEM, "atomic requests set"))
        return bool(settings) and all(
            path in by_item or self._is_set_in_dict(path) for path in settings
        )

    def _is_in_production(self, path: Path) -> bool:
        root = self._meaning.project.root
        return not is_test_code(path, root) and not _NOT_IN_PRODUCTION.fullmatch(path.stem)

    def _is_set_in_dict(self, path: Path) -> bool:
        source = self._meaning.project.source(path)
        if source is None:
            return False
        bindings = source.facts.bindings.get("DATABASES", ())
        last = bindings[-1] if bindings else None
        if not isinstance(last, Assignment) or last.value is None:
            return False
        shown = value(self._meaning, last.value, self._meaning.lexical(source, source.facts))
        default = shown.get("default") if isinstance(shown, dict) else None
        return isinstance(default, dict) and default.get("ATOMIC_REQUESTS") is True

    def view(self, function: Function) -> str | None:
        """The view that a function of the linted file certainly is, or is a part of, by its name.

        None as well for one that Django lets run without a transaction.
        """
        if function.is_async or self._is_exempt(function):
            return None
        if isinstance(function.parent, Class):
            return self._method(function.parent, function)
        if function.parent is self._meaning.source.facts and self._is_routed(function):
            return function.name
        return None

    def _is_exempt(self, function: Function) -> bool:
        meaning = self._meaning
        owner = function.parent
        decorators = [*function.decorators]
        if isinstance(owner, Class):
            decorators += owner.decorators
        where = meaning.lexical(meaning.source, meaning.source.facts)
        return any(self._exempts(decorator, where) for decorator in decorators)

    def _exempts(self, expression: Expression, where: Environment) -> bool:
        return any(
            isinstance(part, (Name, Attribute))
            and self._meaning.evaluate(part, where) == External(_EXEMPT)
            for part in everything(expression)
        )

    def _method(self, owner: Class, function: Function) -> str | None:
        meaning = self._meaning
        family = meaning.ancestry(ClassKind(meaning.source, owner))
        where = meaning.lexical(meaning.source, owner)
        is_action = any(
            meaning.evaluate(decorator, where) == External(_ACTION)
            for decorator in function.decorators
        )
        is_view = any(_VIEWS.fullmatch(name) for name in family.external)
        if not is_view or not (is_action or function.name in VIEW_METHODS):
            return None
        routes = set(meaning.project.tree.matching(_URLS, "routes"))
        if routes & set(meaning.project.tree.matching(_EXEMPTING, "exempt views")):
            return None
        return f"{owner.name}.{function.name}"

    def _is_routed(self, function: Function) -> bool:
        """Whether a URL of the project leads to the function, and not as an exempt one."""
        wanted = FunctionKind(self._meaning.source, function)
        found = False
        for target, where in self._targets():
            kinds = [
                self._meaning.evaluate(part, where)
                for part in everything(target)
                if isinstance(part, (Name, Attribute))
            ]
            if wanted in kinds:
                if External(_EXEMPT) in kinds:
                    return False
                found = True
        return found

    def _targets(self) -> Iterator[tuple[Expression, Environment]]:
        """What the routes of the project lead to."""
        meaning = self._meaning
        for path in meaning.project.tree.matching(_URLS, "routes"):
            source = meaning.project.source(path)
            if source is not None:
                yield from self._targets_of(source)

    def _targets_of(self, source: Source) -> Iterator[tuple[Expression, Environment]]:
        where = self._meaning.lexical(source, source.facts)
        for binding in source.facts.bindings.get("urlpatterns", ()):
            if not isinstance(binding, Assignment) or binding.value is None:
                continue
            for part in everything(binding.value):
                if isinstance(part, Call):
                    kind = self._meaning.evaluate(part.function, where)
                    target = part.positional(1)
                    if isinstance(kind, External) and kind.name in _ROUTES and target is not None:
                        yield target, where
