"""Where a node stands, computed once for a file and only when a finding needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.finding import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import libcst as cst


class Positions:
    """The places of a parsed module's nodes in the original text.

    `line_map[n]` is the 1-based original line of the parsed text's line n + 1, or None where
    the whole text was parsed.
    """

    def __init__(self, module: cst.Module, line_map: Sequence[int] | None) -> None:
        self._module = module
        self._line_map = line_map
        self._ranges: Mapping[cst.CSTNode, object] | None = None
        self.passes = 0

    def span(self, node: cst.CSTNode) -> Span:
        """The node's place: 1-based lines, 0-based columns in code points."""
        from libcst.metadata import CodeRange

        code_range = self._resolve()[node]
        assert isinstance(code_range, CodeRange)
        start, end = code_range.start, code_range.end
        return Span(self._line(start.line), start.column, self._line(end.line), end.column)

    @property
    def indent(self) -> str:
        """One level of the module's indentation."""
        return self._module.default_indent

    @property
    def newline(self) -> str:
        """What the module's lines end in."""
        return self._module.default_newline

    def _line(self, line: int) -> int:
        if self._line_map is None:
            return line
        return self._line_map[min(line, len(self._line_map)) - 1]

    def _resolve(self) -> Mapping[cst.CSTNode, object]:
        if self._ranges is None:
            from libcst.metadata import MetadataWrapper, PositionProvider

            self.passes += 1
            wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
            self._ranges = wrapper.resolve(PositionProvider)
        return self._ranges
