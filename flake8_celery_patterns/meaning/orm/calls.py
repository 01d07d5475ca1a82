"""What calling a method of a model, manager, query, session, form or serializer gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Call, Constant, Expression, shown
from flake8_celery_patterns.meaning.kinds import (
    PLAIN,
    UNKNOWN,
    Awaitable,
    External,
    Instance,
    Items,
    Kind,
    Method,
    Model,
    ModelClass,
    Object,
    Row,
    Stream,
    Table,
    Unknown,
    Unresolved,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.orm.attributes import (
    element,
    inner_meta_model,
    returned_by,
)
from flake8_celery_patterns.meaning.orm.models import looks_like_model
from flake8_celery_patterns.meaning.orm.tables import (
    CLASS_METHODS,
    DJANGO_AWAITED,
    STREAM_METHODS,
    Gives,
)

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_SQL = ("SQLAlchemy", "SQLModel")
_SESSION_NAME = re.compile(r"(?i)(?!.*request\.)(.*\.)?(\w+_)?(session|sess|db|s)(\(\))?")
_SESSION_TYPE = re.compile(r"(sqlalchemy|sqlmodel|flask_sqlalchemy)\..*(?i:session|sqlalchemy).*")
_SELECT = re.compile(
    r"(sqlalchemy|sqlmodel)\.(\w+\.)*select|flask_sqlalchemy\.SQLAlchemy\(\)\.select"
)
_GET_OR_404 = re.compile(r"django\.shortcuts\.(?P<awaited>a?)get_(?P<what>object|list)_or_404")
_FORM = ("django.forms.", "django.contrib.auth.forms.")
_SERIALIZER = re.compile(r"rest_framework\.serializers\.(Hyperlinked)?ModelSerializer")


def external_call(meaning: Meaning, name: str, call: Call, environment: Environment) -> Kind | None:
    """What a function outside the project gives, if an ORM's; None if it is not one we know."""
    first = call.positional(0)
    match = _GET_OR_404.fullmatch(name)
    if match is not None and first is not None:
        behind = meaning.evaluate(first, environment)
        instance: Kind = Instance(_model_behind(behind, first), shown(call))
        if isinstance(behind, Stream) and not isinstance(behind.element, Instance):
            instance = behind.element
        given: Kind = Items(instance) if match["what"] == "list" else instance
        return Awaitable(given) if match["awaited"] else given
    if _SELECT.fullmatch(name):
        return _select(meaning, call, environment)
    if name == "django.apps.apps.get_model":
        named = call.positional(1) or first
        text = named.value if isinstance(named, Constant) else None
        model_name = text.rpartition(".")[2] if isinstance(text, str) else ""
        return ModelClass(Model(model_name, "Django"))
    if name == "django.forms.ModelForm().save":
        return Instance(Model("", "Django"), shown(call))
    owner, _, method = name.rpartition(".")
    if method in _SESSION_METHODS and isinstance(call.function, Attribute):
        text = shown(call.function.value)
        made = Method(External(owner), method, text)
        return _session_call(meaning, External(owner), made, call, environment)
    return None


def _model_behind(found: Kind, expression: Expression) -> Model:
    if isinstance(found, ModelClass):
        return found.model
    if isinstance(found, Stream):
        return found.model
    text = shown(expression).partition(".objects")[0].rpartition(".")[2]
    return Model(text if text.isidentifier() else "", "Django")


def _select(meaning: Meaning, call: Call, environment: Environment) -> Kind:
    if call.is_open or not call.arguments:
        return UNKNOWN
    kinds = [meaning.evaluate(argument.value, environment) for argument in call.arguments]
    if len(kinds) == 1 and isinstance(kinds[0], ModelClass) and kinds[0].model.orm in _SQL:
        model = kinds[0].model
        return Stream("select", model, element(model))
    if all(kind == PLAIN for kind in kinds):
        return Stream("select", Model("", "SQLAlchemy"), PLAIN)
    return UNKNOWN


def method_call(
    meaning: Meaning, method: Method, call: Call, environment: Environment
) -> Kind | None:
    """What `owner.name(…)` gives; None if `owner` is nothing an ORM knows."""
    owner, name = method.owner, method.name
    if isinstance(owner, Stream):
        return stream_call(meaning, owner, name, call)
    if isinstance(owner, ModelClass):
        gives = CLASS_METHODS.get(owner.model.orm, {}).get(name)
        stream = Stream("query", owner.model, element(owner.model))
        return _given(gives, stream, call) if gives is not None else UNKNOWN
    if isinstance(owner, Object):
        return _saved(meaning, owner, name, call)
    if isinstance(owner, Instance):
        return UNKNOWN
    return _session_call(meaning, owner, method, call, environment)


