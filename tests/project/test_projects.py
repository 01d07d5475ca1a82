"""The projects of one run: which of them are in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.project import projects
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.project.projects import project_for
from tests.linting import WITHOUT_CACHE

MODELS = "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"
TASKS = (
    "from celery import shared_task\nfrom models import Order\n\n\n"
    "@shared_task\ndef ship(order): ...\n\n\nship.delay(Order.objects.get())\n"
)


@pytest.fixture(autouse=True)
def without_others() -> Iterator[None]:
    projects.forget()
    yield
    projects.forget()


def shop(folder: Path) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "models.py").write_text(MODELS)
    (folder / "tasks.py").write_text(TASKS)
    return folder / "tasks.py"


def linted(path: Path) -> Project:
    project = project_for(path, WITHOUT_CACHE)
    assert "CEL101" in {finding.code for finding in lint(TASKS, path, project)}
    return project


def test_a_project_is_the_same_for_all_its_files(tmp_path: Path) -> None:
    first = shop(tmp_path / "first")
    assert project_for(first, WITHOUT_CACHE) is project_for(
        first.with_name("models.py"), WITHOUT_CACHE
    )


def test_the_last_ones_are_kept_and_others_read_anew(tmp_path: Path) -> None:
    paths = [shop(tmp_path / name) for name in "abcd"]
    first = linted(paths[0])
    before = first.parsed
    linted(paths[1])
    assert linted(paths[0]).parsed == before > 0
    for path in paths[1:]:
        linted(path)
    assert linted(paths[0]) is first
    assert first.parsed == 2 * before


def test_a_project_whose_file_is_being_linted_lets_nothing_go(tmp_path: Path) -> None:
    paths = [shop(tmp_path / name) for name in "abcd"]
    first = linted(paths[0])
    source = first.source(paths[0].with_name("models.py"))
    assert source is not None
    with first.linting(paths[0], source.facts):
        for path in paths[1:]:
            linted(path)
        assert first.source(paths[0].with_name("models.py")) is source
    first.let_go()
    assert first.source(paths[0].with_name("models.py")) is not source
