"""Reviewdog Diagnostic Format, a `DiagnosticResult`: for `reviewdog -f=rdjson`, 0.18 or later.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from flake8_celery_patterns.finding import Edit, Finding, Fix, Span
from flake8_celery_patterns.reports.places import told
from flake8_celery_patterns.reports.rating import page_of, severity_of
from flake8_celery_patterns.reports.related import Relations
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.rules.pages import DOCS
from flake8_celery_patterns.run.result import FileResult, Run, path_from
from flake8_celery_patterns.source.lines import text_in

# A suggestion replaces one stretch. A fix whose edits lie farther apart would repeat, in a comment
# on the pull request, all that stands between them.
_MOST_LINES = 20


def write(run: Run, out: TextIO) -> None:
    """Write the result. Paths are relative to the folder of the run; columns are bytes of UTF-8."""
    relations = Relations(run.folder)
    diagnostics = [
        _diagnostic(run, relations, result, finding)
        for result in run.results
        for finding in result.findings
    ]
    source = {"name": "celery-patterns", "url": DOCS}
    out.write(json_text({"source": source, "diagnostics": diagnostics}, indent=2) + "\n")


def _diagnostic(
    run: Run, relations: Relations, result: FileResult, finding: Finding
) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": told(result, finding),
        "location": _location(run, result, finding.span),
        "severity": severity_of(finding.code).upper(),
        "code": _code(finding.code),
    }
    if finding.fix and not result.target.is_notebook:
        suggestion = _suggestion(result.document.lines, finding.fix)
        diagnostic["suggestions"] = [suggestion] if suggestion else []
    diagnostic["related_locations"] = [
        {"message": other.message, "location": _location(run, other.result, other.span)}
        for other in relations.of(finding)
    ]
    return diagnostic


def _code(code: str) -> dict[str, str]:
    page = page_of(code)
    return {"value": code, "url": page} if page else {"value": code}


def _location(run: Run, result: FileResult, span: Span) -> dict[str, Any]:
    location: dict[str, Any] = {"path": path_from(run.folder, result.target.path)}
    # A notebook's lines are those of its cells, which reviewdog does not know.
    if not result.target.is_notebook:
        location["range"] = _range(result.document.lines, span)
    return location


def _suggestion(lines: Sequence[str], fix: Fix) -> dict[str, Any] | None:
    edit = _joined(lines, sorted(fix.edits, key=lambda edit: edit.span))
    if edit.span.end_line - edit.span.line >= _MOST_LINES:
        return None
    return {"range": _range(lines, edit.span), "text": edit.text}


def _joined(lines: Sequence[str], edits: Sequence[Edit]) -> Edit:
    """One edit that does what all of `edits`, which are in order, do."""
    span, text = edits[0].span, edits[0].text
    for edit in edits[1:]:
        between = Span(span.end_line, span.end_column, edit.span.line, edit.span.column)
        text += text_in(lines, between) + edit.text
        span = Span(span.line, span.column, edit.span.end_line, edit.span.end_column)
    return Edit(span, text)


def _range(lines: Sequence[str], span: Span) -> dict[str, Any]:
    return {
        "start": _position(lines, span.line, span.column),
        "end": _position(lines, span.end_line, span.end_column),
    }


def _position(lines: Sequence[str], line: int, column: int) -> dict[str, int]:
    before = text_in(lines, Span(line, 0, line, column))
    return {"line": line, "column": len(before.encode("utf-8", "surrogatepass")) + 1}
