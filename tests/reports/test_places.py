"""How files are named in reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.reports.places import checkout, uri_of
from flake8_celery_patterns.run.result import path_from


@pytest.mark.parametrize("git", ["folder", "file"])
def test_paths_start_where_git_does(tmp_path: Path, git: str) -> None:
    project = tmp_path / "back" / "shop"
    project.mkdir(parents=True)
    if git == "folder":
        (tmp_path / ".git").mkdir()
    else:
        (tmp_path / ".git").write_text("gitdir: elsewhere\n")  # a worktree, a submodule
    assert checkout(project) == checkout(tmp_path) == tmp_path


def test_without_git_they_start_where_the_run_does(tmp_path: Path) -> None:
    assert not any((above / ".git").exists() for above in tmp_path.parents)
    assert checkout(tmp_path) == tmp_path


def test_a_path_elsewhere_is_absolute(tmp_path: Path) -> None:
    top = tmp_path / "a"
    assert path_from(top, top / "b" / "c.py") == "b/c.py"
    assert path_from(top, tmp_path / "ab.py") == (tmp_path / "ab.py").as_posix()


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a/b.py", "a/b.py"),
        ("a b:c%#?.py", "a%20b%3Ac%25%23%3F.py"),
        ("größe\udcff.py", "gr%C3%B6%C3%9Fe%FF.py"),
        ("/a b/c.py", "file:///a%20b/c.py"),
    ],
)
def test_a_uri_holds_all_bytes(path: str, uri: str) -> None:
    assert uri_of(path) == uri
