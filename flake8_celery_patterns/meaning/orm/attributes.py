"""What an attribute of a model class or of an instance is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Name,
    shown,
)
from flake8_celery_patterns.facts.scopes import Assignment, Binding, Class, Function
from flake8_celery_patterns.meaning.kinds import (
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassKind,
    External,
    Instance,
    Items,
    Kind,
    Method,
    Model,
    ModelClass,
    Object,
    Stream,
    join,
)
from flake8_celery_patterns.meaning.names.classes import queryset_of
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.orm.tables import CLASS_METHODS

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# The exceptions that every model has of its own.
_ERRORS = frozenset({"DoesNotExist", "MultipleObjectsReturned"})
_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_TO_ONE = re.compile(
    r"django\..*\.(ForeignKey|OneToOneField|ParentalKey)\(\)"
    r"|modelcluster\..*\.ParentalKey\(\)|mptt\..*\.TreeForeignKey\(\)"
    r"|peewee\.ForeignKeyField\(\)|mongoengine\.(\w+\.)*\w*ReferenceField\(\)"
    r"|flask_mongoengine\..*ReferenceField\(\)"
)
_TO_MANY = re.compile(r"django\..*\.ManyToManyField\(\)")
_FIELD = re.compile(
    r"django\..*\.\w+Field\(\)|peewee\.\w+Field\(\)|mongoengine\.(\w+\.)*\w+Field\(\)"
    r"|tortoise\.fields\..*|(flask_)?sqlalchemy\..*(\bColumn|mapped_column)\(\)|sqlmodel\..*Field\(\)"
)
_RELATIONSHIP = re.compile(
    r"(flask_)?sqlalchemy\..*\brelationship\(\)|sqlmodel\..*Relationship\(\)"
)


def class_attribute(meaning: Meaning, model: Model, name: str) -> Kind:
    """`Model.name`."""
    found = _declared(meaning, model, name)
    if found is not None:
        owner, binding = found
        if isinstance(binding, Assignment):
            return _class_value(meaning, model, name, owner, binding)
        return UNKNOWN
    if model.orm in ("Django", "MongoEngine") and name in _MANAGERS:
        return manager(model)
    if model.orm in ("SQLAlchemy", "SQLModel") and name == "query":
        return Stream("query", model, element(model))
    if name in CLASS_METHODS.get(model.orm, {}):
        return Method(ModelClass(model), name, f"{model.name}.{name}")
    if name in _ERRORS:
        return Method(ModelClass(model), name, model.name)
    return UNKNOWN


def _class_value(
    meaning: Meaning, model: Model, name: str, owner: ClassKind, binding: Assignment
) -> Kind:
    environment = Lexical(meaning, owner.source, owner.definition)
    if binding.value is None:
        return PLAIN if model.orm in ("SQLAlchemy", "SQLModel") else UNKNOWN
    value = meaning.evaluate(binding.value, environment)
    custom = _manager_class(meaning, value, binding.value, environment)
    if custom is not None:
        return custom_manager(meaning, model, custom)
    if isinstance(value, External):
        if re.fullmatch(r"django\.db\.models\..*(Manager|as_manager)\(\)", value.name):
            return manager(model)
        if _FIELD.fullmatch(value.name):
            # `select(User.id)` gives plain rows.
            return PLAIN
        if name in _MANAGERS and re.search(r"(?i)(manager|query)\w*\(\)\Z", value.name):
            return manager(model)
    return UNKNOWN


def _manager_class(
    meaning: Meaning, value: Kind, expression: Expression, environment: Lexical
) -> ClassKind | None:
    """The project's class behind `X()`, `X.as_manager()`, `Manager.from_queryset(X)()`."""
    if isinstance(value, Object):
        return value.of if _is_manager(meaning, value.of) else None
    if not isinstance(expression, Call):
        return None
    function = expression.function
    if isinstance(function, Attribute) and function.name == "as_manager":
        owner = meaning.evaluate(function.value, environment)
        return owner if isinstance(owner, ClassKind) and _is_manager(meaning, owner) else None
    if isinstance(function, Call):
        return queryset_of(meaning, function, environment)
    return None


def _is_manager(meaning: Meaning, kind: ClassKind) -> bool:
    family = meaning.ancestry(kind)
    return any(
        re.search(r"(Manager|QuerySet|from_queryset\(\))\Z", name) for name in family.external
    )


def manager(model: Model, custom: ClassKind | None = None) -> Stream:
    """A manager of `model`."""
    return Stream("manager", model, element(model), custom)


def custom_manager(meaning: Meaning, model: Model, custom: ClassKind) -> Stream:
    """A manager of the project's own class: its rows are those of its own `get_queryset`."""
    plain = manager(model, custom)
    found = meaning.ancestry(custom).method("get_queryset")
    if found is None:
        return plain
    given = returned_by(meaning, plain, *found)
    if isinstance(given, Stream):
        return Stream("manager", model, given.element, custom)
    if isinstance(given, Object) and _is_manager(meaning, given.of):
        return plain
    return Stream("manager", model, UNKNOWN, custom)


def returned_by(meaning: Meaning, stream: Stream, owner: ClassKind, function: Function) -> Kind:
    """What a method of the project's manager or queryset class gives: what all its `return`s do."""
    first = function.first_parameter
    if first is None or function.is_generator or not function.returned:
        return UNKNOWN
    if any(shown(decorator) != "property" for decorator in function.decorators):
        return UNKNOWN
    with meaning.once(("returned", stream, function)) as free:
        if not free:
            return UNKNOWN
        environment = Lexical(meaning, owner.source, function, {first.name: stream})
        given = join([meaning.evaluate(value, environment) for value in function.returned])
    return Awaitable(given) if function.is_async else given


