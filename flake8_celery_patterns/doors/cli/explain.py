"""`celery-patterns explain`: why a finding is given in a line, or why none is."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from flake8_celery_patterns.doors.cli.options import given, settings_options, text_or_json
from flake8_celery_patterns.doors.cli.sections import SectionedCommand
from flake8_celery_patterns.explain.line import Explanation, explain
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.reports.record import located
from flake8_celery_patterns.run.documents import Document, document
from flake8_celery_patterns.run.result import Target, path_from

# As reports write a place, with or without a column: `tasks.py:12:5`, `notes.ipynb:cell 3:12`.
_PLACE = re.compile(r"(?P<path>.+?):(cell (?P<cell>\d+):)?(?P<line>\d+)(:\d+)?:?", re.DOTALL)


@click.command("explain", cls=SectionedCommand)
@click.argument("place", metavar="FILE:LINE")
@text_or_json
@settings_options()
def command(place: str, output_format: str, **rest: Any) -> None:
    """Say why a finding is given in a line, or why none is.

    FILE:LINE is a place as reports print it; a column behind it is not looked at. What is told are
    the facts that the rules see, what of them is not known and why, the findings with what hides
    them, and the rules that looked at the same facts and found nothing.
    """
    name, cell, number = _parsed(place)
    folder = Path(os.getcwd())
    path = Path(os.path.abspath(name))
    target = Target(path, path_from(folder, path))
    shown = document(_content(target, name), path)
    line = _line(shown, name, cell, number)
    try:
        explanation = explain(target, line, given(rest), folder)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if output_format == "json":
        click.echo(json.dumps(_as_json(explanation, shown, cell, number), indent=2))
        return
    encoding = encoding_of(sys.stdout)
    for text in _as_text(explanation, place, shown):
        click.echo(printable(text, encoding))


def _parsed(place: str) -> tuple[str, int | None, int]:
    """The file, the cell and the line that a place names."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise click.UsageError(
            f"{place!r} names no line: write FILE:LINE, such as shop/tasks.py:12"
        )
    cell = int(found["cell"]) if found["cell"] else None
    return found["path"], cell, int(found["line"])


def _content(target: Target, name: str) -> bytes:
    try:
        if target.path.exists() and not (target.path.is_file() or target.path.is_dir()):
            # To read a pipe or a device could take for ever.
            raise click.UsageError(f"{name!r} cannot be read: it is no plain file")
        return target.read()
    except OSError as error:
        raise click.UsageError(f"{name!r} cannot be read: {error.strerror}") from None


def _line(shown: Document, name: str, cell: int | None, number: int) -> int:
    """The line of the linted text that is meant."""
    lines = range(1, len(shown.lines) + 1)
    if not shown.cells:
        if cell is None and number in lines:
            return number
        raise click.UsageError(f"{name!r} has no line {number}: it has {len(shown.lines)}")
    for line in lines:
        if shown.place(line) == (cell, number):
            return line
    raise click.UsageError(f"{name!r} has no such line: name its cell too, as in {name}:cell 1:1")


def _as_text(explanation: Explanation, place: str, shown: Document) -> Iterator[str]:
    yield f"{place}: {explanation.text.strip()}"
    yield ""
    if not explanation.concerned:
        yield "The file does not concern Celery: no word in it speaks of it, so it is not linted."
        return
    yield _gate(explanation, shown)
    if explanation.excluded:
        yield "A run over its folder leaves it out: exclude or extend-exclude match it."
    for fact in explanation.facts:
        yield ""
        yield f"{fact.what}: {fact.title}"
        width = max((len(detail.name) for detail in fact.details), default=0)
        for detail in fact.details:
            yield f"  {detail.name:<{width}}  {detail.text}"
    if not explanation.facts:
        yield ""
        yield "Nothing in this line is a fact that a rule looks at."
    yield ""
    yield from _findings(explanation, shown)


def _gate(explanation: Explanation, shown: Document) -> str:
    if explanation.telling is None:
        return "The file is linted: its name, or its lines together, may concern Celery."
    where = shown.named(explanation.telling)
    text = shown.lines[explanation.telling - 1].strip()
    return f"The file is linted: {where} may concern Celery: {text}"


def _findings(explanation: Explanation, shown: Document) -> Iterator[str]:
    for judged in explanation.findings:
        finding = judged.finding
        is_here = finding.span.line <= explanation.line <= finding.span.end_line
        where = "" if is_here else f" in {shown.named(finding.span.line)}"
        yield f"{finding.code}{where} ({judged.verdict}): {finding.message}"
    if not explanation.findings:
        yield "No finding."
    if explanation.quiet:
        yield f"Looked and found nothing: {', '.join(explanation.quiet)}"


def _as_json(
    explanation: Explanation, shown: Document, cell: int | None, number: int
) -> dict[str, Any]:
    return {
        "filename": os.fspath(explanation.target.path),
        "cell": cell,
        "line": number,
        "text": explanation.text,
        "root": os.fspath(explanation.root),
        "concerns_celery": explanation.concerned,
        "excluded": explanation.excluded,
        "facts": [
            {
                "what": fact.what,
                "title": fact.title,
                **located(shown, fact.span),
                "details": [asdict(detail) for detail in fact.details],
            }
            for fact in explanation.facts
        ],
        "findings": [
            {
                "code": judged.finding.code,
                "message": judged.finding.message,
                **located(shown, judged.finding.span),
                "verdict": judged.verdict,
            }
            for judged in explanation.findings
        ],
        "found_nothing": list(explanation.quiet),
    }
