"""Standard input: `-` is linted as the file that `--stdin-filename` names, which is not opened."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.command import COMMAND, celery_patterns

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship(self, pk): ...\n"
SEND = "from shop.tasks import ship\n\nship.delay(1, 2, 3)\n"
FINE = TASKS.replace("self, ", "")

Check = Callable[..., list[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs the command over a text in a project; gives place and code of each finding."""
    for name, text in {"pyproject.toml": "", "shop/__init__.py": "", "shop/tasks.py": FINE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def run(content: str | bytes, *options: str) -> list[str]:
        done = subprocess.run(
            [COMMAND, "check", "--output-format=concise", "--no-cache", *options],
            cwd=tmp_path,
            input=content.encode() if isinstance(content, str) else content,
            capture_output=True,
            check=False,
            timeout=120,
        )
        found = re.findall(r"^.*?: CEL\d+", done.stdout.decode(), re.MULTILINE)
        assert done.returncode == bool(found), done.stderr
        return found

    return run


def test_nothing_is_found_in_nothing(check: Check) -> None:
    assert check("", "-") == []
    assert check(FINE, "-") == []


def test_without_a_name_it_is_shown_as_it_was_given(check: Check) -> None:
    assert check(TASKS, "-") == ["-:5:10: CEL201"]


def test_the_name_says_where_it_stands(
    check: Check, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its imports are found from there; the file of that name is not looked at."""
    for name in ("shop/views.py", f"{tmp_path}/shop/views.py"):
        assert check(SEND, "--stdin-filename", name, "-") == ["shop/views.py:3:15: CEL105"]
    assert check(TASKS, "--stdin-filename", "shop/tasks.py", "-") == ["shop/tasks.py:5:10: CEL201"]
    # A project of its own: in the folder above stands what other tests have left.
    outside = tmp_path_factory.mktemp("elsewhere") / "other.py"
    outside.with_name("pyproject.toml").touch()
    assert check(TASKS, "--stdin-filename", str(outside), "-") == [f"{outside}:5:10: CEL201"]


def test_the_text_counts_for_the_file_of_that_name(check: Check) -> None:
    """The file is linted once, with other files' facts from the disk."""
    assert check(TASKS, "--stdin-filename", "shop/tasks.py", "-", ".") == [
        "shop/tasks.py:5:10: CEL201"
    ]


def test_it_may_be_a_notebook(check: Check) -> None:
    content = nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell(f"%time\n{TASKS}")]))
    assert check(content, "--stdin-filename", "n.ipynb", "-") == ["n.ipynb:cell 1:6:10: CEL201"]


def test_an_excluded_name_is_linted_unless_that_is_forced(check: Check) -> None:
    name = "build/tasks.py"
    assert check(TASKS, "--stdin-filename", name, "-") == [f"{name}:5:10: CEL201"]
    assert check(TASKS, "--force-exclude", "--stdin-filename", name, "-") == []


def test_an_excluded_text_is_not_lost_when_it_is_to_be_mended(tmp_path: Path) -> None:
    """An editor puts what comes out in the place of what it sent."""
    (tmp_path / "pyproject.toml").touch()
    options = ("--fix", "--force-exclude", "--stdin-filename", "build/tasks.py", "-")
    done = celery_patterns("check", *options, folder=tmp_path, stdin=TASKS)
    assert (done.returncode, done.stdout) == (0, TASKS)


def test_any_bytes_are_read_as_those_of_a_file(check: Check) -> None:
    text = "# -*- coding: latin-1 -*-\r\n" + TASKS.replace("\n", "\r\n")
    assert check(text.replace("pk", "prüfung").encode("latin-1"), "-") == ["-:6:10: CEL201"]
    assert check(b"import celery\n\xff", "-") == ["-:1:1: CEL001"]
