"""A fix as a rule plans it: on nodes, without knowing places or text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
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


@dataclass(frozen=True, slots=True)
class ReplaceBehind:
    """Put `text` in the place of the `length` characters right behind `node`, all in one line."""

    node: cst.CSTNode
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Take away `node` and what is between it and its neighbour: the one before, or the next."""

    node: cst.CSTNode
    neighbour: cst.CSTNode
    is_after: bool

    text = ""


@dataclass(frozen=True, slots=True)
class InsertLines:
    """Put whole lines above the line that `node` begins, indented as it is; a tab is one level."""

    node: cst.CSTNode
    lines: tuple[str, ...]


# The fields of a node that are written around it, and are not in its own place.
_AROUND = ("comma", "whitespace_after_arg", "lpar", "rpar")

Change = Insert | Replace | ReplaceHead | ReplaceTail | ReplaceBehind | Cut | InsertLines


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of one fix. `title` says in the imperative what it does."""

    title: str
    changes: tuple[Change, ...]
    safe: bool

    def fix(self, positions: Positions) -> Fix | None:
        """The edits of the original text; None where a comment would be lost."""
        if any(map(_loses_comment, self.changes)):
            return None
        return Fix(self.title, tuple(_edit(c, positions) for c in self.changes), self.safe)


def _loses_comment(change: Change) -> bool:
    if not isinstance(change, Replace):
        return False
    return not all(comment in change.text for comment in _comments(change.node, inside=True))


def _edit(change: Change, positions: Positions) -> Edit:
    span = positions.span(change.node)
    if isinstance(change, InsertLines):
        margin = ("\t" if positions.indent.startswith("\t") else " ") * span.column
        lines = [line.replace("\t", positions.indent) for line in change.lines]
        text = "".join(f"{line}{positions.newline}{margin}" for line in lines)
        return Edit(Span(span.line, span.column, span.line, span.column), text)
    if isinstance(change, Insert):
        span = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    elif isinstance(change, ReplaceBehind):
        end = span.end_column
        span = Span(span.end_line, end, span.end_line, end + change.length)
    elif isinstance(change, ReplaceHead):
        span = Span(span.line, span.column, span.line, span.column + change.length)
    elif isinstance(change, Cut):
        other = positions.span(change.neighbour)
        if change.is_after:
            span = Span(other.end_line, other.end_column, span.end_line, span.end_column)
        else:
            span = Span(span.line, span.column, other.line, other.column)
    elif isinstance(change, ReplaceTail):
        last = span.end_line
        span = Span(last, span.end_column - change.length, last, span.end_column)
    return Edit(span, change.text)


def remove_item(items: Sequence[cst.Arg | cst.BaseDictElement], item: cst.CSTNode) -> Change | None:
    """Take an argument of a call, or an entry of a dict, out of its neighbours.

    None where it is the only one, or where a comment would be lost.
    """
    position = next(i for i, other in enumerate(items) if other is item)
    if _has_comment(items[position], inside=True):
        return None
    if position and not _has_comment(items[position - 1], inside=False):
        return Cut(item, items[position - 1], is_after=True)
    if position + 1 < len(items) and not _has_comment(items[position], inside=False):
        return Cut(item, items[position + 1], is_after=False)
    return None


def _has_comment(item: cst.CSTNode, *, inside: bool) -> bool:
    """Whether a comment stands inside an item, or else between it and the next one."""
    return any(_comments(item, inside=inside))


def _comments(node: cst.CSTNode, *, inside: bool) -> Iterator[str]:
    """The comments in a node's own place, or else around it."""
    import libcst as cst

    from flake8_celery_patterns.fixes.search import comments

    for field in fields(node):
        if (field.name not in _AROUND) is inside:
            value = getattr(node, field.name)
            for part in value if isinstance(value, (tuple, list)) else (value,):
                if isinstance(part, cst.CSTNode):
                    yield from comments(part)


def add_keyword(call: cst.BaseExpression, text: str) -> Change:
    """Add a keyword argument to a decorator, called (`@task(x=1)`) or bare (`@task`)."""
    import libcst as cst

    if not isinstance(call, cst.Call):
        return Insert(call, f"({text})")
    if not call.args:
        return ReplaceTail(call, 1, f"{text})")
    return Insert(call.args[-1], f", {text}")


def as_tuple(node: cst.BaseExpression) -> tuple[Change, ...]:
    """Make the tuple of one: `x` to `(x,)`, and `(x)`, which was meant to be one, to `(x,)`."""
    if node.lpar:
        return (Insert(node, ","),)
    return (ReplaceHead(node, 0, "("), Insert(node, ",)"))


def wrap(node: cst.CSTNode, function: str, behind: str = "") -> tuple[Change, ...]:
    """Put `function(…)` around an expression, which gets `behind` appended in there."""
    return (ReplaceHead(node, 0, f"{function}("), Insert(node, f"{behind})"))


def call_on(node: cst.CSTNode, method: str) -> tuple[Change, ...]:
    """Put `.method()` behind an expression, in parentheses where it needs them."""
    import libcst as cst

    if isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)):
        return (Insert(node, f".{method}()"),)
    return (ReplaceHead(node, 0, "("), Insert(node, f").{method}()"))


def wrap_in(node: cst.BaseExpression, opening: str, closing: str) -> tuple[Change, ...]:
    """Put brackets around an expression."""
    return (ReplaceHead(node, 0, opening), Insert(node, closing))
