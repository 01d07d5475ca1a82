"""Where a finding stands, as the consumers of reports count and name it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.run.documents import Document
from flake8_celery_patterns.run.result import FileResult


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a file. Lines and columns count from 1, the end is exclusive.

    Columns are code points. `cell`: the number of the notebook's cell whose lines these are.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


def region(document: Document, span: Span) -> Region:
    """Give the region of a span."""
    cell, line = document.place(span.line)
    # By its length, since the end may be the start of the next cell.
    end_line = line + span.end_line - span.line
    return Region(line, span.column + 1, end_line, span.end_column + 1, cell)


def file_region(result: FileResult, span: Span) -> Region:
    """Give the region of a span in the file itself, for consumers that know no cells.

    A notebook is JSON, and where its cells stand in that is not known: it gives the file's start,
    as ruff does, and `told` says where the finding is.
    """
    if result.target.is_notebook:
        return Region(1, 1, 1, 1)
    return region(result.document, span)


def told(result: FileResult, finding: Finding) -> str:
    """Give the message of a finding; of one in a notebook it begins with the cell and the line."""
    if not result.target.is_notebook:
        return finding.message
    return f"{result.document.named(finding.span.line)}: {finding.message}"


def checkout(folder: Path) -> Path:
    """Give the folder that CI services name files from: the one with `.git` at or above `folder`.

    Where there is none (a copy in a container), it is `folder`.
    """
    for above in (folder, *folder.parents):
        if os.path.lexists(above / ".git"):
            return above
    return folder


def uri_of(path: str) -> str:
    """Give a path (as from `path_from`) as a URI reference (RFC 3986), its bytes encoded."""
    if not os.path.isabs(path):
        return quote(os.fsencode(path), safe="/")
    uri = quote(os.fsencode(path), safe="/:")
    return f"file://{uri}" if uri.startswith("/") else f"file:///{uri}"
