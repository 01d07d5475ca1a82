"""Small projects on disk, and their inventory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flake8_celery_patterns.inventory.assemble import inventory
from flake8_celery_patterns.inventory.entries import Entry, Inventory
from flake8_celery_patterns.run.files import targets

NO_CACHE = (("no-cache", True),)


def project(root: Path, files: Mapping[str, str]) -> Inventory:
    """Write a project with these files by relative path, and give its inventory."""
    (root / "pyproject.toml").write_text("")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return inventory(targets((".",), NO_CACHE, folder=root), NO_CACHE)


def of(text: str, root: Path) -> Inventory:
    """The inventory of `shop/tasks.py` with this text below the usual imports."""
    head = (
        "from celery import Celery, Task, chain, chord, group, shared_task, signature\n"
        "from celery.schedules import crontab\n"
        "from django.db import transaction\n\n"
        'app = Celery("shop")\n\n\n'
    )
    return project(root, {"shop/__init__.py": "", "shop/tasks.py": head + text})


def named(inventory: Inventory, function: str) -> Entry:
    """The one task of that function. Raises ValueError if there is none, or several."""
    (found,) = (e for e in inventory.entries if e.task.function == function)
    return found
