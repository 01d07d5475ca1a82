"""CEL608 schedule-args-frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Call,
    Expression,
    Lambda,
    Mapping,
    Name,
    parts,
    shown,
)
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.schedules.entries import (
    Field,
    Scheduled,
    function_of,
    titled,
)
from flake8_celery_patterns.rules.rule import Report, Rule

_CLOCKS = frozenset(
    """
    datetime.date.today datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow
    django.utils.timezone.localdate django.utils.timezone.localtime django.utils.timezone.now
    arrow.now arrow.utcnow pendulum.now pendulum.today pendulum.tomorrow pendulum.yesterday
    time.time time.time_ns
    """.split()
)
_IDS = frozenset(
    """
    celery.utils.gen_unique_id celery.utils.uuid celery.uuid kombu.utils.uuid
    kombu.utils.uuid.uuid uuid.uuid1 uuid.uuid4
    """.split()
)
# What gives the time only if it is not given one.
_CONVERTING = frozenset({"django.utils.timezone.localdate", "django.utils.timezone.localtime"})
_LAZY = "celery.beat.BeatLazyFunc"
# The options whose one value is wrong for every message but the first.
_OPTIONS = ("eta", "expires", "task_id")
# What `sig.set(…)` takes in the place of arguments.
_SETTING = "set"
_DEEPEST = 6


class ScheduleArgsFrozen(Rule[Scheduled]):
    """An entry of the schedule hands out the time at which beat started, for ever.

    ## What it reports

    A call that asks for the time or for a new UUID (`date.today()`, `timezone.now()`, `uuid4()` …)
    in the `args` or `kwargs` of an entry of `beat_schedule`, or in the signature or arguments given
    to `add_periodic_task`; and in their options `expires`, `eta` and `task_id`.

    ## Why it is a bug

    The entry is made once, when the module is imported or the app configured. Beat then sends the
    same arguments for as long as it runs: the report for "today" is that of the day of the last
    deployment, each night again. With `expires=datetime.now() + …` every message that is sent later
    has expired already, and workers throw it away.

    ## Example

    ```python
    from datetime import date

    CELERY_BEAT_SCHEDULE = {
        "report": {
            "task": "shop.tasks.send_report",
            "schedule": 86400.0,
            "args": (date.today().isoformat(),),
        },
    }
    ```

    ## Use instead

    ```python
    from datetime import date

    from celery.beat import BeatLazyFunc


    def today():
        return date.today().isoformat()


    CELERY_BEAT_SCHEDULE = {
        "report": {
            "task": "shop.tasks.send_report",
            "schedule": 86400.0,
            "args": (BeatLazyFunc(today),),
        },
    }
    ```

    Beat calls it where it is a whole argument, not within one. Or let the task ask for the time.

    ## Fix

    None: a function to call later needs a name.

    ## When it stays silent

    - For `BeatLazyFunc(…)`, which beat calls each time, and in the body of a `lambda`.
    - For a constant of a module among the arguments: `STARTED_AT = timezone.now()` may be meant as
      it is. Variables of the function that makes the entry are followed.
    - For functions of the project that ask for the time themselves, and for random numbers.
    - For `PeriodicTask` of django-celery-beat: a row is written where it is wanted, and may well
      hold the time at which that was.
    - For dicts that are not certainly handed to beat, and in test code.

    ## References

    - [Celery: entries](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    - [Celery: celery.beat.BeatLazyFunc](https://docs.celeryq.dev/en/stable/reference/celery.beat.html#celery.beat.BeatLazyFunc)
    """

    code: ClassVar[str] = "CEL608"
    name: ClassVar[str] = "schedule-args-frozen"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        if fact.form == "stored" or not fact.is_certain:
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        for name in ("args", "kwargs"):
            if name in fact.fields:
                yield from _arguments(fact.fields[name], fact, meaning)
        if fact.form == "added":
            if "task" in fact.fields:
                yield from _signature(fact.fields["task"], fact, meaning)
            for name in _OPTIONS:
                if name in fact.fields:
                    yield from _option(name, fact.fields[name], fact, meaning)
        elif "options" in fact.fields:
            yield from _options(fact.fields["options"], fact, meaning)


def _options(field: Field, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    literal, where = followed(meaning, field.value, field.where)
    place = field.value if literal is not field.value else None
    found: dict[str, Field] = {}
    if isinstance(literal, Mapping):
        for entry in literal.entries:
            name = value(meaning, entry.key, where) if entry.key is not None else None
            if isinstance(name, str):
                found[name] = Field(entry.value, where)
    elif isinstance(literal, Call) and _is_dict(literal, where, meaning):
        for argument in literal.arguments:
            if argument.keyword is not None:
                found[argument.keyword] = Field(argument.value, where)
    for name in _OPTIONS:
        if name in found:
            yield from _option(name, found[name], fact, meaning, place)


def _is_dict(call: Call, where: Environment, meaning: Meaning) -> bool:
    return meaning.evaluate(call.function, where) == External("builtins.dict")


def _arguments(field: Field, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    literal, where = followed(meaning, field.value, field.where)
    for expression, asked in _frozen(meaning, literal, where):
        if literal is not field.value:
            # Several entries may have the same one.
            yield from _report(field.value, asked, fact)
            return
        yield from _report(expression, asked, fact)


def _signature(field: Field, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    """The signature that is added; what is set on it counts only where it is one of `_OPTIONS`."""
    signature, where = followed(meaning, field.value, field.where)
    is_named = signature is not field.value
    while isinstance(signature, Call) and isinstance(signature.function, Attribute):
        for argument in signature.arguments:
            if signature.function.name != _SETTING:
                for expression, asked in _frozen(meaning, argument.value, where):
                    yield from _report(field.value if is_named else expression, asked, fact)
                    if is_named:
                        return
            elif argument.keyword in _OPTIONS:
                given = Field(argument.value, where)
                place = field.value if is_named else None
                yield from _option(str(argument.keyword), given, fact, meaning, place)
        signature = signature.function.value


def _option(
    name: str, field: Field, fact: Scheduled, meaning: Meaning, place: Expression | None = None
) -> Iterator[Report]:
    """An option; `place` is where it is reported, where that is not where it is written."""
    for expression, asked in _frozen(meaning, field.value, field.where):
        node = (place or expression).node
        if node is None:
            return
        start = f"{asked} is called once, when {titled(fact)} is made"
        if name == "expires":
            effect = "every message that is sent later has expired already; write seconds"
        elif name == "eta":
            effect = "every message is due at that one moment; leave `eta` to the schedule"
        else:
            effect = "every run has that one id; leave out `task_id`"
        yield Report(node, f"{start}: {effect}")
        return


def _report(expression: Expression, asked: str, fact: Scheduled) -> Iterator[Report]:
    if expression.node is not None:
        yield Report(
            expression.node,
            f"{asked} is called once, when {titled(fact)} is made: every run gets that one value; "
            "write BeatLazyFunc(…) of celery.beat, or call it in the task",
        )


def _frozen(
    meaning: Meaning, expression: Expression, where: Environment, depth: int = 0
) -> Iterator[tuple[Expression, str]]:
    """What asks the clock or makes an id: the call or a local variable, and the call in words."""
    if isinstance(expression, Lambda):
        return
    if isinstance(expression, Call):
        kind = meaning.evaluate(expression.function, where)
        name = kind.name if isinstance(kind, External) else ""
        if name == _LAZY:
            return
        is_converted = name in _CONVERTING and bool(expression.arguments)
        if (name in _CLOCKS or name in _IDS) and not is_converted:
            yield expression, shown(expression) or name
            return
    if isinstance(expression, Name):
        bound, there = followed(meaning, expression, where)
        if bound is not expression and function_of(there) is not None and depth < _DEEPEST:
            for _, asked in _frozen(meaning, bound, there, depth + 1):
                yield expression, asked
                return
        return
    for part in parts(expression):
        whole = part.value if isinstance(part, Argument) else part
        yield from _frozen(meaning, whole, where, depth)
