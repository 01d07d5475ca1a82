"""The code around each finding, as compilers show it: the default on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from flake8_celery_patterns.finding import Finding, Fix
from flake8_celery_patterns.reports.changes import changes
from flake8_celery_patterns.reports.clip import Window
from flake8_celery_patterns.reports.concise import place
from flake8_celery_patterns.reports.excerpt import Excerpt, Mark
from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.reports.rating import tier_of
from flake8_celery_patterns.reports.related import Relations
from flake8_celery_patterns.reports.rows import MARGIN, STYLES, Row, Sign, laid_out
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.rules.rule import Tier
from flake8_celery_patterns.run.documents import Document
from flake8_celery_patterns.run.result import FileResult, Run

# What ruff takes where there is no terminal to ask.
_WIDTH = 140
_NARROWEST = 40
# Room for line numbers of six digits and what stands beside them.
_MARGIN_WIDTH = 9
_CONTEXT = 2
_TIERS: dict[Tier, str] = {"bug": "bold red", "risk": "bold yellow", "opinion": "bold magenta"}
_SAFE = "bold cyan"


def write(run: Run, out: TextIO) -> None:
    """Write each finding with its code marked, what it speaks of in other files, and its fix.

    Colours only where `out` is a terminal that has them, by the rules of rich: never with
    NO_COLOR, always with FORCE_COLOR. On a terminal, sentences are wrapped to its width and long
    lines of code are cut to it; elsewhere sentences stay whole.
    """
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    is_coloured = console.color_system is not None and not console.no_color
    page = _Page(run, console, out)
    for result in run.results:
        for finding in result.findings:
            block = page.block(result, finding).append("\n\n")
            if is_coloured:
                console.print(block, end="", soft_wrap=True)
            else:
                out.write(block.plain)


class _Page:
    """What is the same for all findings of a report."""

    def __init__(self, run: Run, console: Console, out: TextIO) -> None:
        self._console = console
        self._is_terminal = out.isatty()
        self._encoding = encoding_of(out)
        self._width = max(console.width, _NARROWEST) if self._is_terminal else _WIDTH
        self._window = Window(self._width - _MARGIN_WIDTH, self._encoding)
        self._relations = Relations(run.folder)

    def block(self, result: FileResult, finding: Finding) -> Text:
        """Give all that is printed about one finding."""
        code = list(self._code(result, finding))
        fix = finding.fix
        change = list(self._change(result.document, fix)) if fix else []
        rows = list(laid_out((*code, *change)))
        lines = [*self._wrapped(self._header(finding)), *rows[: len(code)]]
        if fix:
            lines += [*self._wrapped(_help(fix)), *rows[len(code) :]]
        return Text("\n").join(lines)

    def _header(self, finding: Finding) -> Text:
        header = Text().append(finding.code, _TIERS[tier_of(finding.code)])
        if finding.fix and finding.fix.safe:
            header.append(" [").append("*", _SAFE).append("]")
        if finding.code in names():
            header.append(f" {names()[finding.code]}:", "bold")
        return header.append(f" {printable(finding.message, self._encoding)}")

    def _code(self, result: FileResult, finding: Finding) -> Iterator[Row]:
        """The place of the finding, and the definitions in other files that it speaks of."""
        found = Excerpt(result.document, finding.span, _CONTEXT)
        yield from self._frame("-->", result, found, Mark("^", _TIERS[tier_of(finding.code)]))
        for other in self._relations.of(finding):
            yield Row()
            defined = Excerpt(other.result.document, other.span)
            mark = Mark("-", MARGIN, f"{other.definition.what} defined here")
            yield from self._frame(":::", other.result, defined, mark)
        if finding.fix:
            yield Row()

    def _frame(
        self, arrow: Sign, result: FileResult, excerpt: Excerpt, mark: Mark
    ) -> Iterator[Row]:
        span = excerpt.span
        where = place(result, span.line, span.column)
        yield Row(sign=arrow, body=Text(printable(where, self._encoding)))
        if excerpt.is_there:
            yield Row()
            yield from excerpt.rows(self._window, mark)

    def _change(self, document: Document, fix: Fix) -> Iterator[Row]:
        """What the fix takes away and what it puts there."""
        for change in changes(document.lines, fix):
            yield Row()
            number = document.place(change.line)[1]
            line = (*change.old, *change.new)[0]
            first = self._window.first(line, change.column, change.column + 1)
            yield from self._lines(number, "-", change.old, first)
            yield from self._lines(number, "+", change.new, first)

    def _lines(self, number: int, sign: Sign, lines: Sequence[str], first: int) -> Iterator[Row]:
        for line in lines:
            yield Row(str(number), sign, Text(self._window.clip(line, first).text, STYLES[sign]))
            number += 1

    def _wrapped(self, sentence: Text) -> Iterator[Text]:
        if not self._is_terminal:
            yield sentence
            return
        for line in sentence.wrap(self._console, self._width):
            line.rstrip()
            yield line


def _help(fix: Fix) -> Text:
    how = "safe fix: --fix" if fix.safe else "unsafe fix: --fix --unsafe-fixes"
    return Text().append("help: ", _SAFE).append(f"{fix.title} ({how})")
