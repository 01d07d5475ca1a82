"""The gate: does a file concern Celery at all? A look for words, before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import AnyStr, Generic

# Words by which a file can define a task, send one, or configure Celery. All patterns are for text
# in small letters with a line feed before it. Each begins with plain text and is searched for on
# its own: `re` then looks for that text alone, in a fiftieth of the time that one pattern takes.
_WORDS = (
    r"celery",
    r"\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\b",
    r"\.(?:si?|apply|subtask|starmap)\s*\(",
    # Not a function's, and not the chunks of a Django file, which are asked for without arguments.
    r"\.signature(?<!inspect\.signature)\s*\(",
    r"\.chunks\s*\(\s*[^)\s]",
    # An app that another file made, and not `from django.conf import settings`.
    r"\.conf\b(?<!django\.conf)(?![ \t]+import\b)",
    r"shared_task",
    r"send_task",
    r"beat_schedule",
    r"add_periodic_task",
    # Under a project's own decorator: options that only Celery has, a task that sends itself anew.
    r"autoretry_for\s*=",
    r"retry_backoff\s*=",
    r"acks_late\s*=",
    r"soft_time_limit\s*=",
    r"bind\s*=\s*true",
    r"self\.retry\s*\(",
    # A module that holds nothing but settings.
    r"\n(?:beat|broker|result|task|worker)_\w+[ \t]*=(?!=)",
)
# A project's own decorator or base class mostly says "task" itself. (Bounded: without an end to it,
# every `class` would be searched to the end of the file.)
_NAMED_TASK = r"\n[ \t]*@[\w.]*task|\n[ \t]*class[ \t]+\w+[ \t]*\([^)]{0,500}task"
# `.map(` is everywhere; it concerns Celery only in a file that spoke of tasks before. (Two
# searches: as one pattern, every "task" would be followed to the end of the file.)
_TASK = r"\btasks?\b"
_MAP = r"\.map\s*\("

_NAME = r"celery|shared_task"


def names_celery(source: str | bytes) -> bool:
    """Whether a file speaks of Celery by name: enough to say so where it cannot be read."""
    if isinstance(source, bytes):
        return re.search(_NAME.encode(), source.lower()) is not None
    return re.search(_NAME, source.lower()) is not None


def concerns_celery(source: str | bytes, path: Path, task_decorators: tuple[str, ...] = ()) -> bool:
    """Whether a file can concern Celery: by a word in it, or as a `tasks` module with decorators.

    `task_decorators` are the names of the project's own task decorators (dotted or bare).
    A "no" is final: the file is neither decoded nor parsed.
    """
    if isinstance(source, bytes):
        small = b"\n" + source.lower()
        found = _found(_compiled_bytes(task_decorators), small, b"task")
        decorated = found or b"@" in small
    else:
        text = "\n" + source.lower()
        found = _found(_compiled(task_decorators), text, "task")
        decorated = found or "@" in text
    return found or (decorated and (path.stem == "tasks" or path.parent.name == "tasks"))


def _found(patterns: _Patterns[AnyStr], small: AnyStr, task: AnyStr) -> bool:
    if any(word.search(small) is not None for word in patterns.words):
        return True
    if task not in small:
        return False
    if patterns.named_task.search(small) is not None:
        return True
    first = patterns.task.search(small)
    return first is not None and patterns.map.search(small, first.end()) is not None


@dataclass(frozen=True, slots=True)
class _Patterns(Generic[AnyStr]):
    words: tuple[re.Pattern[AnyStr], ...]
    named_task: re.Pattern[AnyStr]
    task: re.Pattern[AnyStr]
    map: re.Pattern[AnyStr]


def _words(decorators: Iterable[str]) -> tuple[str, ...]:
    own = (_word(name.rpartition(".")[2]) for name in decorators if name)
    return (*_WORDS, *own)


def _word(name: str) -> str:
    # In bytes, only ASCII letters make a word.
    return rf"{re.escape(name)}\b(?<!\w{re.escape(name)})" if name.isascii() else re.escape(name)


@lru_cache(maxsize=32)
def _compiled(decorators: tuple[str, ...]) -> _Patterns[str]:
    words = _words(name.lower() for name in decorators)
    parts = map(re.compile, (_NAMED_TASK, _TASK, _MAP))
    return _Patterns(tuple(map(re.compile, words)), *parts)


@lru_cache(maxsize=32)
def _compiled_bytes(decorators: tuple[str, ...]) -> _Patterns[bytes]:
    # `bytes.lower` knows the letters of ASCII alone.
    words = _words(name.encode().lower().decode() for name in decorators)
    parts = (re.compile(part.encode()) for part in (_NAMED_TASK, _TASK, _MAP))
    return _Patterns(tuple(re.compile(word.encode()) for word in words), *parts)
