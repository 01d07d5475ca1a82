"""CEL606 schedule-entry-keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Change, Insert, Plan, Replace, remove_item
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.schedules.entries import Scheduled, titled
from flake8_celery_patterns.meaning.schedules.schedulers import other_scheduler
from flake8_celery_patterns.meaning.tasks.option_names import BEAT_ENTRY_KEYS, EXECUTION_OPTIONS
from flake8_celery_patterns.meaning.tasks.options import nearest
from flake8_celery_patterns.rules.rule import Report, Rule

# What people write in an entry, and what they mean.
_MEANT = frozenset({"args", "kwargs", "options", "relative", "schedule", "task"})
_SLIPS = {
    "arguments": "args",
    "cron": "schedule",
    "crontab": "schedule",
    "every": "schedule",
    "func": "task",
    "function": "task",
    "interval": "schedule",
    "keyword_arguments": "kwargs",
    "parameters": "kwargs",
    "params": "kwargs",
    "run_every": "schedule",
    "task_name": "task",
}


class ScheduleEntryKeys(Rule[Scheduled]):
    """An entry of the schedule lacks a key, or has one that beat does not know.

    ## What it reports

    In an entry of `beat_schedule`: keys that beat does not know, such as `arguments`, or `queue`
    and `expires`, which belong in `options`; and an entry without `task` or without `schedule`.

    ## Why it is a bug

    Beat hands the keys to `ScheduleEntry` as they are: an unknown one is a `TypeError` when beat
    starts, and no entry at all runs. Without `schedule` beat ends as soon as it looks at the entry
    (Celery 5.7 logs an error instead, and the entry never runs). Without `task` it sends messages
    that name no task, and the workers throw them away.

    ## Example

    ```python
    CELERY_BEAT_SCHEDULE = {
        "sync": {
            "task": "shop.tasks.sync",
            "schedule": 300.0,
            "queue": "slow",
            "expires": 240,
        },
    }
    ```

    ## Use instead

    ```python
    CELERY_BEAT_SCHEDULE = {
        "sync": {
            "task": "shop.tasks.sync",
            "schedule": 300.0,
            "options": {"queue": "slow", "expires": 240},
        },
    }
    ```

    ## Fix

    Safe: moves what `apply_async` takes into `options`. None for other keys, where `options` is not
    a dict that stands there, or where a comment would be lost.

    ## When it stays silent

    - For unknown keys where the project may run beat with another scheduler: it speaks of
      django-celery-beat, of redbeat or of `beat_scheduler`, or starts beat with `--scheduler`.
      Those take more keys (`enabled`, `description`, `one_off`).
    - For keys that are missing where the text does not show them all: `**common`, an entry that has
      a name, entries that are changed later.
    - For dicts that are not certainly handed to beat, and in test code.

    ## References

    - [Celery: entries](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    - [Celery: celery.beat.ScheduleEntry](https://docs.celeryq.dev/en/stable/reference/celery.beat.html#celery.beat.ScheduleEntry)
    """

    code: ClassVar[str] = "CEL606"
    name: ClassVar[str] = "schedule-entry-keys"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        if fact.form != "entry" or not fact.is_certain:
            return
        if "task" not in fact.fields and "schedule" not in fact.fields:
            return
        unknown = [name for name in fact.fields if name not in BEAT_ENTRY_KEYS]
        meant: set[str] = set()
        if unknown and not other_scheduler(meaning):
            options = [name for name in unknown if name in EXECUTION_OPTIONS]
            yield from _misplaced(fact, options)
            for name in unknown:
                if name not in options:
                    slip = _SLIPS.get(name) or nearest(name, _MEANT)
                    yield from _unknown(fact, name, slip)
                    meant.add(slip or "")
        yield from _missing(fact, meant)


def _misplaced(fact: Scheduled, names: list[str]) -> Iterator[Report]:
    """Options that stand beside `options`: one report, as they move together."""
    node = fact.fields[names[0]].name if names else None
    if node is None:
        return
    listed = " and ".join(f"`{name}`" for name in names)
    keys, it = ("key", "it") if len(names) == 1 else ("keys", "them")
    yield Report(
        node,
        f"{titled(fact)} has no {keys} {listed}: beat ends with TypeError when it starts; give "
        f"{it} in `options`",
        _fix(fact, names),
    )


def _unknown(fact: Scheduled, name: str, meant: str | None) -> Iterator[Report]:
    node = fact.fields[name].name
    if node is not None:
        cure = f"write `{meant}`" if meant is not None else "take it out"
        yield Report(
            node,
            f"{titled(fact)} has no key `{name}`: beat ends with TypeError when it starts; {cure}",
        )


def _missing(fact: Scheduled, meant: set[str]) -> Iterator[Report]:
    if fact.is_open or fact.node is None:
        return
    if "task" not in fact.fields and "task" not in meant:
        yield Report(
            fact.node,
            f"{titled(fact)} has no `task`: beat sends messages that name no task, and workers "
            "throw them away; name the task",
        )
    if "schedule" not in fact.fields and "schedule" not in meant:
        yield Report(
            fact.node,
            f"{titled(fact)} has no `schedule`: it never runs, and beat before Celery 5.7 ends "
            "with AttributeError; write a schedule",
        )


def _fix(fact: Scheduled, names: list[str]) -> Plan | None:
    """Move keys into `options`."""
    literal = fact.literal.node if fact.literal is not None else None
    items: list[cst.Arg | cst.BaseDictElement] = []
    if isinstance(literal, cst.Dict):
        items = list(literal.elements)
    elif isinstance(literal, cst.Call):
        items = list(literal.args)
    moved = [fact.fields[name].item for name in names]
    if not all(any(item is other for other in items) for item in moved):
        return None
    pairs = ", ".join(_pair(name, item) for name, item in zip(names, moved, strict=True))
    if "\n" in pairs or "#" in pairs:
        return None
    changes: list[Change | None] = []
    if "options" in fact.fields:
        options = fact.fields["options"].value.node
        if not isinstance(options, cst.Dict) or not options.elements:
            return None
        if {_key(e) for e in options.elements} & {*names, None}:
            return None
        changes.append(Insert(options.elements[-1], f", {pairs}"))
        rest = moved
    else:
        first, *rest = moved
        assert first is not None
        in_call = isinstance(first, cst.Arg)
        text = f"options={{{pairs}}}" if in_call else f'"options": {{{pairs}}}'
        changes.append(Replace(first, text))
    for item in rest:
        assert item is not None
        changes.append(remove_item(items, item))
    if any(change is None for change in changes):
        return None
    title = f"Move {' and '.join(names)} into options"
    return Plan(title, tuple(change for change in changes if change is not None), safe=True)


def _pair(name: str, item: cst.CSTNode | None) -> str:
    assert isinstance(item, (cst.Arg, cst.DictElement))
    return f'"{name}": {cst.Module([]).code_for_node(item.value)}'


def _key(element: cst.BaseDictElement) -> str | None:
    """The key of an item, if it is a plain text."""
    if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
        return element.key.raw_value
    return None
