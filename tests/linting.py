"""Linting in tests: the real engine over files and folders."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.history.compare import compare
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings

WITHOUT_CACHE = Settings(cache=False)


def naming(code: str, settings: Settings = WITHOUT_CACHE) -> Settings:
    """`settings` of a user who names `code`: opinions (CEL9xx) are silent until they are named."""
    return replace(settings, extend_select=(code,))


def lint_project(root: Path, settings: Settings = WITHOUT_CACHE) -> list[tuple[Path, Finding]]:
    """The findings of every Python file below `root`, linted as one project.

    Where it holds the folders `old` and `new`, the project is `new`, also compared with `old`.
    """
    is_pair = (root / "old").is_dir() and (root / "new").is_dir()
    project = Project(root / "new" if is_pair else root, settings)
    files = sorted(project.root.rglob("*.py"))
    found = [(path, f) for path in files for f in lint(path.read_bytes(), path, project)]
    if is_pair:
        changed = compare(Project(root / "old", settings), project, dict.fromkeys(files))
        found += [(path, finding) for path, findings in changed.items() for finding in findings]
    return sorted(found, key=lambda each: (each[0], each[1].sort_key))


def lint_files(
    files: Mapping[str, str], settings: Settings = WITHOUT_CACHE
) -> list[tuple[str, Finding]]:
    """The findings of a small project, given as texts by relative path."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return [
            (path.relative_to(root).as_posix(), finding)
            for path, finding in lint_project(root, settings)
        ]
