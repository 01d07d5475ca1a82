"""What a decorator gives in the place of the function, or task, that it decorates.

Whether that still takes the same arguments, `parameters_kept` says.

Sources of the tables: Django 5.2 (`Atomic`, `ContextDecorator`, views and auth decorators), CPython
3.11 functools and contextlib, asgiref 3.8, tenacity 9, backoff 2.2, sentry_sdk 2, retry 0.9,
retrying 1.3, cachetools 5, timeout-decorator 0.5, ratelimit 2.2: all but `async_to_sync` name what
they give after the function (`functools.wraps` or their own).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.expressions import Await, Call, Constant, Expression, Name
from flake8_celery_patterns.facts.scopes import Assignment, Function
from flake8_celery_patterns.meaning.kinds import ClassKind, External, FunctionKind, Object
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source

Form = Literal["itself", "wrapper", "receiver"]
# What a call of the wrapper gives: what the function gives, or something else.
Result = Literal["same", "coroutine", "generator", "value", "unknown"]


@dataclass(frozen=True, slots=True)
class Decorated:
    """What stands in the function's place.

    `form`: "itself"; "receiver": itself, after it was connected to a signal by a weak reference; or
    "wrapper": another callable that calls it and knows nothing of tasks.
    `has_name`: whether a wrapper goes by the function's own name, None where that is not certain;
    `wrapper` is the wrapper, where it is a function of the project.
    """

    form: Form
    has_name: bool | None = True
    result: Result = "same"
    wrapper: Function | None = None


_ITSELF = re.compile(
    r"(typing|typing_extensions)\.(final|override|no_type_check|runtime_checkable)"
    r"|atexit\.register|django\.db\.transaction\.non_atomic_requests(\(\))?"
)
_RECEIVER = re.compile(
    r"django\.dispatch\.(dispatcher\.)?receiver\(\)"
    r"|celery\.signals\.\w+\.connect(\(\))?"
    r"|celery\.Celery\(\)\.on_(configure|after_\w+)\.connect(\(\))?"
)
# Wrappers that give what the function gives: a coroutine or a generator that nobody runs, too.
_HANDING_BACK = re.compile(
    r"django\.db\.transaction\.atomic(\(\))?"
    r"|backoff\.on_(exception|predicate)\(\)|tenacity\.retry(\(\))?|retrying\.retry(\(\))?"
    r"|retry\.(api\.)?retry\(\)|sentry_sdk\.(tracing\.)?trace|timeout_decorator\.timeout\(\)"
    r"|django\.utils\.(translation|timezone)\.override\(\)|cachetools\.(func\.\w+|cached)\(\)"
    r"|(warnings|typing_extensions)\.deprecated\(\)|ratelimit\.(limits\(\)|sleep_and_retry)"
)
_OTHER_WRAPPERS = re.compile(
    r"contextlib\.(async)?contextmanager|functools\.(lru_cache(\(\))?|cache|singledispatch)"
    r"|django\.views\.decorators\.\w+\.\w+(\(\))?|django\.contrib\.auth\.decorators\.\w+(\(\))?"
    r"|django\.utils\.decorators\.method_decorator\(\)|rest_framework\.decorators\.api_view\(\)"
)
_ASYNC = re.compile(r"asgiref\.sync\.(sync_to_async|SyncToAsync)(\(\))?")
_AWAITING = re.compile(r"asgiref\.sync\.(async_to_sync|AsyncToSync)(\(\))?")
_CONTEXT_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_WRAPS = External("functools.wraps()")
# What may be asked of the function that a wrapper stands for without giving it away.
_ASKING = frozenset(
    "callable cast iscoroutinefunction isinstance repr signature str update_wrapper wraps".split()
)
_TEXTS = frozenset(
    {"__annotations__", "__code__", "__doc__", "__module__", "__name__", "__qualname__"}
)
# What makes an object more than a callable: it may hand on the attributes of a task.
_SENDING = ("delay", "apply_async", "s", "si", "signature")
_HANDING_ON = ("__getattr__", "__getattribute__", "__new__", *_SENDING)


def decorated(
    meaning: Meaning, decorator: Expression, environment: Environment
) -> Decorated | None:
    """What `@decorator` gives in the place of a function; None where that is not certain."""
    with meaning.once(("decorated", id(decorator))) as free:
        return _decorated(meaning, decorator, environment) if free else None


def _decorated(
    meaning: Meaning, decorator: Expression, environment: Environment
) -> Decorated | None:
    if isinstance(decorator, Call):
        made_by = meaning.evaluate(decorator.function, environment)
        if isinstance(made_by, FunctionKind):
            return _made_by(meaning, made_by, decorator)
    kind = meaning.evaluate(decorator, environment)
    if isinstance(kind, External):
        return _external(kind.name, decorator)
    if isinstance(kind, FunctionKind):
        return _given_to(meaning, kind.source, kind.definition, first=0)
    if isinstance(kind, ClassKind):
        return _instance(meaning, kind)
    if isinstance(kind, Object):
        if meaning.ancestry(kind.of).derives("contextlib.ContextDecorator"):
            return Decorated("wrapper", result="same")
        called = meaning.ancestry(kind.of).method("__call__")
        return _given_to(meaning, called[0].source, called[1], first=1) if called else None
    aliased, where = followed(meaning, decorator, environment)
    return decorated(meaning, aliased, where) if aliased is not decorator else None


def _external(name: str, decorator: Expression) -> Decorated | None:
    if _ITSELF.fullmatch(name):
        return Decorated("itself")
    if _RECEIVER.fullmatch(name):
        weak = decorator.keyword("weak") if isinstance(decorator, Call) else None
        if isinstance(decorator, Call) and decorator.is_open:
            return None
        is_weak = weak is None or weak.value == Constant(True)
        if not is_weak and weak is not None and weak.value != Constant(False):
            return None
        return Decorated("receiver" if is_weak else "itself")
    if _HANDING_BACK.fullmatch(name):
        return Decorated("wrapper")
    if _OTHER_WRAPPERS.fullmatch(name):
        return Decorated("wrapper", result="unknown")
    if _ASYNC.fullmatch(name):
        return Decorated("wrapper", result="coroutine")
    if _AWAITING.fullmatch(name):
        # Unlike all others it has no name at all (asgiref/sync.py, AsyncToSync).
        return Decorated("wrapper", has_name=None, result="value")
    return None


def _instance(meaning: Meaning, kind: ClassKind) -> Decorated | None:
    """`@Timed`, where `Timed` is a class whose objects are called in the function's place."""
    family = meaning.ancestry(kind)
    if not family.whole or family.external or family.method("__call__") is None:
        return None
    if any(family.binding(name) is not None for name in _HANDING_ON):
        return None
    if not _takes_just_one(family.method("__init__")):
        return None
    return Decorated("wrapper", has_name=None, result="unknown")


