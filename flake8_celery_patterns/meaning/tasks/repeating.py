"""What a task that runs twice does twice: rows it creates, money it takes, and what guards that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, shown
from flake8_celery_patterns.facts.scopes import Assignment, Class
from flake8_celery_patterns.meaning.flow.course import any_before, may_leave, parts_of, steps_to
from flake8_celery_patterns.meaning.flow.places import (
    Called,
    InBranch,
    InHandler,
    InTry,
    InWith,
    Place,
)
from flake8_celery_patterns.meaning.kinds import (
    External,
    Method,
    Model,
    ModelClass,
    Stream,
)
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of
from flake8_celery_patterns.meaning.transactions.transactions import opened

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_CREATING = frozenset({"abulk_create", "acreate", "bulk_create", "create"})
_SAVING = frozenset({"asave", "save"})
_SQL = ("SQLAlchemy", "SQLModel")
# What takes or moves money, by full name.
_CHARGING = re.compile(
    r"stripe\.(?:Charge|PaymentIntent|Payout|Refund|Subscription|Transfer)\.create(?:_async)?"
    r"|stripe\.StripeClient\(\)\.(?:v1\.)?(?:charges|payment_intents|payouts|refunds|subscriptions"
    r"|transfers)\.create(?:_async)?"
    r"|stripe\.(?:PaymentIntent\.confirm|Invoice\.pay)|braintree\.Transaction\.(?:sale|refund)"
)
# Rows of which each run is to leave one.
_RECORDS = re.compile(r"(?i)log|audit|attempt|history|event|entry|metric|record|notification")
# Words by which a function speaks of running twice, or of being alone.
_GUARDING = re.compile(
    r"(?i)(?<![bc])lock|mutex|semaphore|acquire|idempot|dedup|duplicate|already|redelivered|\bretries"
    r"|exists|or_create|\bonce|integrityerror|on_conflict|merge|setnx|\bnx\b|seen|processed|truncate"
)
_UNIQUE_META = frozenset({"constraints", "unique_together"})
_KEYS = frozenset({"id", "pk", "uid", "uuid", "key", "slug"})
_DOUBLE = re.compile(r"Integrity|Duplicate|Unique|AlreadyExists")


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that is done once more when the task runs again.

    `text` is the call as the user wrote it; `model` the name of what is created, "" for a charge.
    """

    text: str
    model: str = ""


def effect_of(meaning: Meaning, called: Called) -> Effect | None:
    """The row that a call certainly creates, or the charge that it makes.

    None where the database itself refuses a second one, or each run is to leave its own.
    """
    function, call = called.function, called.call
    if isinstance(function, External) and _CHARGING.fullmatch(function.name):
        return None if _says(call, "idempotency") else Effect(f"{shown(call.function)}()")
    model = _created(meaning, called)
    if model is None or not model.name or _RECORDS.search(model.name):
        return None
    return Effect(f"{shown(call.function) or model.name}()", model.name)


def _says(call: Call, word: str) -> bool:
    return call.is_open or (
        call.node is not None and word in cst.Module(body=[]).code_for_node(call.node)
    )


def _created(meaning: Meaning, called: Called) -> Model | None:
    """The model of which a call certainly stores a new row, if nothing forbids a second one."""
    call, function = called.call, called.call.function
    if not isinstance(function, Attribute):
        return None
    if function.name in _CREATING:
        return _created_by_manager(meaning, called)
    made = _construction(meaning, called, function)
    if made is None:
        return None
    model, constructed = made
    if function.name in _SAVING:
        stored = model.orm == "Django" and not _is_saved_before(meaning, called, function.value)
    else:
        stored = model.orm in _SQL and len(call.arguments) == 1
    return model if stored and _is_free(meaning, model, constructed) else None


def _created_by_manager(meaning: Meaning, called: Called) -> Model | None:
    """`Order.objects.create(…)`."""
    owner = called.function.owner if isinstance(called.function, Method) else None
    if not isinstance(owner, Stream) or owner.model.orm != "Django" or owner.custom is not None:
        return None
    call, is_many = called.call, "bulk" in shown(called.call)
    if owner.form not in ("manager", "queryset"):
        return None
    if any(argument.keyword and "conflicts" in argument.keyword for argument in call.arguments):
        return None
    return owner.model if is_many or _is_free(meaning, owner.model, call) else None


def _construction(
    meaning: Meaning, called: Called, function: Attribute
) -> tuple[Model, Call] | None:
    """The model and the call that made what `x.save()` or `session.add(x)` stores."""
    stored = called.call.positional(0) if function.name == "add" else None
    if function.name in _SAVING:
        stored = function.value
    if stored is None:
        return None
    made, where = followed(meaning, stored, called.place.environment)
    kind = meaning.evaluate(made.function, where) if isinstance(made, Call) else None
    if not isinstance(made, Call) or not isinstance(kind, ModelClass):
        return None
    return kind.model, made


def _is_saved_before(meaning: Meaning, called: Called, saved: Expression) -> bool:
    function, place, name = called.place.function, called.place, shown(saved)
    steps = steps_to(meaning, function, place.statement) if function is not None else ()
    return any(step.last_before(step.block.named(_saved, name)) is not None for step in steps)


