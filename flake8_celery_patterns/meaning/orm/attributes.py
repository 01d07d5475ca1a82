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
)
from flake8_celery_patterns.facts.scopes import Assignment, Binding, Class, Function
from flake8_celery_patterns.meaning.classes import queryset_of
from flake8_celery_patterns.meaning.environment import Lexical
from flake8_celery_patterns.meaning.kinds import (
    PLAIN,
    UNKNOWN,
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
)
from flake8_celery_patterns.meaning.orm.tables import CLASS_METHODS

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

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
        return manager(model, custom)
    if isinstance(value, External):
        if re.fullmatch(r"django\.db\.models\..*(Manager|as_manager)\(\)", value.name):
            return manager(model)
        if _FIELD.fullmatch(value.name):
            # `select(User.id)` gives plain rows.
            return PLAIN
        if name in _MANAGERS and model.orm == "Django" and value.name.endswith("()"):
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
    related = Model("", "Django")
    if name.endswith("_set"):
        return manager(related)
    if meaning.ancestry(model.definition).whole:
        return Stream("related", related, element(related))
    return UNKNOWN


def _field(
    meaning: Meaning, instance: Instance, owner: ClassKind, binding: Assignment, text: str
) -> Kind:
    environment = Lexical(meaning, owner.source, owner.definition)
    call = binding.value
    if not isinstance(call, Call):
        if instance.model.orm == "SQLModel" and binding.annotation is not None:
            return meaning.annotated(binding.annotation, environment)
        return PLAIN if isinstance(call, Constant) else UNKNOWN
    made = meaning.evaluate(call, environment)
    name = made.name if isinstance(made, External) else ""
    if _TO_ONE.fullmatch(name):
        return _target(meaning, instance, owner, call, environment, text)
    if _TO_MANY.fullmatch(name):
        target = _target(meaning, instance, owner, call, environment, text)
        return manager(target.model) if isinstance(target, Instance) else UNKNOWN
    if _RELATIONSHIP.fullmatch(name):
        if binding.annotation is not None:
            return _from(meaning.annotated(binding.annotation, environment), text)
        return _target(meaning, instance, owner, call, environment, text)
    return PLAIN if _FIELD.fullmatch(name) else UNKNOWN


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
