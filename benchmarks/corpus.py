"""Fetch the real applications that rules are tried on: the wheels of a pinned list, unpacked.

    python benchmarks/corpus.py [LIST] [FOLDER]

The default is corpus.txt and .corpus beside this file. Nothing of a wheel is installed or run.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / ".corpus"

# The applications are only read, so the newest Python that all of them have a wheel for will do.
PYTHON = "3.13"


@dataclass(frozen=True)
class Application:
    """One line of the list. `bench`: it is one of those that speed is measured on."""

    name: str
    version: str
    bench: bool

    @property
    def folder(self) -> str:
        """The name of the folder it is unpacked into."""
        return f"{self.name}-{self.version}"


def applications(text: str) -> Iterator[Application]:
    """Read a list: lines `name==version`, with the word `bench` behind some; `#` starts a comment.

    Raises ValueError for any other line. A version is exact, so two runs compare the same code.
    """
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)(\s+bench)?", entry)
        if match is None:
            raise ValueError(f"expected `name==version` or `name==version bench`, got: {entry}")
        yield Application(match[1], match[2], bench=match[3] is not None)


def fetch(application: Application, corpus: Path) -> Path:
    """Give the folder of an application below `corpus`, fetching it if it is not there.

    It appears whole or not at all: an interrupted run leaves nothing that the next would skip.
    Raises subprocess.CalledProcessError if pip cannot get the wheel.
    """
    target = corpus / application.folder
    if target.is_dir():
        return target
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=corpus, prefix=".fetch-") as scratch:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        wheels_alone = ["--only-binary=:all:", f"--python-version={PYTHON}"]
        pinned = f"{application.name}=={application.version}"
        subprocess.run([*download, *wheels_alone, f"--dest={scratch}", pinned], check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        unpacked = Path(scratch) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        shutil.move(unpacked, target)
    return target


def main() -> int:
    """Fetch every application of a list; gives the exit status: 1 if one could not be had."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("list", type=Path, nargs="?", default=HERE / "corpus.txt")
    parser.add_argument("folder", type=Path, nargs="?", default=CORPUS)
    given = parser.parse_args()
    missing = 0
    for application in applications(given.list.read_text(encoding="utf-8")):
        try:
            folder = fetch(application, given.folder)
        except subprocess.CalledProcessError:
            missing += 1
            print(f"{application.folder}: cannot be fetched", file=sys.stderr)
        else:
            print(f"{folder}: {sum(1 for _ in folder.rglob('*.py'))} Python files")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
