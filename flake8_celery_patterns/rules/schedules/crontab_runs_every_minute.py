"""CEL601 crontab-runs-every-minute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead
from flake8_celery_patterns.meaning.kinds import Plain
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.meaning.schedules.crontab import BOUNDS, Refused, moments
from flake8_celery_patterns.meaning.schedules.entries import Crontab, Field
from flake8_celery_patterns.rules.rule import Report, Rule

_DAYS = ("day_of_week", "day_of_month")
_LARGER = ("hour", *_DAYS, "month_of_year")


class CrontabRunsEveryMinute(Rule[Crontab]):
    """A crontab leaves a smaller field out, and runs far more often than it says.

    ## What it reports

    `crontab(hour=3)`: `minute` is left out though a larger field is given. And
    `crontab(minute=0, day_of_week=1)`: one minute of one day, but `hour` is left out. The same for
    `CrontabSchedule` of django-celery-beat.

    ## Why it is a bug

    A field that is left out is `*`. `crontab(hour=3)` does not mean three o'clock but each minute
    from 03:00 to 03:59: the nightly report is made 60 times. `crontab(day_of_week=1)` runs 1440
    times on each Monday.

    ## Example

    ```python
    from celery.schedules import crontab

    CELERY_BEAT_SCHEDULE = {
        "nightly-report": {
            "task": "shop.reports.send_report",
            "schedule": crontab(hour=3),
        },
    }
    ```

    ## Use instead

    ```python
    from celery.schedules import crontab

    CELERY_BEAT_SCHEDULE = {
        "nightly-report": {
            "task": "shop.reports.send_report",
            "schedule": crontab(minute=0, hour=3),
        },
    }
    ```

    ## Fix

    Unsafe: adds `minute=0` where the hour is given. It runs once where it ran 60 times; that it is
    the full hour is a guess. None where the hour is left out.

    ## When it stays silent

    - For `crontab()`, which is how every minute is written, and for `minute="*"` and `hour="*"`.
    - For a field of positional arguments or `**fields`.
    - Where the larger fields are themselves `*`, or nothing shows whether they are.
    - Where `hour` is left out and several minutes or several days are given: every quarter of an
      hour on weekdays is a plan.
    - In test code.

    ## References

    - [Celery: crontab schedules](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#crontab-schedules)
    - [Celery: celery.schedules.crontab](https://docs.celeryq.dev/en/stable/reference/celery.schedules.html#celery.schedules.crontab)
    """

    code: ClassVar[str] = "CEL601"
    name: ClassVar[str] = "crontab-runs-every-minute"
    tier = "bug"
    fix = "unsafe"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Crontab

    def check(self, fact: Crontab, meaning: Meaning) -> Iterator[Report]:
        node = fact.call.function.node
        if fact.is_open or fact.is_positional or fact.line is not None or node is None:
            return
        given = [name for name in _LARGER if _narrows(fact.fields.get(name), name, meaning)]
        if "minute" not in fact.fields:
            # `hour="*"` says that the minutes were thought of.
            if given and ("hour" in given or "hour" not in fact.fields):
                yield Report(node, _every_minute(given, fact), _fix(given, fact))
        elif "hour" not in fact.fields and _is_one(fact.fields["minute"], "minute", meaning):
            days = [name for name in _DAYS if name in given]
            if days and all(_is_one(fact.fields[name], name, meaning) for name in days):
                yield Report(node, _every_hour(days, fact))


def _numbers(field: Field, name: str, meaning: Meaning) -> frozenset[int] | None:
    shown = value(meaning, field.value, field.where)
    try:
        found = moments(name, shown)
    except Refused:
        return None
    return found.numbers if found is not None else None


def _narrows(field: Field | None, name: str, meaning: Meaning) -> bool:
    """Whether a field is given, and certainly not as all there is."""
    if field is None:
        return False
    if value(meaning, field.value, field.where) is UNSEEN:
        kind = meaning.evaluate(field.value, field.where)
        return isinstance(kind, Plain) and kind.type == "int"
    found = _numbers(field, name, meaning)
    low, high = BOUNDS[name]
    return found is not None and len(found) <= high - low


def _is_one(field: Field, name: str, meaning: Meaning) -> bool:
    found = _numbers(field, name, meaning)
    return found is not None and len(found) == 1


def _written(fact: Crontab, field: str, text: str) -> str:
    return f'{field}="{text}"' if fact.is_stored else f"{field}={text}"


def _every_minute(given: list[str], fact: Crontab) -> str:
    names = " and ".join(f"`{name}`" for name in given)
    minute = _written(fact, "minute", "0")
    if "hour" in fact.fields:
        often = "60 times in each hour that it names"
        cure = f"write {minute}, or minute='*' if that is meant"
        left_out = "`minute` is left out and means every minute"
    else:
        often = "1440 times on each day that it names"
        cure = f"write {minute} and the hour"
        left_out = "`minute` and `hour` are left out and mean every one"
    return f"{left_out}: with {names} this runs {often}; {cure}"


def _every_hour(days: list[str], fact: Crontab) -> str:
    names = " and ".join(f"`{name}`" for name in days)
    return (
        f"`hour` is left out and means every hour: with {names} this runs 24 times on that day; "
        f"write {_written(fact, 'hour', '0')}, or hour='*' if that is meant"
    )


def _fix(given: list[str], fact: Crontab) -> Plan | None:
    call = fact.call.node
    if "hour" not in given or not isinstance(call, cst.Call) or not call.args:
        return None
    text = f"{_written(fact, 'minute', '0')}, "
    return Plan("Add minute=0", (ReplaceHead(call.args[0], 0, text),), safe=False)
