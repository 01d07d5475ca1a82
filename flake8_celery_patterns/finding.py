"""What the engine hands to a door: findings, and the text edits that mend them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path


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
class Definition:
    """Where something that a finding speaks of is defined, in another file.

    `path`: absolute. `name`: the dotted path of the class or function in its module. `what`: "task"
    or "model". The line is not known here: finding it costs a parse, which `reports` do when they
    show it.
    """

    path: Path
    name: str
    what: str


_PLACE = re.compile(r":(\d+):(\d+): ")


def one_line(text: str) -> str:
    """`text` as a message: what is not printable escaped, and nothing in it like ``:3:4: ``.

    A message shows the user's own names and texts, and these may hold anything.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return _PLACE.sub(r": \1: \2: ", text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place.

    `message` never holds text such as ``file:3:4: ``, which parsers split on. `related`: what it
    speaks of and is defined in another file.
    """

    span: Span
    code: str
    message: str
    fix: Fix | None = None
    related: tuple[Definition, ...] = field(default=(), compare=False)

    @property
    def sort_key(self) -> tuple[int, int, str, str]:
        """The order in which a file's findings are given: by place, then code, then words."""
        return (self.span.line, self.span.column, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was looked at: an empty list of findings must not look like a clean one.

    `tasks`: defined there. `dispatches`: work sent or signed there. `resolved`: those whose task
    is known.
    """

    tasks: int = 0
    dispatches: int = 0
    resolved: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tasks + other.tasks,
            self.dispatches + other.dispatches,
            self.resolved + other.resolved,
        )
