"""What a fix would do to a file, in whole lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flake8_celery_patterns.finding import Edit, Fix, Span
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.source.lines import split_lines


@dataclass(frozen=True, slots=True)
class Change:
    """The lines `old` (without their ends), from the 1-based `line` on, become `new`.

    `column`: where the first of them begins to differ, or before.
    """

    line: int
    column: int
    old: tuple[str, ...]
    new: tuple[str, ...]


def changes(lines: Sequence[str], fix: Fix) -> Iterator[Change]:
    """Give what `fix` changes in a file of these lines (with their ends), from top to bottom.

    Nothing where the file, which may have changed since it was linted, has not enough lines.
    """
    if any(edit.span.end_line > len(lines) for edit in fix.edits):
        return
    for edits in _by_lines(fix.edits):
        first, last = edits[0].span.line, max(edit.span.end_line for edit in edits)
        old = list(lines[first - 1 : last])
        moved = tuple(_moved(edit, 1 - first) for edit in edits)
        text, _ = applied("".join(old), [replace(fix, edits=moved)])
        new = split_lines(text)
        if new != old:
            yield _change(edits[0].span, old, new)


def _by_lines(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Put together what changes the same lines."""
    together: list[Edit] = []
    last = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        if together and edit.span.line > last:
            yield together
            together = []
        together.append(edit)
        last = max(last, edit.span.end_line)
    yield together


def _moved(edit: Edit, lines: int) -> Edit:
    span = edit.span
    return replace(edit, span=replace(span, line=span.line + lines, end_line=span.end_line + lines))


def _change(start: Span, old: Sequence[str], new: Sequence[str]) -> Change:
    """Leave out the lines that stay at the top and at the bottom."""
    top = 0
    while top < min(len(old), len(new)) and old[top] == new[top]:
        top += 1
    bottom = 0
    while bottom < min(len(old), len(new)) - top and old[-1 - bottom] == new[-1 - bottom]:
        bottom += 1
    return Change(
        start.line + top,
        0 if top else start.column,
        _without_ends(old, top, bottom),
        _without_ends(new, top, bottom),
    )


def _without_ends(lines: Sequence[str], top: int, bottom: int) -> tuple[str, ...]:
    return tuple(line.rstrip("\r\n") for line in lines[top : len(lines) - bottom])
