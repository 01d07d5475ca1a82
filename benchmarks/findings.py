"""Count what each rule finds in the real applications, and show what a change did to it.

    python benchmarks/findings.py [--check] [--show CODE ...]

Lints every application of corpus.txt (fetching those that are not there) as a project of its own
and compares the counts per application and rule with tests/corpus/findings.json. What differs is
shown; without `--check` the file is then written anew. `--show` prints the findings of some rules,
each with its line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.corpus import CORPUS, Application, applications, fetch  # noqa: E402
from flake8_celery_patterns.engine import concerns_celery, lint  # noqa: E402
from flake8_celery_patterns.project.project import Project  # noqa: E402
from flake8_celery_patterns.settings import Settings  # noqa: E402

PINNED = HERE.parent / "tests" / "corpus" / "findings.json"

# By application, then by code.
Counts = dict[str, dict[str, int]]
# Path below the corpus with line and column, code, message, and the text of the line.
Shown = tuple[str, str, str, str]


def found_in(application: Application, corpus: Path = CORPUS) -> list[Shown]:
    """Every finding in an application that has been fetched."""
    root = corpus / application.folder
    project = Project(root, Settings(cache=False))
    shown: list[Shown] = []
    for path in sorted(root.rglob("*.py")):
        source = path.read_bytes()
        if not concerns_celery(source, path, project.settings):
            continue
        for finding in lint(source, path, project):
            lines = source.decode(errors="replace").splitlines()
            place = f"{path.relative_to(corpus)}:{finding.span.line}:{finding.span.column + 1}"
            text = lines[finding.span.line - 1].strip()
            shown.append((place, finding.code, finding.message, text))
    return shown


def differences(before: Counts, after: Counts) -> Iterator[str]:
    """A line for each count that is not what it was."""
    for application in sorted(before.keys() | after.keys()):
        old, new = before.get(application, {}), after.get(application, {})
        for code in sorted(old.keys() | new.keys()):
            was, now = old.get(code, 0), new.get(code, 0)
            if was != now:
                yield f"{application}: {code} {was} -> {now}"


def _fetched() -> list[Application]:
    listed = list(applications((HERE / "corpus.txt").read_text(encoding="utf-8")))
    for application in listed:
        fetch(application, CORPUS)
    return listed


def main() -> int:
    """Lint, compare, and write or check; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if counts differ")
    parser.add_argument("--show", nargs="+", default=[], metavar="CODE", help="print findings")
    given = parser.parse_args()
    try:
        listed = _fetched()
    except subprocess.CalledProcessError as error:
        print(f"the corpus cannot be fetched: {error}", file=sys.stderr)
        return 1
    with ProcessPoolExecutor() as pool:
        found = dict(zip(listed, pool.map(partial(found_in), listed), strict=True))
    for place, code, message, text in (shown for part in found.values() for shown in part):
        if code in given.show:
            print(f"{place}: {code} {message}\n    {text[:140]}")
    after = {
        application.name: dict(sorted(Counter(code for _, code, _, _ in part).items()))
        for application, part in found.items()
    }
    before = json.loads(PINNED.read_text(encoding="utf-8")) if PINNED.exists() else {}
    changed = list(differences(before, after))
    print("\n".join(changed) if changed else f"{PINNED.name}: nothing has changed")
    if changed and not given.check:
        PINNED.write_text(json.dumps(after, indent=2) + "\n", encoding="utf-8")
    return 1 if changed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
