"""Python files to try things on: fixtures, our own code, the standard library, site-packages."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def own_files() -> list[Path]:
    """All fixtures, tests, and the package itself."""
    folders = (ROOT / "fixtures", ROOT / "tests", ROOT / "flake8_celery_patterns")
    return [path for folder in folders for path in python_files(folder)]


def standard_library() -> list[Path]:
    """The standard library's files; its own tests where they are installed."""
    return python_files(STANDARD_LIBRARY)


def installed(*packages: str) -> list[Path]:
    """The files of packages in site-packages, all of it without a name; those there are."""
    folders = [SITE_PACKAGES / package for package in packages] or [SITE_PACKAGES]
    return [path for folder in folders for path in python_files(folder)]


def python_files(folder: Path) -> list[Path]:
    """The Python files below `folder`, sorted, site-packages inside it left out."""
    found = (path for path in folder.rglob("*.py") if path.is_file())
    return sorted(path for path in found if "site-packages" not in path.relative_to(folder).parts)


def sample(paths: Iterable[Path], count: int) -> list[Path]:
    """At most `count` of them, the same in each run: those whose names have the lowest hashes."""
    return sorted(paths, key=lambda path: blake2b(path.name.encode()).digest())[:count]