def _takes_just_one(made: tuple[ClassKind, Function] | None) -> bool:
    """Whether it is an `__init__(self, function)`."""
    if made is None or len(made[1].parameters) != 2:
        return False
    return made[1].parameters[1].kind in ("positional", "positional_only")


def _made_by(meaning: Meaning, kind: FunctionKind, call: Call) -> Decorated | None:
    """`@factory(…)`."""
    factory = kind.definition
    if factory.is_async:
        return None
    if factory.decorators:
        where = meaning.lexical(kind.source, factory.parent or kind.source.facts)
        made = [meaning.evaluate(decorator, where) for decorator in factory.decorators]
        is_manager = any(isinstance(k, External) and k.name in _CONTEXT_MANAGERS for k in made)
        # What `@contextmanager` makes can decorate, too.
        return Decorated("wrapper") if is_manager and len(made) == 1 else None
    if factory.is_generator:
        return None
    found: list[Decorated | None] = []
    for returned in factory.returned:
        inner = _inner(factory, returned)
        if inner is None:
            if is_bare_use(factory, returned) and call.positional(0) is None:
                # `return decorate(function)`, where the decorator was given no function.
                continue
            return None
        found.append(_given_to(meaning, kind.source, inner, first=0))
    return _agreed(found)


def _given_to(
    meaning: Meaning, source: Source, decorator: Function, first: int
) -> Decorated | None:
    """What a function of the project gives that takes the decorated one as parameter `first`."""
    if decorator.decorators or decorator.is_async or decorator.is_generator:
        return None
    if len(decorator.parameters) <= first:
        return None
    taking = decorator.parameters[first]
    if taking.kind not in ("positional", "positional_only") or taking.name in decorator.bindings:
        return None
    found: list[Decorated | None] = []
    for written in decorator.returned:
        returned = _uncast(meaning, source, decorator, written)
        if returned == Name(taking.name):
            found.append(Decorated("itself"))
            continue
        applied = _applied(decorator, returned, taking.name)
        if applied is not None:
            if applied.function == Name(taking.name):
                return None
            inner = _inner(decorator, applied.function)
            if inner is not None:
                found.append(_given_to(meaning, source, inner, first=0))
                continue
            return None
        inner = _inner(decorator, returned)
        if inner is None:
            named = _named_wrapper(meaning, source, decorator, returned)
            if named is None:
                return None
            found.append(_wrapper(meaning, source, decorator, named, taking.name, has_name=True))
        elif taking.default is not None and any(
            is_bare_use(decorator, other) for other in decorator.returned
        ):
            # `if function is None: return decorate`: not how a bare decorator is used.
            continue
        else:
            found.append(_wrapper(meaning, source, decorator, inner, taking.name))
    return _agreed(found)


def _agreed(found: list[Decorated | None]) -> Decorated | None:
    """What all ways through a decorator give."""
    if not found or any(made is None or made.form != found[0].form for made in found if found[0]):
        return None
    known = [made for made in found if made is not None]
    if len(known) < len(found) or any(made.has_name != known[0].has_name for made in known):
        return None
    same = all(made.result == known[0].result for made in known)
    return known[0] if same else replace(known[0], result="unknown")


