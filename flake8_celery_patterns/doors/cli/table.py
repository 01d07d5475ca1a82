"""Tables on standard output: with lines and bold heads on a terminal, aligned text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flake8_celery_patterns.reports.printable import encoding_of, printable


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; each of `rows` has as many cells as `head`.

    Where it does not go to a terminal, no cell is cut or wrapped, whatever its length.
    """
    encoding = encoding_of(sys.stdout)
    rows = [[printable(cell, encoding) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        _plain(head, rows)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, highlight=False)
    for title in head:
        table.add_column(title, overflow="fold")
    for row in rows:
        # As `Text`: square brackets in a cell are no markup.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _plain(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[title.upper() for title in head], *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())
