"""Task names that two functions of a project claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.tasks.apps import SHARED, App, app_of
from flake8_celery_patterns.meaning.tasks.decorated import decorated
from flake8_celery_patterns.meaning.tasks.running import below
from flake8_celery_patterns.meaning.tasks.tasknames import TaskNames
from flake8_celery_patterns.meaning.tasks.tasks import Task

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source

# Files that give a task a name by its decorator.
_NAMING = re.compile(rb"(?i)task[^()\n]*\([^()]*\bname\s*=")
_APPS = re.compile(rb"\bCelery\s*\(|\bCelery\s+as\b")


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that is certainly registered as `name` when its module is imported.

    `is_given`: its decorator says so; else the name is `module.function`, and `name` is the last
    part of it.
    """

    name: str
    task: Task
    app: App
    is_given: bool

    @property
    def last(self) -> str:
        """The last part of the name, which all claims that clash have in common."""
        return self.name.rpartition(".")[2]


def claims(meaning: Meaning, source: Source) -> list[Claim]:
    """The names that the functions of a file claim, in the order of their definition."""
    return list(_claims(meaning, source))


def _claims(meaning: Meaning, source: Source) -> Iterator[Claim]:
    names = TaskNames(meaning)
    for task in names.tasks_of(source):
        function = task.definition
        if not isinstance(function, Function) or _may_not_be_defined(function):
            continue
        where = meaning.lexical(source, function.parent or source.facts)
        app = app_of(meaning, task.decorator, where) if task.decorator is not None else None
        if app is None or task.maker.is_project or task.maker.is_open:
            continue
        given, computed = names.given(task), names.in_module(task)
        if given is not None:
            yield Claim(given, task, app, is_given=True)
        elif computed is not None and _keeps_name(meaning, task):
            yield Claim(computed, task, app, is_given=False)


def _may_not_be_defined(function: Function) -> bool:
    """Whether a function stands in another one, in a branch or in a loop."""
    around = [scope for scope in function.enclosing() if isinstance(scope, Function)]
    return len(around) > 1 or function.is_conditional


def _keeps_name(meaning: Meaning, task: Task) -> bool:
    """Whether what the task decorator is given is called like the function."""
    where = meaning.lexical(task.source, task.definition.parent or task.source.facts)
    made = [decorated(meaning, decorator, where) for decorator in below(task)]
    return all(m is not None and m.has_name is True for m in made)


class Claimed:
    """The names that are claimed in a file, as its claims are gone through in their order."""

    def __init__(self, meaning: Meaning) -> None:
        self._names = TaskNames(meaning)
        self._count = 0
        # Of each name, as it is given or computed: the first claim of each app, None for any.
        self._first: dict[tuple[str, str, App | None], tuple[int, Claim]] = {}

    def earlier(self, claim: Claim) -> Claim | None:
        """The first of those gone through that claims the same name of the same app; take it in."""
        given, computed = ("given", claim.name), ("computed", claim.last)
        pointing = ("pointing here", claim.last)
        if not claim.is_given:
            asked, taken = [computed, pointing], [computed]
        elif "." in claim.name and self._names.home(claim.name) is claim.task.source:
            asked, taken = [given, computed], [given, pointing]
        else:
            asked, taken = [given], [given]
        apps = (None,) if claim.app == SHARED else (claim.app, SHARED)
        found = (self._first.get((*name, app)) for name in asked for app in apps)
        earliest = min((each for each in found if each is not None), default=None, key=_number)
        self._count += 1
        for name in taken:
            for app in (claim.app, None):
                self._first.setdefault((*name, app), (self._count, claim))
        return earliest[1] if earliest is not None else None


def _number(numbered: tuple[int, Claim]) -> int:
    return numbered[0]


def elsewhere(meaning: Meaning) -> dict[str, list[tuple[str, str, App]]]:
    """For each name given by a decorator anywhere in the project: file, function and app.

    Test code is left out. Nothing, where the project has several apps: which of them a file is
    for, nobody can say.
    """
    project = meaning.project
    # With a new Meaning: what this one knows already would not be noted in the journal again.
    anew = type(meaning)(project, meaning.source)
    return project.remember("given task names", lambda: _elsewhere(anew))


def _elsewhere(meaning: Meaning) -> dict[str, list[tuple[str, str, App]]]:
    project = meaning.project
    known: dict[str, list[tuple[str, str, App]]] = {}
    apps = [path for path in project.tree.matching(_APPS, "apps") if not _is_test(meaning, path)]
    paths = project.tree.matching(_NAMING, "names given to tasks") if len(apps) <= 1 else ()
    for path in paths:
        source = project.source(path) if not _is_test(meaning, path) else None
        for claim in claims(meaning, source) if source is not None else ():
            if claim.is_given:
                place = (place_of(meaning, path), claim.task.name, claim.app)
                known.setdefault(claim.name, []).append(place)
    return known


def place_of(meaning: Meaning, path: Path) -> str:
    """A file's path in the project, by which files are put in order."""
    root = meaning.project.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _is_test(meaning: Meaning, path: Path) -> bool:
    return is_test_code(path, meaning.project.root)


def given_by(task: Task) -> Call | None:
    """The decorator that gives a task its name itself."""
    made = task.decorator
    return made if isinstance(made, Call) and made.keyword("name") is not None else None