def _uncast(
    meaning: Meaning, source: Source, function: Function, returned: Expression
) -> Expression:
    """`wrapper` in `return cast(Decorator, wrapper)`."""
    if isinstance(returned, Call) and len(returned.arguments) == 2:
        made_by = meaning.evaluate(returned.function, meaning.lexical(source, function))
        if made_by == External("typing.cast"):
            return returned.arguments[1].value
    return returned


def _inner(function: Function, returned: Expression) -> Function | None:
    """The function defined in `function`, once, that an expression names."""
    bound = function.bindings.get(returned.id, ()) if isinstance(returned, Name) else ()
    only = bound[0] if len(bound) == 1 else None
    return only if isinstance(only, Function) else None


def _applied(function: Function, returned: Expression, given: str) -> Call | None:
    """`decorate(function)`."""
    if not isinstance(returned, Call) or len(returned.arguments) != 1:
        return None
    only = returned.arguments[0]
    is_given = only.value == Name(given) and not only.star and only.keyword is None
    return returned if is_given and isinstance(returned.function, Name) else None


def is_bare_use(function: Function, returned: Expression) -> bool:
    """Whether this is the `return decorate(function)` of a decorator used without arguments."""
    first = function.first_parameter
    if first is None or first.default is None:
        return False
    applied = _applied(function, returned, first.name)
    return applied is not None and _inner(function, applied.function) is not None


def _named_wrapper(
    meaning: Meaning, source: Source, decorator: Function, returned: Expression
) -> Function | None:
    """The wrapper in `update_wrapper(wrapper, function)` or `wraps(function)(wrapper)`."""
    if not isinstance(returned, Call):
        return None
    first = returned.positional(0)
    inner = _inner(decorator, first) if first is not None else None
    where = meaning.lexical(source, decorator)
    made_by = meaning.evaluate(returned.function, where)
    return inner if made_by in (_WRAPS, External("functools.update_wrapper")) else None


def _wrapper(
    meaning: Meaning,
    source: Source,
    decorator: Function,
    wrapper: Function,
    given: str,
    *,
    has_name: bool | None = False,
) -> Decorated | None:
    """What a nested function is that is given in the place of the decorated one."""
    scopes = list(_scopes(decorator))
    uses = [use for scope in scopes for use in scope.uses]
    if f"{given}()" not in uses or not all(_is_harmless(use, given) for use in uses):
        return None
    if any(given in scope.bindings for scope in scopes) or given in decorator.rebound:
        return None
    if any(f"{wrapper.name}.{name}=" in uses for name in _SENDING):
        return None
    where = Lexical(meaning, source, decorator)
    result = _result(wrapper, given)
    for around in wrapper.decorators:
        if meaning.evaluate(around, where) == _WRAPS:
            has_name = True
            continue
        made = decorated(meaning, around, where)
        if made is None or made.form != "wrapper" or not made.has_name:
            return None
        result = through(result, made)
    if f"update_wrapper({wrapper.name})" in uses or f"{wrapper.name}.__name__=" in uses:
        has_name = True
    handed = {f"{function}({wrapper.name})" for function in _ASKING}
    if any(u not in handed and u.endswith((f"({wrapper.name})", wrapper.name)) for u in uses):
        # Handed elsewhere, where it may be given another name.
        has_name = has_name or None
    return Decorated("wrapper", has_name, result, wrapper)


def _scopes(function: Function) -> Iterator[Function]:
    """A function and all that it holds."""
    yield function
    for bindings in function.bindings.values():
        for binding in bindings:
            if isinstance(binding, Function):
                yield from _scopes(binding)


def _is_harmless(use: str, given: str) -> bool:
    """Whether one use of the decorated function gives away no more than that it is called."""
    if use == f"{given}()" or use in {f"{given}.{text}" for text in _TEXTS}:
        return True
    if use.endswith(f"({given})"):
        return use.removesuffix(f"({given})") in _ASKING
    return use != given and not use.startswith(f"{given}.")


def _result(wrapper: Function, given: str) -> Result:
    """What a call of the wrapper gives."""
    if wrapper.is_generator:
        return "unknown" if wrapper.is_async else "generator"
    if wrapper.is_async:
        return "coroutine"
    shown = [_is_its_result(wrapper, returned, given) for returned in wrapper.returned]
    return "same" if shown and all(shown) else "unknown"


def _is_its_result(wrapper: Function, returned: Expression, given: str) -> bool:
    """Whether a returned value is just what calling the decorated function gave."""
    if isinstance(returned, Name):
        bound = wrapper.bindings.get(returned.id, ())
        values = [b.value if isinstance(b, Assignment) else None for b in bound]
        return bool(values) and all(v is not None and _is_call_of(v, given) for v in values)
    return _is_call_of(returned, given)


def _is_call_of(value: Expression, given: str) -> bool:
    return (
        isinstance(value, Call) and value.function == Name(given) and not isinstance(value, Await)
    )


def through(result: Result, made: Decorated) -> Result:
    """What is given back when what gives `result` is decorated."""
    return result if made.form != "wrapper" or made.result == "same" else made.result
