"""All that an inventory holds, for programs. The keys are documented in docs/tasks.md.

`format` changes when a key changes its meaning or goes; keys may be added at any time.
"""

from __future__ import annotations

from typing import Any, TextIO

from flake8_celery_patterns.inventory.entries import (
    Entry,
    Follower,
    Inventory,
    Key,
    OptionValue,
    Schedule,
    Sent,
    Spot,
    Task,
)
from flake8_celery_patterns.reports.valid import json_text

FORMAT = 1


def write(inventory: Inventory, out: TextIO) -> None:
    """Write one object."""
    tasks = inventory.tasks
    whole = {
        "format": FORMAT,
        "files": inventory.files,
        "tasks": [_entry(entry, tasks) for entry in inventory.entries],
        "unresolved_dispatches": [_sent(sent, tasks) for sent in inventory.unresolved],
        "unresolved_schedules": [_schedule(entry) for entry in inventory.unscheduled],
        "errors": [{**_spot(spot), "message": message} for spot, message in inventory.errors],
    }
    out.write(json_text(whole, indent=2) + "\n")


def _entry(entry: Entry, tasks: dict[Key, Task]) -> dict[str, Any]:
    task = entry.task
    return {
        "name": task.name,
        "module": task.module,
        "function": task.function,
        **_spot(task.spot),
        "kind": "class" if task.is_class else "function",
        "signature": task.signature,
        "bind": task.bound,
        "base": task.base or None,
        "options": {name: _option(option) for name, option in task.options.items()},
        "schedules": [_schedule(schedule) for schedule in entry.schedules],
        "dispatches": [_sent(sent, tasks) for sent in entry.sent],
        "followed_by": [_follower(after, pair) for after, pair in entry.followers],
        "never_dispatched": entry.never_dispatched,
        "mentions": [_spot(spot) for spot in entry.mentions],
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {"path": spot.path, "line": spot.line, "cell": spot.cell}


def _option(option: OptionValue) -> dict[str, Any]:
    return {"state": option.state, "value": option.value, "text": option.text or None}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "entry": schedule.entry or None,
        "schedule": schedule.text or None,
        "form": schedule.form,
        "name": schedule.name or None,
        **_spot(schedule.spot),
    }


def _sent(sent: Sent, tasks: dict[Key, Task]) -> dict[str, Any]:
    caller = tasks.get(sent.caller) if sent.caller is not None else None
    return {
        "function": sent.function,
        "task": caller.shown if caller is not None else None,
        **_spot(sent.spot),
        "form": sent.form,
        "within": sent.within or None,
        "called": sent.is_called,
        "name": sent.name or None,
        "label": sent.label or None,
    }


def _follower(after: Task, pair: Follower) -> dict[str, Any]:
    return {"task": after.shown, "form": pair.form, **_spot(pair.spot)}
