"""What is test code, a command, a script or a notebook: by its path, and what stands in it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.facts.expressions import Call, dotted
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.flow.places import Place
from flake8_celery_patterns.project.project import Project

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests\.py")

NOTEBOOK = ".ipynb"
_CELL = re.compile(rb"^# ?(?:%%|In ?\[)", re.MULTILINE)
_SCRIPTS = re.compile(r"bin|examples?|notebooks?|scripts?")


@lru_cache(maxsize=4096)
def is_test_code(path: Path, root: Path) -> bool:
    """Whether a file is test code: `test_*.py`, `*_test.py`, `conftest.py`, or below `tests`.

    Only the path inside the project counts.
    """
    try:
        parts = path.relative_to(root).parts
    except ValueError:
        parts = (path.name,)
    folders, name = parts[:-1], parts[-1] if parts else ""
    return _TEST_FILE.fullmatch(name) is not None or any(f in ("tests", "test") for f in folders)


def is_command(path: Path) -> bool:
    """Whether a file is one of Django's management commands, which somebody runs by hand."""
    return path.parts[-3:-1] == ("management", "commands")


def is_run_by_hand(place: Place, path: Path, root: Path) -> bool:
    """Whether somebody starts what runs at `place`, and waits for it.

    Django's management commands, commands of click, Flask and Typer by their decorator, what
    `python -m` runs, notebooks, and what lies in a folder of scripts; only the path inside the root
    counts.
    """
    if is_command(path) or path.name == "__main__.py" or path.suffix == NOTEBOOK:
        return True
    folders = path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()
    if any(_SCRIPTS.fullmatch(folder) for folder in folders):
        return True
    enclosing = place.function.enclosing() if place.function is not None else ()
    return any(isinstance(s, Function) and _has_command(s) for s in enclosing)


def _has_command(function: Function) -> bool:
    """`@click.command()`, `@app.cli.command("purge")`, `@cli.command`."""
    for decorator in function.decorators:
        made = decorator.function if isinstance(decorator, Call) else decorator
        if (dotted(made) or "").rpartition(".")[2] == "command":
            return True
    return False


def is_cell(project: Project, path: Path) -> bool:
    """Whether a file is a notebook, also one kept as a script (`# %%`): each value is shown."""
    return path.suffix == NOTEBOOK or _CELL.search(project.content(path) or b"") is not None
