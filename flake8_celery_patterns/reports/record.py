"""A finding as a JSON object: ruff's, with what else is known of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from flake8_celery_patterns.finding import Edit, Fix, Span
from flake8_celery_patterns.reports.places import region
from flake8_celery_patterns.reports.rating import page_of, severity_of, tier_of
from flake8_celery_patterns.reports.related import Related, Relations
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.run.documents import Document
from flake8_celery_patterns.run.result import Run
from flake8_celery_patterns.suppress.fingerprint import fingerprints
from flake8_celery_patterns.suppress.noqa import Noqa


def records(run: Run) -> Iterator[dict[str, Any]]:
    """Give an object for each finding, in the order of the run.

    Keys that ruff's JSON has mean what they mean there: `filename` is absolute, rows and columns
    (of code points) count from 1, ends are exclusive, and those in a notebook count in `cell`.
    """
    relations = Relations(run.folder)
    for result in run.results:
        document = result.document
        noqa = Noqa(document.text)
        prints = fingerprints(result, result.findings)
        for finding, fingerprint in zip(result.findings, prints, strict=True):
            yield {
                "code": finding.code,
                "name": names()[finding.code],
                "tier": tier_of(finding.code),
                "severity": severity_of(finding.code),
                "message": finding.message,
                "filename": os.fspath(result.target.path),
                **located(document, finding.span),
                "noqa_row": _noqa_row(document, noqa, finding.span),
                "url": page_of(finding.code),
                "fix": _fix(document, finding.fix) if finding.fix else None,
                "related": [_related(other) for other in relations.of(finding)],
                "fingerprint": fingerprint,
            }


def located(document: Document, span: Span) -> dict[str, Any]:
    """Give the keys that say where something is, in a document; see `records`."""
    where = region(document, span)
    return {
        "cell": where.cell,
        "location": {"row": where.line, "column": where.column},
        "end_location": {"row": where.end_line, "column": where.end_column},
    }


def _noqa_row(document: Document, noqa: Noqa, span: Span) -> int | None:
    """The row for a `# noqa`: the last of a string of several lines. None where no Python is."""
    stretch = noqa.stretch(span.line)
    return None if stretch is None else document.place(span.line)[1] + stretch.last - span.line


def _fix(document: Document, fix: Fix) -> dict[str, Any]:
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "message": fix.title,
        "edits": [_edit(document, edit) for edit in fix.edits],
    }


def _edit(document: Document, edit: Edit) -> dict[str, Any]:
    return {"content": edit.text, **located(document, edit.span)}


def _related(other: Related) -> dict[str, Any]:
    return {
        "what": other.definition.what,
        "name": other.definition.name,
        "filename": os.fspath(other.definition.path),
        **located(other.result.document, other.span),
    }
