"""What runs by the clock: the entries of schedules, in all forms there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute
from flake8_celery_patterns.inventory.entries import Key, Schedule
from flake8_celery_patterns.inventory.tasks import Locate, key_of
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.schedules.entries import Field, Fields, Scheduled, scheduled

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.reading import Opened

# What says when: `beat_schedule`'s and `add_periodic_task`'s; django-celery-beat's.
_WHEN = ("schedule", "crontab", "interval", "solar", "clocked")


def schedules_in(opened: Opened, locate: Locate) -> Iterator[Schedule]:
    """Give the entries that a file puts on a schedule."""
    facts = opened.facts
    found = scheduled(opened.meaning, facts.planned, facts.making, changed=facts.changes_schedule)
    for entry in found:
        node = None
        if isinstance(entry, Scheduled):
            node = entry.node or (entry.literal.node if entry.literal is not None else None)
        if not isinstance(entry, Scheduled) or node is None or "task" not in entry.fields:
            continue
        to, name = _target(opened.meaning, entry.fields["task"])
        yield Schedule(locate(node), entry.label, _when(entry.fields), entry.form, to, name)


def _target(meaning: Meaning, field: Field) -> tuple[Key | None, str]:
    """The task that an entry runs, by itself, by a signature, or by its name."""
    expression = field.value
    if isinstance(expression, Attribute) and expression.name == "name":
        expression = expression.value
    task = meaning.task_behind(meaning.evaluate(expression, field.where))
    if task is not None:
        return key_of(task), ""
    name = value(meaning, field.value, field.where)
    return None, name if isinstance(name, str) else ""


def _when(fields: Fields) -> str:
    return next((written(fields[name].value) for name in _WHEN if name in fields), "")
