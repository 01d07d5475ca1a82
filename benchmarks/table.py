"""Markdown tables, and how the page writes figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NONE = "-"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that is aimed at: `says` what, `figure` is what was measured, as the page shows it.

    `met` is None where it was not measured.
    """

    says: str
    figure: str = NONE
    met: bool | None = None


def at_most(says: str, value: float | None, limit: float, shown: str) -> Goal:
    """A goal that `value`, which the page writes as `shown`, is no more than `limit`."""
    return Goal(says) if value is None else Goal(says, shown, value <= limit)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. All but the first column, which names the rows, stand to the right."""
    head = ["| " + " | ".join(columns) + " |", "| --- |" + " ---: |" * (len(columns) - 1)]
    return "\n".join((*head, *("| " + " | ".join(row) + " |" for row in rows)))


def goals_table(goals: Iterable[Goal]) -> str:
    """A table of goals; what was not measured says so."""
    met = {True: "yes", False: "**no**", None: "not measured"}
    return table(("Goal", "Measured", "Met"), ((g.says, g.figure, met[g.met]) for g in goals))


def seconds(value: float) -> str:
    """A time in seconds: `0.42 s`, `4.2 s`, `42 s`."""
    return f"{value:.{_decimals(value)}f} s"


def milliseconds(value: float) -> str:
    """A time in seconds, as milliseconds: `4.2 ms`, `420 ms`."""
    return f"{value * 1000:,.{max(_decimals(value * 1000) - 1, 0)}f} ms"


def megabytes(value: float) -> str:
    """A number of bytes: `152 MB`."""
    return f"{value / 1_000_000:.0f} MB"


def percent(new: float, old: float) -> str:
    """How much more `new` is than `old`: `+4.2 %`, `+1,290 %`."""
    added = (new / old - 1) * 100
    return f"{added:+,.{1 if abs(added) < 100 else 0}f} %"


def times(new: float, old: float) -> str:
    """How many times `old` goes into `new`: `0.42 times`, `42 times`."""
    return f"{new / old:,.{_decimals(new / old)}f} times"


def _decimals(value: float) -> int:
    return 2 if value < 1 else 1 if value < 10 else 0
