"""Reviewdog's format: the messages of its protocol, and suggestions that do what fixes do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flake8_celery_patterns.finding import Edit, Fix, Span
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.run.result import Run
from tests.reports.sample import ODD, check_schema, edited, result_of, written

Diagnostic = dict[str, Any]


def diagnostics_of(run: Run, path: str) -> list[Diagnostic]:
    found = json.loads(written("rdjson", run))["diagnostics"]
    return [diagnostic for diagnostic in found if diagnostic["location"]["path"] == path]


def with_fix(run: Run, *edits: Edit) -> Run:
    result = result_of(run, "shop/sending.py")
    finding = replace(result.findings[0], fix=Fix("Do it", edits, safe=True))
    return replace(run, results=(replace(result, findings=(finding,)),))


def test_a_clean_run_gives_no_diagnostics(clean_run: Run) -> None:
    report = json.loads(written("rdjson", clean_run))
    check_schema("rdjson", report)
    assert report["diagnostics"] == []


def test_it_is_what_reviewdog_reads(sample_run: Run) -> None:
    report = json.loads(written("rdjson", sample_run))
    check_schema("rdjson", report)
    assert report["source"]["name"] == "celery-patterns"
    assert len(report["diagnostics"]) == sample_run.found


def test_a_diagnostic_says_all_that_is_known(sample_run: Run) -> None:
    diagnostic = diagnostics_of(sample_run, "shop/sending.py")[0]
    assert diagnostic["severity"] == "ERROR"
    assert diagnostic["code"]["value"] == "CEL103"
    assert diagnostic["code"]["url"].endswith("/rules/CEL103.html")
    assert diagnostic["related_locations"] == [
        {
            "message": "task remind is defined here",
            "location": {
                "path": "shop/tasks.py",
                "range": {"start": {"line": 5, "column": 5}, "end": {"line": 5, "column": 11}},
            },
        }
    ]


def test_columns_are_bytes_of_utf_8(sample_run: Run) -> None:
    found = diagnostics_of(sample_run, "shop/sending.py")[0]["location"]["range"]
    line = result_of(sample_run, "shop/sending.py").document.lines[6].encode()
    start, end = found["start"]["column"] - 1, found["end"]["column"] - 1
    assert line[start:end] == b"countdown=3600"


def test_suggestions_do_what_fixes_do(sample_run: Run) -> None:
    result = result_of(sample_run, "shop/sending.py")
    text = result.document.text
    suggested = 0
    for finding, diagnostic in zip(
        result.findings, diagnostics_of(sample_run, "shop/sending.py"), strict=True
    ):
        suggestions = diagnostic.get("suggestions", [])
        assert len(suggestions) == (finding.fix is not None)
        if finding.fix:
            suggested += 1
            assert made(text, suggestions[0]) == applied(text, [finding.fix])[0]
    assert suggested == 6


def test_edits_in_any_order_become_one_suggestion(sample_run: Run) -> None:
    edits = Edit(Span(7, 4, 7, 9), "x"), Edit(Span(6, 9, 6, 17), ""), Edit(Span(6, 4, 6, 8), "go")
    changed = with_fix(sample_run, *edits)
    (diagnostic,) = diagnostics_of(changed, "shop/sending.py")
    (suggestion,) = diagnostic["suggestions"]
    result = changed.results[0]
    fixes = [finding.fix for finding in result.findings if finding.fix]
    assert made(result.document.text, suggestion) == applied(result.document.text, fixes)[0]


@pytest.mark.parametrize(("line", "count"), [(20, 1), (21, 0)])
def test_a_fix_that_is_spread_out_is_no_suggestion(sample_run: Run, line: int, count: int) -> None:
    edits = Edit(Span(1, 0, 1, 0), "import math\n"), Edit(Span(line, 0, line, 0), "#")
    (diagnostic,) = diagnostics_of(with_fix(sample_run, *edits), "shop/sending.py")
    assert len(diagnostic["suggestions"]) == count


def made(text: str, suggestion: Diagnostic) -> str:
    start, end = (suggestion["range"][key] for key in ("start", "end"))
    places = (start["line"], start["column"]), (end["line"], end["column"])
    return edited(text, [(*places, suggestion["text"])], "byte")


def test_a_finding_in_a_notebook_belongs_to_the_file(sample_run: Run) -> None:
    (diagnostic,) = diagnostics_of(sample_run, "notes.ipynb")
    assert diagnostic["location"] == {"path": "notes.ipynb"}
    assert diagnostic["message"].startswith("cell 3, line 3: ")
    assert "suggestions" not in diagnostic


def test_a_file_name_of_any_bytes_is_valid_unicode(sample_run: Run) -> None:
    written("rdjson", sample_run).encode("utf-8")
    assert len(diagnostics_of(sample_run, ODD.replace("\udcff", r"\xff"))) == 8
