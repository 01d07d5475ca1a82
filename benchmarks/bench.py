"""What the sections of the speed benchmark measure with: linters, sources, a scratch folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.corpus import CORPUS, HERE, Application, applications, fetch
from benchmarks.peers import PEERS, Environment, environment, pinned
from benchmarks.results import Case, Section
from benchmarks.table import Goal

# The wheels of a trial: the two smallest.
_QUICK = ("openwisp-monitoring", "openwisp-controller")


@dataclass(frozen=True, slots=True)
class Tree:
    """A project's root; how many Python files it has, and of how many lines."""

    name: str
    path: Path
    files: int
    lines: int


@dataclass
class Bench:
    """One run of the benchmark.

    `rounds`: how often each way is measured, the slow ones less. `quick`: a trial that takes a few
    minutes. `scratch`: an empty folder outside of any project, where all is measured.
    """

    python: Path
    rounds: int
    quick: bool
    scratch: Path
    _environments: dict[str, Environment] = field(default_factory=dict)

    def environment(self, name: str) -> Environment:
        """The environment of a linter, made when it is first asked for."""
        if name not in self._environments:
            self._environments[name] = environment(name, self.python)
        return self._environments[name]

    @cached_property
    def wheels(self) -> list[Tree]:
        """The applications that are marked `bench`, each a project of its own, smallest first."""
        listed = applications((HERE / "corpus.txt").read_text(encoding="utf-8"))
        chosen = [
            application
            for application in listed
            if application.bench and (not self.quick or application.name in _QUICK)
        ]
        trees = [self._tree(application) for application in chosen]
        return sorted(trees, key=lambda tree: tree.lines)

    @cached_property
    def without_celery(self) -> Tree:
        """Django's own source, in which nothing concerns Celery."""
        django = fetch(Application("Django", pinned()["Django"], bench=False), PEERS)
        return tree_of("Django", django, self.scratch / "Django")

    def folder(self, name: str) -> Path:
        """A folder of the scratch folder, which is made if it is not there."""
        made = self.scratch / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    def _tree(self, application: Application) -> Tree:
        source = fetch(application, CORPUS)
        return tree_of(application.name, source, self.scratch / "wheels" / application.name)


Sections = dict[str, Section]


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the benchmark: how it is measured, and what the page says of it."""

    title: str
    measure: Callable[[Bench], list[Case]]
    goals: Callable[[Sections], list[Goal]]
    text: Callable[[Sections], str]


def tree_of(name: str, source: Path, target: Path) -> Tree:
    """Copy the Python files below `source` to `target`, a new folder that is a project's root."""
    shutil.copytree(source, target, ignore=_all_but_python)
    # What marks a root in a checkout is not in a wheel.
    (target / "setup.cfg").touch()
    paths = list(target.rglob("*.py"))
    return Tree(name, target, len(paths), sum(path.read_bytes().count(b"\n") for path in paths))


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    # A link may lead out of the wheel.
    paths = [Path(folder, name) for name in names]
    return [p.name for p in paths if p.is_symlink() or not (p.is_dir() or p.suffix == ".py")]
