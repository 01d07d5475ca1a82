"""The inventory of many files: what is sent, scheduled and chained, put with the tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from flake8_celery_patterns.inventory.entries import (
    Entry,
    Follower,
    Inventory,
    Key,
    Observed,
    Schedule,
    Sent,
    Task,
)
from flake8_celery_patterns.inventory.mentions import mentions
from flake8_celery_patterns.inventory.observe import observed
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Values

_Use = TypeVar("_Use", Sent, Schedule)


def inventory(
    targets: Sequence[Target],
    given: Values,
    *,
    listed: Iterable[Path] | None = None,
    done: Callable[[], None] = lambda: None,
) -> Inventory:
    """Give the inventory of the files `targets`, read once each; test code is left out.

    `given`: the options of the command line. `listed`: the files whose tasks are listed (None:
    all); the others only tell who sends them. `done` is called when a file has been read.
    Raises `SettingsError` for a wrong `[tool.celery-patterns]` of a project.
    """
    found = list(_observed(targets, given, done))
    tasks = _named(found)
    by_name = _by_name(tasks.values())
    sent = [_resolved(use, by_name) for seen in found for use in seen.sent]
    planned = [_resolved(use, by_name) for seen in found for use in seen.schedules]
    chosen = None if listed is None else {str(path) for path in listed}
    entries = _entries(
        [task for key, task in tasks.items() if chosen is None or key[0] in chosen],
        _grouped(sent, tasks),
        _grouped(planned, tasks),
        _following(found, tasks),
    )
    unsent = {entry.task.key: entry.task for entry in entries if entry.never_dispatched}
    named = mentions(targets, unsent.values())
    return Inventory(
        entries=tuple(replace(e, mentions=tuple(named.get(e.task.key, ()))) for e in entries),
        unresolved=tuple(use for use in sent if use.to not in tasks),
        unscheduled=tuple(use for use in planned if use.to not in tasks),
        errors=tuple(seen.error for seen in found if seen.error is not None),
        files=len(targets),
        tasks=tasks,
    )


def _observed(
    targets: Sequence[Target], given: Values, done: Callable[[], None]
) -> Iterator[Observed]:
    for target in targets:
        seen = observed(target, given)
        done()
        if seen is not None:
            yield seen


def _named(found: Iterable[Observed]) -> dict[Key, Task]:
    """All tasks by key, in order, each with the name first that the project itself uses."""
    found = list(found)
    spoken = frozenset(name for seen in found for name in seen.imported)
    every = sorted(
        (task for seen in found for task in seen.tasks),
        key=lambda task: (task.spot.path, task.spot.cell or 0, task.spot.line),
    )
    return {task.key: _as_imported(task, spoken) for task in every}


def _as_imported(task: Task, spoken: frozenset[str]) -> Task:
    """`task` with the name first whose module is what other files import."""
    for name in task.names[1:]:
        module = name.rpartition(".")[0]
        if module in spoken and task.module not in spoken:
            others = tuple(other for other in task.names if other != name)
            return replace(task, module=module, names=(name, *others))
    return task


def _by_name(tasks: Iterable[Task]) -> dict[str, Key]:
    """The task that a name means; the likeliest name of one counts before the others of another."""
    found: dict[str, Key] = {}
    every = list(tasks)
    for task in every:
        for name in task.names[:1]:
            found.setdefault(name, task.key)
    for task in every:
        for name in task.names[1:]:
            found.setdefault(name, task.key)
    return found


def _resolved(use: _Use, by_name: Mapping[str, Key]) -> _Use:
    return replace(use, to=by_name.get(use.name)) if use.to is None and use.name else use


def _grouped(uses: Iterable[_Use], tasks: Mapping[Key, Task]) -> dict[Key, list[_Use]]:
    grouped: dict[Key, list[_Use]] = defaultdict(list)
    for use in uses:
        if use.to is not None and use.to in tasks:
            grouped[use.to].append(use)
    return grouped


def _following(
    found: Iterable[Observed], tasks: Mapping[Key, Task]
) -> dict[Key, list[tuple[Task, Follower]]]:
    grouped: dict[Key, list[tuple[Task, Follower]]] = defaultdict(list)
    for seen in found:
        for pair in seen.followers:
            if pair.before in tasks and pair.after in tasks:
                grouped[pair.before].append((tasks[pair.after], pair))
    return grouped


def _entries(
    tasks: Iterable[Task],
    sent: Mapping[Key, list[Sent]],
    planned: Mapping[Key, list[Schedule]],
    following: Mapping[Key, list[tuple[Task, Follower]]],
) -> list[Entry]:
    return [
        Entry(
            task,
            tuple(sent.get(task.key, ())),
            tuple(planned.get(task.key, ())),
            tuple(following.get(task.key, ())),
        )
        for task in tasks
    ]
