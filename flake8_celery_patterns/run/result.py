"""What a run gives to a report."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.finding import Counts, Finding
from flake8_celery_patterns.run.documents import Document, document, is_notebook


def path_from(folder: str | Path, path: str | Path) -> str:
    """Give `path` as it is shown: relative if it lies below `folder`, else absolute; with `/`.

    Both are absolute, and are compared by their text alone.
    """
    return os.fspath(path).removeprefix(os.path.join(folder, "")).replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class Target:
    """A file to lint.

    `path`: absolute; `shown`: how it is printed, see `path_from`.
    `content`: its bytes where they did not come from the disk (stdin), else None.
    """

    path: Path
    shown: str
    content: bytes | None = None

    def read(self) -> bytes:
        """Give its bytes. Raises OSError."""
        return self.path.read_bytes() if self.content is None else self.content

    @property
    def is_notebook(self) -> bool:
        """Whether it is a Jupyter notebook."""
        return is_notebook(self.path)


@dataclass(frozen=True)
class FileResult:
    """What was found in one file that concerns Celery.

    `findings` are to be shown, in the order of their places. `silenced` are those that a `# noqa`
    hides, `known` those that the baseline holds. `counts`: what was looked at.
    """

    target: Target
    findings: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    counts: Counts = Counts()  # noqa: RUF009 - frozen, so shared without harm

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings, those that are hidden included."""
        return (*self.findings, *self.silenced, *self.known)

    @cached_property
    def document(self) -> Document:
        """The file's text, read when a report asks for it; empty if it is gone by then."""
        try:
            content = self.target.read()
        except OSError:
            content = b""
        return document(content, self.target.path)


@dataclass(frozen=True)
class Run:
    """What a whole run found.

    `results`: the files that concern Celery, in the order in which they are shown. `files`: how
    many were looked at in all. `seconds`: how long it took. `folder`: absolute, where it was
    started. `notes`: sentences for the user about the run itself, shown on stderr.
    """

    results: tuple[FileResult, ...]
    files: int
    seconds: float
    folder: Path
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many findings are to be shown."""
        return sum(len(result.findings) for result in self.results)

    @cached_property
    def counts(self) -> Counts:
        """What was looked at in all files together."""
        return sum((result.counts for result in self.results), Counts())
