"""Which files a run looks at."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from flake8_celery_patterns.project.root import root_around
from flake8_celery_patterns.run.excluded import excluded_by
from flake8_celery_patterns.run.result import Target, path_from
from flake8_celery_patterns.run.walk import Walk
from flake8_celery_patterns.settings import Values, settings_for

STDIN = "-"


class WrongPath(Exception):
    """Names on the command line that stand for nothing. Its text is one line: which, and why."""


def targets(
    names: Sequence[str],
    given: Values,
    *,
    folder: Path,
    force_exclude: bool = False,
    stdin_filename: str | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> list[Target]:
    """Give the files that `names` stand for, each once, in the order of their paths.

    A folder stands for the Python files and notebooks below it, without what the settings of their
    project exclude and what git ignores. What is named itself is taken even so, whatever its
    suffix; `force_exclude` leaves it out if the settings do (pre-commit names every file). `-` is
    standard input, which is read here, as the text of the file `stdin_filename`.

    `folder`: absolute; what relative names start from. `given`: the options of the command line.
    `tell` gets a sentence about what could not be looked at.
    Raises `WrongPath` before any folder is searched; `SettingsError` for a wrong
    `[tool.celery-patterns]` on the way.
    """
    start = os.fspath(folder)
    files, folders = _sorted_out(names, start)
    if force_exclude:
        files = [path for path in files if not _is_excluded(path, given)]
        folders = [path for path in folders if not _is_excluded(path, given)]
    walk = Walk(given, lambda path, said: tell(f"{path_from(start, path)} {said}"))
    for path in folders:
        walk.through(path)
    walk.follow_links()
    found = {path: Target(Path(path), path_from(start, path)) for path in walk.files.union(files)}
    if STDIN in names:
        path = _absolute(stdin_filename or "stdin.py", start)
        if not (force_exclude and _is_excluded(path, given)):
            shown = path_from(start, path) if stdin_filename else STDIN
            found[path] = Target(Path(path), shown, sys.stdin.buffer.read())
    return [found[path] for path in sorted(found, key=lambda path: path.split(os.sep))]


def _sorted_out(names: Sequence[str], start: str) -> tuple[list[str], list[str]]:
    """Give the absolute paths of the files and of the folders that are named.

    Raises `WrongPath`.
    """
    files: list[str] = []
    folders: list[str] = []
    wrong: list[str] = []
    for name in dict.fromkeys(names):
        if name == STDIN:
            continue
        path = _absolute(name, start)
        mode, reason = _mode(path) if name else (0, "an empty name")
        if stat.S_ISDIR(mode):
            folders.append(path)
        elif stat.S_ISREG(mode):
            files.append(path)
        else:
            wrong.append(f"{name!r} ({reason})")
    if wrong:
        raise WrongPath(
            f"cannot look at {', '.join(wrong)}: name files and folders, or {STDIN} for standard "
            "input"
        )
    return files, folders


def _mode(path: str) -> tuple[int, str]:
    try:
        return os.stat(path).st_mode, "neither a file nor a folder"
    except OSError as error:
        return 0, error.strerror or str(error)


def _is_excluded(path: str, given: Values) -> bool:
    """Whether the settings of its project leave out `path`, or a folder that it lies in."""
    root = root_around(Path(path))
    return excluded_by(settings_for(root, given), root).holds(path)


def _absolute(name: str, start: str) -> str:
    return os.path.normpath(os.path.join(start, name))
