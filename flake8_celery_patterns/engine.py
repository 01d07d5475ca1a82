"""The one way from a file's text to its findings, for all doors."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.source import gate

if TYPE_CHECKING:
    from flake8_celery_patterns.project.project import Project
    from flake8_celery_patterns.settings import Settings
    from flake8_celery_patterns.source.parse import Unreadable

UNREADABLE = "CEL001"
_TOO_DEEP = "nests too deeply to be linted: simplify it, or exclude it"
_FAULT = "could not be linted, through a fault of this linter"


def concerns_celery(source: str | bytes, path: Path, settings: Settings) -> bool:
    """Whether a file can concern Celery at all: one regex, nothing is parsed or imported."""
    return gate.concerns_celery(source, path, settings.task_decorators)


def lint(
    source: str | bytes, path: Path, project: Project, *, tree: ast.Module | None = None
) -> list[Finding]:
    """The findings of one file, in the order of their places.

    `path` says where the file stands (or would stand); it is never opened. `tree` is the standard
    library's tree of `source`, if the caller has it. What concerns Celery and cannot be read gives
    one CEL001. Raises nothing, whatever the input.
    """
    if not concerns_celery(source, path, project.settings):
        return []
    from flake8_celery_patterns.source.parse import Unreadable

    try:
        return _lint(source, Path(os.path.abspath(path)), project, tree)
    except Unreadable as error:
        return [_unreadable(error)]
    except RecursionError:
        return [_unreadable(Unreadable(_TOO_DEEP))]
    except Exception as error:
        # A fault of ours in one file must not end the user's whole run.
        return [_unreadable(Unreadable(f"{_FAULT} ({type(error).__name__}): report it"))]


def _lint(
    source: str | bytes, path: Path, project: Project, tree: ast.Module | None
) -> list[Finding]:
    from flake8_celery_patterns.check import check
    from flake8_celery_patterns.facts.file import collect
    from flake8_celery_patterns.source.parse import decode, parse

    text = decode(source) if isinstance(source, bytes) else source
    parsed = parse(text, tree)
    facts = collect(parsed.module)
    with project.linting(path, facts.module) as linted:
        return check(parsed, facts, linted, project)


def _unreadable(error: Unreadable) -> Finding:
    place = Span(error.line, error.column, error.line, error.column)
    return Finding(place, UNREADABLE, f"this file {error.reason}")
