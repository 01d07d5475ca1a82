"""What an expression is: the one place where kinds come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Await,
    Binary,
    Call,
    Choice,
    Clause,
    Comprehension,
    Constant,
    Expression,
    Lambda,
    Mapping,
    Name,
    Named,
    Opaque,
    Sequence,
    Star,
    Subscript,
    shown,
)
from flake8_celery_patterns.meaning.kinds import (
    NOTHING,
    UNKNOWN,
    Awaitable,
    ClassKind,
    External,
    FunctionKind,
    Instance,
    Items,
    Kind,
    Maybe,
    Method,
    Model,
    ModelClass,
    ModuleKind,
    Object,
    Plain,
    Row,
    Stream,
    Table,
    Unresolved,
    bounded,
    iterated,
    join,
    shape,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.scoped import Scoped
from flake8_celery_patterns.meaning.orm.attributes import (
    class_attribute,
    element,
    instance_attribute,
)
from flake8_celery_patterns.meaning.orm.calls import awaited, external_call, method_call
from flake8_celery_patterns.meaning.orm.models import external_model, looks_like_model
from flake8_celery_patterns.meaning.values.results import result_of_external
from flake8_celery_patterns.meaning.values.values import (
    LAMBDA,
    called,
    combined,
    container,
    enum_member,
    is_datetime,
    mapping,
    method,
)

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_REQUEST = re.compile(
    r"(django\.http\.(request\.)?HttpRequest|rest_framework\.request\.Request"
    r"|django\.core\.handlers\.\w+\.(WSGI|ASGI)Request)\(\)"
)
_FORMS = {"list": "list", "set": "set", "generator": "generator"}


def evaluate(meaning: Meaning, expression: Expression, environment: Environment) -> Kind:
    """The kind of `expression`; `UNKNOWN` for all that is not certain."""
    evaluator = _EVALUATORS.get(type(expression))
    return evaluator(meaning, expression, environment) if evaluator is not None else UNKNOWN


def _name(meaning: Meaning, expression: Name, environment: Environment) -> Kind:
    return _as_model(meaning, environment.lookup(expression.id))


def _as_model(meaning: Meaning, kind: Kind) -> Kind:
    """A class that is a model is one wherever it comes from."""
    if isinstance(kind, ClassKind):
        model = meaning.model(kind)
        return ModelClass(model) if model is not None else kind
    if isinstance(kind, External):
        known = external_model(kind.name)
        return ModelClass(known) if known is not None else kind
    return kind


def _attribute(meaning: Meaning, expression: Attribute, environment: Environment) -> Kind:
    if expression.value == Name("self"):
        assigned = environment.lookup(f"self.{expression.name}")
        if not isinstance(assigned, Unresolved):
            return assigned
    owner = evaluate(meaning, expression.value, environment)
    return attribute(meaning, owner, expression, environment)


def attribute(
    meaning: Meaning, owner: Kind, expression: Attribute, environment: Environment
) -> Kind:
    """`owner.name`, where `expression` is how the user wrote it."""
    name = expression.name
    if isinstance(owner, ModuleKind):
        return _as_model(meaning, meaning.member(owner.source, name))
    if isinstance(owner, External):
        if name == "objects":
            unseen = looks_like_model(owner.name)
            if unseen is not None:
                model = Model(unseen, "Django")
                return Stream("manager", model, element(model))
        if name == "user" and _REQUEST.fullmatch(owner.name):
            return Instance(Model("User", "Django"), shown(expression))
        full = External(f"{owner.name}.{name}")
        return _as_model(meaning, full)
    if isinstance(owner, ModelClass):
        return class_attribute(meaning, owner.model, name)
    text = shown(expression.value)
    if isinstance(owner, ClassKind):
        inner = enum_member(meaning, owner, name) or meaning.class_member(owner, name)
        return inner if inner is not None else Method(owner, name, text)
    if isinstance(owner, Instance):
        return instance_attribute(meaning, owner, name, shown(expression))
    if isinstance(owner, Stream) and owner.form == "relationship":
        return instance_attribute(meaning, Instance(owner.model), name, shown(expression))
    if isinstance(owner, Object):
        given = meaning.view_attribute(owner, expression) or meaning.task_member(owner.of, name)
        return given if given is not None else Method(owner, name, text)
    return Method(owner, name, text)


def _call(meaning: Meaning, expression: Call, environment: Environment) -> Kind:
    function = evaluate(meaning, expression.function, environment)
    if isinstance(function, ModelClass):
        return Instance(function.model, shown(expression))
    if isinstance(function, External):
        return _external(meaning, function.name, expression, environment)
    if isinstance(function, ClassKind):
        return Object(function)
    if isinstance(function, Stream) and function.model.orm == "MongoEngine":
        return Stream("queryset", function.model, function.element)
    if isinstance(function, FunctionKind):
        return _project_call(meaning, function)
    if isinstance(function, Method):
        given = meaning.task_call(function, expression, environment)
        if given is not None:
            return given
        given = meaning.view_call(function, expression)
        if given is not None:
            return given
        given = method(function.owner, function.name, expression)
        if given is not None:
            return given
        given = method_call(meaning, function, expression, environment)
        return given if given is not None else UNKNOWN
    return UNKNOWN


def _project_call(meaning: Meaning, function: FunctionKind) -> Kind:
    """A function of the project: what it is annotated to give, as far as that says it for good."""
    definition = function.definition
    if definition.decorators:
        return UNKNOWN
    if definition.is_generator:
        return Items(UNKNOWN, "generator")
    if definition.is_async:
        return Awaitable(UNKNOWN)
    if definition.returns is None:
        return UNKNOWN
    environment = meaning.lexical(function.source, definition)
    given = meaning.annotated(definition.returns, environment)
    return given if isinstance(given, (External, Object, Plain)) else shape(given)


def _external(meaning: Meaning, name: str, call: Call, environment: Environment) -> Kind:
    known = external_call(meaning, name, call, environment)
    if known is not None:
        return known
    if name == "builtins.super" and not call.arguments:
        return meaning.super_of(environment)
    known = called(meaning, name, call, environment)
    if known is not None:
        return known
    first = call.positional(0)
    if name.endswith(".register_task") and first is not None:
        registered = evaluate(meaning, first, environment)
        return Object(registered) if isinstance(registered, ClassKind) else registered
    made = f"{name}()"
    canvas = meaning.canvas(name, call, environment)
    if canvas is not None:
        return canvas
    return result_of_external(made, call) or _as_model(meaning, External(made))


def _subscript(meaning: Meaning, expression: Subscript, environment: Environment) -> Kind:
    owner = evaluate(meaning, expression.value, environment)
    if expression.is_slice:
        return owner if isinstance(owner, (Stream, Items)) else UNKNOWN
    index = expression.index
    if isinstance(owner, Row):
        if isinstance(index, Constant) and type(index.value) is int:
            position = index.value
            if -len(owner.items) <= position < len(owner.items):
                return owner.items[position]
        return UNKNOWN
    if isinstance(owner, Stream):
        indexed = owner.form in ("queryset", "query", "relationship")
        return _origin(owner.element, expression) if indexed else UNKNOWN
    if isinstance(owner, Items):
        return owner.element
    if isinstance(owner, Table):
        return owner.value
    if isinstance(owner, ModelClass) and owner.model.orm in ("Pony", "peewee"):
        return Instance(owner.model, shown(expression))
    if isinstance(owner, ClassKind) and isinstance(index, Constant):
        return enum_member(meaning, owner, str(index.value)) or UNKNOWN
    if isinstance(owner, External) and owner.name.endswith("().FILES"):
        return External(f"{owner.name}.get()")
    return UNKNOWN


def _origin(kind: Kind, expression: Expression) -> Kind:
    return Instance(kind.model, shown(expression)) if isinstance(kind, Instance) else kind


def _constant(meaning: Meaning, expression: Constant, environment: Environment) -> Kind:
    return NOTHING if expression.value is None else Plain(type(expression.value).__name__)


def _lambda(meaning: Meaning, expression: Lambda, environment: Environment) -> Kind:
    return LAMBDA


def _opaque(meaning: Meaning, expression: Opaque, environment: Environment) -> Kind:
    is_text = type(expression.node).__name__ == "FormattedString"
    return Plain("str") if is_text else UNKNOWN


def _sequence(meaning: Meaning, expression: Sequence, environment: Environment) -> Kind:
    items = expression.items
    kinds = [
        iterated(evaluate(meaning, item.value, environment))
        if isinstance(item, Star)
        else evaluate(meaning, item, environment)
        for item in items
    ]
    if expression.kind == "tuple" and not any(isinstance(item, Star) for item in items):
        return Row(tuple(bounded(kinds)))
    form = expression.kind
    return container(lambda element: Items(element, form), kinds, form)


def _mapping(meaning: Meaning, expression: Mapping, environment: Environment) -> Kind:
    keys = [entry.key for entry in expression.entries if entry.key is not None]
    if len(keys) < len(expression.entries):
        return Table(UNKNOWN)
    values = [evaluate(meaning, entry.value, environment) for entry in expression.entries]
    return mapping(values, bounded([evaluate(meaning, key, environment) for key in keys]))


def _comprehension(meaning: Meaning, expression: Comprehension, environment: Environment) -> Kind:
    inner = comprehension_scope(meaning, expression.clauses, environment)
    made = evaluate(meaning, expression.element, inner)
    if expression.key is not None:
        return Table(made, (evaluate(meaning, expression.key, inner),))
    return Items(made, _FORMS[expression.kind])


def comprehension_scope(
    meaning: Meaning, clauses: tuple[Clause, ...], environment: Environment
) -> Scoped:
    """The names inside a comprehension: its targets over what is around it."""
    inner = Scoped(environment)
    for clause in clauses:
        inner.bind(clause.target, iterated(evaluate(meaning, clause.iterable, inner)))
    return inner


def _await(meaning: Meaning, expression: Await, environment: Environment) -> Kind:
    return awaited(evaluate(meaning, expression.value, environment))


def _choice(meaning: Meaning, expression: Choice, environment: Environment) -> Kind:
    if expression.operator == "and":
        return UNKNOWN
    kinds = [evaluate(meaning, side, environment) for side in (expression.left, expression.right)]
    real = [kind for kind in kinds if kind != NOTHING]
    given = join(real) if real else NOTHING
    return Maybe(given) if len(real) == 1 and is_datetime(given) else given


def _named(meaning: Meaning, expression: Named, environment: Environment) -> Kind:
    return evaluate(meaning, expression.value, environment)


def _binary(meaning: Meaning, expression: Binary, environment: Environment) -> Kind:
    left = evaluate(meaning, expression.left, environment)
    right = evaluate(meaning, expression.right, environment)
    if expression.operator in ("|", "&") and isinstance(left, Stream) and left == right:
        return left
    made = combined(expression.operator, left, right)
    if made == UNKNOWN and expression.operator == "|":
        return meaning.chained(left, right, expression)
    return made


_EVALUATORS: dict[type[Expression], Callable[[Any, Any, Any], Kind]] = {
    Name: _name,
    Attribute: _attribute,
    Call: _call,
    Subscript: _subscript,
    Constant: _constant,
    Lambda: _lambda,
    Opaque: _opaque,
    Sequence: _sequence,
    Mapping: _mapping,
    Comprehension: _comprehension,
    Await: _await,
    Choice: _choice,
    Named: _named,
    Binary: _binary,
}
