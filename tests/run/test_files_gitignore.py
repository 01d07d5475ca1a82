"""What git ignores is left out: git itself is asked about generated patterns."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.settings import Values

_NAMES = ("a", "b", "a.b")
_FILES = ("a.py", "b.py", "ab.py")
_FOLDERS = ["", *("/".join(parts) for depth in (1, 2) for parts in product(_NAMES, repeat=depth))]

_part = st.sampled_from(["*", "**", "a", "b", "*.py", "a.py", "b*", "?", "[ab]", "[!a]*", "a.b"])
_pattern = st.builds(
    lambda negated, first, parts, last: f"{negated}{first}{'/'.join(parts)}{last}",
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(_part, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " ", "\r"]),
)
_odd = st.sampled_from(["", "#a", "!", "/", r"\#a", "!#a", "a\\ ", "a\\", "[", "***", "a//b", "//"])
_patterns = st.lists(_pattern | _odd, max_size=5)
_wheres = st.sampled_from([".git/info/exclude", *(f"{f}/.gitignore".lstrip("/") for f in _FOLDERS)])


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository with Python files in folders within folders."""
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", root], check=True)
    for folder in _FOLDERS:
        (root / folder).mkdir(exist_ok=True)
        for name in _FILES:
            (root / folder / name).touch()
    return root


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(_wheres, _patterns, max_size=4))
@example({".gitignore": ["*", "!*/", "!a.py"]})
@example({".gitignore": ["/a/**", "!/a/b", "!a.py"], "a/.gitignore": ["b*"]})
@example({".gitignore": ["b.py", "b"], "a/.gitignore": ["!b"]})
@example({".gitignore": ["a/**/b", "!a/b"], ".git/info/exclude": ["ab.py"]})
def test_the_same_files_as_git(repository: Path, files: Mapping[str, list[str]]) -> None:
    for old in (*repository.rglob(".gitignore"), repository / ".git/info/exclude"):
        old.unlink(missing_ok=True)
    for name, lines in files.items():
        (repository / name).write_bytes("\n".join(lines).encode())
    assert _found(repository) == _not_ignored(repository)


def test_without_a_repository_nothing_is_ignored(tmp_path: Path) -> None:
    _write(tmp_path, {".gitignore": "*", "a.py": ""})
    assert _found(tmp_path) == ["a.py"]


def test_what_is_named_is_taken_even_if_it_is_ignored(tmp_path: Path) -> None:
    _write(tmp_path, {".git/HEAD": "", ".gitignore": "made/\nb.py", "made/a.py": "", "b.py": ""})
    assert _found(tmp_path) == []
    assert _found(tmp_path, "made", "b.py") == ["b.py", "made/a.py"]


def test_a_search_that_begins_below_the_top_knows_what_stands_above(tmp_path: Path) -> None:
    files = {".git/HEAD": "", ".gitignore": "old*.py", ".git/info/exclude": "/src/own.py"}
    _write(tmp_path, {**files, "src/own.py": "", "src/old_a.py": "", "src/deep/old_b.py": ""})
    _write(tmp_path, {"src/a.py": ""})
    assert _found(tmp_path / "src") == ["a.py"]


def test_a_repository_in_another_has_its_own_patterns_alone(tmp_path: Path) -> None:
    _write(tmp_path, {".git/HEAD": "", ".gitignore": "a.py", "a.py": ""})
    # In a submodule `.git` is a file.
    _write(tmp_path, {"sub/.git": "gitdir: ../.git/modules/sub", "sub/.gitignore": "b.py"})
    _write(tmp_path, {"sub/a.py": "", "sub/b.py": ""})
    assert _found(tmp_path) == ["sub/a.py"]


@pytest.mark.parametrize("first", ["\ufeff", ""])
def test_a_byte_order_mark_is_no_part_of_a_pattern(tmp_path: Path, first: str) -> None:
    _write(tmp_path, {".git/HEAD": "", ".gitignore": f"{first}a.py", "a.py": "", "b.py": ""})
    assert _found(tmp_path) == ["b.py"]


def test_a_link_is_no_file_of_patterns(tmp_path: Path) -> None:
    """Git takes none either: it may lead anywhere."""
    _write(tmp_path, {"outside": "*", "in/.git/HEAD": "", "in/a.py": ""})
    (tmp_path / "in/.gitignore").symlink_to(tmp_path / "outside")
    assert _found(tmp_path / "in") == ["a.py"]


def test_patterns_that_cannot_be_read_leave_out_nothing(tmp_path: Path) -> None:
    _write(tmp_path, {".git/HEAD": "", "a.py": ""})
    (tmp_path / ".gitignore").mkdir()
    assert _found(tmp_path) == ["a.py"]


def test_no_pattern_takes_for_ever(tmp_path: Path) -> None:
    name = "a" * 250 + ".py"
    patterns = ("*a" * 20 + "b", "/**/a" * 20 + "/b", "!" + "[a]*" * 20 + "b", "*a*a*b")
    _write(tmp_path, {".git/HEAD": "", ".gitignore": "\n".join(patterns), name: ""})
    assert _found(tmp_path) == [name]


@pytest.mark.parametrize("given", [(("no-respect-gitignore", True),), ()])
def test_the_user_can_have_ignored_files_looked_at(tmp_path: Path, given: Values) -> None:
    _write(tmp_path, {".git/HEAD": "", ".gitignore": "a.py", "a.py": ""})
    found = targets(["."], given, folder=tmp_path)
    assert [target.shown for target in found] == (["a.py"] if given else [])


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _found(root: Path, *names: str) -> list[str]:
    return sorted(target.shown for target in targets(names or (".",), (), folder=root))


def _not_ignored(root: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z", "*.py"],
        cwd=root,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "XDG_CONFIG_HOME": os.devnull},
        check=True,
        capture_output=True,
    ).stdout.decode()
    return sorted(listed.split("\0")[:-1])
