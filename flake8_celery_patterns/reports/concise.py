"""One line a finding, as flake8's default format: `path:line:column: code message`."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.run.result import FileResult, Run


def write(run: Run, out: TextIO) -> None:
    """Write one line for each finding; lines and columns count from 1."""
    encoding = encoding_of(out)
    for result in run.results:
        for finding in result.findings:
            where = place(result, finding.span.line, finding.span.column)
            line = f"{where}: {finding.code} {finding.message}"
            out.write(f"{printable(line, encoding)}\n")


def place(result: FileResult, line: int, column: int) -> str:
    """`path:line:column`, or `path:cell 3:line:column` in a notebook; `column` counts from 0."""
    return f"{result.target.shown}:{position(result, line, column)}"


def position(result: FileResult, line: int, column: int) -> str:
    """What comes behind the path in `place`."""
    # Only a notebook's text is worth reading for this.
    cell, line = result.document.place(line) if result.target.is_notebook else (None, line)
    return f"{line}:{column + 1}" if cell is None else f"cell {cell}:{line}:{column + 1}"
