"""Where a class or function of the project is defined, and what it is called there."""

from __future__ import annotations

from flake8_celery_patterns.facts.scopes import Class, Function, Module, Scope
from flake8_celery_patterns.finding import Definition
from flake8_celery_patterns.project.project import Source


def defined(source: Source, scope: Class | Function, what: str) -> Definition:
    """Give the place of `scope`, which stands in `source`; `what` as in `Definition`."""
    return Definition(source.path, dotted_name(scope), what)


def dotted_name(scope: Scope) -> str:
    """Give the dotted name of a function or class in its module; "" for the module itself."""
    names = [s.name for s in scope.enclosing() if not isinstance(s, Module)]
    return ".".join(reversed(names))
