"""What Django and Django REST framework hand to views, receivers and forms.

Sources: Django 5.2 "Class-based views", "Signals" and "Request and response objects";
Django REST framework "Generic views" and "Serializers".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Expression,
    Name,
    Sequence,
    shown,
)
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function, Import, Parameter
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    Instance,
    Kind,
    Method,
    Model,
    ModelClass,
    Object,
    Stream,
)
from flake8_celery_patterns.meaning.names.classes import Ancestry
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.orm.attributes import element, inner_meta_model
from flake8_celery_patterns.meaning.orm.calls import is_model_serializer
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

REQUEST = External("django.http.HttpRequest()")
_MIDDLEWARE = frozenset({"__call__", "process_request", "process_response", "process_view"})
_VIEW_IMPORTS = (
    "django.contrib.admin",
    "django.contrib.auth.decorators",
    "django.contrib.messages",
    "django.http",
    "django.shortcuts",
    "django.template.response",
    "django.urls",
    "django.views",
    "rest_framework",
)
_VIEWS = ("django.views.", "django.contrib.", "rest_framework.")
_OBJECT_VIEWS = re.compile(
    r"django\.views\.generic\..*(Detail|Update|Delete|Create|SingleObject|ModelForm)\w*"
    r"|rest_framework\.(generics|viewsets|mixins)\.\w+"
)
# Libraries whose mixins leave `get_object` and `get_queryset` alone or narrow them.
_KNOWN_MIXINS = re.compile(r"(django|rest_framework|django_filters|guardian|braces|rules)\.")
_SIGNALS = re.compile(r"django\.db\.models\.signals\.((pre|post)_(save|delete|init)|m2m_changed)")
_SAVING_FORMS = re.compile(r"django\.views\.generic\..*(Create|Update|ModelForm)\w*")
_MODEL_FORMS = ("django.forms.ModelForm", "django.forms.models.ModelForm")


def parameter_kind(
    meaning: Meaning, source: Source, function: Function, parameter: Parameter
) -> Kind:
    """What a parameter without an annotation is, by the framework that calls the function."""
    owner = _owner(function)
    if owner is not None:
        kind = _method_parameter(meaning, source, owner, function, parameter)
        if kind is not None:
            return kind
    if parameter.name == "request" and meaning.task(source, function) is None:
        if _is_requested(meaning, source, owner, function, parameter):
            return REQUEST
    if parameter.name == "instance":
        sender = _signal_sender(meaning, source, function)
        if sender is not None:
            return Instance(sender, "the signal's instance")
    return UNKNOWN


def _owner(function: Function) -> Class | None:
    return function.parent if isinstance(function.parent, Class) else None


def _method_parameter(
    meaning: Meaning, source: Source, owner: Class, function: Function, parameter: Parameter
) -> Kind | None:
    decorators = {shown(decorator) for decorator in function.decorators}
    kind = ClassKind(source, owner)
    if parameter is function.first_parameter and "staticmethod" not in decorators:
        model = meaning.model(kind)
        if "classmethod" in decorators:
            return ModelClass(model) if model is not None else kind
        if meaning.task(source, function) is not None:
            return UNKNOWN
        return Instance(model, "self") if model is not None else Object(kind)
    family = meaning.ancestry(kind)
    if parameter.name == "form" and function.name == "form_valid":
        return _form_of_view(meaning, kind, family)
    if parameter.name == "serializer" and function.name in ("perform_create", "perform_update"):
        return _serializer_of_view(meaning, family)
    if parameter.name == "instance" and function.name == "perform_destroy":
        if family.derives("rest_framework."):
            return Instance(Model("", "Django"), "the view's object")
    if parameter.name == "obj" and function.name in ("save_model", "delete_model"):
        if family.derives("django.contrib.admin."):
            return Instance(Model("", "Django"), "the admin's object")
    return None


def _form_of_view(meaning: Meaning, kind: ClassKind, family: Ancestry) -> Kind | None:
    if not any(_SAVING_FORMS.fullmatch(name) for name in family.external):
        return None
    if family.method("get_form_class") or family.method("get_form"):
        return None
    form = _class_value(meaning, family, "form_class")
    if isinstance(form, ClassKind):
        return Object(form)
    if form is None and family.binding("fields") is not None:
        return External("django.forms.ModelForm()")
    return None


def _serializer_of_view(meaning: Meaning, family: Ancestry) -> Kind | None:
    if not family.derives("rest_framework.") or family.method("get_serializer_class"):
        return None
    serializer = _class_value(meaning, family, "serializer_class")
    return Object(serializer) if isinstance(serializer, ClassKind) else None


def _class_value(meaning: Meaning, family: Ancestry, name: str) -> Kind | None:
    """What a class body binds `name` to; None if it does not."""
    found = family.binding(name)
    if found is None:
        return None
    owner, binding = found
    if isinstance(binding, Assignment) and binding.value is not None:
        return meaning.evaluate(binding.value, Lexical(meaning, owner.source, owner.definition))
    return UNKNOWN


def _is_requested(
    meaning: Meaning, source: Source, owner: Class | None, function: Function, parameter: Parameter
) -> bool:
    """Whether a parameter called `request` is the one that Django hands to a view."""
    position = function.parameters.index(parameter)
    if owner is None:
        is_action = position == 1 and function.parameters[0].name == "modeladmin"
        return (position == 0 or is_action) and _concerns_views(source)
    if position != 1:
        return False
    if not owner.arguments:
        return function.name in _MIDDLEWARE and _concerns_views(source)
    return meaning.ancestry(ClassKind(source, owner)).derives(*_VIEWS)


def _concerns_views(source: Source) -> bool:
    """Whether a file imports what views are made with."""
    return any(
        isinstance(binding, Import)
        and not binding.level
        and f"{binding.module}.{binding.name or ''}".startswith(_VIEW_IMPORTS)
        for bindings in source.facts.bindings.values()
        for binding in bindings
    )


def _signal_sender(meaning: Meaning, source: Source, function: Function) -> Model | None:
    """The model whose signal calls a function, by `@receiver(post_save, …)`."""
    environment = Lexical(meaning, source, function.parent or source.facts)
    for decorator in function.decorators:
        if not isinstance(decorator, Call):
            continue
        kind = meaning.evaluate(decorator.function, environment)
        if not isinstance(kind, External) or kind.name != "django.dispatch.receiver":
            continue
        first = decorator.positional(0)
        if first is not None and _are_model_signals(meaning, first, environment):
            return _sender(meaning, decorator, environment)
    return _connected(meaning, source, function)


def _are_model_signals(meaning: Meaning, signals: Expression, environment: Lexical) -> bool:
    members = signals.items if isinstance(signals, Sequence) else (signals,)
    kinds = [meaning.evaluate(member, environment) for member in members]
    return bool(kinds) and all(
        isinstance(kind, External) and _SIGNALS.fullmatch(kind.name) for kind in kinds
    )


def _connected(meaning: Meaning, source: Source, function: Function) -> Model | None:
    """The model whose signal calls a function, by `post_save.connect(function, …)`."""
    for connected in source.facts.connections:
        call = connected
        if not isinstance(call.function, Attribute):
            continue
        environment = Lexical(meaning, source, source.facts)
        named = call.keyword("receiver")
        receiver = named.value if named is not None else call.positional(0)
        if receiver != Name(function.name) or function.parent is not source.facts:
            continue
        if _are_model_signals(meaning, call.function.value, environment):
            return _sender(meaning, call, environment)
    return None


def _sender(meaning: Meaning, call: Call, environment: Lexical) -> Model:
    sender = call.keyword("sender")
    kind = meaning.evaluate(sender.value, environment) if sender is not None else UNKNOWN
    return kind.model if isinstance(kind, ModelClass) else Model("", "Django")


def view_attribute(meaning: Meaning, owner: Object, expression: Attribute) -> Kind | None:
    """`self.request`, `self.object` … of a view; an attribute that its class annotates."""
    name = expression.name
    family = meaning.ancestry(owner.of)
    if name == "request" and family.derives(*_VIEWS):
        return REQUEST
    if name == "object" and _is_object_view(family, "django.") and _gets_its_object(family):
        return Instance(_view_model(meaning, family), shown(expression))
    if name == "instance" and _is_bound_to_instance(meaning, owner, family):
        model = inner_meta_model(meaning, owner.of) or Model("", "Django")
        return Instance(model, shown(expression))
    found = family.binding(name)
    if found is not None and isinstance(found[1], Assignment) and found[1].annotation is not None:
        environment = Lexical(meaning, found[0].source, found[0].definition)
        return meaning.annotated(found[1].annotation, environment)
    return None


def _is_bound_to_instance(meaning: Meaning, owner: Object, family: Ancestry) -> bool:
    return is_model_serializer(meaning, owner) or any(n in _MODEL_FORMS for n in family.external)


def _is_object_view(family: Ancestry, prefix: str) -> bool:
    return any(
        name.startswith(prefix) and _OBJECT_VIEWS.fullmatch(name) for name in family.external
    )


def _gets_its_object(family: Ancestry) -> bool:
    """Whether a view's object is what its framework looks up: nothing unknown may override that."""
    is_known = family.whole and all(_KNOWN_MIXINS.match(name) for name in family.external)
    return is_known and family.method("get_object") is None


def _view_model(meaning: Meaning, family: Ancestry) -> Model:
    declared = _class_value(meaning, family, "model")
    if isinstance(declared, ModelClass):
        return declared.model
    queryset = _class_value(meaning, family, "queryset")
    return queryset.model if isinstance(queryset, Stream) else Model("", "Django")


def view_call(meaning: Meaning, method: Method, call: Call) -> Kind | None:
    """`self.get_object()`, `self.get_queryset()`, `self.get_serializer()` of a view."""
    if isinstance(method.owner, External) or not isinstance(method.owner, Object):
        return None
    family = meaning.ancestry(method.owner.of)
    if method.name in ("get_object", "get_queryset") and _is_object_view(family, ""):
        if family.method(method.name) is not None or not _gets_its_object(family):
            return UNKNOWN
        model = _view_model(meaning, family)
        if method.name == "get_object":
            return Instance(model, shown(call))
        return Stream("queryset", model, element(model))
    if method.name == "get_serializer" and not call.keyword("many"):
        return _serializer_of_view(meaning, family)
    return None
