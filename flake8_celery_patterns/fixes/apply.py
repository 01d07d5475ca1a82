"""Fixes made to a text."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable
from itertools import accumulate, pairwise

from flake8_celery_patterns.finding import Fix
from flake8_celery_patterns.source.lines import split_lines

# Where an edit begins and ends, counted in code points from the start of the text.
_Place = tuple[int, int]
_Placed = tuple[int, int, str]


def applied(text: str, fixes: Iterable[Fix]) -> tuple[str, tuple[Fix, ...]]:
    """Make as many of `fixes` as can be made together; give the new text, and those that went in.

    Their spans are places of `text` (lines as `split_lines` counts them, a BOM is not counted). A
    fix goes in whole or not at all. Where edits of two fixes overlap or touch, the fix that begins
    first goes in; the other may be out of date with the new text. Edits of one fix may touch, and
    those at one place stay in their order; a fix whose own edits overlap never goes in. The result
    does not depend on the order of `fixes`.
    """
    starts = _line_starts(text)
    placed = [(_placed(fix, starts), fix) for fix in fixes]
    placed.sort(key=lambda entry: (entry[0], entry[1].title, entry[1].safe))
    taken: list[_Place] = []
    edits: list[_Placed] = []
    went_in = []
    for own, fix in placed:
        if not own or _overlap(own) or any(_touches(taken, edit) for edit in own):
            continue
        for edit in own:
            insort(taken, edit[:2])
        edits += own
        went_in.append(fix)
    return _edited(text, edits), tuple(went_in)


def _line_starts(text: str) -> list[int]:
    lines = split_lines(text.removeprefix("\ufeff"))
    return list(accumulate(map(len, lines), initial=int(text.startswith("\ufeff"))))


def _placed(fix: Fix, starts: list[int]) -> list[_Placed]:
    placed = [
        (
            starts[edit.span.line - 1] + edit.span.column,
            starts[edit.span.end_line - 1] + edit.span.end_column,
            edit.text,
        )
        for edit in fix.edits
    ]
    return sorted(placed, key=lambda edit: edit[:2])


def _overlap(own: list[_Placed]) -> bool:
    return any(after[0] < before[1] for before, after in pairwise(own))


def _touches(taken: list[_Place], edit: _Placed) -> bool:
    """Whether an edit overlaps or touches one of `taken`, which are in order."""
    start, end, _ = edit
    at = bisect(taken, (start, end))
    return (at > 0 and taken[at - 1][1] >= start) or (at < len(taken) and taken[at][0] <= end)


def _edited(text: str, edits: list[_Placed]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        parts += (text[done:start], new)
        done = end
    return "".join((*parts, text[done:]))
