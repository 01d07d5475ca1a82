"""Generated files: written where they are not up to date, or only looked at."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path

# The right text of each file; None for one that should be gone.
Files = Mapping[Path, str | None]

_MADE_FROM = re.compile(r"^Made from Celery (\S+) ", re.MULTILINE)


def update(
    arguments: list[str] | None,
    description: str | None,
    wanted: Callable[[bool], Files],
    *,
    root: Path,
    command: str,
) -> int:
    """Write the files that are stale, or with --check only name them; give the exit status.

    `arguments`: those of the command line (None: `sys.argv`). `description`: of the program, its
    first line is shown. `wanted` is told whether this is a check and gives all files. They are
    named relative to `root`. `command`: what to run when a check fails.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 if stale")
    check: bool = parser.parse_args(arguments).check
    stale = {path: text for path, text in wanted(check).items() if not _is_right(path, text)}
    for path, text in stale.items():
        if not check:
            _put(path, text)
        print(f"{'stale' if check else 'written'}: {path.relative_to(root)}")
    if stale and check:
        print(f"run `{command}`")
    return int(bool(stale) and check)


def update_from_celery(
    arguments: list[str] | None,
    description: str | None,
    target: Path,
    module: Callable[[], str],
    *,
    version: str,
    command: str,
) -> int:
    """As `update`, for the one file `target` that `module` reads from Celery.

    A check has no opinion where the file was made from another version than the installed one.
    """

    def wanted(check: bool) -> Files:
        present = target.read_text(encoding="utf-8") if target.is_file() else ""
        made_from = _MADE_FROM.search(present)
        other = made_from is not None and made_from[1] != version
        return {} if check and other else {target: module()}

    return update(arguments, description, wanted, root=target.parent, command=command)


def _is_right(path: Path, text: str | None) -> bool:
    """Whether the file holds `text` to the byte, or is rightly absent."""
    return (path.read_text(encoding="utf-8") if path.is_file() else None) == text


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
