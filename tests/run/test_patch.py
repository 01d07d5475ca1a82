"""Patches: what `git apply` and `patch` make of them is what would have been written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from flake8_celery_patterns.run.fixing import diff, mend
from flake8_celery_patterns.run.patch import patch
from flake8_celery_patterns.run.result import Target

LINES = b"".join(b"line %d\n" % number for number in range(40))
FAR = LINES.replace(b"line 3\n", b"line three\n").replace(b"line 30\n", b"")
CONTENTS = {
    "two places": (LINES, FAR),
    "crlf": (LINES.replace(b"\n", b"\r\n"), FAR.replace(b"\n", b"\r\n")),
    "cr": (b"a\rb\rc\n", b"a\rx\rc\n"),
    "form feed": (b"a\n\f\nb\n", b"a\n\f\nx\n"),
    "no line end before": (b"a\nb", b"a\nb\n"),
    "no line end after": (b"a\nb\n", b"a\nb"),
    "no line end": (b"a\nb\nc", b"a\nx\nc"),
    "no line end, last line": (b"a\nb", b"a\nx"),
    "line added": (b"a\n", b"a\nb\n"),
    "all gone": (b"a\n", b""),
    "latin-1": (b"# coding: latin-1\n'\xe9'\n", b"# coding: latin-1\n'\xe9\xff'\n"),
    "wide": ("'😀'\u2028\x85\nb\n".encode(), "'😀'\u2028\x85\nx\n".encode()),
    "bom": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfx\nb\n"),
    "like a header": (b"-- a\n++ b\n", b"-- x\n++ y\n"),
}
NAMES = {
    "folders": "shop/orders/tasks.py",
    "space": "my shop/my tasks.py",
    "wide": "größe/😀.py",
    "quote": 'a"b\\c.py',
    "line end": "a\nb\t.py",
    "dashes": "--- a/x",
}
COMMANDS = {"git": ["git", "apply", "-"], "patch": ["patch", "-p1", "--binary", "--silent"]}
each_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


def test_no_change_is_no_patch() -> None:
    assert patch("tasks.py", LINES, LINES) == b""


def apply(command: list[str], folder: Path, shown: str, before: bytes, after: bytes) -> None:
    path = folder / shown
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    made = patch(shown, before, after)
    done = subprocess.run(command, cwd=folder, input=made, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr + done.stdout, made)
    if path.exists() or after:
        assert path.read_bytes() == after


@each_command
@pytest.mark.parametrize(("before", "after"), CONTENTS.values(), ids=CONTENTS)
def test_contents(tmp_path: Path, command: list[str], before: bytes, after: bytes) -> None:
    apply(command, tmp_path, "tasks.py", before, after)


@each_command
@pytest.mark.parametrize("shown", NAMES.values(), ids=NAMES)
def test_names(tmp_path: Path, command: list[str], shown: str) -> None:
    apply(command, tmp_path, shown, LINES, FAR)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    apply(COMMANDS["git"], tmp_path, os.fsdecode(b"a\xff.py"), LINES, FAR)


def test_git_applies_it_in_a_folder_of_a_clone(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    folder = tmp_path / "backend"
    folder.mkdir()
    apply(COMMANDS["git"], folder, "shop/tasks.py", LINES, FAR)


def test_it_reads_like_any_other() -> None:
    before = b"a\nb\nc\nd\ne\nf\ng"
    assert patch("shop/tasks.py", before, before.replace(b"e", b"x")) == (
        b"--- a/shop/tasks.py\n"
        b"+++ b/shop/tasks.py\n"
        b"@@ -2,6 +2,6 @@\n"
        b" b\n c\n d\n-e\n+x\n f\n g\n"
        b"\\ No newline at end of file\n"
    )


def test_the_patch_of_what_was_mended(tmp_path: Path) -> None:
    path = tmp_path / "tasks.py"
    path.write_bytes(b"from celery import shared_task\n@shared_task\ndef ship(self): ...")
    found = mend(Target(path, "tasks.py"), (("no-cache", True),), unsafe=False)
    assert found is not None
    subprocess.run(COMMANDS["git"], cwd=tmp_path, input=diff(found), check=True)
    assert path.read_bytes() == found.after != found.before
