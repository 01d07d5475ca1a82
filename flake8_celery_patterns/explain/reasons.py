"""Why it is not known what an expression is."""

from __future__ import annotations

from collections.abc import Sequence

from flake8_celery_patterns.explain.kinds import in_words
from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Await,
    Call,
    Choice,
    Expression,
    Name,
    Subscript,
    shown,
)
from flake8_celery_patterns.facts.scopes import (
    Assignment,
    Binding,
    Class,
    Function,
    Import,
    Module,
    Scope,
)
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.project.project import Outside, Source
from flake8_celery_patterns.run.result import path_from

# So many names lead on to others before it says no more.
_DEEPEST = 5


class Reasons:
    """Says why expressions of one file are not known.

    `scope` is what they stand in, `where` has their names as they are there.
    """

    def __init__(self, meaning: Meaning, scope: Scope, where: Environment) -> None:
        self._meaning = meaning
        self._scope = scope
        self._where = where

    def why(self, expression: Expression, depth: int = 0) -> str:
        """Give the reason as a clause without an end."""
        if depth >= _DEEPEST:
            return "too many names lead from one to the next"
        match expression:
            case Name(id):
                return self._name(id, depth)
            case Attribute(value, name):
                owner = in_words(self._meaning.evaluate(value, self._where), self._meaning)
                if not owner:
                    return self.why(value, depth + 1)
                return f"what `.{name}` of {owner} is cannot be told"
            case Call(function):
                return self._call(function, depth)
            case Await(value):
                return self.why(value, depth + 1)
            case Subscript(value):
                text = shown(value)
                return f"items of {f'`{text}`' if text else 'a container'} are not told apart"
            case Choice():
                return "its branches give different things, or one of them is not known"
        return "expressions of its kind are not followed"

    def _call(self, function: Expression, depth: int) -> str:
        called = in_words(self._meaning.evaluate(function, self._where), self._meaning)
        if called:
            return f"what {called} returns cannot be told"
        return (
            f"it is what `{shown(function) or 'a call'}()` returns: {self.why(function, depth + 1)}"
        )

    def _name(self, name: str, depth: int) -> str:
        for scope in self._scope.enclosing():
            if isinstance(scope, Class) and scope is not self._scope:
                continue
            parameter = scope.parameter(name) if isinstance(scope, Function) else None
            bindings = scope.bindings.get(name, ())
            if parameter is not None and not bindings:
                if parameter.annotation is None:
                    return f"`{name}` is a parameter of {scope.name}() without an annotation"
                annotation = written(parameter.annotation)
                return f"`{name}` is a parameter annotated `{annotation}`, which is not known"
            if parameter is not None or len(bindings) > 1:
                return f"`{name}` is given different values in {_called(scope)}"
            if bindings:
                return self._bound(name, bindings, depth)
        stars = [f"`from {'.' * star.level}{star.module} import *`" for star in self._stars]
        if stars:
            return f"no line binds `{name}`, and {' and '.join(stars)} may"
        return f"nothing in the file binds `{name}`"

    @property
    def _stars(self) -> Sequence[Import]:
        return self._where.source.facts.stars

    def _bound(self, name: str, bindings: Sequence[Binding], depth: int) -> str:
        binding = bindings[0]
        if isinstance(binding, Import):
            return self._imported(name, binding)
        if not isinstance(binding, Assignment):
            return f"`{name}` is a {'class' if isinstance(binding, Class) else 'function'}"
        if binding.value is not None:
            return f"`{name}` is `{written(binding.value)}`: {self.why(binding.value, depth + 1)}"
        if binding.annotation is not None:
            return f"`{name}` is annotated `{written(binding.annotation)}`, which is not known"
        return f"`{name}` is bound by a loop, a `with` or the like, which does not show its value"

    def _imported(self, name: str, binding: Import) -> str:
        module = "." * binding.level + binding.module
        found = self._meaning.project.find(self._where.source, binding)
        if found is None:
            return f"`{name}` is imported from `{module}`, which cannot be read"
        if isinstance(found, Outside):
            return f"`{name}` is imported from `{module}`, which is not in the project"
        return self._member(name, binding.name or "", found)

    def _member(self, name: str, imported: str, module: Source) -> str:
        path = path_from(self._meaning.project.root, module.path)
        if imported in module.facts.bindings:
            return f"what `{name}` is in {path} cannot be told"
        return f"{path} does not define `{imported}`"


def _called(scope: Scope) -> str:
    return "the module" if isinstance(scope, Module) else scope.name
