"""What a plugin adds to flake8."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.bench import Bench, Part, Sections, Tree
from benchmarks.measure import Process, Way, interleaved
from benchmarks.peers import OURS
from benchmarks.results import Case, Section, Usage, total
from benchmarks.table import FAILED, NONE, Goal, at_most, percent, seconds, table

NAME = "flake8"
ALONE = "flake8"
COLD = "ours, cold"
WARM = "ours, warm"
# Measured on the smaller wheels, and the slowest on one, once: all of them would take hours.
OTHERS = ("flake8-bugbear", "flake8-pie")
SLOWEST = "flake8-async"
WITHOUT_CELERY = "Django (no Celery)"

_LARGE = 80_000  # lines; one cold round is enough for a wheel that takes minutes
_SMALL = 60_000

_WAYS = (COLD, WARM, *OTHERS, SLOWEST)


def added(cases: Sequence[Case], way: str) -> tuple[Usage, Usage] | None:
    """What flake8 took with a plugin and alone, over all trees where both were measured."""
    pairs = [(case.middle(way), case.middle(ALONE)) for case in cases]
    both = [(ours, alone) for ours, alone in pairs if ours is not None and alone is not None]
    if not both:
        return None
    return total([ours for ours, _ in both]), total([alone for _, alone in both])


def applications_in(section: Section) -> list[Case]:
    """The cases of a section that are applications with Celery."""
    return [case for case in section.cases if case.name != WITHOUT_CELERY]


def _measure(bench: Bench) -> list[Case]:
    cases = []
    for tree in bench.wheels:
        ways = dict.fromkeys((ALONE, COLD, WARM), bench.rounds)
        if tree.lines > _LARGE:
            ways[COLD] = 1
        if tree.lines <= _SMALL:
            ways |= dict.fromkeys(OTHERS, bench.rounds)
        if tree is bench.wheels[0]:
            ways[SLOWEST] = 1
        cases.append(_case(bench, tree, tree.name, ways))
    without = dict.fromkeys((ALONE, COLD, WARM), bench.rounds)
    cases.append(_case(bench, bench.without_celery, WITHOUT_CELERY, without))
    return cases


def _case(bench: Bench, tree: Tree, name: str, rounds: dict[str, int]) -> Case:
    print(f"flake8: {name}, {tree.lines:,} lines", flush=True)
    found = interleaved({way: _way(bench, tree, way) for way in rounds}, rounds)
    return Case(name, tree.lines, tree.files, found)


def _way(bench: Bench, tree: Tree, way: str) -> Way:
    name = OURS if way in (COLD, WARM) else way
    flake8 = bench.environment(name).bin / "flake8"
    command: list[str | Path] = [flake8, "-j1", "--isolated", "--exit-zero"]
    cache = bench.folder("plugin") / tree.name
    if name == OURS:
        command += ["--celery-cache-dir", cache]

    def run(_: int) -> Usage:
        if way == COLD:
            shutil.rmtree(cache, ignore_errors=True)
        return Process([*command, "."], tree.path).run()

    return run


def _goals(sections: Sections) -> list[Goal]:
    section = sections.get(NAME)
    cases = section.cases if section is not None else []
    wheels = applications_in(section) if section is not None else []
    without = added([case for case in cases if case.name == WITHOUT_CELERY], COLD)
    return [
        _goal("flake8 takes at most 5 % more user CPU with us, cold", added(wheels, COLD), 1.05),
        _goal("flake8 takes at most 5 % more user CPU with us, warm", added(wheels, WARM), 1.05),
        _goal("flake8 takes at most 1 % more on a tree without Celery", without, 1.01),
    ]


def _goal(says: str, found: tuple[Usage, Usage] | None, limit: float) -> Goal:
    if found is None:
        return Goal(says)
    ours, alone = found
    return at_most(says, ours.user / alone.user, limit, percent(ours.user, alone.user))


def _text(sections: Sections) -> str:
    section = sections[NAME]
    columns = ("Tree", "Lines", "Rounds", "flake8 alone", *_WAYS)
    return (
        "`flake8 -j1` in an environment with one plugin, against flake8 alone. User CPU, and wall "
        "time in brackets: medians of rounds that take turns. *Cold*: with an empty cache folder, "
        f"once on wheels of more than {_LARGE:,} lines; *warm*: with what the cold run left. "
        f"{' and '.join(OTHERS)} are measured only on wheels of up to {_SMALL:,} lines, {SLOWEST} "
        "on the smallest, once. The same command twice can differ by several percent.\n\n"
        + table(columns, _rows(section))
    )


def _rows(section: Section) -> Iterator[list[str]]:
    for case in section.cases:
        alone = case.middle(ALONE)
        start = [case.name, f"{case.lines:,}", str(len(case.ways[ALONE]))]
        if alone is None:
            yield [*start, FAILED, *(NONE for _ in _WAYS)]
            continue
        both = f"{seconds(alone.user)} ({seconds(alone.wall)})"
        yield [*start, both, *(_cell(case, way) for way in _WAYS)]
    wheels = applications_in(section)
    sums = (added(wheels, way) for way in _WAYS)
    lines = sum(case.lines for case in wheels)
    alone = total([found for case in wheels if (found := case.middle(ALONE)) is not None])
    yield [
        "**All with Celery**",
        f"{lines:,}",
        "",
        f"{seconds(alone.user)} ({seconds(alone.wall)})",
        *(_more(*found) if found is not None else NONE for found in sums),
    ]


def _cell(case: Case, way: str) -> str:
    if way not in case.ways:
        return NONE
    found = added([case], way)
    return _more(*found) if found is not None else FAILED


def _more(with_it: Usage, alone: Usage) -> str:
    return f"{percent(with_it.user, alone.user)} ({percent(with_it.wall, alone.wall)})"


PART = Part("What a plugin adds to flake8", _measure, _goals, _text)
