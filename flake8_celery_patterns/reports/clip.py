"""A source line, or the part of a long one that matters, and how many cells it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from flake8_celery_patterns.reports.printable import shown

_CUT = "..."


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of a line as it is printed. `edges`: at which cell each of its code points begins,
    and where the last one ends; `first`: the column of the first."""

    text: str
    edges: Sequence[int]
    first: int

    def cell(self, column: int) -> int:
        """Give the cell of a column (in code points) of the whole line; one outside is moved in."""
        return self.edges[min(max(column - self.first, 0), len(self.edges) - 1)]


@dataclass(frozen=True, slots=True)
class Window:
    """What a terminal shows of lines: `width` cells, in `encoding`."""

    width: int
    encoding: str

    def first(self, line: str, start: int, end: int) -> int:
        """Give the first column to show, so that those from `start` to `end` are seen.

        0 if the line can be shown from its beginning.
        """
        start, end = min(start, len(line)), min(end, len(line))
        room = self.width - 2 * len(_CUT)
        if end <= room and self._cells(line[:end]) <= room:
            return 0
        before = max(room // 3, room - self._cells(line[start : start + self.width]))
        first = start
        while first > max(start - self.width, 0) and before > 0:
            first -= 1
            before -= self._cells(line[first])
        return first

    def clip(self, line: str, first: int) -> Clip:
        """Give what is shown of a line (without its end) from the column `first` on."""
        # Wider than the window already where each character takes a cell; few take none.
        part = line[first : first + 2 * self.width]
        pieces = [shown(character, self.encoding) for character in part]
        left = _CUT if first else ""
        edges = [len(left)]
        for piece in pieces:
            edges.append(edges[-1] + cell_len(piece))
        right = ""
        if edges[-1] > self.width or first + len(part) < len(line):
            right = _CUT
            while len(edges) > 1 and edges[-1] > self.width - len(right):
                edges.pop()
        return Clip(left + "".join(pieces[: len(edges) - 1]) + right, edges, first)

    def _cells(self, text: str) -> int:
        return sum(cell_len(shown(character, self.encoding)) for character in text)
