"""SARIF 2.1.0, with what GitHub code scanning asks for.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from flake8_celery_patterns import __version__
from flake8_celery_patterns.finding import Edit, Finding, Fix, Span
from flake8_celery_patterns.reports.places import checkout, file_region, told, uri_of
from flake8_celery_patterns.reports.rating import severity_of
from flake8_celery_patterns.reports.related import Related, Relations
from flake8_celery_patterns.reports.sarif_rules import LEVELS, descriptor
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.rules.pages import DOCS
from flake8_celery_patterns.run.result import FileResult, Run, path_from
from flake8_celery_patterns.suppress.fingerprint import fingerprints

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
# `[text](` would begin a link (section 3.11.6).
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def write(run: Run, out: TextIO) -> None:
    """Write a log with one run. It describes the rules that were broken, not all.

    URIs are relative to the folder with `.git`, as GitHub names files. What a notebook's lines are
    is not known to SARIF: a finding there stands at the file's start and its message says where.
    """
    codes = sorted({finding.code for result in run.results for finding in result.findings})
    log = _Log(run, codes)
    driver = {
        "name": "celery-patterns",
        "informationUri": DOCS,
        "semanticVersion": __version__,
        "rules": [descriptor(code) for code in codes],
    }
    written = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"uri": f"{uri_of(log.top.as_posix()).rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "results": [found for result in run.results for found in log.results(result)],
    }
    out.write(json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [written]}, 2) + "\n")


class _Log:
    def __init__(self, run: Run, codes: Sequence[str]) -> None:
        self.top = checkout(run.folder)
        self._codes = codes
        self._relations = Relations(run.folder)

    def results(self, result: FileResult) -> list[dict[str, Any]]:
        """Give the result objects of a file."""
        prints = fingerprints(result, result.findings)
        return [
            self._result(result, finding, fingerprint)
            for finding, fingerprint in zip(result.findings, prints, strict=True)
        ]

    def _result(self, result: FileResult, finding: Finding, fingerprint: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": self._codes.index(finding.code),
            "level": LEVELS[severity_of(finding.code)],
            "locations": [{"physicalLocation": self._place(result, finding.span)}],
            # Not `primaryLocationLineHash`: GitHub's action adds that, and warns about another's.
            "partialFingerprints": {"celeryPatterns/v1": fingerprint},
        }
        text = _LINK.sub(r"\\[", told(result, finding))
        related = list(self._relations.of(finding))
        if related:
            # GitHub shows those alone that the message links to.
            links = [f"[{other.message}]({number})" for number, other in enumerate(related)]
            text = f"{text} ({', '.join(links)})"
            found["relatedLocations"] = [
                self._related(number, other) for number, other in enumerate(related)
            ]
        if finding.fix and not result.target.is_notebook:
            found["fixes"] = [self._fix(result, finding.fix)]
        return {"message": {"text": text}, **found}

    def _related(self, number: int, other: Related) -> dict[str, Any]:
        return {
            "id": number,
            "message": {"text": other.message},
            "physicalLocation": self._place(other.result, other.span),
        }

    def _fix(self, result: FileResult, fix: Fix) -> dict[str, Any]:
        change = {
            "artifactLocation": self._artifact(result.target.path),
            "replacements": [_replacement(result, edit) for edit in fix.edits],
        }
        applicability = "safe" if fix.safe else "unsafe"
        return {
            "description": {"text": f"{fix.title} ({applicability} fix)"},
            "artifactChanges": [change],
            "properties": {"applicability": applicability},
        }

    def _place(self, result: FileResult, span: Span) -> dict[str, Any]:
        return {
            "artifactLocation": self._artifact(result.target.path),
            "region": _region(result, span),
        }

    def _artifact(self, path: Path) -> dict[str, str]:
        shown = path_from(self.top, path)
        base = {} if os.path.isabs(shown) else {"uriBaseId": _ROOT}
        return {"uri": uri_of(shown), **base}


def _replacement(result: FileResult, edit: Edit) -> dict[str, Any]:
    return {
        "deletedRegion": _region(result, edit.span),
        # Given where nothing is inserted, too: reviewdog crashed without it until 0.21.2.
        "insertedContent": {"text": edit.text},
    }


def _region(result: FileResult, span: Span) -> dict[str, int]:
    where = file_region(result, span)
    return {
        "startLine": where.line,
        "startColumn": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }
