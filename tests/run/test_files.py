"""Which files are looked at: what folders stand for, what is excluded, named, linked or missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.run.files import WrongPath, targets
from flake8_celery_patterns.settings import Values
from tests.command import celery_patterns, usage_error

Found = Callable[..., list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Gives what is found of names in a project, as it is shown."""
    (tmp_path / "pyproject.toml").touch()

    def find(*names: str, given: Values = (), force_exclude: bool = False) -> list[str]:
        return [
            target.shown
            for target in targets(
                names or (".",), given, folder=tmp_path, force_exclude=force_exclude
            )
        ]

    return find


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_other_files_are_not_searched_for(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "a.pyi", "a.pyc", "README.md", "py", "pypy/a.txt", "a.py.orig", "a.ipynb.bak")
    assert found() == []


@pytest.mark.parametrize("folder", [".venv", "venv", "node_modules", ".git", "build", "src/.tox"])
def test_environments_and_builds_are_left_out(tmp_path: Path, found: Found, folder: str) -> None:
    touch(tmp_path, f"{folder}/a.py", f"{folder}/deep/a.py")
    assert found() == []


def test_folders_are_searched_in_the_order_of_paths(tmp_path: Path, found: Found) -> None:
    names = ["B.py", "a/b.py", "a/b/c.py", "a.py", "a.pyw", "n.ipynb", ".hidden/a.py", "é/ü.py"]
    touch(tmp_path, *names)
    expected = sorted(names, key=lambda name: name.split("/"))
    assert found() == expected
    # Neither the order of names nor naming twice changes anything.
    assert found("n.ipynb", "a", ".", "./a/", "a.py", "a/../a.py") == expected


def test_a_file_that_is_named_is_taken_whatever_it_is(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "manage", "a.pyi", "build/a.py", ".venv/b.py")
    assert found("manage", "a.pyi", "build/a.py") == ["a.pyi", "build/a.py", "manage"]
    assert found("build", ".venv") == [".venv/b.py", "build/a.py"]


def test_force_exclude_holds_for_what_is_named(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "a.py", "build/deep/a.py", ".venv/b.py")
    named = "a.py", "build/deep/a.py", "build/deep", ".venv"
    assert found(*named, force_exclude=True) == ["a.py"]
    assert found(str(tmp_path), force_exclude=True) == ["a.py"]


def test_force_exclude_does_not_ask_where_the_project_itself_lies(tmp_path: Path) -> None:
    root = tmp_path / "build"
    touch(root, "pyproject.toml", "a.py")
    for names, folder in ((["."], root), (["build", "build/a.py"], tmp_path)):
        (target,) = targets(names, (), folder=folder, force_exclude=True)
        assert target.path == root / "a.py"


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("a.py", ["b/c/d.py", "b/c.py"]),
        ("c", ["a.py", "b/a.py", "b/c.py"]),
        ("*.py", []),
        ("[ab].py", ["b/c/d.py", "b/c.py"]),
        ("b/a.py", ["a.py", "b/c/d.py", "b/c.py"]),
        ("./b", ["a.py"]),
        ("b/*", ["a.py"]),
        ("*/c/*", ["a.py", "b/a.py", "b/c.py"]),
        ("**/a.py", ["b/c/d.py", "b/c.py"]),
        ("b/**/d.py", ["a.py", "b/a.py", "b/c.py"]),
        ("c/", ["a.py", "b/a.py", "b/c/d.py", "b/c.py"]),
        ("/a.py", ["a.py", "b/a.py", "b/c/d.py", "b/c.py"]),
        ("[", ["a.py", "b/a.py", "b/c/d.py", "b/c.py"]),
    ],
)
def test_exclude(tmp_path: Path, found: Found, pattern: str, left: list[str]) -> None:
    touch(tmp_path, "a.py", "b/a.py", "b/c.py", "b/c/d.py", ".venv/e.py")
    assert found(given=(("extend-exclude", (pattern,)),)) == left
    assert found(given=(("exclude", (pattern, ".venv")),)) == left


def test_a_pattern_may_be_absolute(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "a.py", "b/a.py")
    assert found(given=(("exclude", (f"{tmp_path}/b",)),)) == ["a.py"]


def test_a_root_that_looks_like_a_glob_is_none(tmp_path: Path) -> None:
    root = tmp_path / "[ab]*"
    touch(root, "pyproject.toml", "a.py", "b/a.py")
    (target,) = targets(["."], (("exclude", ("b/a.py",)),), folder=root)
    assert target.shown == "a.py"


def test_each_project_has_its_own_settings(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "a.py", "b.py", "in/a.py", "in/b.py", "in/deep/b.py")
    table = "[tool.celery-patterns]\nexclude = ['{}.py']\n"
    (tmp_path / "pyproject.toml").write_text(table.format("a"))
    (tmp_path / "in/pyproject.toml").write_text(table.format("b"))
    assert found() == ["b.py", "in/a.py"]


