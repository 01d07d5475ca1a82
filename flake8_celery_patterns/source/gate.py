"""The gate: does a file concern Celery at all? One regex, before anything is parsed or imported."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import AnyStr

# Words by which a file can define a task, send one, or configure Celery.
_WORDS = (
    r"celery",
    r"shared_task",
    r"\.delay\b",
    r"\.apply_async\b",
    r"\.(?:delay|apply_async)_on_commit\b",
    r"\.si?\s*\(",
    r"\.(?:signature|subtask|starmap|chunks)\s*\(",
    r"send_task",
    r"beat_schedule",
    r"add_periodic_task",
    # Under a project's own decorator: options that only Celery has, a task that sends itself anew.
    r"\b(?:autoretry_for|retry_backoff|acks_late|soft_time_limit)\s*=",
    r"\bbind\s*=\s*True",
    r"\bself\.retry\s*\(",
    # A project's own decorator or base class mostly says "task" itself.
    r"^[ \t]*@[\w.]*task",
    # An app that another file made, and a module that holds nothing but settings.
    r"\.conf\b",
    r"^(?:beat|broker|result|task|worker)_\w+[ \t]*=",
    # (Bounded: without an end to it, every `class` would be searched to the end of the file.)
    r"^[ \t]*class[ \t]+\w+[ \t]*\([^)]{0,500}task",
)
# `.map(` and `.apply(` are everywhere; they concern Celery only in a file that spoke of tasks
# before. (Two searches: as one pattern, every "task" would be followed to the end of the file.)
_TASK = r"\btasks?\b"
_MAP = r"\.(?:apply|map)\s*\("
_FLAGS = re.IGNORECASE | re.MULTILINE


_NAME = r"celery|shared_task"


def names_celery(source: str | bytes) -> bool:
    """Whether a file speaks of Celery by name: enough to say so where it cannot be read."""
    if isinstance(source, bytes):
        return re.search(_NAME.encode(), source, re.IGNORECASE) is not None
    return re.search(_NAME, source, re.IGNORECASE) is not None


def _patterns(decorators: tuple[str, ...]) -> tuple[str, str, str]:
    own = tuple(_word(name.rpartition(".")[2]) for name in decorators if name)
    return "|".join((*_WORDS, *own)), _TASK, _MAP


def _word(name: str) -> str:
    # In bytes, only ASCII letters make a word.
    return rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name)


@lru_cache(maxsize=32)
def _compiled(decorators: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, _FLAGS) for pattern in _patterns(decorators))


@lru_cache(maxsize=32)
def _compiled_bytes(decorators: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    return tuple(re.compile(pattern.encode(), _FLAGS) for pattern in _patterns(decorators))


def concerns_celery(source: str | bytes, path: Path, task_decorators: tuple[str, ...] = ()) -> bool:
    """Whether a file can concern Celery: by a word in it, or as a `tasks` module with decorators.

    `task_decorators` are the names of the project's own task decorators (dotted or bare).
    A "no" is final: the file is neither decoded nor parsed.
    """
    if isinstance(source, bytes):
        found = _found(_compiled_bytes(task_decorators), source)
        decorated = found or b"@" in source
    else:
        found = _found(_compiled(task_decorators), source)
        decorated = found or "@" in source
    return found or (decorated and (path.stem == "tasks" or path.parent.name == "tasks"))


def _found(patterns: tuple[re.Pattern[AnyStr], ...], source: AnyStr) -> bool:
    words, task, mapped = patterns
    if words.search(source) is not None:
        return True
    first = task.search(source)
    return first is not None and mapped.search(source, first.end()) is not None
