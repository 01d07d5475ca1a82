"""A JSON object in a line of its own for each finding; see `records`."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.reports.record import records
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.run.result import Run


def write(run: Run, out: TextIO) -> None:
    """Write a line for each finding; nothing where nothing was found."""
    for record in records(run):
        out.write(json_text(record) + "\n")
