"""What git leaves out of a work tree: `.gitignore` files and `.git/info/exclude`.

https://git-scm.com/docs/gitignore. Patterns are compiled by pathspec. Its own specs answer for one
path against one file of patterns, folders above included; a walk asks about each folder before it
enters it, and a path may be let in again by a file further down. So each pattern is asked about
the one entry alone, as git does.

Not read: the user's own `core.excludesFile`, since the same project would then give other findings
on another machine; and git's index, so a tracked file that a pattern matches is left out too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pathspec import GitIgnoreSpec
from pathspec.pattern import Pattern

IGNORE_FILE = ".gitignore"
GIT = ".git"

# Each `*` in a name, and each `**` in a path, multiplies the time of a match by the length of what
# is matched: a pattern with ten of them would never come to an end.
_MOST_STARS = 3

# Takes a path, and what to say of it.
Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class _Line:
    """One pattern.

    `anywhere`: it speaks of a name alone, at any depth. Otherwise of a path below its file's
    folder; `depth` is how many parts that must have, 0 for any number. `end`: the pattern of what
    stands behind its last `**/`, which has `end_depth` parts.
    """

    pattern: Pattern
    ignores: bool
    folders_only: bool
    anywhere: bool = False
    depth: int = 0
    end: Pattern | None = None
    end_depth: int = 0

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it matches `path` itself: pathspec would take a folder above it as well."""
        if self.folders_only and not is_folder:
            return False
        if self.depth and self.depth != path.count("/") + 1:
            return False
        if self.pattern.match_file(path) is None:
            return False
        if self.end is None:
            return True
        return self.end.match_file("/".join(path.split("/")[-self.end_depth :])) is not None


class Patterns:
    """The patterns of one file that speaks of the folder `base` (absolute) and all below."""

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self._start = len(os.path.join(base, ""))
        self._lines = [line for line in map(_line, lines) if line is not None]
        # Most patterns speak of a name alone, at any depth; so do their answers.
        self._for_names = [i for i, line in enumerate(self._lines) if line.anywhere]
        self._for_paths = [i for i, line in enumerate(self._lines) if not line.anywhere]
        self._by_name: dict[tuple[str, bool], int] = {}

    def ignores(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Whether the entry is ignored; None where no pattern speaks of it.

        `path`: absolute; `name`: its last part. Of several patterns that match, the last decides.
        """
        best = self._by_name.get((name, is_folder))
        if best is None:
            best = self._last(self._for_names, name, is_folder, -1)
            self._by_name[name, is_folder] = best
        if self._for_paths and self._for_paths[-1] > best:
            below = path[self._start :].replace(os.sep, "/")
            best = self._last(self._for_paths, below, is_folder, best)
        return None if best < 0 else self._lines[best].ignores

    def _last(self, indices: list[int], path: str, is_folder: bool, least: int) -> int:
        for index in reversed(indices):
            if index <= least:
                break
            if self._lines[index].matches(path, is_folder):
                return index
        return least


# Of a folder: its own patterns, then those of the folders above it. None: no work tree of git.
Chain = tuple[Patterns, ...] | None


def ignored(chain: Chain, path: str, name: str, is_folder: bool) -> bool:
    """Whether git ignores the entry `path` (absolute) of a folder with `chain`."""
    for patterns in chain or ():
        answer = patterns.ignores(path, name, is_folder)
        if answer is not None:
            return answer
    return False


def chain_above(folder: str, tell: Tell) -> Chain:
    """Give what the folders above `folder` (absolute) say, from the work tree's top on."""
    above: list[str] = []
    while (parent := os.path.dirname(folder)) != folder:
        above.append(parent)
        if os.path.lexists(os.path.join(parent, GIT)):
            break
        folder = parent
    chain: Chain = None
    for ancestor in reversed(above):
        chain = chain_in(ancestor, chain, tell)
    return chain


def chain_in(folder: str, above: Chain, tell: Tell) -> Chain:
    """Give the patterns that hold for the entries of `folder`; `above`: those of its parent.

    A repository inside another begins anew. `tell` is called for what cannot be read.
    """
    git = os.path.join(folder, GIT)
    if os.path.lexists(git):
        # Of a submodule or a linked work tree (`.git` is a file), this lies outside of `folder`.
        above = _with(folder, os.path.join(git, "info", "exclude"), (), tell)
    if above is None:
        return None
    return _with(folder, os.path.join(folder, IGNORE_FILE), above, tell)


def _with(base: str, file: str, above: tuple[Patterns, ...], tell: Tell) -> tuple[Patterns, ...]:
    try:
        # git follows no link here either.
        if not stat.S_ISREG(os.lstat(file).st_mode):
            return above
        with open(file, "rb") as opened:
            text = os.fsdecode(opened.read().removeprefix(b"\xef\xbb\xbf"))
    except (FileNotFoundError, NotADirectoryError):
        return above
    except OSError as error:
        tell(file, f"cannot be read ({error.strerror}): it leaves out nothing")
        return above
    return (Patterns(base, text.split("\n")), *above)


def _line(text: str) -> _Line | None:
    """None: no pattern, one that can match nothing, or one that would take too long to match."""
    if text.startswith("#"):
        return None
    body = _without_spaces(text.removesuffix("\r"))
    ignores = not body.startswith("!")
    body = body.removeprefix("!")
    if _takes_too_long(body.split("/")):
        return None
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    name = body
    while name.startswith("**/"):
        name = name[3:]
    if "/" in name:
        return _path_line(body.removeprefix("/"), ignores, folders_only)
    # A "#" or "!" that stands here is part of the name.
    pattern = _compiled(name if name[:1] not in ("#", "!") else f"\\{name}")
    return None if pattern is None else _Line(pattern, ignores, folders_only, anywhere=True)


def _path_line(body: str, ignores: bool, folders_only: bool) -> _Line | None:
    pattern = _compiled(f"/{body}")
    if pattern is None:
        return None
    parts = body.split("/")
    if "**" not in parts:
        return _Line(pattern, ignores, folders_only, depth=len(parts))
    behind = parts[len(parts) - parts[::-1].index("**") :]
    end = _compiled("/" + "/".join(behind)) if behind else None
    return _Line(pattern, ignores, folders_only, end=end, end_depth=len(behind))


def _takes_too_long(parts: list[str]) -> bool:
    return parts.count("**") > _MOST_STARS or any(p.count("*") > _MOST_STARS for p in parts)


def _without_spaces(line: str) -> str:
    """The line without the spaces at its end; one behind a backslash stays."""
    stripped = line.rstrip(" ")
    return stripped + " " if stripped.endswith("\\") and stripped != line else stripped


def _compiled(text: str) -> Pattern | None:
    try:
        pattern = GitIgnoreSpec.from_lines([text]).patterns[0]
    except (ValueError, IndexError):  # not a pattern; nothing at all
        return None
    return None if pattern.include is None else pattern
