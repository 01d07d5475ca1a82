"""Task names with a `*`: whether any task of the project is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.scopes import Function, Import
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Files that may hold a task, of whatever app.
_TASKS = re.compile(rb"(?i)task")
# A task that is made by a call: its name is that of a function which need not be in this file.
_MADE = re.compile(rb"(?m)^(?!\s*@).*(?:\bshared_task|\.task)\s*\(\s*[A-Za-z_]\w*\s*[,)(]")
_CLOSE = 0.85
# Modules that another program may well have, too.
_COMMON = frozenset({"api", "app", "apps", "core", "project", "server", "src", "tasks", "worker"})


class Patterns:
    """What the project's tasks may be called, for patterns to be held against."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    @cached_property
    def _known(self) -> list[list[str | None]]:
        """The names that each task may have; none where not all tasks can be told."""
        if not self._meaning.task_names.are_certain:
            return []
        if self._meaning.project.tree.matching(_MADE, "tasks by call"):
            return []
        return [_names(self._meaning, task) for task in _tasks(self._meaning)]

    def missed(self, pattern: str) -> str | None:
        """What a pattern was meant to be that certainly matches no task, but is the project's own.

        "" where nothing is like it. None where a task may match, or another program's is meant.
        """
        top, dot, _ = pattern.partition(".")
        if not dot or not top.isidentifier() or top.lower() in _COMMON:
            return None
        if not _is_own(self._meaning, top) or not self._known:
            return None
        matches = re.compile(translate(pattern)).match
        if any(name is None or matches(name) for names in self._known for name in names):
            return None
        prefix = pattern.partition("*")[0]
        if not prefix.endswith("."):
            return ""
        modules = {
            name.rpartition(".")[0]
            for names in self._known
            for name in names
            if name is not None and name.partition(".")[0] == top
        }
        near = get_close_matches(prefix[:-1], sorted(modules), 1, _CLOSE)
        return f"{near[0]}{pattern[len(prefix) - 1 :]}" if near else ""


def _is_own(meaning: Meaning, top: str) -> bool:
    return isinstance(meaning.project.find(meaning.source, Import(top)), Source)


def _tasks(meaning: Meaning) -> Iterator[Task]:
    project = meaning.project
    paths: dict[Path, Source | None] = {source.path: source for source in project.linted}
    for path in project.tree.matching(_TASKS, "tasks"):
        paths.setdefault(path, project.source(path))
    for source in paths.values():
        if source is not None:
            yield from meaning.task_names.tasks_of(source)


def _names(meaning: Meaning, task: Task) -> list[str | None]:
    """What a task may be called; None in it: anything."""
    given = meaning.task_names.given(task)
    if given is not None:
        return [given]
    if task.maker.is_project or task.maker.is_open or "name" in task.maker.options:
        return [None]
    if not isinstance(task.definition, Function) and "name" in task.definition.bindings:
        return [None]
    source = task.source
    place = source.path.parent if source.is_package else source.path.with_suffix("")
    parts = (*place.relative_to(meaning.project.root).parts, task.definition.name)
    # From which of these folders the worker imports is not known.
    return [".".join(parts[start:]) for start in range(len(parts))]
