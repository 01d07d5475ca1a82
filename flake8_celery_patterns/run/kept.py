"""Findings of earlier runs: a file is linted again only if something they rest on has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import flake8_celery_patterns
from flake8_celery_patterns.engine import UNREADABLE, Examined
from flake8_celery_patterns.finding import Counts, Definition, Edit, Finding, Fix, Span
from flake8_celery_patterns.project.contents import Contents
from flake8_celery_patterns.project.journal import Kind, Notes, digest_of
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.run.documents import is_notebook
from flake8_celery_patterns.source.parse import Unreadable, decode


class Kept:
    """The findings of one project's files, on disk, each with what it was asked to find them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._version = digest_of(repr((project.root, project.settings, code_version())).encode())
        self.contents = Contents(project.cache, self._version)
        self._verified: dict[tuple[Kind, str, str], bool] = {}
        self._trimmed = False

    def text(self, path: Path, text: str, examine: Callable[[], Examined]) -> Examined:
        """What is found in the file `path` with a text that somebody else has decoded.

        `examine` is asked only if no earlier answer holds; its own is kept. For a caller that
        learns of one file after the other, and never of the end of a run.
        """
        digest = _digest_of_text(path, text)
        earlier = self.find(path, digest)
        if earlier is not None and all(f.code != UNREADABLE for f in earlier.findings):
            return earlier
        with self._project.journal.recording() as notes:
            examined = examine()
        if examined.is_sure:
            self.keep(path, digest, examined, notes)
            self._trim_once()
        return examined

    def content(self, path: Path, content: bytes, examine: Callable[[], Examined]) -> Examined:
        """What `examine` finds in the file `path` with this content; it is kept if it is sure."""
        with self._project.journal.recording() as notes:
            examined = examine()
        if examined.is_sure:
            self.keep(path, digest_of(content), examined, notes)
        return examined

    def find(self, path: Path, digest: str) -> Examined | None:
        """What was found in the file `path` when it had the content that `digest` stands for.

        None if it was never linted, or if an answer that it rests on is another now.
        """
        entry = self._project.cache.get(self._key(path, digest))
        if entry is None:
            return None
        try:
            examined, notes = _decoded(entry)
            return examined if all(self._holds(*key, notes[key]) for key in notes) else None
        except Exception:
            # From a disk that others write to: with whatever is wrong in it, it is none of ours.
            return None

    def keep(self, path: Path, digest: str, examined: Examined, notes: Notes) -> None:
        """Keep what was found, with the notes that the project's journal took meanwhile."""
        self._project.cache.put(self._key(path, digest), _encoded(examined, notes))

    def save(self) -> None:
        """Keep what was learnt of the files' contents; to be called at the end of a run."""
        self.contents.save()
        self._project.cache.trim()

    def _trim_once(self) -> None:
        if not self._trimmed:
            self._trimmed = True
            self._project.cache.trim()

    def _key(self, path: Path, digest: str) -> str:
        return f"findings:{self._version}:{os.fspath(path)}:{digest}"

    def _holds(self, kind: Kind, question: str, answer: str) -> bool:
        key = kind, question, answer
        if key not in self._verified:
            self._verified[key] = self._ask(kind, question, answer)
        return self._verified[key]

    def _ask(self, kind: Kind, question: str, answer: str) -> bool:
        project = self._project
        if kind == "facts":
            digest, _, facts = answer.partition(":")
            if digest and self._digest(Path(question)) == digest:
                return True
            source = project.source(Path(question))
            return (source.digest.partition(":")[2] if source is not None else "") == facts
        if kind == "content":
            return self._digest(Path(question)) == answer
        if kind in ("matching", "other"):
            return project.tree.answer(question) == answer
        with project.journal.recording() as notes:
            if kind == "place":
                base, _, dotted = question.partition("\n")
                project.below(Path(base), dotted)
            elif kind == "roots":
                project.roots(Path(question, "a.py"))
            elif kind == "globbed":
                project.globbed(question)
            elif kind == "unread":
                _ = project.tree.unread
            else:
                _ = project.tree.whole
        return notes[kind, question] == answer

    def _digest(self, path: Path) -> str:
        known = self.contents.known(path)
        return known[0] if known is not None else digest_of(self._project.content(path))


@lru_cache(maxsize=256)
def kept_of(project: Project) -> Kept:
    """Give what is kept of earlier runs over a project."""
    return Kept(project)


@lru_cache(maxsize=1)
def code_version() -> str:
    """Changes with any file of this package: a rule that was edited must not show old findings."""
    home = Path(flake8_celery_patterns.__file__).parent
    stamps = []
    for folder, _, names in os.walk(home):
        for name in names:
            if name.endswith(".py"):
                # An upgrade may be under way.
                with suppress(OSError):
                    info = os.stat(os.path.join(folder, name))
                    stamps.append((os.path.join(folder, name), info.st_mtime_ns, info.st_size))
    return digest_of(repr(sorted(stamps)).encode())


def _digest_of_text(path: Path, text: str) -> str:
    """Stands for a text; for the bytes of a file, too, if these are linted as this very text."""
    content = text.encode("utf-8", "surrogatepass")
    try:
        is_file = not is_notebook(path) and decode(content) == text
    except Unreadable:
        # Who decoded it made something of a cookie that we refuse.
        is_file = False
    return digest_of(content) if is_file else f"text:{digest_of(content)}"


def _encoded(examined: Examined, notes: Notes) -> dict[str, Any]:
    counts = examined.counts
    return {
        "findings": [_row(finding) for finding in examined.findings],
        "counts": [counts.tasks, counts.dispatches, counts.resolved],
        "notes": [[kind, question, answer] for (kind, question), answer in notes.items()],
    }


def _row(finding: Finding) -> list[Any]:
    fix = finding.fix
    mending = fix and [fix.title, [[*_place(e.span), e.text] for e in fix.edits], fix.safe]
    related = [[os.fspath(d.path), d.name, d.what] for d in finding.related]
    return [_place(finding.span), finding.code, finding.message, mending, related]


def _place(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]


def _decoded(entry: Any) -> tuple[Examined, Notes]:
    """Read an entry. Raises whatever comes of it if it is none of ours."""
    findings = tuple(map(_finding, entry["findings"]))
    tasks, dispatches, resolved = map(_number, entry["counts"])
    notes: Notes = {
        (cast(Kind, _text(kind)), _text(question)): _text(answer)
        for kind, question, answer in entry["notes"]
    }
    return Examined(findings, Counts(tasks, dispatches, resolved)), notes


def _finding(row: Any) -> Finding:
    span, code, message, mending, related = row
    fix = None
    if mending is not None:
        title, edits, safe = mending
        changes = tuple(Edit(_span(edit[:4]), _text(edit[4])) for edit in edits)
        fix = Fix(_text(title), changes, safe is True)
    definitions = tuple(Definition(Path(_text(d[0])), _text(d[1]), _text(d[2])) for d in related)
    return Finding(_span(span), _text(code), _text(message), fix, definitions)


def _span(row: Any) -> Span:
    line, column, end_line, end_column = map(_number, row)
    if not (line > 0 <= column and (line, column) <= (end_line, end_column) and end_column >= 0):
        raise ValueError(row)
    return Span(line, column, end_line, end_column)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value
