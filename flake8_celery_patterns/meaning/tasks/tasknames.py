"""Task names: which task of the project a name means, and whether any does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.facts.scopes import Class, Function, Import
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.tasks import Task, class_option, option_value
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch

# Files in which a task, by decorator or class, is given a name.
_NAMING = re.compile(rb"(?i)task[^()\n]*\([^()]*\bname\s*=|\bclass\s+\w+\([^)\n]*Task")
# Names that are made while the program runs: any task may then be called anything.
_NAMED_BY_CODE = rb"[^()\n\"']*\([^()]*\bname\s*=\s*(?![\"'\s]|None\b)"
_MADE_NAMES = (
    re.compile(rb"gen_task_name(?<!\wgen_task_name)\b"),
    *(re.compile(word + _NAMED_BY_CODE) for word in (b"task", b"Task(?<!PeriodicTask)", b"TASK")),
    re.compile(rb"name(?<!\wname)\s*=\s*(?:f[\"']|__name__)"),
)
# How alike two names are that one is a slip for the other.
_CLOSE = 0.8
_VERY_CLOSE = 0.88
_NUMBERS = re.compile(r"\d+")
# Modules that another program may well have, too.
_COMMON = frozenset(
    """
    api app apps backend celery celery_app celeryapp common config core jobs lib main project server
    service services src task tasks utils worker workers
    """.split()
)


class _ByName(NamedTuple):
    """The tasks of a file that are given a name, by it; the others, by their functions' names."""

    given: dict[str, list[Task]]
    in_module: dict[str, list[Task]]


