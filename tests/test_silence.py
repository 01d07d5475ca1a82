"""Code that is not about Celery gets no finding, and no code at all ends the linter."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns import engine
from flake8_celery_patterns.project.project import Project
from tests.linting import WITHOUT_CACHE

STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
SITE_PACKAGES = Path(sysconfig.get_paths()["purelib"])
# They are Celery, or made for it: findings are possible, crashes are not.
ABOUT_CELERY = ("celery", "kombu", "billiard", "flake8_celery_patterns")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if folder == SITE_PACKAGES or "site-packages" not in path.parts:
            yield path


def _is_python(source: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@pytest.mark.parametrize("folder", [STANDARD_LIBRARY, SITE_PACKAGES], ids=["stdlib", "packages"])
def test_no_crash_and_no_finding(folder: Path) -> None:
    project = Project(folder, WITHOUT_CACHE)
    gated = 0
    for path in _files(folder):
        source = path.read_bytes()
        if not engine.concerns_celery(source, path, WITHOUT_CACHE):
            continue
        gated += 1
        found = engine.lint(source, path, project)
        about_celery = path.relative_to(folder).parts[0].startswith(ABOUT_CELERY)
        if not _is_python(source):
            assert {finding.code for finding in found} <= {"CEL001"}, path
        elif not about_celery:
            assert found == [], path
        else:
            assert all(finding.code != "CEL001" for finding in found), path
    assert gated > 10
