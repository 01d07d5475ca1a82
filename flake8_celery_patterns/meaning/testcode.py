"""What is test code or a script, by its path alone."""

from __future__ import annotations

import re
from pathlib import Path

from flake8_celery_patterns.facts.expressions import Call, dotted
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.flow.places import InWith, Place

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests\.py")

_CELL = re.compile(rb"^# ?(?:%%|In ?\[)", re.MULTILINE)
_SCRIPTS = re.compile(r"bin|examples?|notebooks?|scripts?")

_EXPECTING = frozenset({"assertRaises", "assertRaisesMessage", "assertRaisesRegex", "raises"})


def expects_error(place: Place) -> bool:
    """Whether a place stands in a block that is to fail: `with pytest.raises(…):`."""
    for around in place.around:
        if isinstance(around, InWith) and isinstance(around.manager, Call):
            name = dotted(around.manager.function) or ""
            if name.rpartition(".")[2] in _EXPECTING:
                return True
    return False


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
    `python -m` runs, and what lies in a folder of scripts; only the path inside the root counts.
    """
    if is_command(path) or path.name == "__main__.py":
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


def is_cell(path: Path) -> bool:
    """Whether a file is a notebook kept as a script (`# %%`): what a line gives is shown there."""
    try:
        return _CELL.search(path.read_bytes()) is not None
    except OSError:
        return False
