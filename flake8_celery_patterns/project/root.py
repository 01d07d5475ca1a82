"""Where a project begins, from which folders it imports, and what lies inside it.

All answers come from names on disk (`stat`, never `open`) and are kept per folder for the life of
the process; `forget` drops them.
"""

from __future__ import annotations

import errno
import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

# A folder that holds one of these is taken for a project's top, as are folders with `.git`
# (a folder in a clone, a file in a worktree or a submodule).
ROOT_FILES = (
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    ".flake8",
    "manage.py",
)

# RULES.md, "Import roots".
_IMPORT_FILES = ("manage.py", "setup.py", "pyproject.toml", "setup.cfg")

# Linux opens no longer path (PATH_MAX). A made-up stdin name may be longer: without this bound the
# walk up a name of a hundred thousand parts would take time and memory by the square.
_LONGEST_PATH = 4096


def find_root(path: Path) -> Path:
    """Give the project root (absolute folder) of the file `path`, which need not exist.

    The nearest folder above the file that holds pyproject.toml, setup.cfg, setup.py, tox.ini,
    .flake8, manage.py or .git and is not a package. Where only packages hold one, the nearest of
    these; where nothing does, the nearest folder without `__init__.py`. Nothing above a root that
    was found is looked at. Symlinks are not resolved: the root is spelled as the file is.
    """
    return _root_of(os.path.dirname(os.path.abspath(path)))


def root_around(path: Path) -> Path:
    """Give the project root (absolute) of a file or folder; a folder may be the root itself."""
    return find_root(path / "_" if os.path.isdir(path) else path)


def import_roots(root: Path, file: Path) -> tuple[Path, ...]:
    """Give the folders from which `file` (absolute) imports, best first, all inside `root`.

    The nearest folder above the file without `__init__.py`; then, upwards to the root, every
    folder that holds manage.py, setup.py, pyproject.toml or setup.cfg, each with its `src`; then
    the root and its `src`. A folder that a symlink leads out of the root is left out.

    A package counts among them for a manage.py alone: running that script puts its folder on
    `sys.path`, package or not (https://docs.python.org/3/library/sys.html#sys.path).
    """
    return _import_roots(os.path.abspath(root), os.path.dirname(os.path.abspath(file)))


def inside(root: Path, path: Path) -> bool:
    """Say whether `path`, all symlinks resolved, is `root` (resolved too) or lies in it.

    `path` need not exist; one that runs in a circle of links is outside. The folder's own
    resolution is remembered, the last part of the path is looked at anew each time.
    """
    try:
        real_root = _real_folder(_absolute(root))
        real = _real_path(path)
    except ValueError:  # a null byte, or text that the file system cannot encode: no such file
        return False
    if real_root is None or real is None:
        return False
    return is_below(real_root, real)


def is_below(folder: str, path: str) -> bool:
    """Say whether the resolved `path` is `folder` (resolved) or lies in it, by their text alone."""
    folder, path = os.path.normcase(folder), os.path.normcase(path)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def forget() -> None:
    """Forget every remembered answer (tests; a server that saw files come and go)."""
    for cached in (_root_of, _import_roots, _is_package, holds_marker, _real_folder):
        cached.cache_clear()


@functools.cache
def _root_of(folder: str) -> Path:
    marked_package = None
    for ancestor in _upwards(folder):
        if not holds_marker(ancestor):
            continue
        if not _is_package(ancestor):
            return Path(ancestor)
        marked_package = marked_package or ancestor
    return Path(marked_package or _without_init(folder))


@functools.cache
def _import_roots(root: str, folder: str) -> tuple[Path, ...]:
    candidates: list[str] = []
    if is_below(root, folder):
        home = _without_init(folder)
        candidates.append(home)
        for ancestor in _upwards(folder):
            in_package = not is_below(ancestor, home)
            names = ("manage.py",) if in_package else _IMPORT_FILES
            if any(_is_file(ancestor, name) for name in names):
                candidates += (ancestor, os.path.join(ancestor, "src"))
            if ancestor == root:
                break
    candidates += (root, os.path.join(root, "src"))
    return tuple(
        Path(candidate)
        for candidate in dict.fromkeys(candidates)
        if is_below(root, candidate)
        and (candidate == root or (_is_folder(candidate) and inside(Path(root), Path(candidate))))
    )


def _upwards(folder: str) -> Iterator[str]:
    if len(folder) > _LONGEST_PATH:
        folder = os.path.dirname(folder[:_LONGEST_PATH])
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _without_init(folder: str) -> str:
    ancestor = folder
    for ancestor in _upwards(folder):
        if not _is_package(ancestor):
            break
    return ancestor


@functools.cache
def _is_package(folder: str) -> bool:
    return _is_file(folder, "__init__.py")


@functools.cache
def holds_marker(folder: str) -> bool:
    """Say whether `folder` (absolute) has what begins a project: `.git`, or one of `ROOT_FILES`."""
    return _mode(os.path.join(folder, ".git")) is not None or any(
        _is_file(folder, name) for name in ROOT_FILES
    )


def _is_file(folder: str, name: str) -> bool:
    mode = _mode(os.path.join(folder, name))
    return mode is not None and stat.S_ISREG(mode)


def _is_folder(path: str) -> bool:
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return None


def _absolute(path: Path) -> str:
    # Not os.path.abspath: it drops `link/..` by text, where opening the path would follow the link.
    return os.path.join(os.getcwd(), path)


def _real_path(path: Path) -> str | None:
    name = _absolute(path)
    folder, last = os.path.split(name)
    if not last or ".." in path.parts:
        return _resolve(name)
    try:
        is_link = stat.S_ISLNK(os.lstat(name).st_mode)
    except OSError:
        is_link = False
    if is_link:
        return _resolve(name)
    real_folder = _real_folder(folder)
    return None if real_folder is None else os.path.join(real_folder, last)


@functools.cache
def _real_folder(folder: str) -> str | None:
    return _resolve(folder)


def _resolve(name: str) -> str | None:
    """Give the path without symlinks; None where links run in a circle."""
    try:
        return os.path.realpath(name, strict=True)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        return os.path.realpath(name)
