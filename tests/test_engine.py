"""Any input at all: findings, or one clear CEL001; never a crash, never a dead process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.rules.opinions.missing_task_name import MissingTaskName
from flake8_celery_patterns.rules.opinions.missing_type_hints import MissingTypeHints
from flake8_celery_patterns.settings import Settings
from tests.linting import WITHOUT_CACHE, naming

TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(self):\n    print(self)\n"


def linted(source: str | bytes, folder: Path) -> list[Finding]:
    return lint(source, folder / "shop.py", Project(folder, WITHOUT_CACHE))


def codes(source: str | bytes, folder: Path) -> list[str]:
    return [finding.code for finding in linted(source, folder)]


@pytest.mark.parametrize(
    "source",
    [
        TASK.encode("utf-8-sig"),
        b"# -*- coding: latin-1 -*-\n# \xe9\xff\n" + TASK.encode(),
        TASK.replace("\n", "\r\n").encode(),
        TASK.replace("\n", "\r").encode(),
        TASK.replace("print(self)\n", "print(self)").encode(),
        TASK.replace("    ", "\t").encode(),
        ("\x0c\n" + TASK).encode(),
        ("x = 1; y = 2; \\\n  z = 3\n" + TASK).encode(),
    ],
    ids=["bom", "latin-1", "crlf", "cr", "no newline", "tabs", "form feed", "joined"],
)
def test_every_way_to_write_a_text(source: bytes, tmp_path: Path) -> None:
    assert codes(source, tmp_path) == ["CEL201"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"# coding: no-such\n" + TASK.encode(), "cannot be decoded"),
        (TASK.encode() + b"# \xff\xfe\n", "cannot be decoded"),
        (TASK.encode() + b"def broken(:\n", "mend its syntax"),
        (TASK.encode() + b"x = 1\x00\n", "mend its syntax"),
        (TASK.encode() + b"#" + b"x" * (2 * 1024 * 1024), "larger than 2 MiB"),
        (TASK.encode() + b"x = " + b"(" * 5000 + b")" * 5000 + b"\n", "nests too deeply"),
    ],
    ids=["cookie", "bytes", "syntax", "null", "size", "depth"],
)
def test_what_cannot_be_read_is_said_once_and_clearly(
    source: bytes, says: str, tmp_path: Path
) -> None:
    (finding,) = linted(source, tmp_path)
    assert (finding.code, says in finding.message) == ("CEL001", True)
    assert "\n" not in finding.message


def test_what_does_not_name_celery_is_not_our_affair(tmp_path: Path) -> None:
    assert codes("class SomeTask(Base:\n", tmp_path) == []


CHAINS = {
    "brackets": "x = {open}1{close}",
    "not": "x = {nots}1",
    "attributes": "x = a{attributes}",
    "calls": "x = a{calls}",
    "sum": "x = 1{sums}",
    "or": "x = a{ors}",
    "conditional": "x = {conditions}c",
    "lambda": "x = {lambdas}c",
    "elif": "if a:\n    pass\n{elifs}",
    "strings": "x = {strings}",
}


@pytest.mark.parametrize("name", CHAINS)
def test_deep_nesting_never_ends_the_process(name: str) -> None:
    program = f"""
import sys
from pathlib import Path
from tests.test_engine import CHAINS, TASK, codes
for depth in (100, 1000, 10_000, 60_000):
    text = CHAINS[{name!r}].format(
        open="(" * depth, close=")" * depth, nots="not " * depth, attributes=".b" * depth,
        calls="()" * depth, sums="+1" * depth, ors=" or a" * depth,
        conditions="a if b else " * depth, lambdas="lambda: " * depth,
        elifs="elif a:\\n    pass\\n" * depth, strings="'a' " * depth,
    )
    found = codes(TASK + text + "\\n", Path("/nowhere/project"))
    assert found in (["CEL201"], ["CEL001"]), (depth, found)
