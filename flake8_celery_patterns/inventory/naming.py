"""What Celery registers a task as.

`name=` where it is given; else the name of the module as the worker imports it, and the function's
(`gen_task_name` in celery/utils/imports.py).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.tasks.decorated import decorated
from flake8_celery_patterns.meaning.tasks.running import below
from flake8_celery_patterns.meaning.tasks.tasks import Task, class_option
from flake8_celery_patterns.project.root import import_roots

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# An app that makes the names of its tasks itself.
_MAKES_NAMES = re.compile(rb"\bgen_task_name\b")


def module_names(root: Path, path: Path) -> tuple[str, ...]:
    """Give the names that the file `path` may be imported by, the likeliest first; never none.

    `root`: of its project, absolute, as `path` is.
    """
    folder = path.parent
    place = folder if path.name == "__init__.py" else path.with_suffix("")
    roots = [base for base in import_roots(root, path) if folder.is_relative_to(base)]
    # A file of a folder without `__init__.py` is more often a namespace package's than a script.
    roots.sort(key=lambda base: base == folder)
    parts = [place.relative_to(base).parts for base in roots]
    names = [".".join(p) for p in parts if p and all(part.isidentifier() for part in p)]
    return tuple(dict.fromkeys(names)) or (place.name,)


def registered_names(meaning: Meaning, task: Task) -> tuple[str, ...]:
    """Give what `task` may be registered as, the likeliest first; none where the text hides it.

    They differ in nothing but the folder that the worker imports from.
    """
    given = meaning.task_names.given(task)
    if given is not None:
        return (given,)
    if not _is_called_after_module(meaning, task):
        return ()
    project = meaning.project
    if project.tree.matching(_MAKES_NAMES, "makes task names"):
        return ()
    modules = module_names(project.root, task.source.path)
    return tuple(f"{module}.{task.name}" for module in modules)


def _is_called_after_module(meaning: Meaning, task: Task) -> bool:
    if isinstance(task.definition, Class):
        name = class_option(meaning, ClassKind(task.source, task.definition), "name")
        return name.is_absent
    if task.maker.wraps or meaning.task_names.in_module(task) is None:
        return False
    # A wrapper without `functools.wraps` goes by its own name.
    where = meaning.lexical(task.source, task.definition.parent or task.source.facts)
    made = [decorated(meaning, decorator, where) for decorator in below(task)]
    return all(m is None or m.has_name is not False for m in made)
