"""CEL107 naive-eta."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Expression,
    Name,
    everything,
    shown,
)
from flake8_celery_patterns.fixes.plan import Insert, Plan, ReplaceTail
from flake8_celery_patterns.meaning.kinds import External, Maybe, Moment
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.values.timing import given, kind_of, task_named
from flake8_celery_patterns.rules.rule import Report, Rule

_EFFECTS = {
    "eta": "it starts that many hours late, or at once",
    "expires": "it expires that many hours late, or is revoked at once",
}


class NaiveEta(Rule[Dispatch]):
    """Gives eta or expires local time without a time zone.

    ## What it reports

    `eta=` or `expires=` made from `datetime.now()`, `datetime.today()` or
    `datetime.fromtimestamp(…)` without a time zone, with or without a timedelta added to it, in any
    form of dispatch and in `self.retry(…)`.

    ## Why it is a risk

    A worker reads an `eta` or `expires` without a time zone as UTC, whatever `timezone` and
    `enable_utc` say. On a machine that runs in UTC nothing is wrong. In Tokyo a task meant to run
    in an hour runs in ten; in New York it runs at once, and with `expires=` it is revoked before it
    starts. Django puts its own `TIME_ZONE` in force, so it holds there, too.

    ## Example

    ```python
    from datetime import datetime, timedelta

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), eta=datetime.now() + timedelta(days=2))
    ```

    ## Use instead

    ```python
    from datetime import datetime, timedelta, timezone

    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def ship(order_id):
        remind.apply_async((order_id,), eta=datetime.now(timezone.utc) + timedelta(days=2))
    ```

    Or `countdown=` with the seconds from now.

    ## Fix

    Safe: `datetime.now()` in the argument itself becomes `datetime.now(timezone.utc)` where the
    file imports `timezone` from datetime, else gets `.astimezone()` behind it: the same moment,
    with its zone. None where the datetime comes from a variable: others may read it.

    ## When it stays silent

    - For `datetime.utcnow()`: it has no zone either, but UTC is what Celery takes it for.
    - For `django.utils.timezone.now()`, a `tz` given to `now` or `fromtimestamp`, `.astimezone()`,
      `.replace(tzinfo=…)`, `make_aware(…)`.
    - For `datetime(2030, 1, 1)`, which may well be meant in UTC, and for dates.
    - Where the value is not certain.

    ## References

    - [Celery: ETA and countdown](https://docs.celeryq.dev/en/stable/userguide/calling.html#eta-and-countdown)
    - [Celery: time zones](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#time-zones)
    """

    code: ClassVar[str] = "CEL107"
    name: ClassVar[str] = "naive-eta"
    tier = "risk"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        for name, effect in _EFFECTS.items():
            value = given(fact, name)
            if value is None or value.node is None:
                continue
            kind = kind_of(fact, value, meaning)
            kind = kind.of if isinstance(kind, Maybe) else kind
            if isinstance(kind, Moment) and kind.clock == "local":
                message = _message(name, value, kind, effect, fact)
                yield Report(value.node, message, _fix(value, kind, fact, meaning))


def _message(name: str, value: Expression, kind: Moment, effect: str, fact: Dispatch) -> str:
    origin = shown(kind.origin) if kind.origin is not None else ""
    text = shown(value)
    source = f"{name}= is " + (f"`{text}`, " if text and text != origin else "")
    return (
        f"{source}local time without a time zone ({origin}), which Celery takes for UTC: where "
        f"{task_named(fact)} is sent from a machine that is hours off UTC, {effect}; write "
        "datetime.now(timezone.utc), or countdown="
    )


def _fix(value: Expression, kind: Moment, fact: Dispatch, meaning: Meaning) -> Plan | None:
    """The zone, given where the clock is asked."""
    origin = kind.origin
    if not isinstance(origin, Call) or origin.node is None:
        return None
    if not any(part is origin for part in everything(value)):
        return None
    zone = _zone(origin, fact, meaning) if _is_only_added_to(value, origin) else ""
    if zone:
        return Plan("Ask for UTC", (ReplaceTail(origin.node, 1, f"{zone})"),), safe=True)
    return Plan("Add the time zone", (Insert(origin.node, ".astimezone()"),), safe=True)


def _is_only_added_to(value: Expression, origin: Call) -> bool:
    """Whether nothing is done to the datetime that means something else in another zone."""
    while isinstance(value, Binary):
        value = (
            value.left if any(part is origin for part in everything(value.left)) else value.right
        )
    return value is origin


def _zone(origin: Call, fact: Dispatch, meaning: Meaning) -> str:
    """The name of UTC in a file that has one for it; "" where it has none."""
    function = origin.function
    if origin.arguments or not isinstance(function, Attribute) or function.name != "now":
        return ""
    where = fact.place.environment
    owner = function.value
    if isinstance(owner, Attribute) and isinstance(owner.value, Name):
        return f"{owner.value.id}.timezone.utc"
    if meaning.evaluate(Name("timezone"), where) == External("datetime.timezone"):
        return "timezone.utc"
    return "UTC" if meaning.evaluate(Name("UTC"), where) == External("datetime.UTC") else ""
