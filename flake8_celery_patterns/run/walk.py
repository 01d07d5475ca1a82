"""A walk through folders, in search of files to lint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from flake8_celery_patterns.project.root import (
    ROOT_FILES,
    find_root,
    holds_marker,
    inside,
)
from flake8_celery_patterns.run.excluded import excluded_by
from flake8_celery_patterns.run.gitignore import (
    GIT,
    IGNORE_FILE,
    Chain,
    Tell,
    chain_above,
    chain_in,
    ignored,
)
from flake8_celery_patterns.settings import Values, settings_for

# What folders are searched for. Stubs (.pyi) are not: nothing in them runs.
SUFFIXES = (".py", ".pyw", ".ipynb")
# Where a folder holds none of these, it belongs to the project of the folder that it lies in.
_BEGINNINGS = frozenset({GIT, *ROOT_FILES})

# A folder, the patterns that hold above it, and the root of its project if that is known.
_Folder = tuple[str, Chain, Path | None]


class Walk:
    """Finds the files below folders; no link to a folder is followed.

    `files`: those that were found, absolute, in no order. `given`: the options of the command
    line. `tell` is called with a path and what to say of it, for what could not be looked at.
    """

    def __init__(self, given: Values, tell: Tell) -> None:
        self.files: set[str] = set()
        self._given = given
        self._tell = tell
        self._folders: list[str] = []
        self._links: list[str] = []

    def through(self, folder: str) -> None:
        """Find what is to be linted below `folder` (absolute), be it excluded itself or not.

        Raises `SettingsError` for a wrong `[tool.celery-patterns]` on the way.
        """
        self._folders.append(folder)
        waiting: list[_Folder] = [(folder, chain_above(folder, self._tell), None)]
        while waiting:
            path, above, root = waiting.pop()
            try:
                waiting += self._entries(path, above, root)
            except OSError as error:
                reason = f"cannot be read ({error.strerror}): what lies in it is not looked at"
                self._tell(path, reason)

    def follow_links(self) -> None:
        """Find the files that links in the folders lead to; ask when all folders are done.

        A file of the same project that was found nowhere else is found as the first of its links.
        """
        if not self._links:
            return
        real_folders = [(os.path.realpath(folder), folder) for folder in self._folders]
        reached: set[str] = set()
        outside: list[str] = []
        for link in sorted(self._links):
            real = os.path.realpath(link)
            if real in reached or not os.path.isfile(real):
                continue
            if any(path in self.files for path in _spellings(real, real_folders)):
                continue
            if inside(find_root(Path(link)), Path(link)):
                reached.add(real)
                self.files.add(link)
            else:
                outside.append(link)
        if outside:
            more = f" (and {len(outside) - 1} more)" if outside[1:] else ""
            reason = f"is a link out of its project and not followed{more}: name it to have it read"
            self._tell(outside[0], reason)

    def _entries(self, folder: str, above: Chain, root: Path | None) -> list[_Folder]:
        """Find the files of one folder; give the folders in it."""
        with os.scandir(folder) as scanned:
            entries = list(scanned)
        names = {entry.name for entry in entries}
        chain = above
        if GIT in names or IGNORE_FILE in names:
            chain = chain_in(folder, above, self._tell)
        wanted = [
            entry
            for entry in entries
            if entry.name.endswith(SUFFIXES) or entry.is_dir(follow_symlinks=False)
        ]
        if not wanted:
            return []
        if root is None or not _BEGINNINGS.isdisjoint(names):
            root = find_root(Path(folder, "_"))
        # Asking for the root anew in each folder would double the time of the whole walk.
        known = root if holds_marker(os.fspath(root)) else None
        settings = settings_for(root, self._given)
        is_excluded = excluded_by(settings, root).matches
        asked = chain if settings.respect_gitignore else None
        folders: list[_Folder] = []
        for entry in wanted:
            name, path, is_folder = (
                entry.name,
                entry.path,
                entry.is_dir(follow_symlinks=False),
            )
            if is_excluded(path, name) or (asked and ignored(asked, path, name, is_folder)):
                continue
            if is_folder:
                folders.append((path, chain, known))
            elif entry.is_symlink():
                self._links.append(path)
            elif entry.is_file():
                self.files.add(path)
        return folders


def _spellings(real: str, real_folders: list[tuple[str, str]]) -> Iterator[str]:
    """How a file is called that is found below folders which may be links themselves."""
    for real_folder, folder in real_folders:
        above = os.path.join(real_folder, "")
        if real.startswith(above):
            yield os.path.join(folder, real[len(above) :])
