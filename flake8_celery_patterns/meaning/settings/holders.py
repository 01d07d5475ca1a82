"""What holds the project's settings: the modules, classes and mappings that apps are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Mapping,
    Subscript,
)
from flake8_celery_patterns.facts.scopes import Class, Import
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, ModuleKind, Object
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import UNSEEN, followed, value
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app, may_be_celery_app
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

DJANGO = ("django.conf:settings", "django.conf.settings")
_CONFIGURATIONS = ("configurations.", "configurations.base.", "cbsettings.")
_NAMESPACE_POSITION = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How an app reads what holds its settings. `is_django`: through `django.conf.settings`."""

    namespace: str | None
    is_django: bool


class Holders:
    """Which app reads what, and under which namespace, as far as the project shows."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    @cached_property
    def all(self) -> tuple[tuple[Expression, Lexical, Reading], ...]:
        """What apps are given to read their settings from."""
        return tuple(self._all_readings())

    def _all_readings(self) -> Iterator[tuple[Expression, Lexical, Reading]]:
        for source in self._meaning.config.sources:
            for found in source.facts.configuring:
                where = Lexical(self._meaning, source, source.facts.inner(found.scope))
                given = self._given(found.call, where)
                if given is None:
                    continue
                namespace = self._namespace(found.call, where)
                if namespace is UNSEEN:
                    continue
                is_django = self._is_django(given, where)
                yield given, where, Reading(namespace, is_django)

    def _given(self, call: Call, where: Lexical) -> Expression | None:
        """What a call tells an app to read its settings from."""
        function = call.function
        if isinstance(function, Attribute) and function.name == "config_from_object":
            kind = self._meaning.evaluate(function.value, where)
            if not may_be_celery_app(self._meaning, kind, function.value, where):
                return None
            named = call.keyword("obj")
            return named.value if named is not None else call.positional(0)
        source = call.keyword("config_source")
        if source is not None and is_celery_app(self._meaning, self._meaning.evaluate(call, where)):
            return source.value
        return None

    def _namespace(self, call: Call, where: Lexical) -> Any:
        """The namespace that a call gives, or the app was made with; UNSEEN if it does not show."""
        named = call.keyword("namespace")
        given = named.value if named is not None else None
        if given is None and isinstance(call.function, Attribute):
            given = call.positional(_NAMESPACE_POSITION)
            if given is None:
                made, _ = followed(self._meaning, call.function.value, where)
                if isinstance(made, Call) and made.keyword("namespace") is not None:
                    return UNSEEN
        if given is None:
            return UNSEEN if call.is_open else None
        shown = value(self._meaning, given, where)
        return (shown or None) if shown is None or isinstance(shown, str) else UNSEEN

    def _is_django(self, given: Expression, where: Lexical) -> bool:
        if isinstance(given, Constant):
            return given.value in DJANGO
        return self._meaning.evaluate(given, where) == External("django.conf.settings")

    def of_module(self, source: Source) -> frozenset[Reading]:
        """How apps read the names of a module."""
        found: set[Reading] = set()
        for given, where, reading in self.all:
            if reading.is_django:
                if self._is_django_settings(source):
                    found.add(reading)
                continue
            module = self._module(given, where)
            if module is not None and source.path in self._with_stars(module):
                found.add(reading)
        return frozenset(found)

    def of_class(self, kind: ClassKind) -> frozenset[Reading]:
        """How apps read the attributes of a class."""
        found: set[Reading] = set()
        for given, where, reading in self.all:
            if reading.is_django:
                if self._is_django_settings(kind.source) and self._is_configuration(kind):
                    found.add(reading)
                continue
            named = self._class(given, where)
            if named is not None and kind in self._meaning.ancestry(named).classes:
                found.add(reading)
        return frozenset(found)

    def mappings(self, source: Source) -> Iterator[tuple[Expression, Lexical, Reading]]:
        """The expressions of a file that apps read their settings from."""
        for given, where, reading in self.all:
            shown, there = followed(self._meaning, given, where)
            if isinstance(there, Lexical) and there.source.path == source.path:
                if isinstance(shown, (Mapping, Call)):
                    yield shown, there, reading

    @cached_property
    def flask_keys(self) -> dict[str, Reading]:
        """The keys of Flask's configuration that hold an app's settings: `app.config["CELERY"]`."""
        found = {}
        for given, _, reading in self.all:
            if isinstance(given, Subscript) and isinstance(given.index, Constant):
                if isinstance(given.value, Attribute) and given.value.name == "config":
                    found[str(given.index.value)] = reading
        return found

    def _module(self, given: Expression, where: Lexical) -> Source | None:
        shown = value(self._meaning, given, where)
        if isinstance(shown, str):
            found = self._meaning.project.find(where.source, Import(shown))
            return found if isinstance(found, Source) else None
        kind = self._meaning.evaluate(given, where)
        return kind.source if isinstance(kind, ModuleKind) else None

    def _class(self, given: Expression, where: Lexical) -> ClassKind | None:
        shown = value(self._meaning, given, where)
        kind: Kind | None = None
        if isinstance(shown, str):
            module, _, name = shown.replace(":", ".").rpartition(".")
            found = self._meaning.project.find(where.source, Import(module)) if module else None
            kind = self._meaning.member(found, name) if isinstance(found, Source) else None
        else:
            kind = self._meaning.evaluate(given, where)
        if isinstance(kind, Object):
            kind = kind.of
        return kind if isinstance(kind, ClassKind) else None

    def _with_stars(self, source: Source) -> set[Path]:
        """A module and those it takes all names from."""
        found: dict[Path, Source] = {source.path: source}
        stack = [source]
        while stack:
            current = stack.pop()
            for star in current.facts.stars:
                inner = self._meaning.project.find(current, star)
                if isinstance(inner, Source) and inner.path not in found:
                    found[inner.path] = inner
                    stack.append(inner)
        return set(found)

    @cached_property
    def _django_modules(self) -> set[Path]:
        """The settings modules that the project names, and what they take all names from."""
        found: set[Path] = set()
        for source, setting in self._meaning.config.settings("django_settings_module"):
            named = setting.value
            if isinstance(named, Constant) and isinstance(named.value, str):
                module = self._meaning.project.find(source, Import(named.value))
                if isinstance(module, Source) and module.path.suffix == ".py":
                    found |= self._with_stars(module)
        return found

    def _is_django_settings(self, source: Source) -> bool:
        """Whether a file is a settings module: named so by the project, or called and made so."""
        if source.path in self._django_modules:
            return True
        path = source.path
        if not (path.stem.startswith("settings") or path.stem.endswith("settings")):
            if path.parent.name != "settings":
                return False
        return "INSTALLED_APPS" in source.facts.bindings or bool(
            self._with_stars(source) & self._django_modules
        )

    def _is_configuration(self, kind: ClassKind) -> bool:
        """Whether a class is a settings class of django-configurations."""
        return self._meaning.ancestry(kind).derives(*_CONFIGURATIONS)


def class_kind(source: Source, scope: tuple[str, ...]) -> ClassKind | None:
    """The class that a path of scopes names in a file."""
    found = source.facts.inner(scope)
    return ClassKind(source, found) if isinstance(found, Class) else None
