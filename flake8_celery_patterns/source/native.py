"""libcst's own parser, without ever losing the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flake8_celery_patterns.source.lines import split_lines

if TYPE_CHECKING:
    import libcst as cst

# libcst recurses natively; what `too_deep` lets pass needs less than this.
_STACK_BYTES = 64 * 1024 * 1024


class Unreadable(Exception):
    """A text that cannot be linted.

    `line` is 1-based, `column` 0-based; `reason` says what is wrong and what to do.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class Parser(threading.Thread):
    """One parse of a text that is not too deep (source/depth.py).

    In a thread of its own: there the native stack can be made large enough. `line_map[n]` is the
    1-based original line of the text's line n + 1; None: they are the same.
    """

    def __init__(self, text: str, line_map: Sequence[int] | None) -> None:
        super().__init__(name="celery-patterns-parse")
        self._text = text
        self._line_map = line_map
        self._module: cst.Module | None = None
        self._error: BaseException | None = None

    def result(self) -> cst.Module:
        """The tree. Raises `Unreadable`, with a line of the original by the line map."""
        before = threading.stack_size(_STACK_BYTES)
        try:
            self.start()
        finally:
            threading.stack_size(before)
        self.join()
        if self._module is None:
            raise self._unreadable()
        return self._module

    def run(self) -> None:
        """The thread's own part."""
        try:
            import libcst as cst

            self._module = cst.parse_module(self._text)
        except BaseException as error:  # handed to the caller's thread by result()
            self._error = error

    def _unreadable(self) -> Unreadable:
        import libcst as cst

        error = self._error
        if isinstance(error, cst.ParserSyntaxError):
            # It may name the line behind the last one, and a column of another line.
            lines = split_lines(self._text) or [""]
            line = min(max(error.raw_line, 1), len(lines))
            column = min(max(error.raw_column, 0), len(lines[line - 1].rstrip("\r\n")))
            return Unreadable(
                "is not Python that can be parsed: mend its syntax",
                self._line_map[line - 1] if self._line_map else line,
                column,
            )
        # The error's own text may span lines, or look like a place to parsers of our messages.
        return Unreadable(f"cannot be parsed ({type(error).__name__}): exclude it, and report it")
