"""A fix as a rule plans it: on nodes, without knowing places or text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Edit, Fix, Span

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.source.positions import Positions


@dataclass(frozen=True, slots=True)
class Insert:
    """Put `text` right behind `node`."""

    node: cst.CSTNode
    text: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Put `text` in the place of `node`."""

    node: cst.CSTNode
    text: str


@dataclass(frozen=True, slots=True)
class ReplaceHead:
    """Put `text` in the place of the first `length` characters of `node`, all in its first line."""

    node: cst.CSTNode
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplaceTail:
    """Put `text` in the place of the last `length` characters of `node`, all in its last line."""

    node: cst.CSTNode
    length: int
    text: str


Change = Insert | Replace | ReplaceHead | ReplaceTail


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of one fix. `title` says in the imperative what it does."""

    title: str
    changes: tuple[Change, ...]
    safe: bool

    def fix(self, positions: Positions) -> Fix:
        """The edits of the original text."""
        return Fix(self.title, tuple(_edit(c, positions) for c in self.changes), self.safe)


def _edit(change: Change, positions: Positions) -> Edit:
    span = positions.span(change.node)
    if isinstance(change, Insert):
        span = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    elif isinstance(change, ReplaceHead):
        span = Span(span.line, span.column, span.line, span.column + change.length)
    elif isinstance(change, ReplaceTail):
        last = span.end_line
        span = Span(last, span.end_column - change.length, last, span.end_column)
    return Edit(span, change.text)


def add_keyword(call: cst.BaseExpression, text: str) -> Change:
    """Add a keyword argument to a decorator, called (`@task(x=1)`) or bare (`@task`)."""
    import libcst as cst

    if not isinstance(call, cst.Call):
        return Insert(call, f"({text})")
    if not call.args:
        return ReplaceTail(call, 1, f"{text})")
    return Insert(call.args[-1], f", {text}")