def element(model: Model, origin: str = "") -> Instance:
    """An instance of `model`."""
    return Instance(model, origin)


def instance_attribute(meaning: Meaning, instance: Instance, name: str, text: str) -> Kind:
    """`instance.name`. `text` is that expression as the user wrote it."""
    model = instance.model
    if name in ("pk", "id") or name.endswith("_id"):
        return PLAIN
    found = _declared(meaning, model, name)
    if found is None:
        return _undeclared(meaning, model, name)
    owner, binding = found
    if isinstance(binding, Function):
        return Method(instance, name, text) if not binding.decorators else UNKNOWN
    if isinstance(binding, Assignment):
        return _field(meaning, instance, owner, binding, text)
    return UNKNOWN


def _declared(meaning: Meaning, model: Model, name: str) -> tuple[ClassKind, Binding] | None:
    if model.definition is None:
        return None
    return meaning.ancestry(model.definition).binding(name)


def _undeclared(meaning: Meaning, model: Model, name: str) -> Kind:
    """An attribute that the class does not declare: on a Django model mostly a reverse manager."""
    if model.orm != "Django" or model.definition is None:
        return UNKNOWN
    family = meaning.ancestry(model.definition)
    if not family.whole or any(name in kind.definition.assigned for kind in family.classes):
        return UNKNOWN
    related = Model("", "Django")
    if name.endswith("_set"):
        return manager(related)
    return Stream("related", related, element(related))


def _field(
    meaning: Meaning, instance: Instance, owner: ClassKind, binding: Assignment, text: str
) -> Kind:
    environment = Lexical(meaning, owner.source, owner.definition)
    call = binding.value
    if call is None and binding.annotation is not None:
        return _from(meaning.annotated(binding.annotation, environment), text)
    if not isinstance(call, Call):
        if instance.model.orm == "SQLModel" and binding.annotation is not None:
            return meaning.annotated(binding.annotation, environment)
        return PLAIN if isinstance(call, Constant) else UNKNOWN
    made = meaning.evaluate(call, environment)
    name = made.name if isinstance(made, External) else ""
    lazy = call.keyword("lazy_load")
    if lazy is not None and lazy.value == Constant(False):
        return UNKNOWN
    if _TO_ONE.fullmatch(name):
        return _target(meaning, instance, owner, call, environment, text)
    if _TO_MANY.fullmatch(name):
        target = _target(meaning, instance, owner, call, environment, text)
        return manager(target.model) if isinstance(target, Instance) else UNKNOWN
    if _RELATIONSHIP.fullmatch(name):
        return _relationship(meaning, instance, owner, call, binding, environment, text)
    return PLAIN if _FIELD.fullmatch(name) else UNKNOWN


def _relationship(
    meaning: Meaning,
    instance: Instance,
    owner: ClassKind,
    call: Call,
    binding: Assignment,
    environment: Lexical,
    text: str,
) -> Kind:
    """A SQLAlchemy `relationship()`: to one or to many, as its annotation says."""
    if call.keyword("collection_class") is not None:
        return UNKNOWN
    if binding.annotation is not None:
        return _from(meaning.annotated(binding.annotation, environment), text)
    target = _target(meaning, instance, owner, call, environment, text)
    single = call.keyword("uselist")
    if not isinstance(target, Instance) or (single and single.value == Constant(False)):
        return target
    return Stream("relationship", target.model, target)


def _from(kind: Kind, text: str) -> Kind:
    if isinstance(kind, Instance):
        return Instance(kind.model, text)
    return Items(_from(kind.element, text)) if isinstance(kind, Items) else kind


def _target(
    meaning: Meaning,
    instance: Instance,
    owner: ClassKind,
    call: Call,
    environment: Lexical,
    text: str,
) -> Kind:
    """The instance that a relation leads to."""
    first = call.positional(0)
    if first is None:
        named = call.keyword("to") or call.keyword("model") or call.keyword("argument")
        first = named.value if named is not None else None
    orm = instance.model.orm
    if first is None:
        return Instance(Model("", orm), text)
    if isinstance(first, Constant) and isinstance(first.value, str):
        if first.value in ("self", "RECURSIVE_RELATIONSHIP_CONSTANT"):
            return Instance(instance.model, text)
        app, _, name = first.value.rpartition(".")
        found = meaning.member_class(owner.source, name) if not app else None
        return Instance(found or Model(name, orm), text)
    found_kind = meaning.evaluate(first, environment)
    if isinstance(found_kind, ModelClass):
        return Instance(found_kind.model, text)
    last = first.name if isinstance(first, Attribute) else ""
    last = first.id if isinstance(first, Name) else last
    return Instance(Model("User" if last == "AUTH_USER_MODEL" else last, orm), text)


def inner_meta_model(meaning: Meaning, kind: ClassKind) -> Model | None:
    """The model named in `class Meta: model = …` of a form or serializer (or of its bases)."""
    for owner in meaning.ancestry(kind).classes:
        for binding in owner.definition.bindings.get("Meta", ()):
            if not isinstance(binding, Class):
                continue
            for inner in binding.bindings.get("model", ()):
                if isinstance(inner, Assignment) and inner.value is not None:
                    found = meaning.evaluate(
                        inner.value, Lexical(meaning, owner.source, owner.definition)
                    )
                    return found.model if isinstance(found, ModelClass) else None
    return None
