"""CEL114 execution-option-type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Binary,
    Call,
    Choice,
    Constant,
    Expression,
    shown,
)
from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead, call_on
from flake8_celery_patterns.meaning.kinds import External, Kind, Plain
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.values.timing import (
    given,
    is_duration,
    kind_of,
    task_named,
)
from flake8_celery_patterns.meaning.values.values import is_datetime
from flake8_celery_patterns.rules.rule import Report, Rule

_DATES = ("datetime.date()", "datetime.date.today()")
_NUMBERS = ("int", "float")
# What Celery's parser takes for a date at the start of a text (celery.utils.iso8601).
_ISO_DATE = re.compile(r"\d{4}(\D|\d{4}|\Z)")


class ExecutionOptionType(Rule[Dispatch]):
    """Gives countdown, eta or expires a value of the wrong type.

    ## What it reports

    In `.apply_async(…)`, `send_task(…)`, `.signature(…)` and `self.retry(…)`:

    - `countdown=` a timedelta, a datetime or a string;
    - `eta=` a number, a timedelta or a time;
    - `expires=` a timedelta, a date, a time, or a string that is no date.

    ## Why it is a bug

    `countdown` and `expires` are numbers of seconds, `eta` is a datetime (and `expires` may be
    one). Anything else raises where the message is written:
    `TypeError: '<' not supported between instances of 'datetime.timedelta' and 'int'`, or
    `AttributeError: 'int' object has no attribute 'isoformat'`; nothing is sent. In `self.retry`
    the task is lost with it: it is rejected, and before Celery 5.7 its state stays PENDING for
    ever. An `eta` that is a time is sent, and dropped by the worker.

    ## Example

    ```python
    from datetime import timedelta

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), countdown=timedelta(days=2))
    ```

    ## Use instead

    ```python
    from datetime import timedelta

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), countdown=timedelta(days=2).total_seconds())
    ```

    ## Fix

    Safe: `.total_seconds()` behind a timedelta; `eta=` with one becomes `countdown=`. The call
    raised before. Unsafe where the timedelta is a parameter or an attribute, which may be None at
    other times. None for the other types.

    ## When it stays silent

    - Where the value is not certain: parameters without annotation, what branches leave different.
    - For `countdown=0`, `eta=0` and `""`, which Celery takes for none; for an `eta` that is a text:
      the worker reads it, if it is ISO 8601.
    - For `.apply()`, which runs the task at once.

    ## References

    - [Celery: ETA and countdown](https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown)
    - [Celery: expiration](https://docs.celeryq.dev/en/stable/userguide/calling.html#expiration)
    """

    code: ClassVar[str] = "CEL114"
    name: ClassVar[str] = "execution-option-type"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        for name, wrong in _WRONG.items():
            value = given(fact, name)
            if value is None or value.node is None or _is_falsy(value):
                continue
            kind = kind_of(fact, value, meaning)
            what = wrong(kind, value)
            if what:
                fix = _fix(name, fact, meaning) if is_duration(kind) else None
                yield Report(value.node, _message(name, value, what, fact), fix)


def _is_falsy(value: Expression) -> bool:
    return isinstance(value, Constant) and not value.value


def _countdown(kind: Kind, value: Expression) -> str:
    if isinstance(kind, Plain) and kind.type == "str":
        return "a string"
    if is_datetime(kind):
        return "a datetime"
    return "a timedelta" if is_duration(kind) else ""


def _eta(kind: Kind, value: Expression) -> str:
    if isinstance(kind, Plain) and kind.type in _NUMBERS:
        return "a number"
    if kind == External("datetime.time()"):
        return "a time"
    return "a timedelta" if is_duration(kind) else ""


def _expires(kind: Kind, value: Expression) -> str:
    if isinstance(value, Constant) and isinstance(value.value, str):
        return "" if _ISO_DATE.match(value.value) else "a string that is no date"
    if kind == External("datetime.time()"):
        return "a time"
    if isinstance(kind, External) and kind.name in _DATES:
        return "a date"
    return "a timedelta" if is_duration(kind) else ""


_WRONG = {"countdown": _countdown, "eta": _eta, "expires": _expires}
_TAKES = {
    "countdown": "a number of seconds",
    "eta": "a datetime",
    "expires": "a number of seconds or a datetime",
}


def _message(name: str, value: Expression, what: str, fact: Dispatch) -> str:
    text = shown(value)
    subject = f"`{text}`, {what}," if text else what
    if fact.form == "retry":
        lost = "the retry fails and the task is lost"
    elif name == "eta" and what == "a time":
        lost = f"the worker drops the message of {task_named(fact)}"
    else:
        error = "AttributeError" if name == "eta" else "TypeError"
        error = "ValueError" if "string that" in what else error
        at = "sending this signature" if fact.makes_signature else f".{fact.form}()"
        lost = f"{at} raises {error} and {task_named(fact)} is not sent"
    return (
        f"{name}= is given {subject} but takes {_TAKES[name]}: {lost}; {_advice(name, text, what)}"
    )


def _advice(name: str, text: str, what: str) -> str:
    if what == "a timedelta":
        seconds = f"{text or '(…)'}.total_seconds()"
        return f"write countdown={seconds}" if name == "eta" else f"write {seconds}"
    if name == "countdown":
        return "write eta=" if what == "a datetime" else "write a number"
    if name == "eta":
        return "write countdown= for seconds from now" if what == "a number" else "write a datetime"
    return "write a number" if "string" in what else "write a datetime"


def _fix(name: str, fact: Dispatch, meaning: Meaning) -> Plan | None:
    """`.total_seconds()` behind a timedelta, and `countdown=` for `eta=`."""
    argument = fact.call.keyword(name)
    if argument is None or not isinstance(argument.node, cst.Arg):
        return None
    made, _ = followed(meaning, argument.value, fact.place.environment)
    if isinstance(made, Choice):
        return None
    node = argument.node
    # Anything else may be None at times, which has no `.total_seconds()`.
    safe = isinstance(made, (Binary, Call))
    changes = call_on(node.value, "total_seconds")
    if name == "eta":
        if fact.call.keyword("countdown") is not None:
            return None
        return Plan("Use countdown", (ReplaceHead(node, len(name), "countdown"), *changes), safe)
    return Plan("Use seconds", changes, safe)
