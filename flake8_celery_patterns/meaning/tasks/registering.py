"""Which class-based tasks are handed to `app.register_task`, anywhere in the project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.tasks.tasks import Task

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_APPS = re.compile(rb"\bCelery\s*(?:\(|as\b)")
_REGISTERING = re.compile(rb"\bregister_task\b|\btasks\s*\.\s*register\b|\btasks\s*\[[^\]]*\]\s*=")
# A registration whose class stands there by its name: `register_task(shop.Export())`, or above it.
_OF_A_CLASS = re.compile(
    rb"\b(?:register_task|tasks\s*\.\s*register)\s*\(\s*(?:\w+\s*\.\s*)*([A-Z]\w*)\s*[(),]"
    rb"|@[\w.]+\.register_task\s*\n"
)


def is_unregistered(meaning: Meaning, task: Task) -> bool:
    """Whether it is certain that no worker of the project knows a class-based task."""
    tree = meaning.project.tree
    definition = task.definition
    if not isinstance(definition, Class) or definition.decorators or not tree.whole:
        return False
    kind = ClassKind(task.source, definition)
    family = meaning.ancestry(kind)
    if not family.whole or family.binding("__init_subclass__") is not None:
        return False
    if any(c.definition.decorators or c.definition.keyword("metaclass") for c in family.classes):
        return False
    # What is only a library has its app, and what registers its tasks, elsewhere.
    if not tree.matching(_APPS, "applications"):
        return False
    if any(_may_register(meaning, path, definition.name) for path in _registering(meaning)):
        return False
    if is_used_as_base(meaning, definition):
        return False
    return not tree.unread and not _is_another(meaning, task)


def is_used_as_base(meaning: Meaning, definition: Class) -> bool:
    """Whether something in the project may be derived from a class, or name it as `base=`."""
    name = definition.name
    return bool(meaning.project.tree.matching(_used_as_base(name), f"base {name}"))


def _registering(meaning: Meaning) -> tuple[Path, ...]:
    return meaning.project.tree.matching(_REGISTERING, "registering")


def _may_register(meaning: Meaning, path: Path, name: str) -> bool:
    """Whether a file registers the class `name`, or classes that it does not name."""
    text = meaning.project.content(path)
    if text is None:
        return True
    if re.search(rb"\b%s\s+as\b" % name.encode(), text):
        return True
    named = [match.group(1) for match in _OF_A_CLASS.finditer(text)]
    if name.encode() in named:
        return True
    return _REGISTERING.search(_OF_A_CLASS.sub(b"", text)) is not None


def _used_as_base(name: str) -> re.Pattern[bytes]:
    word = name.encode()
    return re.compile(
        rb"\bclass\s+\w+\s*\([^)]*\b%s\b|\b(?:base|task_cls|Task)\s*=[^\n]*\b%s\b" % (word, word)
    )


def _is_another(meaning: Meaning, task: Task) -> bool:
    """Whether a task of the same name is there: it runs when this one is sent."""
    name = meaning.task_names.given(task)
    return name is not None and any(
        other.definition is not task.definition for other in meaning.task_names.called(name)
    )
