"""What makes a task: Celery's decorators, and the project's own that end in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Expression,
    Name,
    dotted,
)
from flake8_celery_patterns.facts.scopes import Function, Import
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    External,
    FunctionKind,
    Kind,
    Method,
    Object,
    Unresolved,
)
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

CELERY_APPS = frozenset(
    {
        "celery.Celery()",
        "celery.app.Celery()",
        "celery.app.base.Celery()",
        "celery.current_app",
        "celery._state.current_app",
        "celery.app.app_or_default()",
        "celery._state.get_current_app()",
    }
)
_TASK_DECORATORS = frozenset(
    {"celery.shared_task", "celery.app.shared_task"} | {f"{app}.task" for app in CELERY_APPS}
)
_CONVENTIONAL_APPS = frozenset({"app", "celery", "celery_app", "current_app"})
# Libraries with a `.task` or `.delay` of their own: what is not resolved may be theirs.
OTHER_TASK_LIBRARIES = frozenset(
    """
    airflow apscheduler arq billiard dask distributed django_q django_rq django_tasks doit dramatiq
    fabric faust flytekit huey invoke ipyparallel joblib locust luigi metaflow multiprocessing
    pathos prefect procrastinate ray rq taskiq twisted
    """.split()
)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Given:
    """An option's value, and where its names are looked up."""

    expression: Expression
    environment: Environment


@dataclass(frozen=True, slots=True)
class Maker:
    """Something that makes a task of a function.

    `options` are those it gives itself; `is_open`: it may give others; `receives`: options it is
    called with reach the task; `wraps`: what becomes the task is not the decorated function
    itself; `is_named`: the user named it by `task-decorators`, and nothing more is known of it;
    `is_project`: it is a function of the project.
    """

    options: dict[str, Given]
    is_open: bool = False
    receives: bool = True
    wraps: bool = False
    is_named: bool = False
    is_project: bool = False


def is_celery_app(meaning: Meaning, kind: Kind) -> bool:
    """Whether a value is certainly a Celery app: Celery's own, or of a class derived from it."""
    if isinstance(kind, External):
        return kind.name in CELERY_APPS
    if isinstance(kind, Object):
        return meaning.ancestry(kind.of).derives("celery.Celery", "celery.app.base.Celery")
    return False


def sends_as_given(meaning: Meaning, kind: Kind) -> bool:
    """Whether an app sends arguments as it gets them: it has Celery's own `send_task`."""
    return not isinstance(kind, Object) or meaning.ancestry(kind.of).method("send_task") is None


def may_be_celery_app(
    meaning: Meaning, kind: Kind, expression: Expression, environment: Environment
) -> bool:
    """Whether a value is taken for a Celery app: it is one, or called so and not known."""
    if is_celery_app(meaning, kind):
        return True
    if isinstance(kind, External):
        unknown = _may_be_app(kind.name)
    else:
        unknown = kind == UNKNOWN or isinstance(kind, (Unresolved, Method))
    text = dotted(expression) or ""
    if not unknown or text.rpartition(".")[2] not in _CONVENTIONAL_APPS:
        return False
    homes = (environment.source, *meaning.homes(text.partition(".")[0], environment))
    if any(meaning.other_task_library(home) for home in homes):
        return False
    # `app` alone is what any framework calls its own: something must speak of Celery.
    return (
        "celery" in text
        or (isinstance(kind, External) and "celery" in kind.name)
        or any(meaning.imports_celery(home) for home in homes)
    )


def maker(
    meaning: Meaning, expression: Expression, environment: Environment, depth: int = 0
) -> Maker | None:
    """What a decorator expression makes of a function; None if not a task."""
    if depth > _DEEPEST:
        return None
    if isinstance(expression, Call):
        return _called_maker(meaning, expression, environment, depth)
    kind = meaning.evaluate(expression, environment)
    if _is_task_decorator(meaning, kind, expression, environment):
        return Maker({}, is_open=_is_own_method(meaning, kind))
    if isinstance(kind, FunctionKind):
        return _wrapper(meaning, kind, depth, called=False)
    aliased, where = followed(meaning, expression, environment)
    if aliased is not expression:
        return maker(meaning, aliased, where, depth + 1)
    return None


def _called_maker(
    meaning: Meaning, call: Call, environment: Environment, depth: int
) -> Maker | None:
    kind = meaning.evaluate(call.function, environment)
    if isinstance(kind, External) and kind.name == "functools.partial":
        first = call.positional(0)
        made = maker(meaning, first, environment, depth + 1) if first is not None else None
        if made is None:
            return None
        return replace(_with_options(made, call, environment), receives=True)
    if isinstance(kind, FunctionKind):
        made = _wrapper(meaning, kind, depth, called=True)
        if made is None or not made.receives:
            return made
        return _with_options(made, call, environment)
    made = maker(meaning, call.function, environment, depth + 1)
    return _with_options(made, call, environment) if made is not None else None


