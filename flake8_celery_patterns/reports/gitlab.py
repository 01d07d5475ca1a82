"""GitLab Code Quality: a subset of Code Climate's JSON.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, TextIO

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.reports.places import checkout, file_region, told
from flake8_celery_patterns.reports.rating import WEAKNESSES, tier_of
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.run.result import FileResult, Run, path_from
from flake8_celery_patterns.suppress.fingerprint import fingerprints

# Of info, minor, major, critical and blocker.
_SEVERITIES = {"bug": "critical", "risk": "major", "opinion": "info"}


def write(run: Run, out: TextIO) -> None:
    """Write the array of issues; an empty one where nothing was found.

    Paths are relative to the folder with `.git`, as GitLab names files.
    """
    out.write(json_text(list(_issues(run)), indent=2) + "\n")


def _issues(run: Run) -> Iterator[dict[str, Any]]:
    top = checkout(run.folder)
    for result in run.results:
        path = path_from(top, result.target.path)
        prints = fingerprints(result, result.findings)
        for finding, fingerprint in zip(result.findings, prints, strict=True):
            yield {
                "description": f"{finding.code} {told(result, finding)}",
                "check_name": finding.code,
                "fingerprint": _unique(fingerprint, path),
                "severity": _severity(finding),
                "location": {"path": path, "positions": _positions(result, finding)},
            }


def _severity(finding: Finding) -> str:
    return "critical" if finding.code in WEAKNESSES else _SEVERITIES[tier_of(finding.code)]


def _unique(fingerprint: str, path: str) -> str:
    """GitLab shows one of those that are equal, and two projects may have equal files."""
    content = f"{fingerprint}\0{path}".encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=16).hexdigest()


def _positions(result: FileResult, finding: Finding) -> dict[str, Any]:
    where = file_region(result, finding.span)
    return {
        "begin": {"line": where.line, "column": where.column},
        "end": {"line": where.end_line, "column": where.end_column},
    }
