"""The one way from a file's text to its findings, for all doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Counts, Finding, Span
from flake8_celery_patterns.source import gate

if TYPE_CHECKING:
    from flake8_celery_patterns.project.project import Project
    from flake8_celery_patterns.settings import Settings

UNREADABLE = "CEL001"


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings of one file, in the order of their places, and what was looked at.

    `is_sure`: another look at the same text would give the same. It is not where linting failed by
    a fault, of ours or of the moment: too little memory, a stack that is used up.
    """

    findings: tuple[Finding, ...] = ()
    counts: Counts = field(default_factory=Counts)
    is_sure: bool = True


def concerns_celery(source: str | bytes, path: Path, settings: Settings) -> bool:
    """Whether a file can concern Celery at all: one regex, nothing is parsed or imported."""
    return gate.concerns_celery(source, path, settings.task_decorators)


def lint(source: str | bytes, path: Path, project: Project) -> list[Finding]:
    """The findings of one file, in the order of their places; see `examine`."""
    return list(examine(source, path, project).findings)


def examine(source: str | bytes, path: Path, project: Project) -> Examined:
    """The findings of one file, and what was looked at.

    `path` says where the file stands (or would stand); it is never opened. What concerns Celery and
    cannot be read gives one CEL001. Raises nothing, whatever the input.
    """
    if not concerns_celery(source, path, project.settings):
        return Examined()
    try:
        return _examine(source, path, project)
    except Exception as error:
        from flake8_celery_patterns.source.parse import Unreadable

        is_sure = isinstance(error, Unreadable)
        named = (unreadable(error),) if gate.names_celery(source) else ()
        return Examined(named, is_sure=is_sure)


def _examine(source: str | bytes, path: Path, project: Project) -> Examined:
    from flake8_celery_patterns.check import check, glance
    from flake8_celery_patterns.reading import opening
    from flake8_celery_patterns.source.parse import parse, readable

    text = readable(source)
    glanced = glance(text, path, project)
    if glanced is not None:
        return Examined(*glanced)
    with opening(parse(text), path, project) as opened:
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
