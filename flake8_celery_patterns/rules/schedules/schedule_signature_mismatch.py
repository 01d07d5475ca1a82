"""CEL607 schedule-signature-mismatch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Call,
    Constant,
    ConstantValue,
    Entry,
    Expression,
    Mapping,
    Sequence,
)
from flake8_celery_patterns.meaning.kinds import External, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.schedules.entries import Field, Scheduled, titled
from flake8_celery_patterns.meaning.tasks.passed import Passed, made_here, packed
from flake8_celery_patterns.meaning.tasks.signatures import (
    Misfit,
    Signature,
    described,
    misfits,
    signature_of,
)
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

_PARTS = ("args", "kwargs")


class ScheduleSignatureMismatch(Rule[Scheduled]):
    """An entry of the schedule has arguments that its task does not take.

    ## What it reports

    Too many arguments, a required one that is missing, a name that the task has no parameter for,
    and one that is given both by position and by name: in the `args` and `kwargs` of an entry of
    `beat_schedule`, in what `add_periodic_task` gets, and in the JSON of a `PeriodicTask` of
    django-celery-beat. The task is found by its name.

    ## Why it is a bug

    Nothing compares them before the entry is due. Then beat logs a `SchedulingError` and does not
    send the task, each time. Tasks that Celery does not compare (`typing=False`, class-based ones,
    those beneath another decorator) are sent, and fail with `TypeError` in the worker.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(name="shop.send_report")
    def send_report(address):
        print(address)


    CELERY_BEAT_SCHEDULE = {
        "daily": {"task": "shop.send_report", "schedule": 86400.0},
    }
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(name="shop.send_report")
    def send_report(address):
        print(address)


    CELERY_BEAT_SCHEDULE = {
        "daily": {
            "task": "shop.send_report",
            "schedule": 86400.0,
            "args": ("office@shop.example",),
        },
    }
    ```

    ## Fix

    None: what was meant cannot be told from the text.

    ## When it stays silent

    - Where the arguments are not all in sight: names that are bound more than once, `**common`.
    - Where the task is not found by its name, or more than one has it.
    - Where a decorator beneath the task decorator, or the task's class, may add or take away
      arguments (as CEL105).
    - For a `PeriodicTask` that is given neither `args` nor `kwargs` where it is made: they may be
      set before it is saved.
    - For what a signature itself has too many of, which is CEL105's, and in test code.

    ## References

    - [Celery: entries](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    - [Celery: argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    """

    code: ClassVar[str] = "CEL607"
    name: ClassVar[str] = "schedule-signature-mismatch"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        field = fact.fields.get("task")
        if field is None:
            return
        task = _task(field, fact, meaning)
        signature = signature_of(meaning, task) if task is not None else None
        if task is None or signature is None:
            return
        given = _given(field, fact, signature, meaning)
        if given is None:
            return
        found = list(misfits(signature, given))
        # What is missing is only told where nothing else is wrong: a misspelt name explains it.
        shown = [misfit for misfit in found if misfit.form != "missing"] or found
        for misfit in shown:
            node = _node(misfit, field, fact)
            if node is not None:
                what, cure = described(misfit, task, signature, len(given.positional))
                yield Report(node, f"{titled(fact)}: {what}: {_outcome(signature)}; {cure}")


def _task(field: Field, fact: Scheduled, meaning: Meaning) -> Task | None:
    if fact.form == "added":
        kind = meaning.evaluate(field.value, field.where)
        return None if isinstance(kind, Partial) and kind.chained else meaning.task_behind(kind)
    name = value(meaning, field.value, field.where)
    return meaning.task_names.task(name) if isinstance(name, str) and name else None


def _given(field: Field, fact: Scheduled, signature: Signature, meaning: Meaning) -> Passed | None:
    """What the task is called with; None where that cannot be said, or is another rule's."""
    if fact.form == "stored" and not any(name in fact.fields for name in _PARTS):
        return None
    args, kwargs = (_part(fact.fields.get(name), fact, meaning) for name in _PARTS)
    given = packed(meaning, args, kwargs)
    here = [
        _is_here(fact.fields.get(name), part)
        for name, part in zip(_PARTS, (args, kwargs), strict=True)
    ]
    given = Passed(
        given.positional if here[0] else (None,) * len(given.positional),
        given.keywords if here[1] else dict.fromkeys(given.keywords),
        given.more or (fact.is_open and args is None),
        given.any_keyword or (fact.is_open and kwargs is None),
    )
    if fact.form != "added":
        return given
    if not isinstance(field.value, Call):
        kind = meaning.evaluate(field.value, field.where)
        return None if isinstance(kind, Partial) else given
    own = made_here(meaning, field.value, field.where)
    if own is None or own.is_final or any(misfits(signature, own.open())):
        return None
    return own.behind(given)


def _is_here(field: Field | None, part: tuple[Expression, Environment] | None) -> bool:
    """Whether what is given stands in the entry itself, and not behind a name."""
    if field is None or part is None:
        return True
    inner = field.value.positional(0) if isinstance(field.value, Call) else None
    return part[0] is field.value or part[0] is inner


def _part(
    field: Field | None, fact: Scheduled, meaning: Meaning
) -> tuple[Expression, Environment] | None:
    if field is None:
        return None
    expression, where = followed(meaning, field.value, field.where)
    if fact.form != "stored":
        return expression, where
    if isinstance(expression, Call):
        dumps = meaning.evaluate(expression.function, where) == External("json.dumps")
        first = expression.positional(0)
        if dumps and first is not None:
            return followed(meaning, first, where)
    elif isinstance(expression, Constant) and isinstance(expression.value, str):
        loaded = _loaded(expression.value)
        if loaded is not None:
            return loaded, where
    return expression, where


def _loaded(text: str) -> Expression | None:
    """The JSON of a list or an object, as the expression of it."""
    try:
        held = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    if isinstance(held, list):
        return Sequence("list", tuple(Constant(_plain(item)) for item in held))
    if isinstance(held, dict):
        entries = (Entry(Constant(key), Constant(_plain(item))) for key, item in held.items())
        return Mapping(tuple(entries))
    return Constant(None) if held is None else None


def _plain(item: object) -> ConstantValue:
    return item if isinstance(item, (bool, int, float, str)) else None


def _node(misfit: Misfit, field: Field, fact: Scheduled) -> cst.CSTNode | None:
    if misfit.value is not None and misfit.value.node is not None:
        return misfit.value.node
    # By position too many, or by name: what is given so.
    name = {"missing": "", "too_many": "args"}.get(misfit.form, "kwargs")
    if name in fact.fields and fact.fields[name].value.node is not None:
        return fact.fields[name].value.node
    return field.value.node


def _outcome(signature: Signature) -> str:
    if signature.is_checked:
        return "beat logs SchedulingError each time it is due, and never sends it"
    return "it is sent all the same and fails with TypeError in the worker"