def _saved(statement: cst.CSTNode) -> Iterator[str]:
    """The names of what a statement saves."""
    for part in parts_of(statement):
        if isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute):
            owner = part.func.value
            if part.func.attr.value in _SAVING and isinstance(owner, cst.Name):
                yield owner.value


def _is_free(meaning: Meaning, model: Model, call: Call) -> bool:
    """Whether nothing in sight makes a second row like the first impossible."""
    given = {argument.keyword for argument in call.arguments}
    if call.is_open or given & _KEYS or any(name and name.endswith("_key") for name in given):
        return False
    if model.definition is None:
        return True
    family = meaning.ancestry(model.definition)
    for kind in family.classes:
        for name, bindings in kind.definition.bindings.items():
            for binding in bindings:
                if isinstance(binding, Class) and not _UNIQUE_META.isdisjoint(binding.bindings):
                    return False
                if name == "__table_args__" or (name in given and _is_unique(binding)):
                    return False
    return True


def _is_unique(binding: object) -> bool:
    value = binding.value if isinstance(binding, Assignment) else None
    if not isinstance(value, Call):
        return False
    keywords = {argument.keyword or "" for argument in value.arguments}
    return "OneToOne" in shown(value) or any(
        word.startswith("unique") or word == "primary_key" for word in keywords
    )


def may_be_guarded(
    meaning: Meaning, called: Called, effect: Effect, *, atomic_guards: bool
) -> bool:
    """Whether something may see to it that an effect in a task happens only once.

    `atomic_guards`: a transaction around it is enough, as what fails in it is undone.
    """
    place = called.place
    task, function = place.task, place.function
    if task is None or function is None or function is not task.run or function.node is None:
        return True
    if _may_run_once(meaning, task):
        return True
    if any(_stands_guarded(meaning, around, place, atomic_guards) for around in place.around):
        return True
    steps = steps_to(meaning, function, place.statement)
    if any_before(steps, _may_choose_to_leave):
        return True
    asking = (step.last_before(step.block.named(_asked, effect.model)) for step in steps)
    if any(position is not None for position in asking):
        return True
    return meaning.known(("guarding words", function), True, _speaks_of_guards, function.node.body)


def _may_choose_to_leave(statement: cst.CSTNode) -> bool:
    return isinstance(statement, (cst.If, cst.Match)) and may_leave(statement)


def _speaks_of_guards(body: cst.BaseSuite) -> bool:
    return any(_GUARDING.search(word) for word in _words(body))


def _may_run_once(meaning: Meaning, task: Task) -> bool:
    """Whether a decorator or a base class may keep a task from running twice."""
    if task.is_wrapped or task.maker.is_open or task.maker.is_project or task.maker.is_named:
        return True
    base = base_of(meaning, task)
    if base is not None and not (isinstance(base, External) and base.name.startswith("celery.")):
        return True
    return isinstance(task.definition, Class) or bool(meaning.config.task_classes(task))


def _stands_guarded(meaning: Meaning, around: object, place: Place, atomic_guards: bool) -> bool:
    if isinstance(around, (InBranch, InHandler)):
        return True
    if isinstance(around, InTry):
        types = [handler.type for handler in around.node.handlers if handler.type is not None]
        return any(_DOUBLE.search(word) for type_ in types for word in _words(type_))
    if not isinstance(around, InWith):
        return False
    if opened(meaning, around.manager, place.environment) is not None:
        return atomic_guards
    return not (isinstance(around.kind, External) and "ession" in around.kind.name)


def _asked(statement: cst.CSTNode) -> Iterator[str]:
    """The models whose rows a statement may ask for: `Order.objects`, `session.get(Order, pk)`."""
    for part in parts_of(statement):
        if isinstance(part, (cst.Attribute, cst.Arg)) and isinstance(part.value, cst.Name):
            yield part.value.value


def _words(node: cst.CSTNode) -> Iterator[str]:
    for part in parts_of(node):
        if isinstance(part, (cst.Name, cst.SimpleString, cst.FormattedStringText)):
            yield part.value


_LOGGING = frozenset("critical debug error exception info log print warn warning".split())
_SENDING = frozenset("apply_async delay delay_on_commit on_commit retry send_task".split())
_IN_MEMORY = frozenset(
    """
    append commit dict endswith extend float flush format get int items join keys len list now
    range set split
    startswith str strip timedelta total_seconds tuple utcnow values
    """.split()
)


_HARMLESS = _LOGGING | _SENDING | _IN_MEMORY


def may_fail(statement: cst.CSTNode) -> bool:
    """Whether a statement raises, or calls what may: no logging, plain builtins, dispatches."""
    return any(
        isinstance(part, cst.Raise)
        or (isinstance(part, cst.Call) and _called_name(part) not in _HARMLESS)
        for part in parts_of(statement)
    )


def _called_name(call: cst.Call) -> str:
    function = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return function.value if isinstance(function, cst.Name) else ""
