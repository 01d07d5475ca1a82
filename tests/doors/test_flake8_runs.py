"""However flake8 is run, a file gets the same findings."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

START = """
import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    from flake8.main.cli import main

    raise SystemExit(main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def plain(shop: Any) -> Any:
    """One process over the whole tree."""
    return shop.flake8(".")


def test_the_whole_tree(shop: Any, plain: Any) -> None:
    assert plain.ours == shop.expected
    assert len(plain.lines) == len(shop.expected)
    assert plain.code == 1


def test_the_messages_name_what_is_concerned(plain: Any) -> None:
    bind, orm = plain.lines
    assert "send" in bind
    assert "Order" in orm


@pytest.mark.parametrize("jobs", ["2", "4"])
def test_several_processes_print_the_same(shop: Any, plain: Any, jobs: str) -> None:
    assert shop.flake8("-j", jobs, ".") == plain


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_that_start_afresh_print_the_same(
    shop: Any, plain: Any, flake8_in: Any, tmp_path: Path, method: str
) -> None:
    script = tmp_path / "start.py"
    script.write_text(START)
    flake8 = flake8_in(shop.root, (sys.executable, str(script), method))
    assert flake8("-j", "3", "--celery-no-cache", ".") == plain


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_without_the_current_folder_on_the_path(shop: Any, plain: Any, jobs: str) -> None:
    assert shop.flake8("-j", jobs, ".", env={"PYTHONSAFEPATH": "1"}) == plain


def test_the_installed_command(shop: Any, plain: Any, flake8_in: Any) -> None:
    command = shutil.which("flake8", path=str(Path(sys.executable).parent))
    assert command is not None
    assert flake8_in(shop.root, (command,))("--jobs=auto", ".") == plain


@pytest.mark.parametrize("name", ["shop/tasks.py", "shop/views.py", "shop/prices.py"])
def test_one_file_alone_gets_what_the_tree_gives_it(shop: Any, name: str) -> None:
    run = shop.flake8(name)
    assert run.ours == shop.of(name)
    assert run.code == bool(shop.of(name))


def test_files_named_in_any_order(shop: Any) -> None:
    run = shop.flake8("shop/views.py", "shop/prices.py", "shop/tasks.py")
    assert run.ours == shop.of("shop/tasks.py") + shop.of("shop/views.py")


def test_from_a_folder_inside_the_project(shop: Any, flake8_in: Any) -> None:
    inside = flake8_in(shop.root / "shop")
    assert inside(".").ours == [place.replace("./shop/", "./") for place in shop.expected]


def test_by_an_absolute_name(shop: Any, flake8_in: Any, tmp_path: Path) -> None:
    views = shop.root / "shop" / "views.py"
    assert flake8_in(tmp_path)(str(views)).ours == [
        place.replace("shop/views.py", str(views)) for place in shop.of("shop/views.py")
    ]


def test_by_a_name_that_leads_up_and_down(shop: Any, flake8_in: Any) -> None:
    inside = flake8_in(shop.root / "shop")
    assert inside("../shop/./views.py").ours == [
        place.replace("shop/views.py", "../shop/./views.py") for place in shop.of("shop/views.py")
    ]


@pytest.mark.parametrize("name", ["shop/views.py", "./shop/views.py"])
def test_stdin_under_the_name_of_its_file(shop: Any, name: str) -> None:
    source = (shop.root / "shop/views.py").read_bytes()
    run = shop.flake8("-", f"--stdin-display-name={name}", stdin=source)
    assert run.ours == [place.replace("shop/views.py", name) for place in shop.of("shop/views.py")]


def test_stdin_is_what_counts_and_not_the_file_of_that_name(shop: Any) -> None:
    edited = (shop.root / "shop/views.py").read_bytes().replace(b"get(pk=1)", b"get(pk=1).pk")
    assert b".pk)" in edited
    run = shop.flake8("-", "--stdin-display-name=shop/views.py", stdin=edited)
    assert run.lines == []
    edited = b"\n\n" + (shop.root / "shop/tasks.py").read_bytes()
    run = shop.flake8("-", "--select=CEL", "--stdin-display-name=shop/tasks.py", stdin=edited)
    assert run.ours == ["shop/tasks.py:12:10: CEL201"]


def test_stdin_under_the_name_of_a_file_that_does_not_exist(shop: Any) -> None:
    source = (shop.root / "shop/views.py").read_bytes()
    name = "shop/not/yet/saved.py"
    run = shop.flake8("-", f"--stdin-display-name={name}", stdin=source)
    assert run.ours == [place.replace("shop/views.py", name) for place in shop.of("shop/views.py")]


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ([], "stdin"),
        (["--stdin-display-name=stdin"], "stdin"),
        (["--stdin-display-name="], "stdin"),
    ],
)
def test_stdin_without_a_name(shop: Any, args: list[str], shown: str) -> None:
    source = (shop.root / "shop/tasks.py").read_bytes()
    assert shop.flake8("-", *args, stdin=source).ours == [
        place.replace("shop/tasks.py", shown) for place in shop.of("shop/tasks.py")
    ]


def test_a_file_outside_of_any_project(flake8_in: Any, write: Any, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"job.py": "from celery import shared_task\n\n\n@shared_task\ndef send(self): ...\n"},
    )
    assert "job.py:5:10: CEL201" in flake8_in(tmp_path)("job.py").ours


def test_nothing_of_the_project_is_run(shop: Any, plain: Any) -> None:
    assert plain.ours
    assert not list(shop.root.rglob("imported"))
    assert not list(shop.root.rglob("__pycache__"))
