"""What was worked out about a file, kept on disk for the next process.

`<folder>/<version>/<2 hex>/<digest>.json`, one file a key. A file holds its key and a checksum, so
that one which is broken, cut short, edited or meant for another key counts as not there and is
written anew. The checksum finds accidents; it is no signature: a caller judges the shape of what it
gets. Nothing here is ever executed (no pickle).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import time
from pathlib import Path
from typing import Any

from flake8_celery_patterns.project.root import inside

# https://bford.info/cachedir/: the first 43 bytes make the tag; back-up tools then skip the folder.
SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_TAG = SIGNATURE + (
    b"\n# This folder is a cache of flake8-celery-patterns; it may be deleted at any time.\n"
    b"# For what this file means see https://bford.info/cachedir/\n"
)

_TAG_NAME = "CACHEDIR.TAG"

_DAY = 24 * 60 * 60  # seconds
_UNUSED = 30 * _DAY

# No entry of ours comes near this; a planted file must not fill the memory.
_LARGEST_ENTRY = 16 * 1024 * 1024

# Removing a file takes some 10 to 50 µs: at most about a second, once an upgrade.
_MOST_REMOVALS = 20_000

_DIGEST_BYTES = 20
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
_SHARD = re.compile(r"[0-9a-f]{2}")
_ENTRY = re.compile(r"[0-9a-f]{40}(?:\.json|\.[0-9]+\.[0-9a-f]{8}\.tmp)")

# Absent on Windows: O_NOFOLLOW (never read or write through a planted link) and O_NONBLOCK (a
# planted pipe must not hang us). There, O_BINARY keeps line ends as they are.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK


class Cache:
    """JSON values by key, on disk, shared by processes. No state of the disk makes it raise.

    `folder`: where to keep them, made at the first write; None switches the cache off.
    `version`: of whoever writes the values; the values of another version are never seen.
    `within`: give the project root for a folder that the user did not name. The folder must then
    lie in that root with all symlinks resolved, else the cache is off, and no missing parent of it
    is made. A folder that the user named may lie, or lead through a symlink, anywhere. Below the
    folder no symlink is ever followed.

    The first write that fails (read-only, full disk, no permission, a file where a folder should
    be) ends writing for this process, in silence; what others have written is still read.

    `hits`, `misses`, `writes` count `get` that found, `get` that did not, and completed `put`.
    """

    def __init__(self, folder: Path | None, version: str, *, within: Path | None = None) -> None:
        self.hits = 0
        self.misses = 0
        self.writes = 0
        self._within = within
        self._reading = folder is not None
        self._writing = folder is not None
        self._checked = False
        self._plain: set[str] = set()  # folders that are there and no links
        self._base = os.path.abspath(folder) if folder is not None else ""
        name = version if _VERSION.fullmatch(version) else _digest(version)
        self._home = os.path.join(self._base, name)

    def get(self, key: str) -> Any | None:
        """Give the value that was put under `key`, a new object each time; None where none is."""
        value = self._load(key) if self._allowed() and self._reading else None
        if value is None:
            self.misses += 1
        else:
            self.hits += 1
        return value

    def put(self, key: str, value: Any) -> None:
        """Keep `value` under `key`, in the place of what was there.

        `value` must survive JSON: dicts with text keys, lists (a tuple comes back as a list), text
        (any, lone surrogates too), numbers, booleans; None is the same as nothing. What is nested
        too deep, not finite or over 16 MiB is not kept.
        Raises TypeError where the value is not JSON at all: the caller's bug, not the disk's.
        """
        if not self._allowed() or not self._writing:
            return
        try:
            payload = _dump(value)
            # The sum covers the key too; "key" is there for who looks into the file.
            data = _encode(_dump({"key": key, "sum": _digest(key, payload), "payload": payload}))
        except (ValueError, RecursionError):
            return
        if len(data) > _LARGEST_ENTRY:
            return
        try:
            self._write(self._path(key), data)
        except (OSError, ValueError):  # ValueError: a null byte in the folder's name
            self._writing = False
        else:
            self.writes += 1

    def clear(self) -> int:
        """Remove all entries, of all versions; give how many there were."""
        return self._drop(kept="") if self._allowed() else 0

    def trim(self) -> None:
        """Once a day, remove what nobody has asked for in thirty days."""
        if not self._allowed() or not self._writing:
            return
        tag = os.path.join(self._base, _TAG_NAME)
        with contextlib.suppress(OSError):
            if time.time() - os.lstat(tag).st_mtime > _DAY and self._is_ours():
                os.utime(tag)
                for shard in _folders(self._home, _SHARD):
                    for path in _entries(shard):
                        if time.time() - os.lstat(path).st_mtime > _UNUSED:
                            _forget(path)

    def _allowed(self) -> bool:
        if not self._checked:
            self._checked = True
            if self._within is not None and not inside(self._within, Path(self._base)):
                self._reading = self._writing = False
        return self._reading or self._writing

    def _path(self, key: str) -> str:
        digest = _digest(key)
        return os.path.join(self._home, digest[:2], f"{digest}.json")

    def _load(self, key: str) -> Any | None:
        path = self._path(key)
        if self._is_linked(path):
            return None
        try:
            entry = json.loads(_read(path).decode("utf-8", "surrogatepass"))
            payload = entry["payload"]
            if entry["sum"] != _digest(key, payload):
                return None
            self._note_use(path)
            return json.loads(payload)
        # No file; not JSON; not an object; not our members; not text; nested to break the parser.
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def _note_use(self, path: str) -> None:
        if self._writing and time.time() - os.lstat(path).st_mtime > _DAY:
            with contextlib.suppress(OSError):
                os.utime(path)

    def _is_linked(self, path: str) -> bool:
        shard = os.path.dirname(path)
        if shard in self._plain:
            return False
        if os.path.islink(self._home) or os.path.islink(shard):
            return True
        if os.path.isdir(shard):
            self._plain.add(shard)
        return False

    def _write(self, path: str, data: bytes) -> None:
        for attempt in range(3):
            try:
                if self._is_linked(path):
                    raise NotADirectoryError(path)
                _replace(path, data)
                return
            except FileNotFoundError:
                # The first write; or another process, of another version, removed our folders.
                if attempt == 2:
                    raise
                self._make_folders(os.path.dirname(path))

    def _make_folders(self, shard: str) -> None:
        if self._within is None:
            os.makedirs(os.path.dirname(self._base), exist_ok=True)
        # Only what is ours, or empty, gets a tag and a .gitignore: in a folder of the user's with
        # other things in it, they would hide these from back-ups and from git.
        if _mkdir(self._base) or not os.listdir(self._base):
            for name, content in ((_TAG_NAME, _TAG), (".gitignore", b"*\n")):
                with contextlib.suppress(FileExistsError):
                    _create(os.path.join(self._base, name), content)
        if _mkdir(self._home):
            # Those of other versions.
            self._drop(kept=self._home)
        if os.path.islink(self._home):
            raise NotADirectoryError(self._home)
        _mkdir(shard)

    def _drop(self, kept: str) -> int:
        """Remove the entries of all versions but `kept`: files named like ours, in a folder we
        made. Gives how many."""
        removed = 0
        with contextlib.suppress(OSError):
            if not self._is_ours():
                return 0
            for version in _folders(self._base, _VERSION):
                if version == kept:
                    continue
                for shard in _folders(version, _SHARD):
                    for path in _entries(shard):
                        if kept and removed == _MOST_REMOVALS:
                            return removed
                        removed += 1
                        _forget(path)
                    with contextlib.suppress(OSError):
                        os.rmdir(shard)
                with contextlib.suppress(OSError):
                    os.rmdir(version)
        return removed

    def _is_ours(self) -> bool:
        return _read(os.path.join(self._base, _TAG_NAME)) == _TAG


def _dump(value: Any) -> str:
    # Raw text, not \u escapes: two lone surrogates, escaped, would be read back as one character.
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _digest(*texts: str) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for text in texts:
        data = _encode(text)
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def _read(path: str) -> bytes:
    descriptor = os.open(path, _READ)
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_size > _LARGEST_ENTRY:
            raise OSError(f"not an entry: {path!r}")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_LARGEST_ENTRY)
    finally:
        os.close(descriptor)


def _create(path: str, data: bytes) -> None:
    # Mode 0o666 less the umask, as for any file, so that a shared cache can be read by others.
    descriptor = os.open(path, _CREATE, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
    except BaseException:  # a full disk, Ctrl-C: no half of a file stays
        _forget(path)
        raise


def _replace(path: str, data: bytes) -> None:
    temporary = f"{path.removesuffix('.json')}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    _create(temporary, data)
    try:
        os.replace(temporary, path)
    except BaseException:
        _forget(temporary)
        raise


def _forget(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _mkdir(path: str) -> bool:
    """Make one folder; say whether it was not there. A file in its place shows at the next step."""
    try:
        os.mkdir(path)
    except FileExistsError:
        return False
    return True


def _folders(folder: str, name: re.Pattern[str]) -> list[str]:
    with os.scandir(folder) as entries:
        return [
            entry.path
            for entry in entries
            if name.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]


def _entries(shard: str) -> list[str]:
    with os.scandir(shard) as entries:
        return [entry.path for entry in entries if _ENTRY.fullmatch(entry.name)]