def stream_call(meaning: Meaning, stream: Stream, name: str, call: Call) -> Kind:
    """A method of a manager, queryset, query, select or result."""
    if stream.custom is not None:
        custom = meaning.ancestry(stream.custom).method(name)
        if custom is not None and name != "get_queryset":
            return returned_by(meaning, stream, *custom)
    methods = STREAM_METHODS.get((stream.model.orm, stream.form), {})
    gives = methods.get(name)
    if gives is not None:
        return _given(gives, stream, call)
    if stream.model.orm == "Django" and stream.form in ("manager", "queryset"):
        gives = DJANGO_AWAITED.get(name)
        if gives is not None:
            return Awaitable(_given(gives, stream, call))
    return UNKNOWN


def _given(gives: Gives, stream: Stream, call: Call | None) -> Kind:
    one = stream.element
    if isinstance(one, Instance):
        one = Instance(one.model, shown(call) if call is not None else "")
    form, model = stream.form, stream.model
    if gives is Gives.SELF:
        return stream
    if gives is Gives.ELEMENT:
        return one
    if gives is Gives.ELEMENTS:
        return Items(one)
    if gives is Gives.PAIR:
        return Row((one, PLAIN))
    if gives is Gives.TABLE:
        return Table(one)
    if gives is Gives.PLAIN:
        return PLAIN
    if gives is Gives.VALUES:
        return Stream("queryset" if form != "query" else "query", model, PLAIN, stream.custom)
    if gives is Gives.SCALARS:
        return Stream("scalars", model, stream.element)
    if gives is Gives.SINGLE:
        return Stream("single", model, one)
    if gives is Gives.SINGLE_PAIR:
        return Awaitable(Row((one, PLAIN)))
    return Stream(
        "query" if gives is Gives.QUERY else "queryset", model, stream.element, stream.custom
    )


def awaited(kind: Kind) -> Kind:
    """What `await` gives for a value of `kind`."""
    if isinstance(kind, Awaitable):
        return kind.value
    if isinstance(kind, Stream) and kind.model.orm == "Tortoise":
        return kind.element if kind.form == "single" else Items(kind.element)
    # SQLAlchemy's AsyncSession has the methods of Session, to be awaited.
    if isinstance(kind, (Instance, Stream, Items)):
        return kind
    return UNKNOWN


def _session_call(
    meaning: Meaning, owner: Kind, method: Method, call: Call, environment: Environment
) -> Kind | None:
    """A method of a SQLAlchemy session, told by its arguments and by what it is called on."""
    first = call.positional(0)
    if first is None or method.name not in _SESSION_METHODS:
        return None
    found = meaning.evaluate(first, environment)
    origin = shown(call)
    if method.name in ("get", "get_one", "get_or_404", "query") and not call.is_open:
        model = found.model if isinstance(found, ModelClass) else _used_as_model(found)
        if model is None or model.orm not in _SQL or not _is_session(owner, method):
            return None
        if method.name.startswith("get") and len(call.arguments) < 2:
            return None
        if method.name == "query":
            one_entity = len(call.arguments) == 1
            return Stream("query", model, element(model)) if one_entity else UNKNOWN
        return Instance(model, origin)
    if method.name == "query" or not isinstance(found, Stream) or found.form != "select":
        return None
    one = found.element
    if isinstance(one, Instance):
        one = Instance(one.model, origin)
    if method.name in ("scalar", "first_or_404", "one_or_404"):
        return one
    return Stream("result" if method.name == "execute" else "scalars", found.model, one)


_SESSION_METHODS = frozenset(
    "get get_one get_or_404 query scalar scalars execute exec first_or_404 one_or_404".split()
)


def _used_as_model(kind: Kind) -> Model | None:
    name = looks_like_model(kind.name) if isinstance(kind, External) else None
    return Model(name, "SQLAlchemy") if name is not None else None


def _is_session(owner: Kind, method: Method) -> bool:
    if isinstance(owner, External) and _SESSION_TYPE.fullmatch(owner.name):
        return True
    unknown = isinstance(owner, (External, Method, Unknown, Unresolved))
    return unknown and _SESSION_NAME.fullmatch(method.text) is not None


def _saved(meaning: Meaning, owner: Object, name: str, call: Call) -> Kind | None:
    """`form.save()` and `serializer.save()`: the instance that was stored."""
    if name != "save":
        return None
    family = meaning.ancestry(owner.of)
    if not family.whole or any(family.method(own) for own in ("save", "create", "update")):
        return UNKNOWN
    if is_model_form(meaning, owner) or is_model_serializer(meaning, owner):
        model = inner_meta_model(meaning, owner.of) or Model("", "Django")
        return Instance(model, shown(call))
    return None


def is_model_form(meaning: Meaning, kind: Object) -> bool:
    """Whether an object is a Django ModelForm of the project."""
    family = meaning.ancestry(kind.of)
    return any(
        name.startswith(_FORM) and name.endswith(("ModelForm", "UserCreationForm"))
        for name in family.external
    )


def is_model_serializer(meaning: Meaning, kind: Object) -> bool:
    """Whether an object is a ModelSerializer of Django REST framework."""
    return any(_SERIALIZER.fullmatch(name) for name in meaning.ancestry(kind.of).external)
