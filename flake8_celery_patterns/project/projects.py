"""The projects of one run: a monorepo's files belong to several roots."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.settings import Settings

# What is known of a large project can be a hundred megabytes. Linting goes from one project
# to the next; one that holds others takes turns with these.
_MOST_KEPT = 2

_recent: dict[Project, None] = {}


def project_for(path: Path, settings: Settings) -> Project:
    """The project that the file `path` belongs to: one per root, settings and process.

    One that was not asked for lately lets go of what it knows.
    """
    project = _project(find_root(path), settings)
    _recent.pop(project, None)
    _recent[project] = None
    if len(_recent) > _MOST_KEPT:
        oldest = next(iter(_recent))
        del _recent[oldest]
        oldest.let_go()
    return project


def forget() -> None:
    """Drop all projects: what is asked next is read from disk again."""
    _project.cache_clear()
    _recent.clear()


@lru_cache(maxsize=256)
def _project(root: Path, settings: Settings) -> Project:
    return Project(root, settings)
