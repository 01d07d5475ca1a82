"""SonarQube's generic issues, in the format of 10.3 and later.

https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/importing-external-issues/generic-issue-import-format/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.reports.places import told
from flake8_celery_patterns.reports.rating import WEAKNESSES, page_of, tier_of
from flake8_celery_patterns.reports.related import Relations
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.run.result import FileResult, Run, path_from

# By tier: the attribute of clean code that is missing, what suffers from it, and how much.
_QUALITIES = {
    "bug": ("LOGICAL", "RELIABILITY", "HIGH"),
    "risk": ("COMPLETE", "RELIABILITY", "MEDIUM"),
    "opinion": ("CONVENTIONAL", "MAINTAINABILITY", "LOW"),
}
_SECURITY = ("TRUSTWORTHY", "SECURITY", "HIGH")


def write(run: Run, out: TextIO) -> None:
    """Write the rules that were broken, and the issues.

    Paths are relative to the folder of the run, which is to be SonarQube's project base folder.
    """
    relations = Relations(run.folder)
    issues = [
        _issue(run, relations, result, finding)
        for result in run.results
        for finding in result.findings
    ]
    codes = sorted({issue["ruleId"] for issue in issues})
    report = {"rules": [_rule(code) for code in codes], "issues": issues}
    out.write(json_text(report, indent=2) + "\n")


def _rule(code: str) -> dict[str, Any]:
    qualities = _SECURITY if code in WEAKNESSES else _QUALITIES[tier_of(code)]
    attribute, quality, severity = qualities
    return {
        "id": code,
        "name": f"{code} {names()[code]}",
        "description": page_of(code) or names()[code],
        "engineId": "celery-patterns",
        "cleanCodeAttribute": attribute,
        "impacts": [{"softwareQuality": quality, "severity": severity}],
    }


def _issue(run: Run, relations: Relations, result: FileResult, finding: Finding) -> dict[str, Any]:
    primary = _location(run, result, finding.span, told(result, finding))
    located = [
        _location(run, other.result, other.span, other.message) for other in relations.of(finding)
    ]
    return {
        "ruleId": finding.code,
        "primaryLocation": primary,
        # SonarQube refuses one without a range.
        "secondaryLocations": [place for place in located if "textRange" in place],
    }


def _location(run: Run, result: FileResult, span: Span, message: str) -> dict[str, Any]:
    location: dict[str, Any] = {
        "message": message,
        "filePath": path_from(run.folder, result.target.path),
    }
    # A notebook's lines are those of its cells, which SonarQube does not know.
    if not result.target.is_notebook and 0 < span.line <= len(result.document.lines):
        location["textRange"] = _range(result.document.lines, span)
    return location


def _range(lines: Sequence[str], span: Span) -> dict[str, int]:
    """Lines count from 1, columns from 0, in units of UTF-16.

    A column that the line has not, and an empty range, end SonarQube's whole analysis.
    """
    end_line = min(span.end_line, len(lines))
    start = span.line, _units(lines[span.line - 1], span.column)
    end = end_line, _units(lines[end_line - 1], span.end_column)
    if start >= end:
        return {"startLine": span.line}
    keys = ("startLine", "startColumn", "endLine", "endColumn")
    return dict(zip(keys, (*start, *end), strict=True))


def _units(line: str, column: int) -> int:
    before = line.rstrip("\r\n")[:column]
    return len(before.encode("utf-16-le", "surrogatepass")) // 2
