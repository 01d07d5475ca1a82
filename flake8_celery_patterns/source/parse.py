"""From text to a libcst module, without ever losing the process."""

from __future__ import annotations

import ast
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.source.depth import too_deep
from flake8_celery_patterns.source.focus import focus
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.positions import Positions

if TYPE_CHECKING:
    import libcst as cst

MAX_BYTES = 2 * 1024 * 1024
# libcst recurses natively; what `too_deep` lets pass needs less than this.
_STACK_BYTES = 64 * 1024 * 1024
# Python's own parser has no bounds in a longer text: a chain of 150,000 operators ends the process
# with Python 3.10; a dotted name of as many parts takes a minute with any.
_HARMLESS = 100_000


class Unreadable(Exception):
    """A text that cannot be linted.

    `line` is 1-based, `column` 0-based; `reason` says what is wrong and what to do.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed text: libcst's tree and the places of its nodes."""

    module: cst.Module
    positions: Positions


def decode(source: bytes) -> str:
    """The text of a Python file, by its BOM, its coding cookie, or UTF-8 (PEP 263).

    Raises `Unreadable`.
    """
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        return source.decode(encoding)
    # A codec may raise more than UnicodeDecodeError: "undefined" and "punycode" do.
    except (SyntaxError, ValueError, LookupError) as error:
        raise Unreadable(
            f"cannot be decoded: {error}; save it as UTF-8 or name its encoding in the first line"
        ) from error


@dataclass(frozen=True, slots=True)
class Readable:
    """A text that can be asked for its tree: without a BOM, and small enough.

    `lines` are its physical lines, ends kept; `tree` is the standard library's tree of it, None
    where this Python cannot read it.
    """

    text: str
    lines: list[str]
    tree: ast.Module | None


def readable(source: str | bytes, tree: ast.Module | None = None) -> Readable:
    """Make a text ready to be parsed.

    `tree`: the standard library's tree of the same text if the caller has it.
    Raises `Unreadable`: cannot be decoded, or too large.
    """
    text = decode(source) if isinstance(source, bytes) else source
    if len(text) > MAX_BYTES:
        raise Unreadable("is larger than 2 MiB and is not linted: exclude it, or split it")
    text = text.removeprefix("\ufeff")
    if tree is None and (len(text) <= _HARMLESS or not too_deep(text, [], None)):
        tree = outline(text)
    return Readable(text, split_lines(text), tree)


def glimpsed(text: Readable, *, outside: bool = False) -> Parsed | None:
    """The light tree of what matters of a text (source/light); None where there is none.

    Its nodes have no places. `outside`: it is read for the questions of other files alone.
    """
    if text.tree is None:
        return None
    from flake8_celery_patterns.source.light.module import light
    from flake8_celery_patterns.source.light.nodes import Unsupported

    focused = focus(text.text, text.lines, text.tree, outside=outside)
    try:
        module = light(text.tree, text.lines, focused.left_out)
    except (Unsupported, RecursionError):
        return None
    return Parsed(module, Positions(module, None))


def parse(text: Readable, *, outside: bool = False) -> Parsed:
    """Parse what matters of a text with libcst, once.

    `outside`: it is parsed for the questions of other files alone.
    Raises `Unreadable`: nested too deeply, or not Python in any version libcst knows.
    """
    if too_deep(text.text, text.lines, text.tree):
        raise Unreadable("nests too deeply to be parsed safely: simplify it, or exclude it")
    focused = focus(text.text, text.lines, text.tree, outside=outside).text()
    return _Parser(focused.text, focused.line_map, text.tree).result()


def outline(text: str) -> ast.Module | None:
    """The standard library's tree of `text`; None where this Python cannot read it."""
    try:
        with warnings.catch_warnings():
            # An invalid escape sequence in somebody's string is not ours to report.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, SystemError, ValueError, RecursionError, MemoryError):
        # SystemError: Python 3.11 loses count of its own depth at times (gh-106905).
        return None


class _Parser(threading.Thread):
    """One parse, in a thread of its own: there the native stack can be made large enough."""

    def __init__(self, text: str, line_map: list[int] | None, tree: ast.Module | None) -> None:
        super().__init__(name="celery-patterns-parse")
        self._text = text
        self._line_map = line_map
        self._tree = tree
        self._module: cst.Module | None = None
        self._error: BaseException | None = None

    def result(self) -> Parsed:
        before = threading.stack_size(_STACK_BYTES)
        try:
            self.start()
        finally:
            threading.stack_size(before)
        self.join()
        if self._module is None:
            raise self._unreadable()
        return Parsed(self._module, Positions(self._module, self._line_map, self._tree))

    def run(self) -> None:
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
