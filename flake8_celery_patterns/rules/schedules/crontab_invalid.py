"""CEL604 crontab-invalid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.meaning.schedules.crontab import (
    BOUNDS,
    LINE,
    Moments,
    Refused,
    moments,
    never_comes,
)
from flake8_celery_patterns.meaning.schedules.entries import Crontab, Field
from flake8_celery_patterns.meaning.tasks.option_names import CRONTAB_OPTIONS
from flake8_celery_patterns.meaning.tasks.options import nearest
from flake8_celery_patterns.rules.rule import Report, Rule

# The first Celery that reads names of months, and looks for days that never come.
_CALENDAR = (5, 7)
# What else people call the fields.
_SLIPS = {
    "date": "day_of_month",
    "day": "day_of_month or day_of_week",
    "days": "day_of_month or day_of_week",
    "dom": "day_of_month",
    "dow": "day_of_week",
    "month": "month_of_year",
    "months": "month_of_year",
    "second": "no seconds: it knows minutes only",
    "seconds": "no seconds: it knows minutes only",
    "timezone": "no time zone: set `timezone` of the app",
    "tz": "no time zone: set `timezone` of the app",
    "week_day": "day_of_week",
    "weekday": "day_of_week",
    "weekdays": "day_of_week",
}
# A step that is larger than its field, as a schedule of its own.
_UNITS = {"minute": "minutes", "hour": "hours", "day_of_month": "days"}
_AROUND = {
    "minute": "hour",
    "hour": "day",
    "day_of_week": "week",
    "day_of_month": "month",
    "month_of_year": "year",
}


class CrontabInvalid(Rule[Crontab]):
    """A crontab that Celery refuses, or that does not mean what it says.

    ## What it reports

    Numbers outside of their field (`hour=24`, `day_of_week=7`), texts that Celery cannot read
    (`"L"`, `"5/10"`, a whole cron line, `""`), values of the wrong type (`None`, `1.5`,
    `["0", "30"]`), keywords that `crontab` does not have (`hours=`), lines for
    `crontab.from_string` without five fields. Also steps larger than their field (`minute="*/90"`),
    days that never come, and names of months, which Celery reads since 5.7. The same in the fields
    of django-celery-beat's `CrontabSchedule`.

    ## Why it is a bug

    `crontab` looks at its fields when it is made: an error there ends the import of the settings or
    of the module of tasks, and with it beat, the workers and the web processes. A
    `CrontabSchedule` is stored as it is; django-celery-beat then makes no schedule of it, and its
    tasks never run. `"*/90"` starts anew with each hour: it runs once an hour, in silence. A day
    that never comes is an error since Celery 5.7; before, the task never runs.

    ## Example

    ```python
    from celery.schedules import crontab

    CELERY_BEAT_SCHEDULE = {
        "weekly-report": {
            "task": "shop.reports.send_report",
            "schedule": crontab(minute=0, hour=24, day_of_week=7),
        },
    }
    ```

    ## Use instead

    ```python
    from celery.schedules import crontab

    CELERY_BEAT_SCHEDULE = {
        "weekly-report": {
            "task": "shop.reports.send_report",
            "schedule": crontab(minute=0, hour=0, day_of_week=0),
        },
    }
    ```

    ## Fix

    None: what was meant cannot be told from the text.

    ## When it stays silent

    - For values that the text does not show, and with `**fields`.
    - For names of months with the option `version` at 5.7 or above.
    - For what Celery reads: `"mon-fri"`, `"sunday"`, `"22-6"`, `"9-17/2"`, `"0, 30"`, lists and
      sets of numbers.
    - For steps that do not divide their field (`"*/7"`): uneven, but not without sense.
    - In test code.

    ## References

    - [Celery: crontab schedules](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#crontab-schedules)
    - [Celery: celery.schedules.crontab](https://docs.celeryq.dev/en/stable/reference/celery.schedules.html#celery.schedules.crontab)
    """

    code: ClassVar[str] = "CEL604"
    name: ClassVar[str] = "crontab-invalid"
    tier = "bug"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Crontab

    def check(self, fact: Crontab, meaning: Meaning) -> Iterator[Report]:
        if not fact.is_stored:
            yield from _keywords(fact)
        fields = dict(_shown(fact, meaning))
        if fact.line is not None:
            yield from _line(fact.line, meaning)
            return
        good: dict[str, Moments] = {}
        for name, (field, shown) in fields.items():
            node = _node(field)
            if node is None:
                continue
            try:
                found = moments(name, shown)
            except Refused as refused:
                yield Report(node, _refused(refused, fact))
                continue
            if found is not None:
                good[name] = found
                message = _misread(name, shown, found, meaning)
                if message:
                    yield Report(node, message)
        yield from _never(fact, good, meaning)


def _version(meaning: Meaning) -> tuple[int, int]:
    major, minor, *_ = meaning.project.settings.celery_version.split(".")
    return int(major), int(minor)


def _node(field: Field) -> cst.CSTNode | None:
    return field.value.node or field.item


def _shown(fact: Crontab, meaning: Meaning) -> Iterator[tuple[str, tuple[Field, Any]]]:
    """The fields with their values; what is stored is stored as a text."""
    for name in BOUNDS:
        if name in fact.fields:
            field = fact.fields[name]
            shown = value(meaning, field.value, field.where)
            if fact.is_stored and not isinstance(shown, str):
                shown = str(shown) if isinstance(shown, int) else UNSEEN
            yield name, (field, shown)


def _keywords(fact: Crontab) -> Iterator[Report]:
    for name, field in fact.fields.items():
        if name in BOUNDS or name in CRONTAB_OPTIONS or field.name is None:
            continue
        meant = _SLIPS.get(name) or nearest(name, BOUNDS)
        if meant is None:
            cure = f"it has {', '.join(BOUNDS)}"
        else:
            cure = f"it has {meant}" if meant.startswith("no ") else f"write {meant}"
        yield Report(
            field.name, f"crontab() has no parameter `{name}`: TypeError when this runs; {cure}"
        )


def _refused(refused: Refused, fact: Crontab) -> str:
    if fact.is_stored:
        effect = "django-celery-beat makes no schedule of it, and its tasks never run"
    else:
        effect = f"crontab() raises {refused.error} when this runs"
    return f"{refused.reason}: {effect}; {refused.cure}"


def _line(line: Field, meaning: Meaning) -> Iterator[Report]:
    """`crontab.from_string("0 3 * * *")`."""
    shown = value(meaning, line.value, line.where)
    node = _node(line)
    if not isinstance(shown, str) or node is None:
        return
    parts = shown.split(" ")
    if len(parts) != len(LINE):
        yield Report(
            node,
            f"from_string() takes five fields with one space between them, and {shown!r} has "
            f"{len(parts)}: ValueError when this runs; write them as in '0 3 * * *'",
        )
        return
    for name, part in zip(LINE, parts, strict=True):
        try:
            moments(name, part)
        except Refused as refused:
            yield Report(
                node,
                f"{refused.reason}: from_string() raises {refused.error} when this runs; "
                f"{refused.cure}",
            )


def _misread(name: str, shown: Any, found: Moments, meaning: Meaning) -> str:
    """What is wrong with a field that the newest Celery takes."""
    if found.names_months and _version(meaning) < _CALENDAR:
        return (
            f"{name}={shown!r} names a month: Celery reads that since 5.7, and before it crontab() "
            "raises ValueError; write the month's number"
        )
    low, high = BOUNDS[name]
    if shown == f"*/{found.star_step}" and found.star_step > high - low + 1:
        unit = _UNITS.get(name)
        cure = f"write timedelta({unit}={found.star_step}) as the schedule, or " if unit else ""
        return (
            f"{name}={shown!r} starts anew with each {_AROUND[name]}, which is shorter than the "
            f"step: it only ever means {low}; {cure}write '{low}' if that is meant"
        )
    return ""


def _never(fact: Crontab, good: dict[str, Moments], meaning: Meaning) -> Iterator[Report]:
    """A date that no year has."""
    days, months = good.get("day_of_month"), good.get("month_of_year")
    if days is None or months is None or not never_comes(days.numbers, months.numbers):
        return
    if months.names_months and _version(meaning) < _CALENDAR:
        return
    node = _node(fact.fields["day_of_month"])
    if node is None:
        return
    if fact.is_stored:
        effect = "its tasks never run"
    elif _version(meaning) < _CALENDAR:
        effect = "the task never runs, and from Celery 5.7 on crontab() raises ValueError"
    else:
        effect = "crontab() raises ValueError when this runs"
    yield Report(node, f"no month of month_of_year has such a day: {effect}; write a day it has")
