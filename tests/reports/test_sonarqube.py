"""SonarQube's generic issues: the format, and ranges that end no analysis."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.run.result import Run
from flake8_celery_patterns.source.lines import text_in
from tests.reports.sample import ODD, check_schema, result_of, written

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(sample_run: Run) -> Report:
    found: Report = json.loads(written("sonarqube", sample_run))
    return found


def issues_of(report: Report, path: str) -> list[Report]:
    return [issue for issue in report["issues"] if issue["primaryLocation"]["filePath"] == path]


def test_a_clean_run_gives_empty_arrays(clean_run: Run) -> None:
    report = json.loads(written("sonarqube", clean_run))
    check_schema("sonarqube", report)
    assert report == {"rules": [], "issues": []}


def test_it_is_what_sonarqube_takes(sample_run: Run, report: Report) -> None:
    check_schema("sonarqube", report)
    codes = [rule["id"] for rule in report["rules"]]
    assert codes == sorted(set(codes))
    assert {issue["ruleId"] for issue in report["issues"]} == set(codes)
    assert len(report["issues"]) == sample_run.found


def test_impacts_follow_from_the_tier_and_security(report: Report) -> None:
    found = {rule["id"]: rule["impacts"] for rule in report["rules"]}
    assert found["CEL105"] == [{"softwareQuality": "RELIABILITY", "severity": "HIGH"}]
    assert found["CEL401"] == [{"softwareQuality": "RELIABILITY", "severity": "MEDIUM"}]
    assert found["CEL913"] == [{"softwareQuality": "MAINTAINABILITY", "severity": "LOW"}]
    assert found["CEL706"] == [{"softwareQuality": "SECURITY", "severity": "HIGH"}]


def test_columns_are_units_of_utf_16(sample_run: Run, report: Report) -> None:
    result = result_of(sample_run, "shop/sending.py")
    lines = result.document.lines
    for finding, issue in zip(result.findings, issues_of(report, "shop/sending.py"), strict=True):
        found = issue["primaryLocation"]["textRange"]
        assert found["startLine"] == found["endLine"] == finding.span.line
        line = lines[finding.span.line - 1].encode("utf-16-le")
        marked = line[found["startColumn"] * 2 : found["endColumn"] * 2].decode("utf-16-le")
        assert marked == text_in(lines, finding.span) != ""


def test_a_task_in_another_file_is_a_secondary_location(report: Report) -> None:
    issue = issues_of(report, "shop/sending.py")[0]
    assert issue["secondaryLocations"] == [
        {
            "message": "task remind is defined here",
            "filePath": "shop/tasks.py",
            "textRange": {"startLine": 5, "startColumn": 4, "endLine": 5, "endColumn": 10},
        }
    ]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(3, 0, 3, 0), {"startLine": 3}),
        (Span(1, 500, 1, 600), {"startLine": 1}),
        (
            Span(1, 5, 900, 0),
            {"startLine": 1, "startColumn": 5, "endLine": 26, "endColumn": 0},
        ),
        (Span(900, 0, 901, 0), None),
    ],
    ids=["empty", "beyond the line", "to beyond the file", "beyond the file"],
)
def test_a_place_that_the_file_has_not_is_never_named(
    sample_run: Run, span: Span, expected: Report | None
) -> None:
    result = result_of(sample_run, "shop/sending.py")
    finding = replace(result.findings[0], span=span)
    moved = replace(sample_run, results=(replace(result, findings=(finding,)),))
    report = json.loads(written("sonarqube", moved))
    assert report["issues"][0]["primaryLocation"].get("textRange") == expected


def test_a_finding_in_a_notebook_belongs_to_the_file(report: Report) -> None:
    (issue,) = issues_of(report, "notes.ipynb")
    assert set(issue["primaryLocation"]) == {"message", "filePath"}
    assert issue["primaryLocation"]["message"].startswith("cell 3, line 3: ")


def test_a_file_name_of_any_bytes_is_valid_unicode(sample_run: Run, report: Report) -> None:
    written("sonarqube", sample_run).encode("utf-8")
    assert len(issues_of(report, ODD.replace("\udcff", r"\xff"))) == 8
