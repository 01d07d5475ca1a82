"""`# noqa`, exactly as flake8 treats it: by flake8's own code."""

from __future__ import annotations

import argparse
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.source.lines import split_lines

if TYPE_CHECKING:
    from flake8.processor import FileProcessor

_LINE_END = re.compile(r"\r\n?|\n")
# A notebook's JSON can hold them; the tokenizer of Python 3.12 and newer cannot read them.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Since Python 3.12 a string with replacement fields is several tokens.
_OPENING = ("FSTRING_START", "TSTRING_START")
_CLOSING = ("FSTRING_END", "TSTRING_END")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that flake8 searches as one for a `# noqa`.

    `first`: the number of the first, from 1. `text`: all of them, each ended by `\\n`. `comment`:
    where the comment at their end begins in `text`; None without one. `takes_comment`: whether one
    may stand at their end; not between the braces of an f-string, before Python 3.12.
    """

    first: int
    text: str
    comment: int | None
    takes_comment: bool

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + self.text.count("\n", 0, -1)

    def place(self, offset: int) -> tuple[int, int]:
        """The line (from 1) and column (from 0) of an offset in `text`."""
        before = self.text[:offset]
        return self.first + before.count("\n"), offset - (before.rfind("\n") + 1)


class Noqa:
    """What the comments of one text hide; nothing is looked at before it is asked for.

    flake8 looks for a comment in the line of a finding; the lines of a string that spans several,
    and lines joined by a backslash, are one to it (`FileProcessor._noqa_line_mapping` in
    flake8/processor.py). Only the first `# noqa` there counts, in a comment or in a string.
    `# flake8: noqa` counts for the whole file.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def mentioned(self) -> bool:
        """Whether there can be a `# noqa` at all; cheap, and True too often."""
        return "noqa" in self._text.lower()

    @cached_property
    def whole_file(self) -> bool:
        """Whether a comment hides everything."""
        return self.mentioned and bool(self._processor.should_ignore_file())

    def hidden(self, findings: Iterable[Finding]) -> frozenset[Finding]:
        """Give those of `findings`, which were found in the text, that a comment hides."""
        if not self.mentioned:
            return frozenset()
        return frozenset(finding for finding in findings if self.hides(finding))

    def hides(self, finding: Finding) -> bool:
        """Whether a comment hides `finding`."""
        return self.whole_file or silences(self._searched(finding.span.line), finding.code)

    def stretch(self, line: int) -> Stretch | None:
        """The lines that are searched about a finding in `line`; None in a text that is no Python
        to this interpreter."""
        return self._stretches.get(line)

    def stretches(self) -> Iterable[Stretch]:
        """All stretches of lines, in order."""
        return dict.fromkeys(self._stretches.values())

    @cached_property
    def _lines(self) -> list[str]:
        # As flake8 reads a file: without a BOM, every line end a line feed.
        text = _SURROGATE.sub("?", self._text.removeprefix("\ufeff"))
        return split_lines(_LINE_END.sub("\n", text))

    @cached_property
    def _processor(self) -> FileProcessor:
        from flake8.processor import FileProcessor

        return FileProcessor("-", _Options(), list(self._lines))

    def _searched(self, line: int) -> str:
        joined: str | None = self._processor.noqa_line_for(line)
        if joined is None:
            # A text that is no Python has no joined lines; flake8 takes the line alone.
            return self._lines[line - 1] if line <= len(self._lines) else ""
        return joined

    @cached_property
    def _stretches(self) -> dict[int, Stretch]:
        found: dict[int, Stretch] = {}
        for line in range(1, len(self._lines) + 1):
            text: str | None = self._processor.noqa_line_for(line)
            if text is not None and line not in found:
                stretch = self._stretch(line, text)
                found.update(dict.fromkeys(range(line, stretch.last + 1), stretch))
        return found

    def _stretch(self, first: int, text: str) -> Stretch:
        last = Stretch(first, text, None, True).last
        column = self._comments.get(last)
        before = len(text) - len(self._lines[last - 1])
        comment = None if column is None else before + column
        return Stretch(first, text, comment, last not in self._ends_in_string)

    @cached_property
    def _comments(self) -> dict[int, int]:
        """The column of the comment in each line that has one."""
        tokens = self._processor.file_tokens
        return {
            token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT
        }

    @cached_property
    def _ends_in_string(self) -> set[int]:
        found: set[int] = set()
        depth = 0
        for token in self._processor.file_tokens:
            name = tokenize.tok_name[token.type]
            depth += (name in _OPENING) - (name in _CLOSING)
            if depth and token.type == tokenize.NL:
                found.add(token.start[0])
        return found


def silences(line: str, code: str) -> bool:
    """Whether the first `# noqa` in `line`, if any, hides a finding with `code` there."""
    from flake8.violation import Violation

    found = Violation(
        code=code, filename="-", line_number=1, column_number=1, text="", physical_line=line
    )
    return bool(found.is_inline_ignored(disable_noqa=False))


def silenced(text: str, findings: Iterable[Finding]) -> frozenset[Finding]:
    """Give those of `findings` that a comment in `text`, the file they were found in, hides."""
    return Noqa(text).hidden(findings)


class _Options(argparse.Namespace):
    """flake8's options; those that `FileProcessor` asks for concern style, which is not looked at
    here."""

    def __getattr__(self, name: str) -> None:
        return None
