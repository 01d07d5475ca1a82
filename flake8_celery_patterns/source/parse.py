"""From a text to its tree."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.source.depth import too_deep
from flake8_celery_patterns.source.focus import focus
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.native import Parser
from flake8_celery_patterns.source.native import Unreadable as Unreadable
from flake8_celery_patterns.source.positions import Positions

if TYPE_CHECKING:
    import libcst as cst

MAX_BYTES = 2 * 1024 * 1024
# Python's own parser has no bounds in a longer text: a chain of 150,000 operators ends the process
# with Python 3.10; a dotted name of as many parts takes a minute with any.
_HARMLESS = 100_000
# What such a chain is made of. Each link takes two letters: as many of these as half of that length
# are no more than a text of that length can hold.
_LINKS = (*"+-*/%@&|^<>.([{'\"", "not", "or", "and", "if", "for", "lambda", "await")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed text: its tree, of libcst's nodes, and their places."""

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


def readable(source: str | bytes) -> Readable:
    """Make a text ready to be parsed.

    Raises `Unreadable`: cannot be decoded, or too large.
    """
    text = decode(source) if isinstance(source, bytes) else source
    if len(text) > MAX_BYTES:
        raise Unreadable("is larger than 2 MiB and is not linted: exclude it, or split it")
    text = text.removeprefix("\ufeff")
    return Readable(text, split_lines(text), outline(text) if _is_harmless(text) else None)


def _is_harmless(text: str) -> bool:
    if len(text) <= _HARMLESS or sum(map(text.count, _LINKS)) <= _HARMLESS // 2:
        return True
    return not too_deep(text, [], None)


def glimpsed(text: Readable, *, outside: bool = False) -> Parsed | None:
    """The light tree of what matters of a text (source/light); None where there is none.

    `outside`: it is read for the questions of other files alone.
    """
    if text.tree is None:
        return None
    from flake8_celery_patterns.source.light.module import light
    from flake8_celery_patterns.source.light.nodes import Unsupported
    from flake8_celery_patterns.source.light.positions import LightPositions

    focused = focus(text.text, text.lines, text.tree, outside=outside)
    try:
        made = light(text.tree, text.lines, focused.left_out)
    except (Unsupported, RecursionError):
        return None
    return Parsed(made.module, LightPositions(made, text.tree, focused))


def parse(text: Readable, *, outside: bool = False) -> Parsed:
    """Parse what matters of a text with libcst, once.

    `outside`: it is parsed for the questions of other files alone.
    Raises `Unreadable`: nested too deeply, or not Python in any version libcst knows.
    """
    if too_deep(text.text, text.lines, text.tree):
        raise Unreadable("nests too deeply to be parsed safely: simplify it, or exclude it")
    focused = focus(text.text, text.lines, text.tree, outside=outside).text()
    module = Parser(focused.text, focused.line_map).result()
    return Parsed(module, Positions(module, focused.line_map, text.tree))


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
