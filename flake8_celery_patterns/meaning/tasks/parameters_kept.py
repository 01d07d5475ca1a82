"""Whether a decorator leaves a function its parameters; what else it gives: see `decorated`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Await,
    Call,
    Expression,
    Name,
    everything,
)
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Assignment, Function
from flake8_celery_patterns.meaning.kinds import External, FunctionKind
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Decorators of libraries that hand on every argument as they get it.
_KEEPING = re.compile(
    r"django\.db\.transaction\.(non_)?atomic(\(\))?|typing\.\w+|functools\.wraps\(\)"
    r"|builtins\.staticmethod|contextlib\.\w+\(\)|functools\.(lru_cache\(\)|lru_cache|cache)"
    r"|asgiref\.sync\.(async_to_sync|sync_to_async)|typing_extensions\.\w+"
    r"|edx_django_utils\.monitoring\.set_code_owner_attribute|sentry_sdk\.(trace|tracing\.trace)"
    r"|backoff\.on_(exception|predicate)\(\)"
    r"|tenacity\.retry(\(\))?|django\.utils\.translation\.override\(\)"
)
_WRAPS = External("functools.wraps()")
# What a wrapper may ask its function without calling it.
_TEXTS = frozenset({"__doc__", "__module__", "__name__", "__qualname__"})


def keeps_parameters(meaning: Meaning, decorator: Expression, environment: Environment) -> bool:
    """Whether calls of what a decorator makes reach the function with the same arguments.

    True for decorators of libraries that are known to, and for those of the project whose wrapper
    does nothing with its `*args, **kwargs` but pass them on.
    """
    kind = meaning.evaluate(decorator, environment)
    if isinstance(kind, External):
        return _KEEPING.fullmatch(kind.name) is not None
    if isinstance(kind, FunctionKind):
        return _is_passing(meaning, kind, kind.definition)
    if isinstance(decorator, Call):
        made_by = meaning.evaluate(decorator.function, environment)
        if isinstance(made_by, FunctionKind):
            return _makes_passing(meaning, made_by)
    return False


def _makes_passing(meaning: Meaning, kind: FunctionKind) -> bool:
    """Whether a function of the project gives decorators, all of which pass arguments on."""
    factory = kind.definition
    if factory.decorators or factory.is_async or factory.is_generator or not factory.returned:
        return False
    for returned in factory.returned:
        made = list(_inner_functions(factory, returned))
        if not made or not all(_is_passing(meaning, kind, function) for function in made):
            return False
    return True


def _is_passing(meaning: Meaning, kind: FunctionKind, decorator: Function) -> bool:
    """Whether a decorator gives the function itself, or wrappers that pass arguments on."""
    first = decorator.first_parameter
    if first is None or first.default is not None or decorator.decorators:
        return False
    if first.name in decorator.bindings or decorator.is_async or decorator.is_generator:
        return False
    if not decorator.returned:
        return False
    for returned in decorator.returned:
        if returned == Name(first.name):
            continue
        wrappers = list(_inner_functions(decorator, returned))
        if not wrappers or not all(
            _passes_all_on(meaning, kind, wrapper, first.name) for wrapper in wrappers
        ):
            return False
    return True


def _inner_functions(function: Function, returned: Expression) -> Iterator[Function]:
    """The functions that a `return wrapper` in `function` can give; none if others may be."""
    bound = function.bindings.get(returned.id, ()) if isinstance(returned, Name) else ()
    if all(isinstance(binding, Function) for binding in bound):
        yield from (binding for binding in bound if isinstance(binding, Function))


def _passes_all_on(meaning: Meaning, kind: FunctionKind, wrapper: Function, wrapped: str) -> bool:
    where = meaning.lexical(kind.source, wrapper.parent or kind.source.facts)
    if any(meaning.evaluate(decorator, where) != _WRAPS for decorator in wrapper.decorators):
        return False
    shapes = [parameter.kind for parameter in wrapper.parameters]
    if wrapper.is_generator or shapes[-2:] != ["args", "kwargs"]:
        return False
    leading = wrapper.parameters[:-2]
    names = [parameter.name for parameter in wrapper.parameters]
    if any(p.default is not None or p.kind == "keyword_only" for p in leading):
        return False
    changed = {*wrapper.bindings, *wrapper.touched, *wrapper.rebound}
    if changed.intersection((*names, wrapped)):
        return False
    handed = [("", Name(name)) for name in names[:-2]]
    handed += [("*", Name(names[-2])), ("**", Name(names[-1]))]
    uses = list(_uses(wrapper, wrapped))
    return bool(uses) and all(
        isinstance(use, Call)
        and [(a.star, a.value) for a in use.arguments] == handed
        and not any(a.keyword for a in use.arguments)
        for use in uses
    )


def _uses(wrapper: Function, wrapped: str) -> Iterator[Expression]:
    """The calls of the wrapped function, and whatever else is done with it."""
    for expression in _expressions(wrapper):
        harmless: set[int] = set()
        for part in everything(expression):
            if isinstance(part, Call) and part.function == Name(wrapped):
                harmless.add(id(part.function))
                yield part
            elif isinstance(part, Attribute) and part.name in _TEXTS:
                harmless.add(id(part.value))
        for part in everything(expression):
            if part == Name(wrapped) and id(part) not in harmless:
                yield part


def _expressions(wrapper: Function) -> Iterator[Expression]:
    """The expressions of a wrapper's body: of other files only what is returned and assigned."""
    if wrapper.node is None:
        yield from wrapper.returned
        for bindings in wrapper.bindings.values():
            for binding in bindings:
                if isinstance(binding, Assignment) and binding.value is not None:
                    yield binding.value
        return
    stack: list[cst.CSTNode] = [wrapper.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Attribute):
            if node.attr.value in _TEXTS:
                continue
        if isinstance(node, (cst.Call, cst.Name)):
            found = read(node)
            yield found.value if isinstance(found, Await) else found
            continue
        stack.extend(children(node))
