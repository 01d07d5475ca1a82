"""Where a definition in another file stands: the name in its `def` or `class` statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.finding import Definition, Span
from flake8_celery_patterns.reports.definitions import Definitions
from flake8_celery_patterns.source.lines import text_in

SOURCE = '''\
"""Größe."""
if True:
    from celery import shared_task
elif False:
    def first(): ...

@shared_task(
    bind=True,
)
async  def größe(self): ...

größe = "x"; lower = lambda: 0

try:
    def twice(): ...
except ImportError:
    def twice(a): ...

class Outer:
    class Inner:
        @shared_task
        def method(self):
            def local(): ...

    def method(self): ...

def \\
    continued(): ...

"🐰"; 日本 = 1
match 日本:
    case 1:
        class A: ...
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def span(folder: Path, name: str) -> Span | None:
    return Definitions(folder).span(Definition(folder / "tasks.py", name, "task"))


@pytest.mark.parametrize("name", ["", "lower", "local", "Inner", "Outer.local", "twice.a", "self"])
def test_what_is_not_defined_by_that_path_is_not_found(folder: Path, name: str) -> None:
    assert span(folder, name) is None


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("first", 5),
        ("größe", 10),
        ("twice", 17),
        ("Outer", 19),
        ("Outer.Inner", 20),
        ("Outer.Inner.method", 22),
        ("Outer.Inner.method.local", 23),
        ("Outer.method", 25),
        ("A", 33),
    ],
)
def test_the_name_is_found_and_of_two_definitions_the_last(
    folder: Path, name: str, line: int
) -> None:
    found = span(folder, name)
    assert found is not None
    assert found.line == line
    assert text_in(SOURCE.splitlines(keepends=True), found) == name.rpartition(".")[2]


@pytest.mark.parametrize(
    "content",
    [b"def task(): ...\ndef (:\n", b"\xff\xfe\x00", b"def task(): ...\n\x00"],
    ids=["syntax", "bytes", "NUL"],
)
def test_in_a_file_that_cannot_be_read_nothing_is_found(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tasks.py").write_bytes(content)
    assert span(tmp_path, "task") is None


def test_in_a_file_that_is_gone_nothing_is_found_and_its_text_is_empty(tmp_path: Path) -> None:
    gone = Definition(tmp_path / "gone.py", "task", "task")
    definitions = Definitions(tmp_path)
    assert definitions.span(gone) is None
    assert definitions.result(gone).document.text == ""


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"# coding: latin-1\n# \xe4\n", b"\x0c\r\n"])
def test_a_bom_another_encoding_and_line_ends_move_nothing(tmp_path: Path, before: bytes) -> None:
    (tmp_path / "tasks.py").write_bytes(before + b"x = 1\r\ndef task(): ...\r\n")
    line = 2 + before.count(b"\n")
    assert span(tmp_path, "task") == Span(line, 4, line, 8)


def test_where_the_name_is_in_the_next_line_the_place_is_that_of_the_keyword(folder: Path) -> None:
    assert span(folder, "continued") == Span(27, 0, 27, 5)


def test_a_chain_of_branches_is_no_recursion(tmp_path: Path) -> None:
    # Python nests each `elif` in the one before; 1,000 is its own limit of recursion.
    text = "if a: pass\n" + "elif a: pass\n" * 900 + "else:\n    def task(): ...\n"
    (tmp_path / "tasks.py").write_text(text)
    assert span(tmp_path, "task") == Span(903, 8, 903, 12)


def test_a_file_is_parsed_once_and_shown_from_the_folder_of_the_run(folder: Path) -> None:
    definitions = Definitions(folder.parent)
    first, other = (Definition(folder / "tasks.py", name, "task") for name in ("first", "A"))
    assert definitions.span(first) is not None
    (folder / "tasks.py").unlink()
    assert definitions.span(other) is not None
    assert definitions.result(other).target.shown == f"{folder.name}/tasks.py"
