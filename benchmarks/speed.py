"""Measure how fast we are, beside other linters, and write docs/speed.md.

    python benchmarks/speed.py [--only SECTION,...] [--rounds N] [--quick] [--page]

Environments are made and the corpus is fetched where they are not there. What is measured is kept
in speed.json, so that sections can be measured apart. All of it takes some 25 minutes on two
cores, plus the time to make the environments; the machine should do nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.bench import Bench, Sections  # noqa: E402
from benchmarks.machine import setting  # noqa: E402
from benchmarks.page import PAGE, PARTS, page  # noqa: E402
from benchmarks.peers import newest_python  # noqa: E402
from benchmarks.results import Section, load, save  # noqa: E402


def measured(names: list[str], bench: Bench) -> Sections:
    """Measure some of the sections."""
    found: Sections = {}
    for name in names:
        described, began = setting(bench.python), time.perf_counter()
        cases = PARTS[name].measure(bench)
        found[name] = Section(described, bench.rounds, time.perf_counter() - began, cases)
    return found


def sections_named(text: str) -> list[str]:
    """Read a list such as `cli,growth`. Raises argparse.ArgumentTypeError for a wrong name."""
    names = [name.strip() for name in text.split(",")]
    wrong = [name for name in names if name not in PARTS]
    if wrong:
        known = ", ".join(PARTS)
        raise argparse.ArgumentTypeError(f"no section is called {', '.join(wrong)}: {known}")
    return [name for name in PARTS if name in names]


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the page; gives the exit status."""
    given = _parser().parse_args(arguments)
    if given.page:
        PAGE.write_text(page(load()), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="celery-patterns-speed-") as scratch:
        rounds = 1 if given.quick else given.rounds
        python = given.python or newest_python()
        bench = Bench(python, rounds, given.quick, Path(scratch).resolve())
        try:
            found = measured(given.only, bench)
        except subprocess.CalledProcessError as error:
            print(f"an environment or an application could not be had: {error}", file=sys.stderr)
            return 1
    if given.quick:
        print(page(found))
        return 0
    sections = {**load(), **found}
    save(sections)
    PAGE.write_text(page(sections), encoding="utf-8")
    print(f"written: {PAGE.relative_to(HERE.parent)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    all_of_them = list(PARTS)
    parser.add_argument(
        "--only",
        type=sections_named,
        default=all_of_them,
        metavar="SECTION,...",
        help=f"measure these sections alone: {', '.join(all_of_them)}",
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds, fewer for what is slow")
    parser.add_argument(
        "--quick", action="store_true", help="one round of the small ones, shown and not kept"
    )
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page anew")
    parser.add_argument("--python", type=Path, help="the Python to measure with (default: newest)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
