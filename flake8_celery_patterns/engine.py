"""The one way from a file's text to its findings, for all doors."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Counts, Finding, Span
from flake8_celery_patterns.source import gate

if TYPE_CHECKING:
    from flake8_celery_patterns.project.project import Project
    from flake8_celery_patterns.settings import Settings

UNREADABLE = "CEL001"
NOTHING_SEEN = Counts()


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings of one file, in the order of their places, and what was looked at."""

    findings: tuple[Finding, ...] = ()
    counts: Counts = NOTHING_SEEN


def concerns_celery(source: str | bytes, path: Path, settings: Settings) -> bool:
    """Whether a file can concern Celery at all: one regex, nothing is parsed or imported."""
    return gate.concerns_celery(source, path, settings.task_decorators)


def lint(
    source: str | bytes, path: Path, project: Project, *, tree: ast.Module | None = None
) -> list[Finding]:
    """The findings of one file, in the order of their places; see `examine`."""
    return list(examine(source, path, project, tree=tree).findings)


def examine(
    source: str | bytes, path: Path, project: Project, *, tree: ast.Module | None = None
) -> Examined:
    """The findings of one file, and what was looked at.

    `path` says where the file stands (or would stand); it is never opened. `tree` is the standard
    library's tree of `source`, if the caller has it. What concerns Celery and cannot be read gives
    one CEL001. Raises nothing, whatever the input.
    """
    if not concerns_celery(source, path, project.settings):
        return Examined()
    try:
        return _examine(source, path, project, tree)
    except Exception as error:
        return Examined((unreadable(error),)) if gate.names_celery(source) else Examined()


def _examine(
    source: str | bytes, path: Path, project: Project, tree: ast.Module | None
) -> Examined:
    from flake8_celery_patterns.check import check, glance
    from flake8_celery_patterns.reading import reading
    from flake8_celery_patterns.source.parse import readable

    text = readable(source, tree)
    glanced = glance(text, path, project)
    if glanced is not None:
        return Examined(*glanced)
    with reading(text, path, project) as opened:
        return Examined(*check(opened))


def unreadable(error: Exception) -> Finding:
    """The one finding of a file that could not be linted."""
    from flake8_celery_patterns.source.parse import Unreadable

    if isinstance(error, RecursionError):
        error = Unreadable("nests too deeply to be linted: simplify it, or exclude it")
    elif not isinstance(error, Unreadable):
        # A fault of ours in one file must not end the user's whole run.
        fault = f"could not be linted, through a fault of this linter ({type(error).__name__})"
        error = Unreadable(f"{fault}: report it")
    place = Span(error.line, error.column, error.line, error.column)
    return Finding(place, UNREADABLE, f"this file {error.reason}")
