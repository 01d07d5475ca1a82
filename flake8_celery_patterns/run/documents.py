"""What is linted of a file: its text, and where the lines of that text stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.source.lines import split_lines


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell of a notebook. `number` counts all its cells from 1; `lines` is how many lines
    of the linted text are its own, with a blank one that ends it."""

    number: int
    lines: int


@dataclass(frozen=True)
class Document:
    """The text that is linted.

    `cells`: those of a notebook that hold Python, in order; empty for a plain file. `original`:
    what the user wrote in the same lines, where that is not Python.
    """

    text: str
    cells: tuple[Cell, ...] = ()
    original: str | None = None

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines as the user wrote them, with their ends, without a BOM."""
        text = self.text if self.original is None else self.original
        return split_lines(text.removeprefix("\ufeff"))

    def place(self, line: int) -> tuple[int | None, int]:
        """The number of the cell that a 1-based line of the text stands in (None: no notebook),
        and its 1-based line there."""
        for cell in self.cells:
            if line <= cell.lines:
                return cell.number, line
            line -= cell.lines
        return None, line

    def named(self, line: int) -> str:
        """A 1-based line of the text in words, as the user counts: "line 3", "cell 2, line 3"."""
        cell, line = self.place(line)
        return f"line {line}" if cell is None else f"cell {cell}, line {line}"


def document(content: bytes, path: Path) -> Document:
    """Give what is linted of a file; what cannot be read, as it can best be shown."""
    from flake8_celery_patterns.source.parse import Unreadable, decode

    try:
        if is_notebook(path):
            from flake8_celery_patterns.run.notebooks import notebook

            return notebook(content)
        return Document(decode(content))
    except Unreadable:
        return Document(content.decode("utf-8", "replace"))


def is_notebook(path: Path) -> bool:
    """Whether the file `path` is a Jupyter notebook, by its name."""
    return path.suffix == ".ipynb"
