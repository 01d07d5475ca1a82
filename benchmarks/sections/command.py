"""The command line, against ruff and flake8."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench, Part, Sections
from benchmarks.measure import Process, Way, interleaved
from benchmarks.peers import OURS
from benchmarks.results import Case, Usage
from benchmarks.sections import plugin
from benchmarks.table import Goal, at_most, megabytes, seconds, table, times

NAME = "cli"
CORPUS = "all wheels in one run"
COLD_ALL = "ours, cold, all cores"
COLD_ONE = "ours, cold, one process"
NO_CACHE = "ours, `--no-cache`, all cores"
WARM_ALL = "ours, warm, all cores"
WARM_ONE = "ours, warm, one process"
RUFF_ALL = "ruff, all cores"
RUFF_ONE = "ruff, one thread"

_SLOW = (COLD_ONE, NO_CACHE)
_FLAKE8 = "flake8 -j1 with us, cold"


def _measure(bench: Bench) -> list[Case]:
    trees = bench.wheels
    ways: dict[str, Way] = {
        # The cold run over all cores fills the cache that the warm ones use.
        COLD_ALL: _ours(bench, _cores(), "kept", is_cold=True),
        WARM_ALL: _ours(bench, _cores(), "kept", is_cold=False),
        WARM_ONE: _ours(bench, 1, "kept", is_cold=False),
        COLD_ONE: _ours(bench, 1, "other", is_cold=True),
        NO_CACHE: _ours(bench, _cores(), None, is_cold=False),
        RUFF_ALL: _ruff(bench, _cores()),
        RUFF_ONE: _ruff(bench, 1),
    }
    lines, files = sum(tree.lines for tree in trees), sum(tree.files for tree in trees)
    print(f"cli: {len(trees)} wheels, {lines:,} lines", flush=True)
    rounds = {way: 1 if way in _SLOW else bench.rounds for way in ways}
    return [Case(CORPUS, lines, files, interleaved(ways, rounds))]


def _cores() -> int:
    return os.cpu_count() or 1


def _ours(bench: Bench, jobs: int, cache: str | None, *, is_cold: bool) -> Way:
    tool = bench.environment(OURS).bin / "celery-patterns"
    folder = bench.folder("command") / cache if cache is not None else None
    keeping = ["--no-cache"] if folder is None else ["--cache-dir", str(folder)]
    command: list[str | Path] = [tool, "check", *keeping, "--jobs", str(jobs)]
    paths = [tree.path for tree in bench.wheels]

    def run(_: int) -> Usage:
        if is_cold and folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        return Process([*command, *paths], bench.scratch, ends=(0, 1)).run()

    return run


def _ruff(bench: Bench, threads: int) -> Way:
    ruff = bench.environment("ruff").bin / "ruff"
    # Like ours, one line for a finding: code frames would be most of the work.
    shown = ["--isolated", "--exit-zero", "--output-format", "concise"]
    command: list[str | Path] = [ruff, "check", "--select", "ALL", "--no-cache", *shown]
    paths = [tree.path for tree in bench.wheels]
    environment = {"RAYON_NUM_THREADS": str(threads)}
    process = Process([*command, *paths], bench.scratch, environment=environment)
    return lambda _: process.run()


def _goals(sections: Sections) -> list[Goal]:
    cold, ruff = _wall(sections, COLD_ALL), _wall(sections, RUFF_ALL)
    warm, one = _wall(sections, WARM_ALL), _wall(sections, COLD_ONE)
    flake8 = _flake8(sections)
    return [
        _ratio("cold, no more wall time than ruff with all its rules", cold, ruff, 1),
        _ratio(
            "cold, at most a twentieth of flake8 with us (one process each)",
            one,
            flake8.wall if flake8 is not None else None,
            1 / 20,
        ),
        _ratio("warm, at most a fifth of cold", warm, cold, 1 / 5),
    ]


def _ratio(says: str, value: float | None, other: float | None, limit: float) -> Goal:
    if value is None or other is None:
        return Goal(says)
    shown = f"{times(value, other)}: {seconds(value)}, {seconds(other)}"
    return at_most(says, value / other, limit, shown)


def _wall(sections: Sections, way: str) -> float | None:
    section = sections.get(NAME)
    case = section.case(CORPUS) if section is not None else None
    found = case.middle(way) if case is not None else None
    return found.wall if found is not None else None


def _flake8(sections: Sections) -> Usage | None:
    """What flake8 with us took for the same wheels, one after the other, where that is known."""
    section, own = sections.get(plugin.NAME), sections.get(NAME)
    case = own.case(CORPUS) if own is not None else None
    if section is None or case is None:
        return None
    wheels = plugin.applications_in(section)
    if sum(wheel.lines for wheel in wheels) != case.lines:
        return None
    found = plugin.added(wheels, plugin.COLD)
    return found[0] if found is not None else None


def _text(sections: Sections) -> str:
    case = sections[NAME].cases[0]
    return (
        f"`celery-patterns check` over {case.lines:,} lines in {case.files:,} files, all in one "
        "command, against `ruff check --select ALL --no-cache --output-format concise`. Medians. "
        "The flake8 row is the sum of the section above, a run for each wheel.\n\n"
        + table(("Run", "Rounds", "Wall", "User CPU", "Peak memory"), _rows(sections, case))
    )


def _rows(sections: Sections, case: Case) -> Iterator[list[str]]:
    for way, rounds in case.ways.items():
        found = case.middle(way)
        if found is not None:
            yield _row(way, str(len(rounds)), found)
    flake8 = _flake8(sections)
    if flake8 is not None:
        yield _row(_FLAKE8, "", flake8)


def _row(name: str, rounds: str, found: Usage) -> list[str]:
    return [name, rounds, seconds(found.wall), seconds(found.user), megabytes(found.peak)]


PART = Part("The command line", _measure, _goals, _text)
