"""Rows of a code frame: a margin of line numbers, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from rich.text import Text

Sign = Literal["|", "-", "+", "-->", ":::"]
MARGIN = "bold blue"
STYLES: dict[Sign, str] = {"-": "red", "+": "green"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `margin`: a line number, or nothing; `sign`: what separates it from `body`."""

    margin: str = ""
    sign: Sign = "|"
    body: Text = field(default_factory=Text)


def laid_out(rows: Iterable[Row]) -> Iterator[Text]:
    """Give the rows as they are printed, with one margin that is wide enough for all."""
    rows = list(rows)
    width = max((1, *(len(row.margin) for row in rows)))
    for row in rows:
        # An arrow points out of the margin.
        gap = "" if len(row.sign) > 1 else " "
        style = STYLES.get(row.sign, MARGIN)
        line = Text().append(f"{row.margin:>{width}}{gap}", MARGIN).append(row.sign, style)
        if row.body:
            line.append(" ").append_text(row.body)
        yield line
