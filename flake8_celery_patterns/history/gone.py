"""Tasks that were there and whose names no task has any more, and where to say so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.facts.scopes import Class, Function, Module
from flake8_celery_patterns.history.changes import TaskGone
from flake8_celery_patterns.history.known import KnownTask, dotted_names, tasks_in
from flake8_celery_patterns.history.past import Past
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.reading import Opened

# An app that names its tasks itself; a call, and no decorator, that makes a task under a name that
# is no literal. (What decorators do is known of each task.)
_MAKES_NAME = re.compile(
    rb"\bgen_task_name\b"
    rb"|(?m:^)(?![ \t]*@)[^\n#]*(?:\bshared_task|\.task)\s*\([^()]*\bname\s*=\s*(?![\"'\s]|None\b)"
)
_MAKES_TASK = re.compile(rb"(?m:^)(?![ \t]*@)[^\n#]*(?:\bshared_task|\.task)\s*\(")
_MADE_NAME = re.compile(rb"\bname\s*=\s*(?:f[\"']|__name__)")


@dataclass(frozen=True, slots=True)
class Lost:
    """A task whose name is gone. `path` (absolute) and `function` (dotted) say where to say so.

    `now`: as in `TaskGone`; `function` is "" for the file as a whole.
    """

    task: KnownTask
    path: Path
    function: str = ""
    now: str = ""


def lost(past: Past, new: Project, belongs: Callable[[Path], bool]) -> Iterator[Lost]:
    """Give the tasks that certainly were in `past` and certainly are not in `new`.

    `belongs`: whether a file, which may be gone, is one of `new`, and not of a project inside it.
    """
    present = _Present(past, new)
    candidates = [
        task
        for task in past.tasks
        if task.names and task.is_certain and belongs(new.root / task.path)
        if not present.may_have(task)
    ]
    if candidates and present.shows_all_names:
        spoken = present.spoken_of(candidates)
        yield from (present.placed(task) for task in candidates if not spoken & {*task.names})


def task_gone(gone: Lost, opened: Opened) -> TaskGone:
    """Give the fact for a file that is open, in which the name of a task is to be missed."""
    for name, scope in dotted_names(opened.facts.module):
        if name == gone.function and scope.node is not None:
            return TaskGone(gone.task.names[0], scope.node.name, gone.task.path, gone.now)
    return TaskGone(gone.task.names[0], opened.parsed.module, gone.task.path, gone.now)


class _Present:
    """The project as it is, asked for what was."""

    def __init__(self, past: Past, new: Project) -> None:
        self._past = past
        self._new = new

    @cached_property
    def _tasks(self) -> tuple[KnownTask, ...]:
        return tuple(tasks_in(self._new))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for task in self._tasks for name in task.names)

    @cached_property
    def _by_path(self) -> dict[str, list[KnownTask]]:
        found: dict[str, list[KnownTask]] = defaultdict(list)
        for task in self._tasks:
            if task.names:
                found[task.path].append(task)
        return dict(found)

    @cached_property
    def _new_tasks(self) -> dict[str, list[KnownTask]]:
        """The tasks whose names are new, by what their function is called."""
        found: dict[str, list[KnownTask]] = defaultdict(list)
        for task in self._tasks:
            if task.names and not self._past.knows(task.names[0]):
                found[task.task.name].append(task)
        return dict(found)

    @cached_property
    def shows_all_names(self) -> bool:
        """Whether every name of a task stands in a file that can be seen, and none is made.

        A name that is made (`name=f"mail.{kind}"`) could be any of those that are missed.
        """
        tree, root = self._new.tree, self._new.root
        if not tree.whole or any(task.makes_name for task in self._tasks):
            return False
        made = {
            *tree.matching(_MAKES_NAME, "makes names of tasks"),
            # Two searches: what makes the name may stand anywhere in the call.
            *{*tree.matching(_MAKES_TASK, "makes tasks")}.intersection(
                tree.matching(_MADE_NAME, "made names")
            ),
        }
        return all(is_test_code(path, root) for path in made) and not tree.unread

    def may_have(self, task: KnownTask) -> bool:
        """Whether a task has one of the names, or one may have it that stands in the same place."""
        if any(name in self._names for name in task.names):
            return True
        if any(t.function == task.function for t in self._in_file(task.path)):
            return False  # what stands there has another name for certain
        path = self._new.root / task.path
        source = self._new.source(path)
        if source is None:
            return path.exists()  # what it says does not show
        return any(
            _may_be_task(scope, path)
            for name, scope in dotted_names(source.facts)
            if name == task.function
        )

    def spoken_of(self, tasks: Sequence[KnownTask]) -> set[str]:
        """The names of `tasks` that something in the project may give a task."""
        names = {name for task in tasks for name in task.names}
        every = b"|".join(re.escape(name.encode()) for name in sorted(names))
        mention = re.compile(rb"[\"'](%s)[\"']" % every)
        mentioned = {
            found.decode()
            for path in self._new.tree.matching(mention, "names of tasks that are gone")
            for found in mention.findall(self._new.content(path) or b"")
        }
        somewhere = Source(self._new.root / "any.py", Module(""), False)
        known = Meaning(self._new, somewhere).task_names
        return {name for name in mentioned if known.may_be_given(name)}

    def placed(self, task: KnownTask) -> Lost:
        """Give where to say that a task is gone: what it has become, else where it was.

        That is the function, if it is still there; else the first line of the file; if that is gone
        too, of the nearest `__init__.py` above it, or of the first module in the nearest folder.
        There a `# noqa` can stand, and reports and annotations have a file to show.
        """
        now = self._become(task)
        if now is not None:
            return Lost(task, self._new.root / now.path, now.function, now.names[0])
        path = self._new.root / task.path
        source = self._new.source(path)
        if source is None:
            return Lost(task, self._nearest(path))
        is_there = any(name == task.function for name, _ in dotted_names(source.facts))
        return Lost(task, path, task.function if is_there else "")

    def _become(self, task: KnownTask) -> KnownTask | None:
        """The one new task that is called as the function was; else the one that took its place."""
        found = self._new_tasks.get(task.task.name, [])
        if len(found) == 1:
            return found[0]
        missing = [
            other
            for other in self._past.tasks_of(task.path)
            if not any(name in self._names for name in other.names)
        ]
        fresh = [new for new in self._in_file(task.path) if not self._past.knows(new.names[0])]
        return fresh[0] if len(fresh) == len(missing) == 1 else None

    def _in_file(self, path: str) -> list[KnownTask]:
        """The tasks of a file whose names show."""
        return self._by_path.get(path, [])

    def _nearest(self, path: Path) -> Path:
        for folder in path.parents:
            if (folder / "__init__.py").is_file():
                return folder / "__init__.py"
            modules = sorted(folder.glob("*.py")) if folder.is_dir() else []
            if modules:
                return modules[0]
            if folder == self._new.root:
                break
        return path


def _may_be_task(scope: Class | Function, path: Path) -> bool:
    """Whether what was a task, and is not seen to be one, may be one all the same.

    By a decorator or a base class that is not known, or where it is handed to something.
    """
    if scope.decorators or (isinstance(scope, Class) and scope.arguments):
        return True
    handed = re.compile(rb"\(\s*%s\s*[,)]" % re.escape(scope.name.encode()))
    try:
        return handed.search(path.read_bytes()) is not None
    except OSError:
        return True
