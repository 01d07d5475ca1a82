"""For people: a table on a terminal, one line a task elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flake8_celery_patterns.inventory.entries import Entry, Inventory, Key, Schedule, Sent, Task
from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.reports.words import counted

_NOWHERE = "nothing in view sends it"


def write(inventory: Inventory, out: TextIO) -> None:
    """Write every task, and below them how many there are."""
    if out.isatty():
        _table(inventory, out)
    else:
        encoding = encoding_of(out)
        for entry in inventory.entries:
            out.write(printable(_line(entry), encoding) + "\n")
    out.write(f"{summary(inventory)}\n")


def summary(inventory: Inventory) -> str:
    """Give one line: how many tasks, dispatches and entries of schedules, in how many files."""
    entries = inventory.entries
    parts = (
        counted(len(entries), "task"),
        counted(sum(len(entry.sent) for entry in entries), "dispatch", "dispatches"),
        counted(
            sum(len(entry.schedules) for entry in entries), "schedule entry", "schedule entries"
        ),
    )
    text = f"{', '.join(parts)} in {counted(inventory.files, 'file')}"
    if inventory.never_dispatched:
        text += f"; nothing in view sends {counted(inventory.never_dispatched, 'task')}"
    unmatched = len(inventory.unresolved) + len(inventory.unscheduled)
    uses = "dispatch or schedule entry" if unmatched == 1 else "dispatches or schedule entries"
    return f"{text}; {unmatched} {uses} of no task in view" if unmatched else text


def _line(entry: Entry) -> str:
    task = entry.task
    settings = ", ".join(_settings(task))
    options = f" [{settings}]" if settings else ""
    uses = [_NOWHERE, *_mentions(entry)] if entry.never_dispatched else [*_uses(entry)]
    return f"{task.spot}: {task.shown}{task.signature}{options}: {', '.join(uses)}"


def _uses(entry: Entry) -> Iterator[str]:
    if entry.sent:
        yield counted(len(entry.sent), "dispatch", "dispatches")
    if entry.schedules:
        yield counted(len(entry.schedules), "schedule entry", "schedule entries")


def _settings(task: Task) -> Iterator[str]:
    """What is set for a task, as its decorator would say it."""
    if task.bound:
        yield "bind"
    if task.base:
        yield f"base={task.base}"
    for name, option in task.options.items():
        if option.state == "known":
            yield f"{name}={option.text or repr(option.value)}"
        elif option.state == "unknown" and option.text:
            yield f"{name}={option.text}"


def _mentions(entry: Entry) -> Iterator[str]:
    if entry.mentions:
        first, *others = map(str, entry.mentions)
        yield f"named in {first}" + (f" and {len(others)} more places" if others else "")


def _table(inventory: Inventory, out: TextIO) -> None:
    encoding = encoding_of(out)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, highlight=False, leading=1)
    for title in ("Task", "Runs"):
        table.add_column(title, overflow="fold", ratio=1)
    for entry in inventory.entries:
        runs = Text("\n").join(_runs(entry, inventory.tasks, encoding))
        table.add_row(Text("\n").join(_about(entry.task, encoding)), runs)
    Console(file=out, highlight=False).print(table)


def _about(task: Task, encoding: str) -> Iterator[Text]:
    signature = printable(task.signature, encoding)
    yield Text.assemble((printable(task.shown, encoding), "bold"), signature)
    yield Text(printable(str(task.spot), encoding), "dim")
    yield from (Text(printable(text, encoding)) for text in _settings(task))


def _runs(entry: Entry, tasks: dict[Key, Task], encoding: str) -> Iterator[Text]:
    for schedule in entry.schedules:
        yield Text(printable(_scheduled(schedule), encoding), "cyan")
    for sent in entry.sent:
        yield Text(printable(_sent(sent, tasks), encoding))
    for after, pair in entry.followers:
        yield Text(printable(f"then {after.shown} ({pair.form})", encoding), "green")
    if entry.never_dispatched:
        yield Text(printable(", ".join((_NOWHERE, *_mentions(entry))), encoding), "yellow")


def _scheduled(schedule: Schedule) -> str:
    return f"{schedule.entry or schedule.spot}: {schedule.text or 'at times that are not seen'}"


def _sent(sent: Sent, tasks: dict[Key, Task]) -> str:
    caller = tasks.get(sent.caller) if sent.caller is not None else None
    form = f"{sent.form} in {sent.within}" if sent.within else sent.form
    return f"{caller.shown if caller else sent.function}, line {sent.spot.line}: {form}"
