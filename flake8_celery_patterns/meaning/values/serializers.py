"""How what a task is sent, and what it gives back, is written; and who can write it after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.flow.places import nodes_above
from flake8_celery_patterns.meaning.kinds import ClassKind, Instance, Items, Kind, Object
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, Sent

JSON = "json"
PICKLE = "pickle"
# What is known of serializers (kombu/serialization.py). One of a project's own may carry anything.
SERIALIZERS = {JSON: "JSON", "msgpack": "MessagePack", "yaml": "YAML", PICKLE: "pickle"}
PYDANTIC = ("pydantic.BaseModel", "pydantic.main.BaseModel")


def serializer(fact: Dispatch, meaning: Meaning) -> str | None:
    """How the arguments of a dispatch are written; None where that is not certain."""
    given = fact.serializer or _set_behind(meaning, fact)
    where: Environment = fact.place.environment
    if given is None and fact.task is not None:
        found = option(meaning, fact.task, "serializer")
        if found.is_open:
            return None if not fact.task.maker.is_named else meaning.config.serializer
        if found.given is not None:
            given, where = found.given.expression, found.given.environment
    if given is None:
        return meaning.config.serializer
    return _shown(meaning, given, where)


def _set_behind(meaning: Meaning, fact: Dispatch) -> Expression | None:
    """What `.set(serializer=…)` or `.apply_async(serializer=…)` gives a signature made here."""
    if not fact.makes_signature or fact.call.node is None:
        return None
    above = nodes_above(meaning, fact.place.statement, fact.call.node)
    for attribute, call in zip(above, above, strict=False):
        if not isinstance(attribute, cst.Attribute) or not isinstance(call, cst.Call):
            break
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value == "serializer":
                return read(argument.value)
    return None


def _shown(meaning: Meaning, given: Expression, where: Environment) -> str | None:
    shown = value(meaning, given, where)
    if shown is None:
        return meaning.config.serializer
    return shown if isinstance(shown, str) else None


def writes_itself(meaning: Meaning, definition: ClassKind | None) -> bool:
    """Whether kombu's JSON can write a project's class: by `__json__`, or by what it was taught."""
    if meaning.config.teaches_json:
        return True
    if definition is None:
        return False
    family = meaning.ancestry(definition)
    return family.binding("__json__") is not None or any(
        meaning.is_patched(kind.source, kind.definition.name, "__json__") for kind in family.classes
    )


def is_dumped(sent: Sent, task: Task | None, meaning: Meaning) -> bool:
    """Whether a task with `pydantic=True` takes the model itself: Celery then sends its fields."""
    kind = sent.kind.element if isinstance(sent.kind, Items) else sent.kind
    if task is None or task.run is None or sent.slot is None:
        return False
    if not is_pydantic(meaning, kind) or not takes_pydantic(meaning, task):
        return False
    parameter = task.parameter(meaning, sent.slot)
    return parameter is None or meaning.parameter(task.source, task.run, parameter) == kind


def takes_pydantic(meaning: Meaning, task: Task) -> bool:
    """Whether a task may be one with `pydantic=True`."""
    found = option(meaning, task, "pydantic")
    return not found.is_absent and option_value(meaning, found) is not False


def is_pydantic(meaning: Meaning, kind: Kind) -> bool:
    """Whether a value is a pydantic model of the project, or a SQLModel."""
    if isinstance(kind, Instance):
        return kind.model.orm == "SQLModel"
    if not isinstance(kind, Object):
        return False
    return any(name in PYDANTIC for name in meaning.ancestry(kind.of).external)
