"""An editor's moment: one changed file, in projects of several sizes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import made
from benchmarks.bench import Bench, Part, Sections
from benchmarks.measure import Failed, Process, Way, interleaved
from benchmarks.peers import OURS
from benchmarks.results import Case, Usage, middle
from benchmarks.table import FAILED, Goal, at_most, milliseconds, percent, seconds, table

NAME = "editor"
ALONE = "flake8 -"
WITH_US = "flake8 - with us"
ENGINE = "engine"

LINES = (300, 3_000)
FILES = (20, 200, 2_000)
LIMITS = {300: 0.020, 3_000: 0.080}  # seconds of CPU in the engine, by the lines of the file

# How much more CPU in the largest project than in the smallest is still noise.
_NOISE = 1.1
_CALLS = 15
_LIVE = Path(__file__).resolve().parent.parent / "live.py"


def case_name(lines: int, files: int) -> str:
    """What the case of a file in a project is called."""
    return f"{lines:,} lines, {files:,} files"


def _measure(bench: Bench) -> list[Case]:
    return [
        _case(bench, lines, files)
        for files in (FILES[:2] if bench.quick else FILES)
        for lines in LINES
    ]


def _case(bench: Bench, lines: int, files: int) -> Case:
    name = case_name(lines, files)
    print(f"editor: {name}", flush=True)
    root = bench.folder("editor") / f"{lines}-{files}"
    path = made.project(root, files, lines)
    ways = {ALONE: _stdin(bench, "flake8", path, root), WITH_US: _stdin(bench, OURS, path, root)}
    ways[ENGINE] = _engine(bench, path)
    # Fills the cache, as opening the file does.
    ways[WITH_US](0)
    return Case(name, lines, files, interleaved(ways, dict.fromkeys(ways, bench.rounds)))


def _stdin(bench: Bench, name: str, path: Path, root: Path) -> Way:
    flake8 = bench.environment(name).bin / "flake8"
    command: list[str | Path] = [
        flake8,
        "--isolated",
        "--exit-zero",
        f"--stdin-display-name={path}",
        "-",
    ]
    process = Process(command, root, stdin=path)
    return lambda _: process.run()


def _engine(bench: Bench, path: Path) -> Way:
    command = [str(bench.environment(OURS).python), "-I", str(_LIVE), str(path), str(_CALLS)]

    def run(_: int) -> Usage:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise Failed(ended.stderr)
        return middle([Usage(wall, cpu) for wall, cpu in json.loads(ended.stdout)])

    return run


def _goals(sections: Sections) -> list[Goal]:
    return [
        *(_fast(sections, lines) for lines in LINES),
        *(_no_growth(sections, lines) for lines in LINES),
    ]


def _fast(sections: Sections, lines: int) -> Goal:
    says = f"engine, {lines:,} lines: at most {milliseconds(LIMITS[lines])} of CPU"
    found = _engine_cpu(sections, lines, FILES[-1])
    shown = milliseconds(found) if found is not None else ""
    return at_most(f"{says}, among {FILES[-1]:,} files", found, LIMITS[lines], shown)


def _no_growth(sections: Sections, lines: int) -> Goal:
    says = f"engine, {lines:,} lines: no more among {FILES[-1]:,} files than among {FILES[0]}"
    small, large = (_engine_cpu(sections, lines, files) for files in (FILES[0], FILES[-1]))
    if small is None or large is None:
        return Goal(says)
    return at_most(says, large / small, _NOISE, percent(large, small))


def _engine_cpu(sections: Sections, lines: int, files: int) -> float | None:
    section = sections.get(NAME)
    case = section.case(case_name(lines, files)) if section is not None else None
    found = case.middle(ENGINE) if case is not None else None
    return found.user if found is not None else None


def _text(sections: Sections) -> str:
    columns = ("Lines", "Files of the project", ALONE, WITH_US, "engine")
    tasks = " and ".join(f"{made.tasks_in(made.module(lines)):,}" for lines in LINES)
    return (
        f"A `tasks.py` with {tasks} tasks in a made Django project. `flake8 -`: a process for each "
        "change, wall time (and user CPU), with a warm cache. Engine: CPU of one call in a process "
        f"that lives on, each with another change; the median of {_CALLS} calls once warm. "
        f"Growth of up to {_NOISE - 1:.0%} is taken for noise.\n\n"
        + table(columns, _rows(sections[NAME].cases))
    )


def _rows(cases: list[Case]) -> Iterator[list[str]]:
    for case in cases:
        alone, with_us, engine = (case.middle(way) for way in (ALONE, WITH_US, ENGINE))
        yield [
            f"{case.lines:,}",
            f"{case.files:,}",
            *(f"{seconds(u.wall)} ({seconds(u.user)})" if u else FAILED for u in (alone, with_us)),
            milliseconds(engine.user) if engine else FAILED,
        ]


PART = Part("An editor's moment", _measure, _goals, _text)
