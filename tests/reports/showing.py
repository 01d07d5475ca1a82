"""Reports for people in tests: a run made of texts and findings, and what a stream then holds."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from flake8_celery_patterns.finding import Counts, Definition, Edit, Finding, Fix, Span
from flake8_celery_patterns.run.result import FileResult, Run, Target

FOLDER = Path("/nowhere/shop").absolute()


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def finding(
    *place: int,
    code: str = "CEL201",
    message: str = "is wrong",
    fix: Fix | None = None,
    related: tuple[Definition, ...] = (),
) -> Finding:
    """A finding at `place`: line, column, end line, end column, as in `Span`."""
    return Finding(Span(*place), code, message, fix, related)


def replacing(*place: int, text: str, title: str = "Mend it", safe: bool = True) -> Fix:
    """A fix of one edit."""
    return Fix(title, (Edit(Span(*place), text),), safe)


def result(
    text: str | bytes,
    *findings: Finding,
    name: str = "views.py",
    silenced: tuple[Finding, ...] = (),
    known: tuple[Finding, ...] = (),
    counts: Counts = Counts(),  # noqa: B008 - frozen
) -> FileResult:
    """The result of a file that is nowhere on the disk."""
    content = text if isinstance(text, bytes) else text.encode()
    return FileResult(Target(FOLDER / name, name, content), findings, silenced, known, counts)


def run(*results: FileResult, files: int | None = None, seconds: float = 0.42) -> Run:
    """A run with these results, over `files` files in all (default: no others)."""
    return Run(results, len(results) if files is None else files, seconds, FOLDER)


def written(
    write: Callable[[Run, TextIO], None],
    what: Run,
    *,
    encoding: str = "utf-8",
    stream: type[io.TextIOWrapper] = io.TextIOWrapper,
) -> str:
    """What `write` writes to a stream of that encoding, which refuses what it cannot hold."""
    held = io.BytesIO()
    out = stream(held, encoding=encoding, newline="\n")
    write(what, out)
    out.flush()
    return held.getvalue().decode(encoding)
