"""Runs over a folder in this process, each as if in a new one, and what they cost."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from flake8_celery_patterns import engine
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.reports.formats import named
from flake8_celery_patterns.run import kept, lint
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.result import FileResult, Run
from flake8_celery_patterns.run.work import lint_targets
from flake8_celery_patterns.settings import Values

# Text or bytes by path; None for a file that is not there.
Files = Mapping[str, str | bytes | None]

NO_CACHE: Values = (("no-cache", True),)

# A shop whose files rest on one another.
HEAD = "from celery import shared_task\n\n\n@shared_task\n"
MODELS = "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"
TASKS = f"{HEAD}def ship(order_pk):\n    return order_pk\n"
APP = "from celery import Celery\n\napp = Celery('shop')\n"
VIEWS = """\
from shop.models import Order
from shop.tasks import ship


def buy(request):
    ship.delay(Order.objects.get(pk=1))
"""
CALLS = """\
from celery import current_app


def call():
    current_app.send_task('shop.nam')
"""
NAMED = """\
from celery import shared_task


@shared_task(name={name!r})
def named():
    pass
"""
SHOP: Mapping[str, str] = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/celery.py": APP,
    "shop/models.py": MODELS,
    "shop/tasks.py": TASKS,
    "shop/named.py": NAMED.format(name="shop.name"),
    "shop/views.py": VIEWS,
    "shop/calls.py": CALLS,
    "shop/prices.py": "def total(prices):\n    return sum(prices)\n",
}
WITH_CELERY = [f"shop/{name}.py" for name in ("calls", "celery", "named", "tasks", "views")]
# Path, line and code of what is found in it.
FOUND = [
    ("shop/calls.py", 5, "CEL112"),
    ("shop/named.py", 4, "CEL401"),
    ("shop/tasks.py", 4, "CEL401"),
    ("shop/views.py", 6, "CEL101"),
]

# A file that was changed a moment ago is not remembered: ours were changed long ago, one after the
# other.
_SECONDS = count(1_600_000_000)


@dataclass(frozen=True)
class Ran:
    """A run that is over.

    `report`: all that it found, as JSON. `linted`: the files that were linted in this process, not
    remembered. `reads`, `parsed`: how many files were opened to see whether they changed, and
    how many parsed to answer questions about them.
    """

    results: tuple[FileResult, ...]
    report: str
    linted: list[str]
    reads: int
    parsed: int

    @property
    def found(self) -> list[tuple[str, int, str]]:
        """Path, line and code of each finding."""
        return [(r.target.shown, f.span.line, f.code) for r in self.results for f in r.findings]


class Runs:
    """Runs over the folder `root`."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._linted: list[Path] = []
        examine = engine.examine

        def examining(
            source: str | bytes, path: Path, project: Project, **named: Any
        ) -> engine.Examined:
            self._linted.append(path)
            return examine(source, path, project, **named)

        monkeypatch.setattr(engine, "examine", examining)

    def __call__(self, given: Values = (), *names: str, jobs: int = 1) -> Ran:
        """Lint what `names` stand for; `given`: options of the command line."""
        lint.forget()
        self._linted.clear()
        files = targets(names or (".",), given, folder=self.root)
        results = lint_targets(files, given, jobs)
        projects = {lint.project_of(file, given) for file in files}
        return Ran(
            results,
            report(results, self.root),
            sorted(path.relative_to(self.root).as_posix() for path in self._linted),
            sum(kept.kept_of(project).contents.reads for project in projects),
            sum(project.parsed for project in projects),
        )

    def warm(self, given: Values = (), *, jobs: int = 1) -> Ran:
        """Lint with what is remembered; refuses an answer that is not that of a cold run."""
        ran = self(given, jobs=jobs)
        assert ran.report == self((*given, *NO_CACHE)).report
        return ran

    def write(self, files: Files) -> None:
        """Write files (path to text, dedented); None removes one."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_bytes(dedent(text).encode() if isinstance(text, str) else text)
                changed = next(_SECONDS)
                os.utime(path, (changed, changed))


def report(results: tuple[FileResult, ...], folder: Path) -> str:
    """All that was found, and what was looked at, as JSON."""
    out = io.StringIO()
    run = Run(results, len(results), 0.0, folder)
    named("json").write(run, out)
    return f"{out.getvalue()}{run.counts}"
