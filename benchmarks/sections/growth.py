"""Growth: time and memory as there is more to lint, in more files or in one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import made
from benchmarks.bench import Bench, Part, Sections
from benchmarks.measure import Process, interleaved
from benchmarks.peers import OURS
from benchmarks.results import Case
from benchmarks.table import FAILED, Goal, at_most, megabytes, percent, seconds, table

NAME = "growth"
CHECK = "check"

COPIES = (1, 4, 16)
LINES = (12_500, 25_000, 50_000)

# What is copied.
_WHEEL = "openwisp-controller"
# Files of the project around the one large file: the apps that it imports from.
_AROUND = 20
# How much is still taken for linear, and for flat.
_STEEPER = 1.25
_HIGHER = 1.1


def copies_name(copies: int) -> str:
    """What the case of so many copies is called."""
    return f"{copies} x {_WHEEL}"


def lines_name(lines: int) -> str:
    """What the case of one file of so many lines is called."""
    return f"one file of {lines:,} lines"


def steepening(sizes: Sequence[float], figures: Sequence[float]) -> float:
    """How much more each further unit costs at the end than at the beginning.

    `sizes` rise; there are three or more, and as many `figures`. 1 is linear, whatever it costs to
    start; for sizes that double, 2 is quadratic.
    """
    slopes = [
        (figures[n + 1] - figures[n]) / (sizes[n + 1] - sizes[n]) for n in (0, len(sizes) - 2)
    ]
    return slopes[1] / slopes[0]


def _measure(bench: Bench) -> list[Case]:
    return [*_copied(bench), *_single(bench)]


def _copied(bench: Bench) -> Iterator[Case]:
    (tree,) = (tree for tree in bench.wheels if tree.name == _WHEEL)
    for copies in COPIES[:2] if bench.quick else COPIES:
        root = bench.folder(f"growth/{copies}")
        for number in range(copies):
            shutil.copytree(tree.path, root / f"copy_{number:02}")
        size = tree.lines * copies, tree.files * copies
        yield _case(bench, copies_name(copies), size, root, slow=copies == COPIES[-1])
        shutil.rmtree(root)


def _single(bench: Bench) -> Iterator[Case]:
    for lines in LINES[:2] if bench.quick else LINES:
        path = made.project(bench.folder("growth") / f"lines-{lines}", _AROUND, lines)
        yield _case(bench, lines_name(lines), (lines, 1), path, slow=lines == LINES[-1])


def _case(bench: Bench, name: str, size: tuple[int, int], path: Path, *, slow: bool) -> Case:
    print(f"growth: {name}", flush=True)
    tool = bench.environment(OURS).bin / "celery-patterns"
    command: list[str | Path] = [tool, "check", "--no-cache", "--jobs", "1", path]
    process = Process(command, bench.scratch, ends=(0, 1))
    rounds = {CHECK: 1 if slow else bench.rounds}
    return Case(name, *size, interleaved({CHECK: lambda _: process.run()}, rounds))


def _goals(sections: Sections) -> list[Goal]:
    copies = [copies_name(n) for n in COPIES]
    lines = [lines_name(n) for n in LINES]
    return [
        _linear(sections, f"time is linear from {COPIES[0]} to {COPIES[-1]} copies", copies),
        _flat(sections, f"peak memory is flat from {COPIES[0]} to {COPIES[-1]} copies", copies),
        _linear(sections, f"time is linear in one file of up to {LINES[-1]:,} lines", lines),
    ]


def _linear(sections: Sections, says: str, names: list[str]) -> Goal:
    cases = _cases(sections, names)
    usages = [usage for case in cases if (usage := case.middle(CHECK)) is not None]
    if len(usages) < len(names):
        return Goal(says)
    steeper = steepening([case.lines for case in cases], [usage.user for usage in usages])
    return at_most(says, steeper, _STEEPER, f"{percent(steeper, 1)} a line at the end")


def _flat(sections: Sections, says: str, names: list[str]) -> Goal:
    usages = [case.middle(CHECK) for case in _cases(sections, [names[0], names[-1]])]
    if len(usages) < 2 or usages[0] is None or usages[1] is None:
        return Goal(says)
    first, last = usages[0].peak, usages[1].peak
    shown = f"{percent(last, first)}: {megabytes(first)}, {megabytes(last)}"
    return at_most(says, last / first, _HIGHER, shown)


def _cases(sections: Sections, names: list[str]) -> list[Case]:
    section = sections.get(NAME)
    found = [section.case(name) for name in names] if section is not None else []
    return [case for case in found if case is not None]


def _text(sections: Sections) -> str:
    cases = sections[NAME].cases
    tasks = made.tasks_in(made.module(LINES[-1]))
    return (
        "`celery-patterns check --no-cache --jobs 1`. Each copy is a project of its own. The one "
        f"file is made; that of {LINES[-1]:,} lines has {tasks:,} tasks. Linear: the last lines "
        f"take at most {_STEEPER - 1:.0%} more user CPU each than the first. Flat: at most "
        f"{_HIGHER - 1:.0%} more.\n\n"
        + table(("What", "Lines", "Rounds", "User CPU", "Wall", "Peak memory"), _rows(cases))
    )


def _rows(cases: list[Case]) -> Iterator[list[str]]:
    for case in cases:
        start = [case.name, f"{case.lines:,}", str(len(case.ways[CHECK]))]
        found = case.middle(CHECK)
        if found is None:
            yield [*start, *(FAILED for _ in range(3))]
        else:
            yield [*start, seconds(found.user), seconds(found.wall), megabytes(found.peak)]


PART = Part("Growth", _measure, _goals, _text)
