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


def clash(meaning: Meaning, first: Claim, second: Claim) -> bool:
    """Whether two claims are for one name of one app."""
    apps = (first.app, second.app)
    if first.app != second.app and SHARED not in apps:
        return False
    if first.is_given == second.is_given:
        same_file = first.task.source is second.task.source
        return first.name == second.name and (first.is_given or same_file)
    given, computed = (first, second) if first.is_given else (second, first)
    if "." not in given.name or given.last != computed.last:
        return False
    return TaskNames(meaning).home(given.name) is computed.task.source


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
