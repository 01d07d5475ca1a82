"""The projects of one run: a monorepo's files belong to several roots."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.settings import Settings


def project_for(path: Path, settings: Settings) -> Project:
    """The project that the file `path` belongs to: one per root, settings and process."""
    return _project(find_root(path), settings)


def forget() -> None:
    """Drop all projects: what is asked next is read from disk again."""
    _project.cache_clear()


@lru_cache(maxsize=256)
def _project(root: Path, settings: Settings) -> Project:
    return Project(root, settings)
