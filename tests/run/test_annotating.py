"""Comments that are added to files silence flake8 and the command line, and change no program."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.run.annotating import annotate
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.fixing import Mended, save
from flake8_celery_patterns.run.lint import lint_target
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.settings import Values

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
ALL = "CEL,CEL9"
GIVEN: Values = (("no-cache", True), ("select", tuple(ALL.split(","))))
TASK = "from celery import shared_task\n\n\n@shared_task\ndef f(self): ...\n"
HIDDEN = TASK.replace("...", "...  # noqa: CEL201")


def annotated(target: Target, given: Values = (("no-cache", True),)) -> Mended:
    """What comments make of one file."""
    result = lint_target(target, given)
    assert result is not None
    return annotate(result)


def flake8(folder: Path) -> str:
    command = [sys.executable, "-m", "flake8", "--isolated", "--jobs=1", "--celery-no-cache"]
    done = subprocess.run(
        [*command, f"--select={ALL}"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.stdout


def test_the_bad_code_of_the_rules_is_silenced(tmp_path: Path) -> None:
    for folder in sorted(FIXTURES.iterdir())[::5]:
        bad = (path for path in folder.glob("bad*.py") if ".fixed" not in path.name)
        for path in sorted(bad)[:1]:
            (tmp_path / folder.name).mkdir()
            (tmp_path / folder.name / "tox.ini").touch()
            shutil.copy(path, tmp_path / folder.name / path.name)
    changed = 0
    for target in targets(["."], GIVEN, folder=tmp_path):
        mended = annotated(target, GIVEN)
        assert (mended.left.findings, mended.notes) == ((), ())
        assert ast.dump(ast.parse(mended.before)) == ast.dump(ast.parse(mended.after))
        assert save(mended) is None
        changed += mended.is_changed
        assert not annotated(target, GIVEN).is_changed
    assert changed > 20
    assert flake8(tmp_path) == ""


def test_encoding_and_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    head = "# coding: latin-1\n# \xe9\n"
    for text, encoding in (
        (TASK.replace("\n", "\r\n"), "utf-8"),
        (TASK, "utf-8-sig"),
        (head + TASK, "latin-1"),
        (TASK.rstrip("\n"), "utf-8"),
    ):
        path.write_bytes(text.encode(encoding))
        mended = annotated(Target(path, path.name))
        expected = text.replace("...", "...  # noqa: CEL201")
        assert mended.after == expected.encode(encoding)
        assert (mended.fixed, mended.left.findings, len(mended.left.silenced)) == (1, (), 1)


def test_what_no_comment_can_hide_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(TASK.replace("...", "return '# noqa: E501'"))
    mended = annotated(Target(path, path.name))
    assert not mended.is_changed
    assert mended.notes == ("a.py line 5: no comment can hide CEL201",)
    assert len(mended.left.findings) == 1


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for content in (b"import celery\ndef f(:\n", b"# coding: latin-9000\nimport celery\n"):
        path.write_bytes(content)
        mended = annotated(Target(path, path.name))
        assert (mended.is_changed, [f.code for f in mended.left.findings]) == (False, ["CEL001"])


def test_a_notebook_gets_comments_in_its_cells(tmp_path: Path) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    cells = [{**cell, "source": "%time 1\nimport os"}, {**cell, "source": TASK.rstrip("\n")}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook))
    after = json.loads(annotated(Target(path, path.name)).after)
    cells[1]["source"] = HIDDEN.rstrip("\n")
    assert after == notebook


def test_a_file_that_is_gone_by_then_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(TASK)
    result = lint_target(Target(path, "a.py"), (("no-cache", True),))
    assert result is not None
    path.unlink()
    mended = annotate(result)
    assert mended.notes == ("a.py: no comment added: No such file or directory",)
    assert not mended.is_changed


def test_a_notebook_that_is_none_by_then_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text("{}")
    result = FileResult(Target(path, "a.ipynb"), (Finding(Span(1, 0, 1, 1), "CEL101", "words"),))
    mended = annotate(result)
    assert not mended.is_changed
    assert mended.notes[0].startswith("a.ipynb: no comment added: is not a notebook")
