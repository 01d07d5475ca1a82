"""One file opened for questions: parsed, its facts collected, its text standing in the project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.source.parse import Parsed, parse, readable

if TYPE_CHECKING:
    from flake8_celery_patterns.facts.file import FileFacts
    from flake8_celery_patterns.project.project import Project, Source


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as rules see it. `meaning` answers for it while it is open.

    `facts`: of the whole file; `source`: what of them the other files of the project see.
    """

    parsed: Parsed
    facts: FileFacts
    source: Source
    meaning: Meaning


@contextmanager
def reading(content: str | bytes, path: Path, project: Project) -> Iterator[Opened]:
    """Open a file of a project. `path` says where it stands; it is not read.

    Raises `Unreadable`, and RecursionError for what nests too deeply.
    """
    with opening(parse(readable(content)), path, project) as opened:
        yield opened


@contextmanager
def opening(parsed: Parsed, path: Path, project: Project) -> Iterator[Opened]:
    """Open a file that was parsed. Raises RecursionError for what nests too deeply."""
    from flake8_celery_patterns.facts.file import collect

    facts = collect(parsed.module)
    with project.linting(Path(os.path.abspath(path)), facts.module) as source:
        yield Opened(parsed, facts, source, Meaning(project, source))