def _with_options(made: Maker, call: Call, environment: Environment) -> Maker:
    """`made`, called with options; in a wrapper, `**options` may be its caller's."""
    options = dict(made.options)
    is_open, handed_on = made.is_open, False
    for argument in call.arguments:
        if argument.keyword is not None:
            options[argument.keyword] = Given(argument.value, environment)
        elif argument.star == "**":
            if _is_callers(argument.value, environment):
                handed_on = True
            else:
                is_open = True
    return replace(made, options=options, is_open=is_open, receives=handed_on)


def _is_callers(expression: Expression, environment: Environment) -> bool:
    """Whether `**expression` is the untouched `**options` of the function it stands in."""
    if not isinstance(expression, Name) or not isinstance(environment, Lexical):
        return False
    for scope in environment.scope.enclosing():
        if expression.id in scope.bindings:
            return False
        if isinstance(scope, Function):
            if expression.id in scope.touched:
                return False
            parameter = scope.parameter(expression.id)
            if parameter is not None:
                return parameter.kind == "kwargs"
    return False


def _is_task_decorator(
    meaning: Meaning, kind: Kind, expression: Expression, environment: Environment
) -> bool:
    if isinstance(kind, External) and kind.name in _TASK_DECORATORS:
        return True
    if not isinstance(expression, Attribute) or expression.name != "task":
        return False
    owner = meaning.evaluate(expression.value, environment)
    return may_be_celery_app(meaning, owner, expression.value, environment)


def _is_own_method(meaning: Meaning, kind: Kind) -> bool:
    """Whether `app.task` is overridden by the project's own class of apps."""
    if not isinstance(kind, Method) or not isinstance(kind.owner, Object):
        return False
    return meaning.ancestry(kind.owner.of).method("task") is not None


def _may_be_app(name: str) -> bool:
    """Whether something outside the project may be a Celery app: by its last name alone."""
    top, _, _ = name.partition(".")
    if top in OTHER_TASK_LIBRARIES or name.endswith("()"):
        return False
    return name.rpartition(".")[2] in _CONVENTIONAL_APPS


def _wrapper(meaning: Meaning, kind: FunctionKind, depth: int, *, called: bool) -> Maker | None:
    """The maker that a function of the project is: one whose `return`s end in a task decorator."""
    with meaning.once(("wrapper", kind, called)) as free:
        if not free:
            return None
        environment = meaning.lexical(kind.source, kind.definition)
        found = list(_returned_makers(meaning, kind.definition, environment, depth, called))
    if not found:
        return None
    made = found[0]
    if any(other.options.keys() != made.options.keys() for other in found[1:]):
        made = replace(made, is_open=True)
    return replace(made, is_project=True)


def _returned_makers(
    meaning: Meaning, function: Function, environment: Lexical, depth: int, called: bool
) -> Iterator[Maker]:
    """The makers behind the `return`s of `@wrapper`, or of what `wrapper(…)` gives."""
    for returned in function.returned:
        inner = _inner_function(function, returned)
        if inner is not None and called:
            below = meaning.lexical(environment.source, inner)
            yield from _returned_makers(meaning, inner, below, depth + 1, False)
        elif inner is not None:
            made = meaning.maker_of_function(environment.source, inner)
            if made is not None:
                yield replace(made, wraps=True)
        elif isinstance(returned, Call) and _inner_function(function, returned.function):
            # `return decorate(f)` at the end of a wrapper that can be used bare or called.
            decorate = _inner_function(function, returned.function)
            if decorate is not None and not called:
                below = meaning.lexical(environment.source, decorate)
                yield from _returned_makers(meaning, decorate, below, depth + 1, False)
        elif called:
            made = maker(meaning, returned, environment, depth + 1)
            if made is not None:
                yield made
        elif isinstance(returned, Call):
            made = _applied(meaning, function, returned, environment, depth)
            if made is not None:
                yield made


def _inner_function(function: Function, returned: Expression) -> Function | None:
    if not isinstance(returned, Name):
        return None
    bound = function.bindings.get(returned.id, ())
    return bound[-1] if bound and isinstance(bound[-1], Function) else None


def _applied(
    meaning: Meaning, function: Function, call: Call, environment: Lexical, depth: int
) -> Maker | None:
    """`shared_task(…)(f)`, `app.task(f)`, `decorator(f)`: a task made at once."""
    target = call.positional(0)
    if not isinstance(target, Name):
        return None
    made = maker(meaning, call.function, environment, depth + 1)
    if made is None:
        return None
    options = [a for a in call.arguments if a.keyword is not None or a.star]
    if options:
        made = _with_options(made, replace(call, arguments=tuple(options)), environment)
    scopes = [scope for scope in function.enclosing() if isinstance(scope, Function)]
    is_own = any(scope.parameter(target.id) is not None for scope in scopes) and not any(
        target.id in scope.bindings for scope in scopes
    )
    return made if is_own else replace(made, wraps=True)


def imports_other_task_library(imports: Iterator[Import]) -> bool:
    """Whether a file imports a library that has tasks of its own."""
    return any(
        not binding.level and binding.module.partition(".")[0] in OTHER_TASK_LIBRARIES
        for binding in imports
    )
