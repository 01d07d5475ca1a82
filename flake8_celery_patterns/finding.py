"""What the engine hands to a door: findings, and the text edits that mend them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file: 1-based lines, 0-based columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text in `span` by `text`; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together.

    `safe`: the program behaves the same but for the bug. An unsafe fix changes more than that,
    or loses a comment or a value; `title` says in the imperative what it does.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place.

    `message` never holds text such as ``file:3:4: ``, which parsers split on.
    """

    span: Span
    code: str
    message: str
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[int, int, str, str]:
        """The order in which a file's findings are given: by place, then code, then words."""
        return (self.span.line, self.span.column, self.code, self.message)
