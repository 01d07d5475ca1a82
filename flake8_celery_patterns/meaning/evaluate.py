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
    Mapping,
    Name,
    Named,
    Sequence,
    Star,
    Subscript,
    shown,
)
from flake8_celery_patterns.meaning.environment import Environment
from flake8_celery_patterns.meaning.kinds import (
    EMPTY,
    NOTHING,
    PLAIN,
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Instance,
    Items,
    Kind,
    Method,
    Mixed,
    Model,
    ModelClass,
    ModuleKind,
    Object,
    Partial,
    Row,
    Stream,
    Table,
    Unresolved,
    join,
)
from flake8_celery_patterns.meaning.orm.attributes import (
    class_attribute,
    element,
    instance_attribute,
)
from flake8_celery_patterns.meaning.orm.calls import awaited, external_call, method_call
from flake8_celery_patterns.meaning.orm.models import external_model, looks_like_model
from flake8_celery_patterns.meaning.scoped import Scoped

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_REQUEST = re.compile(
    r"(django\.http\.(request\.)?HttpRequest|rest_framework\.request\.Request"
    r"|django\.core\.handlers\.\w+\.(WSGI|ASGI)Request)\(\)"
)
_SEQUENCES = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter")
)


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
        inner = meaning.class_member(owner, name)
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
        given = method_call(meaning, function, expression, environment)
        return given if given is not None else UNKNOWN
    return UNKNOWN


def _project_call(meaning: Meaning, function: FunctionKind) -> Kind:
    """A function of the project: only what it says it gives of a library (`-> Celery`)."""
    returns = function.definition.returns
    if returns is None or function.definition.is_async or function.definition.decorators:
        return UNKNOWN
    environment = meaning.lexical(function.source, function.definition)
    given = meaning.annotated(returns, environment)
    return given if isinstance(given, External) else UNKNOWN


def _external(meaning: Meaning, name: str, call: Call, environment: Environment) -> Kind:
    known = external_call(meaning, name, call, environment)
    if known is not None:
        return known
    first = call.positional(0)
    if name == "builtins.super" and not call.arguments:
        return meaning.super_of(environment)
    if first is not None:
        if name in _SEQUENCES:
            return Items(iterated(evaluate(meaning, first, environment)))
        if name == "builtins.enumerate":
            return Items(Row((PLAIN, iterated(evaluate(meaning, first, environment)))))
        if name == "builtins.zip" and not call.is_open:
            members = (evaluate(meaning, a.value, environment) for a in call.arguments)
            return Items(Row(tuple(iterated(member) for member in members)))
        if name == "builtins.next":
            return iterated(evaluate(meaning, first, environment))
        if name == "functools.partial":
            return Partial(evaluate(meaning, first, environment))
        if name in ("builtins.str", "builtins.int", "builtins.len", "builtins.sum"):
            return PLAIN
    if name in ("builtins.list", "builtins.set") and not call.arguments:
        return Items(EMPTY)
    if name == "builtins.dict" and all(a.keyword is not None for a in call.arguments):
        values = [evaluate(meaning, a.value, environment) for a in call.arguments]
        return _container(Table, values)
    if name.endswith(".register_task") and first is not None:
        registered = evaluate(meaning, first, environment)
        return Object(registered) if isinstance(registered, ClassKind) else registered
    return _as_model(meaning, External(f"{name}()"))


def iterated(kind: Kind) -> Kind:
    """What a loop over a value of `kind` gets."""
    if isinstance(kind, Stream):
        if kind.form in ("manager", "related", "select", "single"):
            return UNKNOWN
        return Row((kind.element,)) if kind.form == "result" else kind.element
    if isinstance(kind, Items):
        return kind.element
    if isinstance(kind, Row):
        return join(list(kind.items))
    return PLAIN if isinstance(kind, Table) else UNKNOWN


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
    return UNKNOWN


def _origin(kind: Kind, expression: Expression) -> Kind:
    return Instance(kind.model, shown(expression)) if isinstance(kind, Instance) else kind


def _constant(meaning: Meaning, expression: Constant, environment: Environment) -> Kind:
    return NOTHING if expression.value is None else PLAIN


def _sequence(meaning: Meaning, expression: Sequence, environment: Environment) -> Kind:
    items = expression.items
    kinds = [
        iterated(evaluate(meaning, item.value, environment))
        if isinstance(item, Star)
        else evaluate(meaning, item, environment)
        for item in items
    ]
    if expression.kind == "tuple" and not any(isinstance(item, Star) for item in items):
        return Row(tuple(kinds))
    return _container(Items, kinds)


def _container(form: Callable[[Kind], Kind], kinds: list[Kind]) -> Kind:
    """A literal list or dict of these: of one kind, or mixed."""
    if not kinds:
        return form(EMPTY)
    joined = join(kinds)
    return Mixed(tuple(kinds)) if joined == UNKNOWN and len(kinds) > 1 else form(joined)


def _mapping(meaning: Meaning, expression: Mapping, environment: Environment) -> Kind:
    if any(entry.key is None for entry in expression.entries):
        return UNKNOWN
    values = [evaluate(meaning, entry.value, environment) for entry in expression.entries]
    return _container(Table, values)


def _comprehension(meaning: Meaning, expression: Comprehension, environment: Environment) -> Kind:
    inner = comprehension_scope(meaning, expression.clauses, environment)
    made = evaluate(meaning, expression.element, inner)
    return Table(made) if expression.kind == "dict" else Items(made)


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
    return join(real) if real else NOTHING


def _named(meaning: Meaning, expression: Named, environment: Environment) -> Kind:
    return evaluate(meaning, expression.value, environment)


def _binary(meaning: Meaning, expression: Binary, environment: Environment) -> Kind:
    left = evaluate(meaning, expression.left, environment)
    right = evaluate(meaning, expression.right, environment)
    if expression.operator in ("|", "&") and isinstance(left, Stream) and left == right:
        return left
    if expression.operator == "+" and isinstance(left, Items):
        return join([left, right])
    if expression.operator == "|":
        return meaning.chained(left, right)
    return UNKNOWN


_EVALUATORS: dict[type[Expression], Callable[[Any, Any, Any], Kind]] = {
    Name: _name,
    Attribute: _attribute,
    Call: _call,
    Subscript: _subscript,
    Constant: _constant,
    Sequence: _sequence,
    Mapping: _mapping,
    Comprehension: _comprehension,
    Await: _await,
    Choice: _choice,
    Named: _named,
    Binary: _binary,
}