def test_wrong_settings_on_the_way_are_said(tmp_path: Path, found: Found) -> None:
    touch(tmp_path, "a.py", "in/a.py")
    (tmp_path / "in/pyproject.toml").write_text("[tool.celery-patterns]\nexclude = 1\n")
    with pytest.raises(SettingsError, match="exclude: expected a list of file patterns"):
        found()


def test_a_path_outside_the_folder_is_shown_whole(tmp_path: Path) -> None:
    touch(tmp_path, "here/a.py", "there/a.py")
    found = targets([".", "../there"], (), folder=tmp_path / "here")
    assert [target.shown for target in found] == ["a.py", f"{tmp_path.as_posix()}/there/a.py"]
    assert [target.path for target in found] == [tmp_path / "here/a.py", tmp_path / "there/a.py"]


def test_names_that_stand_for_nothing_are_all_said(tmp_path: Path) -> None:
    """Before anything is linted: the run would look at less than was asked for."""
    touch(tmp_path, "a.py")
    done = celery_patterns("check", "a.py", "no.py", "a.py/b", "", folder=tmp_path)
    assert usage_error(done) == (
        "cannot look at 'no.py' (No such file or directory), 'a.py/b' (Not a directory), "
        "'' (an empty name): name files and folders, or - for standard input"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
class TestLinks:
    """Links, and what is no file at all."""

    def test_a_loop_of_folders_ends(self, tmp_path: Path, found: Found) -> None:
        touch(tmp_path, "a/a.py")
        (tmp_path / "a/up").symlink_to(tmp_path)
        (tmp_path / "a/self").symlink_to("self")
        (tmp_path / "other.py").symlink_to(tmp_path / "a")
        assert found() == ["a/a.py"]

    def test_a_file_is_taken_under_its_own_name(self, tmp_path: Path, found: Found) -> None:
        touch(tmp_path, "z/own.py")
        (tmp_path / "a.py").symlink_to("z/own.py")
        (tmp_path / "b.py").symlink_to("a.py")
        assert found() == ["z/own.py"]
        # Where that is not looked at, the first link stands for it.
        (tmp_path / "c.py").hardlink_to(tmp_path / "z/own.py")
        assert found(given=(("exclude", ("z",)),)) == ["a.py", "c.py"]

    def test_a_folder_that_is_named_may_be_a_link(self, tmp_path: Path, found: Found) -> None:
        touch(tmp_path, "real/own.py")
        (tmp_path / "real/link.py").symlink_to("own.py")
        (tmp_path / "folder").symlink_to("real")
        assert found("folder") == ["folder/own.py"]

    def test_no_file_outside_the_project_is_taken(self, tmp_path: Path) -> None:
        touch(tmp_path, "outside.py", "in/pyproject.toml", "in/a.py")
        for name in ("in/b.py", "in/c.py"):
            (tmp_path / name).symlink_to(tmp_path / "outside.py")
        (tmp_path / "in/gone.py").symlink_to("nowhere")
        said: list[str] = []
        found = targets(["."], (), folder=tmp_path / "in", tell=said.append)
        assert [target.shown for target in found] == ["a.py"]
        (sentence,) = said
        assert sentence == (
            "b.py is a link out of its project and not followed (and 1 more): "
            "name it to have it read"
        )
        assert [t.shown for t in targets(["b.py"], (), folder=tmp_path / "in")] == ["b.py"]

    def test_what_is_no_file_is_never_opened(self, tmp_path: Path, found: Found) -> None:
        os.mkfifo(tmp_path / "pipe.py")
        assert found() == []
        with pytest.raises(WrongPath, match=r"'pipe\.py' \(neither a file nor a folder\)"):
            found("pipe.py")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_any_name_that_a_file_system_takes(tmp_path: Path, found: Found) -> None:
    names = ["a b.py", "a\nb.py", os.fsdecode(b"\xff.py"), "-.py", "*.py", "\u2028/\u202e.py"]
    touch(tmp_path, *names)
    assert found() == sorted(names, key=lambda name: name.split("/"))


@pytest.mark.skipif(sys.platform != "linux", reason="the longest path is another one")
def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    touch(tmp_path, "a.py")
    _go_deeper_than_paths(tmp_path)
    said: list[str] = []
    found = targets(["."], (), folder=tmp_path, tell=said.append)
    assert [target.shown for target in found] == ["a.py"]
    (sentence,) = said
    assert sentence.startswith("ddd")
    assert sentence.endswith(
        " cannot be read (File name too long): what lies in it is not looked at"
    )


def _go_deeper_than_paths(folder: Path) -> None:
    name = "d" * 250
    place = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir(name, dir_fd=place)
        inner = os.open(name, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
