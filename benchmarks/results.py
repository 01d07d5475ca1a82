"""What was measured, and the file that keeps it between runs of single sections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "speed.json"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took: seconds of wall time and of user CPU, and its peak memory in bytes.

    `user` and `peak` are those of the process and of all that it waited for; of several processes,
    `peak` is that of the largest.
    """

    wall: float
    user: float
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is measured in several ways: how long it is, and the rounds of each way.

    A way without rounds is one that failed.
    """

    name: str
    lines: int
    files: int
    ways: dict[str, list[Usage]]

    def middle(self, way: str) -> Usage | None:
        """The medians of a way's rounds; None where it was not measured, or failed."""
        rounds = self.ways.get(way)
        return middle(rounds) if rounds else None


@dataclass(frozen=True, slots=True)
class Section:
    """What a section of the page was made from.

    `setting`: date, machine and versions, as words by what they are; `rounds`: how many were asked
    for; `seconds`: how long all of it took.
    """

    setting: dict[str, str]
    rounds: int
    seconds: float
    cases: list[Case] = field(default_factory=list)

    def case(self, name: str) -> Case | None:
        """The case of a name, if it was measured."""
        return next((case for case in self.cases if case.name == name), None)


def middle(rounds: Sequence[Usage]) -> Usage:
    """The median of each figure. Raises `statistics.StatisticsError` for no rounds."""
    return Usage(
        median(usage.wall for usage in rounds),
        median(usage.user for usage in rounds),
        int(median(usage.peak for usage in rounds)),
    )


def total(usages: Sequence[Usage]) -> Usage:
    """What all of them took one after the other; the peak is the highest."""
    return Usage(
        sum(usage.wall for usage in usages),
        sum(usage.user for usage in usages),
        max((usage.peak for usage in usages), default=0),
    )


def load(path: Path = RESULTS) -> dict[str, Section]:
    """The sections that were measured so far, by name; none where the file is not there."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {name: _section(section) for name, section in kept.items()}


def save(sections: dict[str, Section], path: Path = RESULTS) -> None:
    """Write what was measured, one run a line."""
    kept = {name: asdict(section) for name, section in sorted(sections.items())}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _section(kept: dict[str, Any]) -> Section:
    cases = [
        Case(**{**case, "ways": {w: [Usage(**u) for u in us] for w, us in case["ways"].items()}})
        for case in kept["cases"]
    ]
    return Section(**{**kept, "cases": cases})