"""
    root = Path(__file__).resolve().parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (WITHOUT_CACHE, set()),
        (Settings(cache=False, select=("CEL",)), set()),
        (Settings(cache=False, select=("CEL9",)), {"CEL901", "CEL902"}),
        (naming("CEL902"), {"CEL902"}),
    ],
    ids=["default", "CEL", "CEL9", "CEL902"],
)
def test_an_opinion_is_asked_only_when_it_is_named(
    settings: Settings, found: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()

    def check(rule: MissingTaskName | MissingTypeHints, fact: Task, meaning: object) -> list[None]:
        asked.add(rule.code)
        return []

    monkeypatch.setattr(MissingTaskName, "check", check)
    monkeypatch.setattr(MissingTypeHints, "check", check)
    lint(TASK, tmp_path / "shop.py", Project(tmp_path, settings))
    assert asked == found


NEWER = "type Order = int\n\n\ndef first[T](items: list[T]) -> T:\n    return items[0]\n\n\n"


def test_source_newer_than_the_running_python_is_linted(tmp_path: Path) -> None:
    if sys.version_info >= (3, 12):
        pytest.skip("this Python reads the newest syntax that libcst knows")
    with pytest.raises(SyntaxError):
        ast.parse(NEWER)
    findings = linted(NEWER + TASK, tmp_path)
    assert [(f.code, f.span.line) for f in findings] == [("CEL201", 7 + 5)]


@pytest.mark.parametrize("part", range(0, len(TASK), 3))
def test_a_cut_text_never_crashes(part: int, tmp_path: Path) -> None:
    assert set(codes(TASK[:part], tmp_path)) <= {"CEL001", "CEL201"}


def test_nothing_that_is_linted_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    program = f"open({str(trap)!r}, 'w').close()\nfrom celery import Celery\napp = Celery('x')\n"
    (tmp_path / "celery_app.py").write_text(program)
    user = "from celery_app import app\n\n\n@app.task\ndef send(self):\n    print(self)\n"
    (tmp_path / "jobs.py").write_text(user)
    project = Project(tmp_path, WITHOUT_CACHE)
    found = [
        finding.code
        for path in sorted(tmp_path.glob("*.py"))
        for finding in lint(path.read_bytes(), path, project)
    ]
    assert found == ["CEL401", "CEL201"]
    assert not trap.exists()


def test_circles_end(tmp_path: Path) -> None:
    """Modules, classes, names and stars that lead back to themselves."""
    (tmp_path / "a.py").write_text(
        "from b import *\nfrom b import Base, task\nclass Model(Base): pass\nx = y\ny = x\n"
    )
    (tmp_path / "b.py").write_text(
        "from a import *\nfrom a import Model, task\nclass Base(Model): pass\n"
    )
    text = (
        "from celery import shared_task\nfrom a import Model, task, x\nfrom shop import send\n\n\n"
        "@task\n@shared_task\ndef send(order: Model): ...\n\n\n"
        "def f():\n    send.delay(Model())\n    send.delay(x)\n"
    )
    assert codes(text, tmp_path) == []


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    """Relative imports that climb, and links that lead out."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    models = "from django.db import models\nclass Order(models.Model): pass\n"
    (outside / "models.py").write_text(models)
    (root / "linked").symlink_to(outside, target_is_directory=True)
    (root / "loop").symlink_to(root, target_is_directory=True)
    program = f"""
import os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
from pathlib import Path
from tests.test_engine import codes
text = (
    "from celery import shared_task\\nfrom ..outside.models import Order\\n"
    "from linked.models import Order as Linked\\n@shared_task\\ndef f(o): ...\\n"
    "def g():\\n    f.delay(Order())\\n    f.delay(Linked())\\n"
)
print(codes(text, Path({str(root)!r})))
paths = [os.fspath(path) for path in opened if isinstance(path, (str, os.PathLike))]
print([path for path in paths if {str(outside)!r} in path or "linked" in path])
"""
    here = Path(__file__).resolve().parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == "[]\n[]\n", ran.stdout + ran.stderr
