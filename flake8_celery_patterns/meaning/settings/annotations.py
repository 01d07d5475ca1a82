"""What `task_annotations` say of the options of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.meaning.names.literals import UNSEEN, value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task


class Annotations:
    """All `task_annotations` of a project, by the tasks that they may be about.

    `shown`: the value of each, as `names.literals` shows it.
    """

    def __init__(self, meaning: Meaning, shown: list[Any]) -> None:
        self._meaning = meaning
        self._is_open = False
        # The options given, None for those that are not known, by a task's name in full, and by
        # the last part of it; for tasks whose name is not known, and by globs, for every task.
        self._by_name: dict[str, set[str | None]] = {}
        self._by_last: dict[str, set[str | None]] = {}
        self._named: set[str | None] = set()
        self._globbed: set[str | None] = set()
        for each in shown:
            for entry in each if isinstance(each, (list, tuple)) else (each,):
                self._take(entry)

    def _take(self, entry: Any) -> None:
        if not isinstance(entry, dict):
            self._is_open = True
            return
        for name, options in entry.items():
            key, given = str(name), set(_given(options))
            if any(sign in key for sign in "*?["):
                self._globbed |= given
            else:
                self._named |= given
                self._by_name.setdefault(key, set()).update(given)
                self._by_last.setdefault(key.rpartition(".")[2], set()).update(given)

    def may_give(self, task: Task, option: str) -> bool:
        """Whether they may give a task an option."""
        if self._is_open or _holds(self._globbed, option):
            return True
        return bool(self._named) and _holds(self._about(task), option)

    def _about(self, task: Task) -> set[str | None]:
        given = task.maker.options.get("name")
        if given is None:
            return self._by_last.get(task.name, set())
        named = value(self._meaning, given.expression, given.environment)
        if named is UNSEEN:
            return self._named
        return self._by_name.get(named, set()) if isinstance(named, str) else set()


def _given(options: Any) -> Iterator[str | None]:
    if isinstance(options, dict):
        yield from (str(name) for name, shown in options.items() if shown is not None)
    else:
        yield None


def _holds(options: set[str | None], option: str) -> bool:
    return option in options or None in options
