"""What a project's settings leave out of a run."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.settings import Settings


class Excluded:
    """Says which files and folders of a project the patterns of its settings name.

    A pattern is a glob, as flake8 takes it (`matches_filename` in flake8/utils.py): without a slash
    it matches the name of a file or folder at any depth; with one, a whole path from `root`, and
    its `*` matches slashes too. `/**/` matches a single slash as well, as in ruff.
    """

    def __init__(self, patterns: Iterable[str], root: Path) -> None:
        self._above = os.path.join(root, "")
        names: list[str] = []
        paths: list[str] = []
        for pattern in patterns:
            if "/" in pattern:
                # Made absolute only now: the root's own name may hold what looks like a glob.
                paths.append(os.path.normpath(os.path.join(glob.escape(self._above), pattern)))
            else:
                names.append(pattern)
        self._names = _any_of(names)
        self._paths = _any_of([*paths, *(p.replace(_ANY_DEPTH, os.sep) for p in paths)])

    def matches(self, path: str, name: str) -> bool:
        """Whether the entry itself is left out; `path`: absolute, `name`: its last part."""
        return self._names(name) is not None or self._paths(path) is not None

    def holds(self, path: str) -> bool:
        """Whether the entry, or a folder above it inside the root, is left out."""
        while path.startswith(self._above):
            above, name = os.path.split(path)
            if self.matches(path, name):
                return True
            path = above
        return False


_ANY_DEPTH = f"{os.sep}**{os.sep}"


@lru_cache(maxsize=256)
def excluded_by(settings: Settings, root: Path) -> Excluded:
    """Give what the settings of the project at `root` (absolute) leave out."""
    return Excluded((*settings.exclude, *settings.extend_exclude), root)


def _any_of(patterns: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    nothing = r"(?!)"
    return re.compile("|".join(map(translate, dict.fromkeys(patterns))) or nothing).match
