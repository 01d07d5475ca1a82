"""Lines of a file with a place in them marked, as compilers show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.reports.clip import Window
from flake8_celery_patterns.reports.rows import Row
from flake8_celery_patterns.run.documents import Document

# Of a place with more lines than both together, the first and the last are shown.
_HEAD = 5
_TAIL = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """How a place is marked: drawn with `character`, in a style of rich, with words behind it."""

    character: str
    style: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of `span` in a document, with up to `context` more on both sides.

    A notebook's cell is not left, and no blank line begins or ends it.
    """

    document: Document
    span: Span
    context: int = 0

    @property
    def is_there(self) -> bool:
        """Whether the document has the first line of the place at all."""
        return 0 < self.span.line <= len(self.document.lines)

    def rows(self, window: Window, mark: Mark) -> Iterator[Row]:
        """Give the lines as `window` shows them, with `mark` below the place."""
        if self._end > self.span.line:
            yield from self._over_lines(window, mark)
            return
        line = self._text(self.span.line)
        first = window.first(line, self.span.column, self._end_column)
        for number in self._lines():
            clip = window.clip(self._text(number), first)
            yield self._numbered(number, Text(clip.text))
            if number == self.span.line:
                start = clip.cell(self.span.column)
                length = max(clip.cell(self._end_column) - start, 1)
                marks = f"{mark.character * length} {mark.label}".rstrip()
                yield Row(body=Text(" " * start).append(marks, mark.style))

    def _over_lines(self, window: Window, mark: Mark) -> Iterator[Row]:
        """As rustc: a bar at the left from the first line to the last, with a hook at each end."""
        window = Window(window.width - 2, window.encoding)
        column = self.span.column
        first = window.first(self._text(self.span.line), column, column + 1)
        elided = range(self.span.line + _HEAD, self._end - _TAIL + 1)
        for number in self._lines():
            if number in elided:
                if number == elided.start:
                    yield Row("...", body=Text("|", mark.style))
                continue
            line = self._text(number)
            clip = window.clip(line, first)
            is_hooked = number == self.span.line and line[:column].strip() != ""
            bar = " "
            if self.span.line <= number <= self._end and not is_hooked:
                bar = "/" if number == self.span.line else "|"
            shown = Text().append(bar, mark.style).append(f" {clip.text}")
            shown.rstrip()
            yield self._numbered(number, shown)
            if is_hooked:
                yield Row(body=Text(f" {'_' * (clip.cell(column) + 1)}^", mark.style))
            elif number == self._end:
                hook = f"|{'_' * clip.cell(self._end_column)}^ {mark.label}".rstrip()
                yield Row(body=Text(hook, mark.style))

    @property
    def _end(self) -> int:
        # A place that ends before the first column of a line does not reach into that line.
        end = self.span.end_line - (self.span.end_column == 0)
        return min(max(end, self.span.line), len(self.document.lines))

    @property
    def _end_column(self) -> int:
        ends_there = self._end == self.span.end_line
        return self.span.end_column if ends_there else len(self._text(self._end))

    def _lines(self) -> range:
        start, end = self.span.line, self._end
        for _ in range(self.context):
            start -= self._is_beside(start - 1)
            end += self._is_beside(end + 1)
        while start < self.span.line and not self._text(start).strip():
            start += 1
        while end > self._end and not self._text(end).strip():
            end -= 1
        return range(start, end + 1)

    def _is_beside(self, line: int) -> bool:
        if not 0 < line <= len(self.document.lines):
            return False
        return self.document.place(line)[0] == self.document.place(self.span.line)[0]

    def _text(self, line: int) -> str:
        return self.document.lines[line - 1].rstrip("\r\n")

    def _numbered(self, line: int, body: Text) -> Row:
        return Row(str(self.document.place(line)[1]), body=body)
