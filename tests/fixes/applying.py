"""Applying fixes in tests: edits that do not overlap, from the last to the first."""

from __future__ import annotations

from collections.abc import Iterable

from flake8_celery_patterns.finding import Edit, Fix
from flake8_celery_patterns.source.lines import split_lines


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """`text` with all edits of `fixes` made; of edits that overlap, the first stands."""
    starts = [0]
    for line in split_lines(text):
        starts.append(starts[-1] + len(line))

    def offsets(edit: Edit) -> tuple[int, int]:
        span = edit.span
        return starts[span.line - 1] + span.column, starts[span.end_line - 1] + span.end_column

    placed = sorted({(*offsets(edit), edit.text) for fix in fixes for edit in fix.edits})
    end = len(text)
    for start, stop, new in reversed(placed):
        if stop <= end:
            text = text[:start] + new + text[stop:]
            end = start
    return text
