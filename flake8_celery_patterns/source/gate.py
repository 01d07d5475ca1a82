"""The gate: does a file concern Celery at all? One regex, before anything is parsed or imported."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

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
    # Under a project's own decorator: options that only Celery has, a task that sends itself anew.
    r"\b(?:autoretry_for|retry_backoff|acks_late|soft_time_limit)\s*=",
    r"\bbind\s*=\s*True",
    r"\bself\.retry\s*\(",
    # A project's own decorator or base class mostly says "task" itself.
    r"^[ \t]*@[\w.]*task",
    r"^[ \t]*class[ \t]+\w+[ \t]*\([^)]*task",
)
# `.map(` is everywhere; it is a dispatch only in a file that speaks of tasks.
_MAPPED_TASK = r"\btasks?\b[\s\S]*\.map\s*\("


@lru_cache(maxsize=32)
def _patterns(decorators: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    own = tuple(rf"\b{re.escape(name.rpartition('.')[2])}\b" for name in decorators if name)
    pattern = "|".join((*_WORDS, _MAPPED_TASK, *own))
    flags = re.IGNORECASE | re.MULTILINE
    return re.compile(pattern, flags), re.compile(pattern.encode(), flags)


def concerns_celery(source: str | bytes, path: Path, task_decorators: tuple[str, ...] = ()) -> bool:
    """Whether a file can concern Celery: by a word in it, or as a `tasks` module with decorators.

    `task_decorators` are the names of the project's own task decorators (dotted or bare).
    A "no" is final: the file is neither decoded nor parsed.
    """
    text_pattern, bytes_pattern = _patterns(task_decorators)
    if isinstance(source, bytes):
        found = bytes_pattern.search(source) is not None
        decorated = found or b"@" in source
    else:
        found = text_pattern.search(source) is not None
        decorated = found or "@" in source
    return found or (decorated and (path.stem == "tasks" or path.parent.name == "tasks"))
