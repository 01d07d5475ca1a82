"""The files of a project, for rules that speak of absence ("no task of this name anywhere").

Such a rule must see every file or stay silent: `Tree.whole` and `Tree.unread` tell which it is.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import re
import stat
import time
from collections import deque
from pathlib import Path
from typing import Literal, NamedTuple

from flake8_celery_patterns.project.cache import SIGNATURE, Cache
from flake8_celery_patterns.project.journal import Journal, digest_of
from flake8_celery_patterns.project.root import is_below
from flake8_celery_patterns.project.stamps import Stamp, is_settled, stamp

# Bounds of one walk; a tree that reaches one is not whole. Measured on one core: a folder costs
# about 15 µs, an entry about 1 µs, a file known to the cache 9 µs, one that must be read 26 µs.
# All bounds reached at once still end within some 2 s. The largest open-source Django applications
# have 5 to 10 thousand Python files, and JavaScript beside them in as many folders.
MOST_PYTHON_FILES = 20_000
MOST_FOLDERS = 20_000
MOST_ENTRIES = 400_000

# Recorded HTTP traffic and translations may be YAML by the thousand: not where a worker is started.
MOST_OTHER_FILES = 2_000

# Hand-written modules stay far below; what is larger is generated data.
LARGEST_FILE = 2 * 1024 * 1024

_SKIPPED_FOLDERS = frozenset(
    (
        "__pycache__",
        "__pypackages__",
        "bower_components",
        "dist-packages",
        "node_modules",
        "site-packages",
    )
)
_ENVIRONMENT_FILES = ("pyvenv.cfg", "conda-meta")

# Where builds go: only beside one of these, and only if the folder holds no Python file itself. A
# folder of that name elsewhere is more likely the team's own code, and code that is overlooked
# makes false alarms, where stale copies that are looked at only make rules silent.
_OUTPUT_FOLDERS = frozenset(("build", "dist"))
_BESIDE_OUTPUT = frozenset(("pyproject.toml", "setup.py", "setup.cfg", "package.json"))

# Links that tools make to what is no source: environments kept elsewhere, Bazel's output folders.
_SKIPPED_LINKS = re.compile(r"\..*|v?env|virtualenv|bazel-.*")

# Where the command line of a worker may stand. Without a suffix only names that speak of starting
# something (cookiecutter-django: compose/production/django/celery/worker/start).
OTHER_NAME = re.compile(
    r"""
    Procfile.* | Dockerfile.* | .*\.Dockerfile | Containerfile.* | Makefile | .*\.mk | justfile
    | .*\.ya?ml(?:\.\w+)? | .*\.(?:j2|tf|tpl) | .*task-?def.*\.json
    | .*\.k?sh | .*\.bash | .*\.bat | .*\.cmd | .*\.ps1 | .*\.service
    | supervisor.*\.(?:conf|ini) | circus.*\.ini | (?:fly|railway|Procfile)\.toml | app\.json
    | [^.]*(?:start|run|entry|celery|worker|beat|launch|boot|serve|command)[^.]*
    """,
    re.VERBOSE | re.IGNORECASE,
)

_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # swapped for a link since the walk: not read
    | getattr(os, "O_NONBLOCK", 0)  # swapped for a pipe: no waiting
    | getattr(os, "O_BINARY", 0)
)


Patterns = re.Pattern[bytes] | tuple[re.Pattern[bytes], ...]


class _Found(NamedTuple):
    python: tuple[Path, ...]
    other: tuple[Path, ...]
    whole: bool
    other_whole: bool


class Tree:
    """The files under `root`, walked once, when first asked for.

    No symlink is followed. Left out: hidden folders, `__pycache__`, `node_modules`,
    `site-packages`, virtual environments, build output, folders tagged as a cache (CACHEDIR.TAG).
    The root itself is walked whatever it is called or holds. Projects nested in it are part of it.

    `cache`: where answers of `matching` are kept for other processes; none are without it.
    `journal`: where it is noted what was asked.
    `reads` counts the files that were opened by `matching`.
    """

    def __init__(
        self, root: Path, cache: Cache | None = None, journal: Journal | None = None
    ) -> None:
        self.root = Path(os.path.abspath(root))
        self._journal = journal or Journal()
        self.reads = 0
        self._cache = cache
        self._matching: dict[str, tuple[Path, ...]] = {}

    @property
    def python_files(self) -> tuple[Path, ...]:
        """All `*.py`, absolute, sorted by their posix path below the root."""
        self._journal.note("names", "", self.stamp)
        return self._found.python

    @property
    def other_files(self) -> tuple[Path, ...]:
        """Files that may hold a worker's command line, sorted likewise; at most 2000.

        Procfile, Dockerfile, compose and other YAML files, shell scripts, systemd units,
        supervisor configurations, Makefiles and their like.
        """
        self._journal.note("names", "", self.stamp)
        return self._found.other

    @property
    def whole(self) -> bool:
        """Whether `python_files` are all there are.

        False when a bound of the walk was reached, a folder could not be read, or a symlink to
        Python code leads to a place that was not walked (sandboxes of build tools link every file).
        """
        self._journal.note("names", "", self.stamp)
        return self._found.whole

    @property
    def other_whole(self) -> bool:
        """Whether `other_files` are all there are."""
        self._journal.note("names", "", self.stamp)
        return self._found.whole and self._found.other_whole

    @property
    def unread(self) -> tuple[Path, ...]:
        """Python files that `matching` has to pass over: over 2 MiB, gone, or not to be opened.

        While there are any, a file that is not among the answers of `matching` may yet match.
        """
        self._journal.note("unread", "", _digest(*map(str, self._passed_over)))
        return self._passed_over

    def matching(self, pattern: Patterns, label: str) -> tuple[Path, ...]:
        """Give the Python files in whose bytes `pattern` is found, in the order of `python_files`.

        Of several patterns one is enough. Some that begin with plain text each are found many
        times faster than one pattern of them all.

        `label` names the question in the cache. A file is opened at most once for a label and
        pattern, in any process that shares the cache, while its times of change and its size stay.
        """
        return self._answer("matching", pattern, label)

    def other_matching(self, pattern: Patterns, label: str) -> tuple[Path, ...]:
        """Give the `other_files` in whose bytes `pattern` is found; see `matching`."""
        return self._answer("other", pattern, label)

    def answer(self, question: str) -> str:
        """Answer a question that the journal noted as "matching" or "other", as it was noted."""
        which, label, *patterns = json.loads(question)
        compiled = tuple(re.compile(text.encode("latin-1"), flags) for text, flags in patterns)
        self._answer(which, compiled, label)
        return self._noted(question)

    @functools.cached_property
    def stamp(self) -> str:
        """Stands for the names of all files, and whether they are all there are."""
        return _digest(*map(str, self._found))

    def _answer(
        self, which: Literal["matching", "other"], pattern: Patterns, label: str
    ) -> tuple[Path, ...]:
        files = self._found.python if which == "matching" else self._found.other
        patterns = pattern if isinstance(pattern, tuple) else (pattern,)
        texts = ([each.pattern.decode("latin-1"), each.flags] for each in patterns)
        question = json.dumps([which, label, *texts])
        if question not in self._matching:
            self._matching[question] = self._ask(patterns, question, files)
        self._journal.note(which, question, self._noted(question))
        return self._matching[question]

    def _noted(self, question: str) -> str:
        return _digest(*map(str, self._matching[question]))

    @functools.cached_property
    def _passed_over(self) -> tuple[Path, ...]:
        return tuple(path for path in self._found.python if not _can_be_read(path))

    @functools.cached_property
    def _found(self) -> _Found:
        return _Walk(os.fspath(self.root)).run()

    def _relative(self, path: Path) -> str:
        return os.fspath(path)[len(os.fspath(self.root)) :].lstrip(os.sep)

    def _ask(
        self, patterns: tuple[re.Pattern[bytes], ...], question: str, files: tuple[Path, ...]
    ) -> tuple[Path, ...]:
        # One entry for the whole tree, not one a file: opening an entry costs what reading the
        # Python file itself does.
        key = f"{question} {self.root}"
        stored = self._cache.get(key) if self._cache else None
        known = stored if isinstance(stored, dict) else {}
        answers: dict[str, list[int]] = {}
        matches = []
        for path in files:
            relative = self._relative(path)
            now = time.time_ns()
            try:
                row = stamp(os.lstat(path))
                answer = _known_answer(known.get(relative), row)
                if answer is None:
                    row, answer = self._look(path, patterns)
            except OSError:
                continue
            if answer:
                matches.append(path)
            if is_settled(row, now):
                answers[relative] = [*row, int(answer)]
        if self._cache and answers != known:
            self._cache.put(key, answers)
        return tuple(matches)

    def _look(self, path: Path, patterns: tuple[re.Pattern[bytes], ...]) -> tuple[Stamp, bool]:
        """Read a file; raise OSError where it is not a plain file of bearable size."""
        descriptor = os.open(path, _READ)
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode) or info.st_size > LARGEST_FILE:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
            self.reads += 1
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(LARGEST_FILE)
            return stamp(info), any(p.search(content) is not None for p in patterns)
        finally:
            os.close(descriptor)


def _digest(*texts: str) -> str:
    return digest_of("\n".join(texts).encode("utf-8", "surrogatepass"))


def _can_be_read(path: Path) -> bool:
    try:
        info = os.lstat(path)
    except OSError:
        return False
    fits = stat.S_ISREG(info.st_mode) and info.st_size <= LARGEST_FILE
    return fits and os.access(path, os.R_OK)


def _known_answer(row: object, now: Stamp) -> bool | None:
    # The table comes from a disk that others write to: its shape is not taken for granted.
    if isinstance(row, list) and row[:-1] == [*now] and row[-1] in (0, 1):
        return bool(row[-1])
    return None


class _Walk:
    """One walk, nearest folders first, names in order, so that a bound cuts the same way each time.

    Paths are relative to the root, with `/`; the root is the empty text.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._python: list[str] = []
        self._other: list[str] = []
        self._links: list[str] = []
        self._walked: set[str] = set()
        self._entries = 0
        self._whole = True
        self._other_whole = True

    def run(self) -> _Found:
        queue = deque([""])
        while queue:
            if len(self._walked) >= MOST_FOLDERS or self._entries > MOST_ENTRIES:
                self._whole = False  # folders are left over
                break
            queue += self._folder(queue.popleft())
            if len(self._python) > MOST_PYTHON_FILES:
                self._whole = False
                del self._python[MOST_PYTHON_FILES:]
                break
        self._whole = self._whole and all(map(self._leads_to_known, self._links))
        return _Found(
            tuple(Path(self._root, path) for path in sorted(self._python)),
            tuple(Path(self._root, path) for path in sorted(self._other)),
            self._whole,
            self._other_whole,
        )

    def _folder(self, folder: str) -> list[str]:
        """Take in the files of a folder; give its folders."""
        try:
            entries = self._list(folder)
            names = {entry.name for entry in entries}
            if folder and self._is_skipped(folder, names):
                return []
            self._walked.add(folder)
            return [path for entry in entries if (path := self._entry(folder, entry))]
        except (OSError, ValueError):  # ValueError: a null byte in the root's name
            self._whole = False
            return []

    def _list(self, folder: str) -> list[os.DirEntry[str]]:
        entries = []
        with os.scandir(os.path.join(self._root, folder)) as iterator:
            for entry in iterator:
                entries.append(entry)
                self._entries += 1
                if self._entries > MOST_ENTRIES:
                    self._whole = False
                    break
        return sorted(entries, key=lambda entry: entry.name)

    def _entry(self, folder: str, entry: os.DirEntry[str]) -> str | None:
        """Take in a file or a link; give the path of a folder to walk."""
        name = entry.name
        path = f"{folder}/{name}" if folder else name
        if entry.is_symlink():
            if name not in _SKIPPED_FOLDERS and not _SKIPPED_LINKS.fullmatch(name):
                self._links.append(path)
        elif entry.is_dir(follow_symlinks=False):
            if not name.startswith(".") and name not in _SKIPPED_FOLDERS:
                return path
        elif not entry.is_file(follow_symlinks=False):
            pass
        elif name.endswith(".py"):
            self._python.append(path)
        elif OTHER_NAME.fullmatch(name):
            if len(self._other) < MOST_OTHER_FILES:
                self._other.append(path)
            else:
                self._other_whole = False
        return None

    def _is_skipped(self, folder: str, names: set[str]) -> bool:
        if not names.isdisjoint(_ENVIRONMENT_FILES):
            return True
        if "CACHEDIR.TAG" in names and self._is_tagged(folder):
            return True
        parent, _, name = folder.rpartition("/")
        return (
            name in _OUTPUT_FOLDERS
            and not any(inner.endswith(".py") for inner in names)
            and any(os.path.lexists(self._absolute(parent, beside)) for beside in _BESIDE_OUTPUT)
        )

    def _is_tagged(self, folder: str) -> bool:
        # A file of that name with other content is no tag (https://bford.info/cachedir/).
        try:
            descriptor = os.open(self._absolute(folder, "CACHEDIR.TAG"), _READ)
        except OSError:
            return False
        try:
            return os.read(descriptor, len(SIGNATURE)) == SIGNATURE
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def _absolute(self, folder: str, name: str) -> str:
        return os.path.join(self._root, folder, name)

    def _leads_to_known(self, link: str) -> bool:
        """Say whether a link hides no code: it is broken, or its target was itself walked."""
        place = os.path.join(self._root, link)
        try:
            is_folder = stat.S_ISDIR(os.stat(place).st_mode)
        except OSError as error:
            return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
        if not is_folder and not link.endswith(".py"):
            return True
        target = os.path.realpath(place)
        if not is_below(self._real_root, target):
            return False
        relative = os.path.relpath(target, self._real_root).replace(os.sep, "/")
        if is_folder:
            return relative == "." or relative in self._walked
        return relative in self._python_set

    @functools.cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self._root)

    @functools.cached_property
    def _python_set(self) -> frozenset[str]:
        return frozenset(self._python)
