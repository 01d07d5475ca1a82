"""Where a node stands, worked out only where a finding needs it.

libcst knows no places: it writes a tree out again and counts. Here it writes just the statement of
the module that holds the node; where that begins, the standard library's tree says.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.source.lines import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import libcst as cst
    from libcst.metadata import CodeRange


class Positions:
    """The places of a parsed module's nodes in the original text.

    `line_map[n]` is the 1-based original line of the parsed text's line n + 1, or None where
    the whole text was parsed. `tree` is the standard library's tree of the original text, or None.
    `passes` counts the statements that were written out for it.
    """

    def __init__(
        self, module: cst.Module, line_map: Sequence[int] | None, tree: ast.Module | None = None
    ) -> None:
        self._module = module
        self.line_map = line_map
        self._tree = tree
        self._written: dict[int, Mapping[cst.CSTNode, CodeRange]] = {}
        self.passes = 0

    def span(self, node: cst.CSTNode) -> Span:
        """The node's place: 1-based lines, 0-based columns in code points."""
        top = self._statements.get(id(node)) if self.starts is not None else None
        if top is None:
            # All of the module: -1 stands for it.
            place, moved = self._ranges(-1)[node], 0
        else:
            assert self.starts is not None
            place, moved = self._ranges(top)[node], self.starts[top]
        start, end = place.start, place.end
        first, last = self._line(start.line + moved), self._line(end.line + moved)
        return Span(first, start.column, last, end.column)

    def complete(self, node: object) -> bool:
        """Whether nodes were given what they lacked: libcst's own lack nothing."""
        return False

    @property
    def indent(self) -> str:
        """One level of the module's indentation."""
        return self._module.default_indent

    @property
    def newline(self) -> str:
        """What the module's lines end in."""
        return self._module.default_newline

    def _line(self, line: int) -> int:
        if self.line_map is None:
            return line
        return self.line_map[min(line, len(self.line_map)) - 1]

    @cached_property
    def _statements(self) -> dict[int, int]:
        """For the id of each node, the index of the module's statement that holds it."""
        from flake8_celery_patterns.source.walk import children

        found: dict[int, int] = {}
        for index, statement in enumerate(self._module.body):
            stack: list[cst.CSTNode] = [statement]
            while stack:
                node = stack.pop()
                found[id(node)] = index
                stack.extend(children(node))
        return found

    @cached_property
    def starts(self) -> list[int] | None:
        """For each statement of the module, how many lines of the parsed text stand before it,
        blank lines and comments that libcst counts as its own not among them."""
        if self._tree is None:
            return None
        starts = []
        own_sources = sources(self._module, self._tree)
        for statement, nodes in zip(self._module.body, own_sources, strict=True):
            line = self._parsed_line(nodes[0]) if nodes else None
            own = getattr(statement, "leading_lines", None)
            if line is None or own is None:
                return None
            starts.append(line - 1 - len(own))
        return starts

    def _parsed_line(self, node: ast.stmt) -> int | None:
        """The 1-based line of the parsed text that a statement of the original begins in."""
        line = first_line(node)
        if self.line_map is None:
            return line
        index = bisect_left(self.line_map, line)
        found = index < len(self.line_map) and self.line_map[index] == line
        return index + 1 if found else None

    def _ranges(self, top: int) -> Mapping[cst.CSTNode, CodeRange]:
        if top not in self._written:
            from libcst.metadata import MetadataWrapper, PositionProvider

            self.passes += 1
            module = self._module
            if top >= 0:
                module = module.with_changes(header=(), body=(module.body[top],), footer=())
            wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
            self._written[top] = wrapper.resolve(PositionProvider)
        return self._written[top]


def sources(module: cst.Module, tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The standard library's statements of each of the module's: several may stand in one line."""
    import libcst as cst

    left = iter(tree.body)
    for statement in module.body:
        several = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
        yield list(islice(left, several))
