"""The contents of a project's files by their stamps, so that what did not change is not read."""

from __future__ import annotations

import os
from pathlib import Path

from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.journal import digest_of
from flake8_celery_patterns.project.stamps import Stamp, stamp

_Row = tuple[int, int, int, str, bool]


class Contents:
    """Remembers of each file the digest of its bytes, and whether it concerns Celery.

    `cache`: where it is kept for the next process. `version`: of whoever decides what concerns
    Celery. `reads` counts the files that were opened.
    """

    def __init__(self, cache: Cache, version: str) -> None:
        self.reads = 0
        self._cache = cache
        self._key = f"contents:{version}"
        self._earlier: dict[str, _Row] | None = None
        self._now: dict[str, _Row] = {}
        self._changed = False

    def known(self, path: Path) -> tuple[str, bool] | None:
        """The digest of an unchanged file, and whether it concerns Celery; else None."""
        name = os.fspath(path)
        row = self._now.get(name) or self._read_earlier().get(name)
        if row is None:
            return None
        try:
            if row[:3] != stamp(os.stat(path)):
                return None
        except (OSError, ValueError):
            return None
        self._now[name] = row
        return row[3], row[4]

    def note(self, path: Path, content: bytes, before: Stamp | None, *, concerned: bool) -> str:
        """Take in what was read of a file; give its digest.

        `before`: its settled stamp from before it was read; without one it is not remembered.
        """
        self.reads += 1
        digest = digest_of(content)
        if before is not None:
            self._now[os.fspath(path)] = (*before, digest, concerned)
            self._changed = True
        return digest

    def save(self) -> None:
        """Keep what is known for the next process; of files that were not asked about, too."""
        if self._changed:
            rows = {**self._read_earlier(), **self._now}
            self._cache.put(self._key, {name: list(row) for name, row in rows.items()})
            self._changed = False

    def _read_earlier(self) -> dict[str, _Row]:
        if self._earlier is None:
            stored = self._cache.get(self._key)
            rows = stored.items() if isinstance(stored, dict) else ()
            # From a disk that others write to: its shape is not taken for granted.
            self._earlier = {name: found for name, row in rows if (found := _row(row)) is not None}
        return self._earlier


def _row(row: object) -> _Row | None:
    if not isinstance(row, list) or list(map(type, row)) != [int, int, int, str, bool]:
        return None
    return row[0], row[1], row[2], row[3], row[4]
