"""The tasks of a project as it was, and what sent them then."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.history.differences import Sending
from flake8_celery_patterns.history.known import KnownTask, tasks_in
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.flow import followed
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names import literals
from flake8_celery_patterns.meaning.names.defined import dotted_name
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.schedules.entries import Field, Scheduled, scheduled
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.passed import Passed, packed, passed
from flake8_celery_patterns.meaning.tasks.tasknames import name_sent
from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.project.tree import Tree
from flake8_celery_patterns.reading import Opened, reading


class PastProject(Project):
    """A project as it was, its files below a root of its own.

    What files say is kept by their content, so the cache of the project as it is has most of it.
    Nothing else is kept there: the root will be gone.
    """

    def __init__(self, root: Path, present: Project) -> None:
        super().__init__(root, present.settings)
        self._present = present

    @cached_property
    def cache(self) -> Cache:
        """The cache of the project as it is."""
        return self._present.cache

    @cached_property
    def tree(self) -> Tree:
        """The names of its files; no answer about them is kept."""
        return Tree(self.root, None, self.journal)


class Past:
    """A project at a revision; `project` has the files as they were, below a root of its own."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def tasks(self) -> tuple[KnownTask, ...]:
        """Its tasks by path, test code left out."""
        return tuple(tasks_in(self.project))

    @cached_property
    def _by_name(self) -> dict[str, list[KnownTask]]:
        found: dict[str, list[KnownTask]] = defaultdict(list)
        for task in self.tasks:
            for name in task.names:
                found[name].append(task)
        return dict(found)

    @cached_property
    def _by_path(self) -> dict[str, list[KnownTask]]:
        found: dict[str, list[KnownTask]] = defaultdict(list)
        for task in self.tasks:
            found[task.path].append(task)
        return dict(found)

    def tasks_of(self, path: str) -> list[KnownTask]:
        """The tasks of one file, `path` relative to the root."""
        return self._by_path.get(path, [])

    def same(self, names: tuple[str, ...], path: str, function: str) -> KnownTask | None:
        """The one task that had one of these names; where no name shows, the one of that place.

        `path` is relative to the root, `function` dotted. None where there was none, or several.
        """
        if not names:
            here = (t for t in self.tasks_of(path) if t.function == function)
            return _only([task for task in here if not task.names])
        # The other names are those that modules may have below other folders.
        found = [task for task in self._by_name.get(names[0], ()) if task.names[0] == names[0]]
        if not found:
            found = [task for name in names for task in self._by_name.get(name, ())]
        return _only(found)

    def knows(self, name: str) -> bool:
        """Whether a task may have had this name."""
        return name in self._by_name

    def sendings(self, sought: KnownTask) -> Iterator[Sending]:
        """What the old code sent to a task, as far as its text shows; test code left out."""
        words = {sought.task.name, *(name.rpartition(".")[2] for name in sought.names)}
        pattern = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(w.encode()) for w in words))
        for path in self.project.tree.matching(pattern, f"sends {sought.task.name}"):
            if is_test_code(path, self.project.root):
                continue
            try:
                with reading(path.read_bytes(), path, self.project) as opened:
                    found = list(_sent(opened, sought))
            except Exception:
                # What cannot be read sends nothing that is known.
                continue
            relative = path.relative_to(self.project.root).as_posix()
            for line, message in found:
                yield Sending(message, f"{relative} line {line}")


def _only(tasks: list[KnownTask]) -> KnownTask | None:
    """The one task of a list, which may hold it several times; None if there is none, or others."""
    return tasks[0] if tasks and all(task is tasks[0] for task in tasks) else None


def _sent(opened: Opened, sought: KnownTask) -> Iterator[tuple[int, Passed]]:
    meaning, positions = opened.meaning, opened.parsed.positions
    for place in opened.facts.sending:
        for fact in followed(meaning, opened.source, place, opened.parsed.module):
            if isinstance(fact, Dispatch) and _is_to(fact, meaning, sought):
                assert fact.call.node is not None
                line = positions.span(fact.call.node).line
                yield from ((line, message) for message in passed(meaning, fact))
    facts = opened.facts
    for entry in scheduled(meaning, facts.planned, facts.making, changed=facts.changes_schedule):
        if isinstance(entry, Scheduled) and entry.form == "entry" and entry.node is not None:
            message = _planned(meaning, entry, sought)
            if message is not None:
                yield positions.span(entry.node).line, message


def _is_to(fact: Dispatch, meaning: Meaning, sought: KnownTask) -> bool:
    if fact.task is not None:
        is_there = fact.task.source.path == sought.task.source.path
        return is_there and dotted_name(fact.task.definition) == sought.function
    named = name_sent(meaning, fact)
    return named is not None and named[0] in sought.names


def _planned(meaning: Meaning, entry: Scheduled, sought: KnownTask) -> Passed | None:
    """What an entry of `beat_schedule` sends to a task."""
    task = entry.fields.get("task")
    name = literals.value(meaning, task.value, task.where) if task is not None else None
    if name not in sought.names or entry.is_open:
        return None
    args, kwargs = (entry.fields.get(part) for part in ("args", "kwargs"))
    return packed(meaning, _followed(meaning, args), _followed(meaning, kwargs))


def _followed(meaning: Meaning, field: Field | None) -> tuple[Expression, Environment] | None:
    return literals.followed(meaning, field.value, field.where) if field is not None else None
