"""The real flake8 as a process, and small projects whose findings are known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from flake8_celery_patterns.run import kept
from tests.plugged import Plugged
from tests.runs import SHOP as SMALL_SHOP
from tests.runs import Runs

# Far above what any run takes; only keeps a hang from stopping the whole test run.
CEILING = 120


@dataclass(frozen=True)
class Run:
    """How a flake8 process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line; refuses an output that came with anything on stderr."""
        assert not self.err, self.err
        return self.out.splitlines()

    @property
    def ours(self) -> list[str]:
        """Our findings in flake8's default format, as "path:line:column: code"."""
        places = (line.split(" ")[:2] for line in self.lines)
        return [" ".join(place) for place in places if len(place) == 2 and place[1][:3] == "CEL"]


@dataclass(frozen=True)
class Flake8:
    """Runs flake8 in one folder; `launcher` is what stands before its arguments.

    With one process, which is quickest for a handful of files, unless the arguments say otherwise.
    """

    folder: Path
    launcher: tuple[str, ...] = (sys.executable, "-m", "flake8")

    def __call__(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> Run:
        done = subprocess.run(
            [*self.launcher, "--jobs=1", *args],
            cwd=self.folder,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
            timeout=CEILING,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


Write = Callable[[Path, Mapping[str, str]], Path]


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (path to text, dedented) below `root`, which is made, and give `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def write() -> Write:
    """Writes a project's files."""
    return write_files


@pytest.fixture(scope="session")
def flake8_in() -> Callable[..., Flake8]:
    """Makes a runner of flake8 for a folder."""
    return Flake8


# Importing the models leaves a file named "imported" behind: nobody may.
SHOP: Mapping[str, str] = {
    "pyproject.toml": """
        [project]
        name = "shop"
        """,
    "shop/__init__.py": "",
    "shop/celery.py": """
        from celery import Celery

        app = Celery("shop")
        app.conf.task_time_limit = 600
        """,
    "shop/models.py": """
        from pathlib import Path

        from django.db import models

        Path("imported").touch()


        class Order(models.Model):
            total = models.IntegerField()
        """,
    "shop/tasks.py": """
        from celery import shared_task


        @shared_task
        def send_mail(order_pk):
            return order_pk


        @shared_task
        def send(self, x):
            return x
        """,
    "shop/views.py": """
        from shop.models import Order
        from shop.tasks import send_mail


        def checkout(request):
            send_mail.delay(Order.objects.get(pk=1))
        """,
    "shop/prices.py": """
        def total(prices):
            return sum(prices)
        """,
}


@dataclass(frozen=True)
class Project:
    """A project on disk, its flake8, and its findings as `Run.ours` gives them for `flake8 .`."""

    root: Path
    flake8: Flake8
    expected: Sequence[str]

    def of(self, name: str) -> list[str]:
        """Give the findings of one file, for a run that was given just its name."""
        return [place[2:] for place in self.expected if place.startswith(f"./{name}:")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small Django project with one CEL101 and one CEL201; shared by a module, so only read."""
    root = write_files(tmp_path_factory.mktemp("shop"), SHOP)
    # Columns are 1-based in what flake8 prints.
    return Project(
        root, Flake8(root), ["./shop/tasks.py:10:10: CEL201", "./shop/views.py:6:21: CEL101"]
    )


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The command line over a project; the plugin keeps its findings in the same place."""
    # The package may be edited while its tests run.
    monkeypatch.setattr(kept, "code_version", lambda: "this")
    runs = Runs(tmp_path, monkeypatch)
    runs.write(SMALL_SHOP)
    return runs


@pytest.fixture
def plugged(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Plugged:
    """The plugin over the same project."""
    return Plugged(runs.root, monkeypatch)
