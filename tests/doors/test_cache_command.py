"""`celery-patterns cache clear`: the project's cache is gone, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.project.cache import SIGNATURE
from tests.command import celery_patterns, usage_error

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship(self, pk): ...\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that was checked once."""
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "shop" / "tasks.py").write_text(TASKS)
    assert celery_patterns("check", "-q", folder=root).returncode == 1
    return root


def entries(root: Path, name: str = ".celery_patterns_cache") -> list[Path]:
    return sorted((root / name).rglob("*.json"))


def test_a_project_without_a_cache(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    done = celery_patterns("cache", "clear", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Removed 0 cache entries.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_a_check_tags_its_cache(project: Path) -> None:
    cache = project / ".celery_patterns_cache"
    assert (cache / "CACHEDIR.TAG").read_bytes().startswith(SIGNATURE)
    assert (cache / ".gitignore").read_bytes() == b"*\n"
    assert entries(project)


@pytest.mark.parametrize(("folder", "path"), [(".", ()), ("shop", ()), ("..", ("project/shop",))])
def test_it_is_that_of_the_project(project: Path, folder: str, path: tuple[str, ...]) -> None:
    count = len(entries(project))
    done = celery_patterns("cache", "clear", *path, folder=project / folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Removed {count} cache entries.\n"
    assert entries(project) == []
    assert (project / "shop" / "tasks.py").read_text() == TASKS


def test_another_folder(project: Path) -> None:
    """The one that the option or the table names, for both commands."""
    (project / "pyproject.toml").write_text("[tool.celery-patterns]\ncache-dir = 'kept'\n")
    celery_patterns("check", folder=project)
    assert entries(project, "kept")
    celery_patterns("cache", "clear", folder=project)
    assert not entries(project, "kept")
    assert entries(project)
    celery_patterns("cache", "clear", "--cache-dir=.celery_patterns_cache", folder=project)
    assert not entries(project)


def test_without_a_cache_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    assert celery_patterns("check", "--no-cache", folder=tmp_path).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.py"]


def test_a_folder_that_is_not_there(project: Path) -> None:
    said = usage_error(celery_patterns("cache", "clear", "shpo", folder=project))
    assert "'shpo' does not exist" in said
    assert entries(project)


def test_wrong_settings(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.celery-patterns]\ncache-dir = 1\n")
    said = usage_error(celery_patterns("cache", "clear", folder=project))
    assert said.endswith("cache-dir: expected a path, got 1")
    assert entries(project)
