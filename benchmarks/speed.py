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
from benchmarks.measure import Failed  # noqa: E402
from benchmarks.page import PAGE, PARTS, page  # noqa: E402
from benchmarks.peers import newest_python  # noqa: E402
from benchmarks.results import Section, load, save  # noqa: E402


def measured(name: str, bench: Bench) -> Section:
    """Measure a section.

    Raises subprocess.CalledProcessError if an environment or an application cannot be had, and
    `Failed` for a run without which nothing else makes sense.
    """
    described, began = setting(bench.python), time.perf_counter()
    cases = PARTS[name].measure(bench)
    return Section(described, bench.rounds, time.perf_counter() - began, cases)


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
    sections: Sections = {} if given.quick else load()
    with tempfile.TemporaryDirectory(prefix="celery-patterns-speed-") as scratch:
        rounds = 1 if given.quick else given.rounds
        python = given.python or newest_python()
        bench = Bench(python, rounds, given.quick, Path(scratch).resolve())
        try:
            for name in given.only:
                sections[name] = measured(name, bench)
                # At once: what was measured is not lost if the next section fails.
                if not given.quick:
                    save(sections)
                    PAGE.write_text(page(sections), encoding="utf-8")
        except (subprocess.CalledProcessError, Failed) as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 1
    print(page(sections) if given.quick else f"written: {PAGE.relative_to(HERE.parent)}")
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
