"""Where in its file something is defined that a finding speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.finding import Definition, Span
from flake8_celery_patterns.run.result import FileResult, Target, path_from
from flake8_celery_patterns.source.scopes import Scope, scopes

_HEAD = re.compile(r"(?:async\s+)?(?:def|class)\s+(?P<name>\w+)")


class Definitions:
    """Finds definitions. It keeps each file that it had to parse, so make one for each report.

    `folder`: absolute, what paths are shown relative to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, _File] = {}

    def span(self, definition: Definition) -> Span | None:
        """Give the place of the name in the `def` or `class` statement (of its first line where
        the name is in the next one).

        Of several definitions of a name it is the last, which is the one that Python keeps. None
        if the file is gone, cannot be parsed, or no longer holds it.
        """
        return self._file(definition.path).spans.get(definition.name)

    def result(self, definition: Definition) -> FileResult:
        """Give the file of a definition, with no findings; its text is empty if it is gone."""
        return self._file(definition.path).result

    def _file(self, path: Path) -> _File:
        if path not in self._files:
            self._files[path] = _File(FileResult(Target(path, path_from(self._folder, path))))
        return self._files[path]


@dataclass(frozen=True)
class _File:
    result: FileResult

    @cached_property
    def spans(self) -> dict[str, Span]:
        document = self.result.document
        return {
            path: _name_span(scope, document.lines[scope.lineno - 1])
            for path, scope in scopes(document.text)
        }


def _name_span(scope: Scope, line: str) -> Span:
    # `ast` counts columns in bytes of UTF-8, and knows no place of the name.
    column = len(line.encode()[: scope.col_offset].decode())
    head = _HEAD.match(line, column)
    start, end = head.span("name") if head else (column, len(line.rstrip()))
    return Span(scope.lineno, start, scope.lineno, end)
