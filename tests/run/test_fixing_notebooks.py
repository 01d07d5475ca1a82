"""Mending notebooks: the code of a cell changes, and no other byte of the JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from flake8_celery_patterns.run.fixing import Mended, diff, mend, save
from flake8_celery_patterns.run.result import Target

TASK = "@shared_task\ndef ship(self, pk):\n    await_it = pk"
SWALLOWING = "@shared_task\ndef book():\n    try:\n        carry()\n    except:\n        pass"


def cell(source: str, kind: str = "code") -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}


CELLS = [
    cell("# Orders\nshared_task", "markdown"),
    cell("%load_ext autoreload\nfrom celery import shared_task\n!ls 'x'"),
    cell(TASK),
    cell("await ship.delay(1)  # in a notebook's own loop"),
    cell(SWALLOWING),
]


@pytest.fixture(params=[1, "\t", None], ids=["indented", "tabs", "one line"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "orders.ipynb"
    notebook = {"cells": CELLS, "metadata": {"größe": "x"}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, indent=request.param, ensure_ascii=False) + "\n")
    return path


def mended(path: Path) -> Mended:
    found = mend(Target(path, path.name), (("no-cache", True),), unsafe=True)
    assert found is not None
    return found


def test_only_the_code_that_is_mended_changes(path: Path) -> None:
    before = path.read_text()
    found = mended(path)
    assert [(applied.code, applied.count) for applied in found.applied] == [
        ("CEL201", 1),
        ("CEL304", 1),
    ]
    assert found.notes == ()
    bound = before.replace("@shared_task\\n", "@shared_task(bind=True)\\n", 1)
    assert found.after.decode() == bound.replace("except:", "except Exception:")
    assert save(found) is None
    assert not mended(path).is_changed


def test_git_applies_its_patch(path: Path) -> None:
    found = mended(path)
    made = diff(found)
    subprocess.run(["git", "apply", "-"], cwd=path.parent, input=made, check=True)
    assert path.read_bytes() == found.after
