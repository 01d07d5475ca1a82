"""The same answer from each side: whole, in parts, at once, remembered, by stdin, by flake8."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus import HERE
from flake8_celery_patterns.engine import Examined
from flake8_celery_patterns.project.journal import Notes
from flake8_celery_patterns.run import kept, lint, work
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Values
from tests.command import celery_patterns
from tests.projects.applications import PROJECTS

NO_CACHE: Values = (("no-cache", True),)
MOST: Values = (("extend-select", ("CEL9",)),)
MOST_OPTIONS = ("--extend-select=CEL9", "--output-format=json")
CORPUS = HERE / ".corpus"
WHEELS = ("django-helpdesk-2.6.1", "openwisp-firmware-upgrader-1.3.1")

# Path, line, column, code, message.
Found = list[tuple[str, int, int, str, str]]


@pytest.fixture(
    scope="module",
    params=[
        *(path.name for path in sorted(PROJECTS.iterdir())),
        *(pytest.param(name, marks=pytest.mark.slow) for name in WHEELS),
    ],
)
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of an application, as a project of its own."""
    place = CORPUS if request.param in WHEELS else PROJECTS
    if not (place / request.param).is_dir():
        pytest.skip("fetch it with: python -m benchmarks.corpus")
    caches = shutil.ignore_patterns("__pycache__", ".celery_patterns_cache")
    root = tmp_path_factory.mktemp("same") / "project"
    shutil.copytree(place / request.param, root, ignore=caches)
    (root / "pyproject.toml").touch()
    for path in root.rglob("*"):
        os.utime(path, (1, 1))  # long ago: what was changed just now is not remembered
    return root


@pytest.fixture(scope="module", autouse=True)
def settled() -> Iterator[None]:
    """The package may be edited while its tests run; no run is too small for several processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "code_version", lambda: "this")
        patch.setattr(work, "_WORTH_A_PROCESS", 1)
        yield


def files_in(root: Path) -> list[Target]:
    return targets(["."], NO_CACHE, folder=root)


def found(files: Sequence[Target], given: Values = NO_CACHE, jobs: int = 1) -> Found:
    """What is found in `files`, as if by a process of its own."""
    lint.forget()
    return [
        (result.target.shown, f.span.line, f.span.column, f.code, f.message)
        for result in work.lint_targets(files, (*given, *MOST), jobs)
        for f in result.findings
    ]


@pytest.fixture(scope="module")
def whole(root: Path) -> Found:
    """What a cold run over all files finds."""
    answer = found(files_in(root))
    assert len({code for *_, code, _ in answer}) > 1
    return answer


def test_file_by_file(root: Path, whole: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """What findings rest on is the same, too, whoever had asked for it before."""
    noted: dict[Path, tuple[Examined, Notes]] = {}

    def keep(self: kept.Kept, path: Path, digest: str, examined: Examined, notes: Notes) -> None:
        noted[path] = examined, dict(notes)

    monkeypatch.setattr(kept.Kept, "keep", keep)
    assert found(files_in(root)) == whole
    together = dict(noted)
    assert together
    noted.clear()
    assert [each for file in files_in(root) for each in found([file])] == whole
    assert noted == together


def test_in_parts(root: Path, whole: Found) -> None:
    files = files_in(root)
    parts = [found(files[start::3]) for start in range(3)]
    assert sorted(each for part in parts for each in part) == sorted(whole)


def test_the_other_way_round(root: Path, whole: Found) -> None:
    assert sorted(found(files_in(root)[::-1])) == sorted(whole)


def test_at_once(root: Path, whole: Found) -> None:
    assert found(files_in(root), jobs=3) == whole


def test_from_standard_input(root: Path, whole: Found) -> None:
    files = [replace(file, content=file.read()) for file in files_in(root)]
    assert [each for file in files for each in found([file])] == whole


def test_remembered(root: Path, whole: Found, tmp_path: Path) -> None:
    """In whole, and in part: one half by a process that saw no more than that."""
    with_cache = (("cache-dir", tmp_path / "cache"),)
    half = files_in(root)[::2]
    assert sorted(found(half, with_cache)) == sorted(
        each for each in whole if each[0] in {file.shown for file in half}
    )
    for _ in range(2):
        assert found(files_in(root), with_cache, jobs=2) == whole


@pytest.fixture(scope="module")
def command(root: Path, whole: Found) -> Found:
    """What the command line finds; columns count from 1 there."""
    answer = checked(root, "--no-cache")
    assert answer == [(path, line, column + 1, *said) for path, line, column, *said in whole]
    return answer


def checked(root: Path, *options: str) -> Found:
    """What is found by the command line, as a process."""
    done = celery_patterns("check", *MOST_OPTIONS, *options, folder=root)
    assert done.returncode == 1, done.stderr
    return [row(finding, root) for finding in json.loads(done.stdout)]


def row(finding: dict[str, Any], root: Path) -> tuple[str, int, int, str, str]:
    place = finding["location"]
    path = Path(finding["filename"]).relative_to(root).as_posix()
    return path, place["row"], place["column"], finding["code"], finding["message"]


def test_by_a_command_line_that_remembers(root: Path, command: Found) -> None:
    for options in (["--jobs=2"], []):
        assert checked(root, *options) == command


def test_by_flake8(root: Path, command: Found) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=CEL,CEL9", "--jobs=2", "."],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    lines = re.findall(r"^\./(.+?):(\d+):(\d+): (CEL\d+) (.+)$", ran.stdout, re.MULTILINE)
    answer = [
        (path, int(line), int(column), code, message) for path, line, column, code, message in lines
    ]
    assert sorted(answer) == sorted(command)
