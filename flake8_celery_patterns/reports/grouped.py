"""The findings of each file under its name, in columns."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.reports.concise import position
from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.run.result import FileResult, Run


def write(run: Run, out: TextIO) -> None:
    """Write a block for each file that has findings; `[*]` marks a safe fix, as in ruff."""
    encoding = encoding_of(out)
    for result in run.results:
        if result.findings:
            out.write(f"{printable(result.target.shown, encoding)}:\n")
            out.writelines(f"  {printable(line, encoding)}\n" for line in _lines(result))
            out.write("\n")


def _lines(result: FileResult) -> list[str]:
    places = [position(result, f.span.line, f.span.column) for f in result.findings]
    width = max(map(len, places))
    marks = ["[*] " if f.fix and f.fix.safe else "" for f in result.findings]
    return [
        f"{place:<{width}}  {finding.code} {mark}{finding.message}"
        for place, mark, finding in zip(places, marks, result.findings, strict=True)
    ]
