"""A git repository, read through its plumbing: no work tree, index, hook or filter is touched."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# More than the largest open-source applications have (as `project.tree`), and memory for them.
MOST_FILES = 20_000
MOST_BYTES = 512 * 1024 * 1024
LARGEST_FILE = 2 * 1024 * 1024

# What says how git is configured for this user; all else in a hook's environment speaks of the
# repository that the hook runs in, and of an index that is being written.
_KEPT = (
    "GIT_CONFIG",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
)
_OFFLINE = {
    "GIT_NO_LAZY_FETCH": "1",  # from git 2.45 on
    "GIT_ALLOW_PROTOCOL": "none",  # older ones: no protocol is called so
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_PLAIN_FILES = (b"100644", b"100755")


class GitError(Exception):
    """What cannot be read from git. Its text is one line: what, and what to do."""


@dataclass(frozen=True, slots=True)
class Repository:
    """`top`: the folder of its work tree, absolute, all symlinks resolved."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Give the repository whose work tree `folder` is in. Raises `GitError`."""
        found = _git(folder, "rev-parse", "--show-toplevel")
        top = os.fsdecode(found.stdout).rstrip("\n")
        if found.returncode != 0 or not top:
            raise GitError(f"{folder} is not in a git work tree{_reason(found)}")
        return cls(Path(os.path.realpath(top)))

    def tree(self, revision: str) -> str:
        """Give the object name of the tree of a revision: a commit, branch, tag …

        Raises `GitError` that says what to do.
        """
        if not revision or any(sign in revision for sign in "\0\r\n"):
            raise GitError(f"{revision!r} is no git revision: give a commit, a branch or a tag")
        # Through standard input, where nothing is taken for an option.
        asked = _git(self.top, "cat-file", "--batch-check", text=f"{revision}^{{tree}}\n")
        name, _, kind = os.fsdecode(asked.stdout).partition("\n")[0].partition(" ")
        if asked.returncode == 0 and kind.startswith("tree "):
            return name
        if kind.startswith("ambiguous"):
            raise GitError(f"{revision!r} means several objects: give more of the commit's name")
        raise GitError(f"git knows no revision {revision!r} here: {self._advice()}{_reason(asked)}")

    def _advice(self) -> str:
        shallow = _git(self.top, "rev-parse", "--is-shallow-repository")
        if shallow.stdout.strip() == b"true":
            return (
                "this clone is shallow; fetch the revision first (`git fetch --unshallow`, or "
                "`fetch-depth: 0` of actions/checkout)"
            )
        return "check its name, or fetch it first (`git fetch`)"

    def write_files(self, tree: str, wanted: Callable[[str], bool], into: Path) -> None:
        """Write the plain files of a tree whose paths are `wanted` into the empty folder `into`.

        Their paths are relative to the top, with `/`. Symlinks, submodules, files larger than
        2 MiB, and names that could lead out of the folder are left out.
        Raises `GitError`, and OSError for a full disk.
        """
        listed = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", tree)
        if listed.returncode != 0:
            raise GitError(f"git cannot list the files of the revision{_reason(listed)}")
        files = [f for f in _plain_files(listed.stdout) if wanted(f[1])]
        if len(files) > MOST_FILES:
            raise GitError(
                f"the revision has {len(files)} Python files; more than {MOST_FILES} are not "
                "compared: start in a smaller project"
            )
        with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as errors:
            names.write(b"".join(name + b"\n" for name, _ in files))
            names.seek(0)
            with _started(self.top, names, errors) as process:
                assert process.stdout is not None
                try:
                    _write(process.stdout, [path for _, path in files], into)
                except EOFError:
                    process.kill()
                    raise GitError(
                        "the files of the revision are not all in this clone (a partial one?): "
                        "fetch them first (`git fetch --refetch`)"
                    ) from None
                except BaseException:
                    process.kill()
                    raise


def _plain_files(listing: bytes) -> Iterator[tuple[bytes, str]]:
    """Object name and path of each plain file in what `ls-tree -z` gives."""
    for line in listing.split(b"\0"):
        about, _, path = line.partition(b"\t")
        parts = about.split(b" ")
        if len(parts) == 3 and parts[0] in _PLAIN_FILES and _is_safe(os.fsdecode(path)):
            yield parts[2], os.fsdecode(path)


def _is_safe(path: str) -> bool:
    """Whether a path stays in the folder that it is put in; trees can be made with any names."""
    parts = path.replace(os.sep, "/").split("/")
    return not any(part in ("", ".", "..") or ":" in part for part in parts)


def _write(out: IO[bytes], paths: list[str], into: Path) -> None:
    """Write what `cat-file --batch` gives for one path after the other. Raises EOFError."""
    total = 0
    for path in paths:
        name, _, rest = out.readline().rstrip(b"\n").partition(b" ")
        kind, _, size = rest.partition(b" ")
        if kind != b"blob" or not size.isdigit():
            raise EOFError(name)
        content = out.read(int(size) + 1)
        if len(content) != int(size) + 1:
            raise EOFError(name)
        total += int(size)
        if total > MOST_BYTES:
            raise GitError(
                f"the Python files of the revision are larger than {MOST_BYTES >> 20} MiB together "
                "and are not compared: start in a smaller project"
            )
        if int(size) <= LARGEST_FILE:
            # A tree may hold a file and a folder of one name, or two names that are one here.
            with suppress(FileExistsError, NotADirectoryError, IsADirectoryError, ValueError):
                _put(into / path, content[:-1])


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:
        file.write(content)


def _started(top: Path, names: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    # Without --textconv and --filters, which would run what the repository's configuration names.
    return subprocess.Popen(
        ["git", "cat-file", "--batch"],
        cwd=top,
        stdin=names,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=_environment(),
    )


def _git(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=os.fsencode(text),
            capture_output=True,
            env=_environment(),
            check=False,
        )
    except OSError as error:
        raise GitError(f"git cannot be run ({error.strerror}): install it") from None


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(_KEPT)}
    return kept | _OFFLINE


def _reason(run: subprocess.CompletedProcess[bytes]) -> str:
    """What git itself says, in brackets."""
    lines = run.stderr.decode("utf-8", "replace").split("\n")
    said = lines[0].removeprefix("fatal: ").strip()
    return f" ({said})" if said else ""
