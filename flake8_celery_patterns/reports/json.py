"""A JSON array with an object for each finding; see `records`."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.reports.record import records
from flake8_celery_patterns.reports.valid import json_text
from flake8_celery_patterns.run.result import Run


def write(run: Run, out: TextIO) -> None:
    """Write the array; an empty one where nothing was found."""
    out.write(json_text(list(records(run)), indent=2) + "\n")
