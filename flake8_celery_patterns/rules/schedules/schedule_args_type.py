"""CEL603 schedule-args-type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Mapping,
    Sequence,
    shown,
)
from flake8_celery_patterns.fixes.plan import Plan, as_tuple
from flake8_celery_patterns.meaning.kinds import (
    NOTHING,
    External,
    FunctionKind,
    Method,
    Moment,
    Partial,
    Result,
)
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.schedules.entries import (
    CRONTAB,
    Field,
    Scheduled,
    function_of,
    titled,
)
from flake8_celery_patterns.meaning.values.durations import seconds
from flake8_celery_patterns.meaning.values.scalars import collection, described, single
from flake8_celery_patterns.rules.rule import Report, Rule

_TEXTS = ("bytes", "str")
_ITERATORS = frozenset({"generator", "map", "filter", "zip", "iterator"})
_CLASSES = frozenset({CRONTAB, "celery.schedules.schedule", "celery.schedules.solar"})
_TIMES = {"datetime.time()": "a time", "datetime.date()": "a date", "datetime.datetime()": "a time"}


class ScheduleArgsType(Rule[Scheduled]):
    """A part of a schedule's entry is of a type that beat cannot use.

    ## What it reports

    In an entry of `beat_schedule` and in `add_periodic_task`: `args` that are one value (`(16)` is
    no tuple), a text, a dict or a generator; `kwargs` and `options` that are no mapping; a schedule
    that is a text, a dict, a tuple, `None`, a time of day, `crontab` without its parentheses, or
    zero. And `add_periodic_task(10, task.delay())`: a call in the place of the signature.

    ## Why it is a bug

    `args` are taken apart: of a text, each letter becomes an argument, of a dict each key; a
    generator is used up the first time. With a number, or with `kwargs` that are no mapping, beat
    logs a `SchedulingError` each time the entry is due, and the task is never sent. With a schedule
    of the wrong type beat itself ends, with all of its entries. `task.delay()` sends the task once,
    where the app is configured, and schedules nothing.

    ## Example

    ```python
    CELERY_BEAT_SCHEDULE = {
        "ping": {
            "task": "shop.tasks.ping",
            "schedule": 30.0,
            "args": ("https://shop.example"),
        },
    }
    ```

    ## Use instead

    ```python
    CELERY_BEAT_SCHEDULE = {
        "ping": {
            "task": "shop.tasks.ping",
            "schedule": 30.0,
            "args": ("https://shop.example",),
        },
    }
    ```

    ## Fix

    Safe: makes a tuple of a single value in `args`. None for the rest.

    ## When it stays silent

    - For values whose type the text does not show, and for schedules of classes it does not know.
    - For `args` that are a list, a tuple, a set or a range, and for empty values, which are no
      arguments.
    - For `PeriodicTask` of django-celery-beat, whose arguments are JSON (CEL605).
    - In test code.

    ## References

    - [Celery: entries](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    - [Celery: Celery.add_periodic_task](https://docs.celeryq.dev/en/stable/reference/celery.html#celery.Celery.add_periodic_task)
    """

    code: ClassVar[str] = "CEL603"
    name: ClassVar[str] = "schedule-args-type"
    tier = "bug"
    fix = "safe"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        if fact.form == "stored":
            return
        for name, find in (("args", _args), ("schedule", _schedule)):
            if name in fact.fields:
                yield from find(fact.fields[name], fact, meaning)
        for name in ("kwargs", "options") if fact.form == "entry" else ("kwargs",):
            if name in fact.fields:
                yield from _mapping(fact.fields[name], name, fact, meaning)
        if fact.form == "added" and "task" in fact.fields:
            yield from _signature(fact.fields["task"], meaning)


def _type(field: Field, meaning: Meaning) -> str | None:
    return single(meaning, field.value, field.where, function_of(field.where))


def _is_empty(expression: Expression) -> bool:
    if isinstance(expression, Mapping):
        return not expression.entries
    if isinstance(expression, Sequence):
        return not expression.items
    return isinstance(expression, Constant) and not expression.value


def _args(field: Field, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    node = field.value.node
    start = f"the args of {titled(fact)} are"
    type_ = _type(field, meaning)
    if type_ is not None and isinstance(node, cst.BaseExpression):
        what = described(field.value, type_)
        fix = Plan("Make it a tuple", as_tuple(node), safe=True)
        message = (
            f"{start} {what}: {_single_effect(field, type_, fact)}; write a tuple of one, (x,)"
        )
        yield Report(node, message, fix)
        return
    form = collection(meaning.evaluate(field.value, field.where))
    if node is None or _is_empty(field.value):
        return
    if form == "dict":
        effect = "only its keys become arguments; give it as kwargs"
        yield Report(node, f"{start} a dict: {effect}")
    elif form in _ITERATORS and fact.form == "entry":
        effect = "it is used up when the task is sent for the first time; write a list"
        yield Report(node, f"{start} {'an' if form == 'iterator' else 'a'} {form}: {effect}")


def _single_effect(field: Field, type_: str, fact: Scheduled) -> str:
    if _is_empty(field.value):
        return "Celery takes it for no arguments at all"
    if type_ in _TEXTS:
        part = "letter" if type_ == "str" else "byte"
        return f"it is taken apart, and each {part} becomes an argument"
    return _failing(fact)


def _failing(fact: Scheduled) -> str:
    if fact.form == "added":
        return "TypeError where it is added"
    return "beat logs SchedulingError each time it is due, and never sends the task"


def _mapping(field: Field, name: str, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    node = field.value.node
    if node is None or _is_empty(field.value):
        return
    type_ = _type(field, meaning)
    if type_ is not None:
        what = described(field.value, type_)
    else:
        form = collection(meaning.evaluate(field.value, field.where))
        if not form or form == "dict":
            return
        what = f"{'an' if form == 'iterator' else 'a'} {form}"
    yield Report(node, f"the {name} of {titled(fact)} are {what}: {_failing(fact)}; write a dict")


def _schedule(field: Field, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    node = field.value.node
    if node is None:
        return
    start = f"the schedule of {titled(fact)} is"
    kind = meaning.evaluate(field.value, field.where)
    if fact.form == "added" and (isinstance(kind, Partial) or meaning.task_behind(kind)):
        yield Report(
            node,
            f"{shown(field.value) or 'a signature'} stands where the schedule belongs: "
            "AttributeError where it is added; give the schedule first and the signature second",
        )
        return
    if isinstance(kind, External) and kind.name in _CLASSES:
        name = kind.name.rpartition(".")[2]
        message = (
            f"{start} the class `{name}` itself: TypeError when beat starts; call it: {name}(…)"
        )
        yield Report(node, message)
        return
    what = _unusable(field, meaning)
    if what:
        cure = "write a number of seconds, a timedelta or a crontab"
        yield Report(node, f"{start} {what}: AttributeError when beat starts; {cure}")
        return
    length = seconds(meaning, field.value, field.where)
    if length is not None and length <= 0:
        yield Report(
            node,
            f"{start} {length:g} seconds: it is always due, and beat sends the task without a "
            "pause; write a time above zero",
        )


def _unusable(field: Field, meaning: Meaning) -> str:
    """What a schedule is that is none; "" where that is not certain."""
    type_ = _type(field, meaning)
    if type_ is not None and type_ in _TEXTS:
        return described(field.value, type_)
    kind = meaning.evaluate(field.value, field.where)
    if kind == NOTHING and isinstance(field.value, Constant):
        return "None"
    if isinstance(kind, External) and kind.name in _TIMES:
        return _TIMES[kind.name]
    if isinstance(kind, Moment):
        return "a time"
    form = collection(kind)
    return f"{'an' if form == 'iterator' else 'a'} {form}" if form else ""


def _signature(field: Field, meaning: Meaning) -> Iterator[Report]:
    """What is added in the place of a signature."""
    node = field.value.node
    if node is None:
        return
    text = shown(field.value)
    kind = meaning.evaluate(field.value, field.where)
    if isinstance(kind, Result) and isinstance(field.value, Call):
        yield Report(
            node,
            f"{text or 'this'} sends the task here and now, once, and nothing is scheduled; write "
            "a signature: .s() in its place",
        )
    elif _type(field, meaning) == "str":
        what = described(field.value, "str")
        yield Report(node, f"{what} stands where the signature belongs: {_NO_NAME}; {_CURE}")
    elif isinstance(kind, Method) and meaning.task_behind(kind.owner) is not None:
        if isinstance(field.value, Attribute) and kind.name in _METHODS:
            yield Report(node, f"{text} is not called: {_NO_NAME}; {_CURE}")
    elif _is_plain_function(field, meaning):
        yield Report(node, f"{text} is a function and no task: {_NO_NAME}; {_CURE}")
    elif isinstance(field.value, Call) and _gives_nothing(field.value, field, meaning):
        yield Report(
            node,
            f"{text or 'this'} runs the task here and now, and gives None: {_NO_NAME}; write a "
            "signature: .s() of the task",
        )


_METHODS = frozenset({"apply_async", "delay", "s", "si"})
_NO_NAME = "AttributeError where it is added"
_CURE = "write a signature of a task: .s()"


def _is_plain_function(field: Field, meaning: Meaning) -> bool:
    kind = meaning.evaluate(field.value, field.where)
    if not isinstance(kind, FunctionKind) or isinstance(field.value, Call):
        return False
    return not kind.definition.decorators and meaning.task(kind.source, kind.definition) is None


def _gives_nothing(call: Call, field: Field, meaning: Meaning) -> bool:
    """Whether a call runs a task that returns nothing."""
    task = meaning.task_behind(meaning.evaluate(call.function, field.where))
    if task is None or task.run is None or not isinstance(task.definition, type(task.run)):
        return False
    run = task.run
    return not (run.returned or run.is_generator or run.is_async or task.is_wrapped)
