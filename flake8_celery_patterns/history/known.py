"""The tasks of a whole project, at whatever time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns import engine
from flake8_celery_patterns.facts.scopes import Class, Function, Module
from flake8_celery_patterns.inventory.naming import registered_names
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.defined import dotted_name
from flake8_celery_patterns.meaning.tasks.signatures import Signature, signature_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, class_option
from flake8_celery_patterns.project.project import Project


@dataclass(frozen=True)
class KnownTask:
    """A task. `names`: see `registered_names`; `function`: its dotted name in its file.

    `path`: of the file, relative to the project's root, with `/`.
    """

    task: Task
    meaning: Meaning
    path: str
    function: str
    names: tuple[str, ...]

    @cached_property
    def signature(self) -> Signature | None:
        """What it takes, None where that does not show."""
        return signature_of(self.meaning, self.task)

    @property
    def makes_name(self) -> bool:
        """Whether it is given a name that is made while the program runs."""
        if self.names:
            return False
        if isinstance(self.task.definition, Class):
            kind = ClassKind(self.task.source, self.task.definition)
            return class_option(self.meaning, kind, "name").given is not None
        return "name" in self.task.maker.options

    @property
    def is_certain(self) -> bool:
        """Whether it is defined whenever its module is imported."""
        scopes = list(self.task.definition.enclosing())
        functions = [scope for scope in scopes if isinstance(scope, Function)]
        inner = functions[1:] if isinstance(self.task.definition, Function) else functions
        return not inner and not any(function.is_conditional for function in functions)


def tasks_in(project: Project) -> Iterator[KnownTask]:
    """Give the tasks of all files of a project, by path; test code is left out."""
    for path in project.tree.python_files:
        if not is_test_code(path, project.root) and _concerns_celery(path, project):
            # One file must not end the user's whole run; what is wrong with it, linting says.
            with suppress(Exception):
                yield from list(_tasks_of(path, project))


def dotted_names(module: Module) -> Iterator[tuple[str, Class | Function]]:
    """Give the classes and functions of a file with their dotted names."""
    for scope in module.all_scopes():
        if isinstance(scope, (Class, Function)):
            yield dotted_name(scope), scope


def _concerns_celery(path: Path, project: Project) -> bool:
    try:
        return engine.concerns_celery(path.read_bytes(), path, project.settings)
    except OSError:
        return False


def _tasks_of(path: Path, project: Project) -> Iterator[KnownTask]:
    source = project.source(path)
    if source is None:
        return
    meaning = Meaning(project, source)
    relative = path.relative_to(project.root).as_posix()
    for name, scope in dotted_names(source.facts):
        task = meaning.task(source, scope)
        if task is not None:
            yield KnownTask(task, meaning, relative, name, registered_names(meaning, task))
