"""How often each rule was found to be broken."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TextIO

from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.run.result import Run


@dataclass(frozen=True, slots=True)
class _Statistic:
    code: str
    name: str
    count: int
    fixable: bool
    fixable_count: int
    unsafe_fixable_count: int

    @property
    def fixes(self) -> str:
        kinds = (self.fixable_count, "safe"), (self.unsafe_fixable_count, "unsafe")
        found = ", ".join(f"{count} {kind}" for count, kind in kinds if count)
        return f"fixes: {found}" if found else ""


def write(run: Run, out: TextIO) -> None:
    """Write one line for each code: how often, its name, how many of them a fix can mend.

    The most frequent come first.
    """
    statistics = list(_statistics(run))
    widest = max((len(statistic.name) for statistic in statistics), default=0)
    digits = max((len(str(statistic.count)) for statistic in statistics), default=0)
    for found in statistics:
        line = f"{found.count:>{digits}}  {found.code}  {found.name:<{widest}}  {found.fixes}"
        out.write(f"{line.rstrip()}\n")


def write_json(run: Run, out: TextIO) -> None:
    """Write the same as a JSON array, with the keys of ruff's.

    "fixable_count" counts safe fixes, "unsafe_fixable_count" the others; "fixable" says that all
    have a safe one.
    """
    json.dump([asdict(statistic) for statistic in _statistics(run)], out, indent=2)
    out.write("\n")


def _statistics(run: Run) -> Iterator[_Statistic]:
    found = [finding for result in run.results for finding in result.findings]
    counts = Counter(finding.code for finding in found)
    fixable = Counter((f.code, f.fix.safe) for f in found if f.fix)
    for code, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        safe, unsafe = fixable[code, True], fixable[code, False]
        yield _Statistic(code, names().get(code, ""), count, safe == count, safe, unsafe)