class TaskNames:
    """The names of the project's tasks, as far as its text shows them."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._tasks: dict[str, Task | None] = {}

    def task(self, name: str) -> Task | None:
        """The one task of the project that is certainly called `name`."""
        if name not in self._tasks:
            found = list(dict.fromkeys(self.called(name)))
            self._tasks[name] = found[0] if len(found) == 1 else None
        return self._tasks[name]

    def called(self, name: str) -> Iterator[Task]:
        """Every task of the project that is certainly called `name`."""
        home = self.home(name)
        for source in dict.fromkeys((*self._sources(_mention(name), f"task name {name}"), home)):
            if source is not None:
                tasks = self._tasks_by_name(source)
                yield from tasks.given.get(name, ())
                if source is home:
                    yield from tasks.in_module.get(name.rpartition(".")[2], ())

    def _sources(self, pattern: re.Pattern[bytes], label: str) -> Iterator[Source]:
        """The files that `pattern` is found in, and those being linted."""
        project = self._meaning.project
        yield from project.linted
        for path in project.tree.matching(pattern, label):
            source = project.source(path)
            if source is not None:
                yield source

    def home(self, name: str) -> Source | None:
        """The project's module that a name made of a module's and a function's points into."""
        module, _, last = name.rpartition(".")
        if not all(part.isidentifier() for part in (*module.split("."), last)):
            return None
        found = self._meaning.project.find(self._meaning.source, Import(module))
        return found if isinstance(found, Source) else None

    def tasks_of(self, source: Source) -> list[Task]:
        """The tasks that a file defines."""
        nothing: list[Task] = []
        return self._meaning.known(("tasks of", source), nothing, self._tasks_of, source)

    def _tasks_of(self, source: Source) -> list[Task]:
        scopes = source.facts.all_scopes()
        found = (self._meaning.task(source, s) for s in scopes if isinstance(s, (Function, Class)))
        return [task for task in found if task is not None]

    def _tasks_by_name(self, source: Source) -> _ByName:
        key = ("tasks by name", source)
        return self._meaning.known(key, _ByName({}, {}), self._sorted, source)

    def _sorted(self, source: Source) -> _ByName:
        found = _ByName({}, {})
        for task in self.tasks_of(source):
            for named, name in (
                (found.given, self.given(task)),
                (found.in_module, self.in_module(task)),
            ):
                if name is not None:
                    named.setdefault(name, []).append(task)
        return found

    def given(self, task: Task) -> str | None:
        """The name that a task is given by `name=` or in its class's body, if the text shows it."""
        if isinstance(task.definition, Class):
            found = class_option(self._meaning, ClassKind(task.source, task.definition), "name")
            shown = option_value(self._meaning, found)
        else:
            given = task.maker.options.get("name")
            if given is None:
                return None
            shown = value(self._meaning, given.expression, given.environment)
        return shown if isinstance(shown, str) else None

    def in_module(self, task: Task) -> str | None:
        """The last part of the name of a task that is called after its module and function."""
        is_function = isinstance(task.definition, Function)
        if not is_function or "name" in task.maker.options or task.maker.is_open:
            return None
        return task.name

    @cached_property
    def given_names(self) -> dict[str, Task]:
        """The tasks of the project that are given names, by name."""
        return {
            name: task
            for source in dict.fromkeys(self._sources(_NAMING, "task names"))
            for task in self.tasks_of(source)
            if (name := self.given(task)) is not None
        }

    @cached_property
    def are_certain(self) -> bool:
        """Whether every name that a task of the project has stands in a file that was read."""
        tree = self._meaning.project.tree
        return tree.whole and not tree.matching(_MADE_NAMES, "made task names") and not tree.unread

    def unknown(self, name: str) -> str | None:
        """What to write for a name that no task has for sure, as `nearest`; None for any other."""
        if name.startswith("celery.") or any(self.called(name)):
            return None
        meant = self.nearest(name)
        if meant is None or not self.are_certain or self.may_be_given(name):
            return None
        return meant

    def nearest(self, name: str) -> str | None:
        """The name of a task of the project that `name` was certainly meant to be, as it seems.

        "" where there is none, but the module that `name` points into is one of the project, and
        has tasks and nothing of that name. None where `name` may be a task of another program.
        """
        module, _, last = name.rpartition(".")
        home = self.home(name)
        own: list[str] = []
        if home is not None:
            if last in home.facts.bindings:
                return self._named_otherwise(home, last)
            own = list(self._tasks_by_name(home).in_module)
            close = get_close_matches(last, own, 1, _CLOSE)
            if close:
                return f"{module}.{close[0]}"
        given = get_close_matches(name, self.given_names, 1, _VERY_CLOSE)
        if given and _NUMBERS.sub("", given[0]) != _NUMBERS.sub("", name):
            return given[0]
        if all(part.lower() in _COMMON for part in module.split(".")):
            return None
        return self._moved(name) or ("" if own else None)

    def _named_otherwise(self, home: Source, last: str) -> str | None:
        """The name of its own that the task `last` of a module has; None where that may not be."""
        bindings = home.facts.bindings[last]
        made = (self._meaning.task(home, b) for b in bindings if isinstance(b, (Function, Class)))
        tasks = [task for task in made if task is not None]
        if len(tasks) != 1 or len(bindings) != 1 or tasks[0].maker.is_project:
            return None
        return self.given(tasks[0])

    def _moved(self, name: str) -> str | None:
        """The name of the one task of that function's name in another module of the package."""
        module, _, last = name.rpartition(".")
        top = module.partition(".")[0]
        found: set[str] = set()
        if top.lower() in _COMMON or not last.isidentifier():
            return None
        pattern = re.compile(rb"\bdef\s+%s\s*\(" % last.encode())
        for source in dict.fromkeys(self._sources(pattern, f"function {last}")):
            dotted = self._dotted(source)
            if last in self._tasks_by_name(source).in_module:
                if f".{dotted}".endswith(f".{module}"):
                    return None
                found.add(dotted)
        moved = [dotted for dotted in found if dotted.partition(".")[0] == top]
        return f"{moved[0]}.{last}" if len(moved) == len(found) == 1 else None

    def _dotted(self, source: Source) -> str:
        """The name that a module is imported by, as its place says."""
        place = source.path.parent if source.is_package else source.path.with_suffix("")
        parts = place.relative_to(self._meaning.project.root).parts
        return ".".join(parts[1:] if parts[:1] == ("src",) else parts)

    def may_be_given(self, name: str) -> bool:
        """Whether some file may give a task this name: it stands there, and not to be called."""
        project = self._meaning.project
        mention, called = _mention(name), _called(name)
        paths = {*project.tree.matching(mention, f"task name {name}")}
        paths.update(source.path for source in project.linted)
        return any(mention.search(called.sub(b"", self._content(path, name))) for path in paths)

    def _content(self, path: Path, name: str) -> bytes:
        content = self._meaning.project.content(path)
        return b'"%s"' % _bytes(name) if content is None else content


def _bytes(name: str) -> bytes:
    # A lone surrogate, which an escape can make, stands in no file.
    return name.encode("utf-8", "surrogatepass")


def _mention(name: str) -> re.Pattern[bytes]:
    # The plain text first: it is looked for many times faster than a quote.
    text = re.escape(_bytes(name))
    return re.compile(text + rb"(?<=[\"']" + text + rb")[\"']")


def _called(name: str) -> re.Pattern[bytes]:
    """Where a name stands to be sent, scheduled or routed."""
    text = rb"[\"']" + re.escape(_bytes(name)) + rb"[\"']"
    before = (
        rb"(?:\b\w*(?:send_task|signature|subtask)\w*\(\s*(?:name\s*=\s*)?|[\"']task[\"']\s*:\s*"
        rb"|\btask\s*=\s*)"
    )
    return re.compile(before + text + rb"|" + text + rb"\s*:")


def name_sent(meaning: Meaning, dispatch: Dispatch) -> tuple[str, Expression] | None:
    """The task name that a dispatch by name gives, and where; None where the text hides it."""
    if dispatch.receiver is not None or dispatch.task is not None or dispatch.form == "retry":
        return None
    first = dispatch.call.positional(0)
    shown = value(meaning, first, dispatch.place.environment) if first is not None else None
    return (shown, first) if first is not None and isinstance(shown, str) and shown else None
