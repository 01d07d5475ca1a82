"""A second flake8 over the same files parses nothing, and prints what the first one printed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.project.project import CACHE_FOLDER

# The package may be edited while its tests run.
START = """
import sys

from flake8.main.cli import main

from flake8_celery_patterns.run import kept

kept.code_version = lambda: "this"
raise SystemExit(main(sys.argv[1:]))
"""
# A plugin of flake8's that says of each file what its process has imported by then.
SEEING = """
import sys


class Seeing:
    def __init__(self, tree):
        pass

    def run(self):
        if "libcst" in sys.modules:
            yield 1, 0, "XYZ100 libcst is here", type(self)
"""
CONFIG = """
[flake8]
select = CEL,XYZ
[flake8:local-plugins]
extension =
    XYZ = seeing:Seeing
paths = {folder}
"""
FILES = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Order(models.Model):
            pass
        """,
    "shop/tasks.py": """
        from celery import shared_task


        @shared_task(time_limit=60)
        def send_mail(order_pk):
            return order_pk
        """,
    "shop/views.py": """
        from shop.models import Order
        from shop.tasks import send_mail


        def checkout(request):
            send_mail.delay(Order.objects.get(pk=1))
        """,
}
FOUND = ["./shop/views.py:6:21: CEL101"]

Run = Callable[..., tuple[list[str], bool]]


@pytest.fixture
def project(tmp_path: Path, write: Any) -> Path:
    root: Path = write(tmp_path / "project", FILES)
    return root


@pytest.fixture
def run(project: Path, flake8_in: Any, tmp_path: Path) -> Run:
    """Runs flake8; gives what it printed of ours, and whether a process of it imported libcst."""
    (tmp_path / "seeing.py").write_text(SEEING)
    (tmp_path / "start.py").write_text(START)
    config = tmp_path / "flake8.cfg"
    config.write_text(CONFIG.format(folder=tmp_path))
    flake8 = flake8_in(project, (sys.executable, str(tmp_path / "start.py")))

    def run(*args: str, **given: Any) -> tuple[list[str], bool]:
        lines = flake8(f"--config={config}", *(args or (".",)), **given).lines
        ours = [line for line in lines if "XYZ100" not in line]
        return ours, ours != lines

    return run


def places(lines: list[str]) -> list[str]:
    return [" ".join(line.split(" ")[:2]) for line in lines]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_without_a_change_nothing_is_parsed(run: Run, jobs: str) -> None:
    lines, parsed = run("-j", jobs, ".")
    assert (places(lines), parsed) == (FOUND, True)
    for again in (jobs, "1", "2"):
        assert run("-j", again, ".") == (lines, False)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_after_a_change_elsewhere_the_finding_changes(run: Run, project: Path, jobs: str) -> None:
    run(".")
    models = project / "shop/models.py"
    text = models.read_text()
    models.write_text(text.replace("(models.Model)", ""))
    assert run("-j", jobs, ".") == ([], True)
    assert run("-j", jobs, ".") == ([], False)
    models.write_text(text)
    lines, parsed = run("-j", jobs, ".")
    assert (places(lines), parsed) == (FOUND, True)


def test_a_comment_is_no_change(run: Run, project: Path) -> None:
    lines, _ = run(".")
    views = project / "shop/views.py"
    views.write_text(views.read_text().replace("\n\n\ndef", "\n\n\n# Paid.\ndef"))
    moved = [line.replace(":6:", ":7:") for line in lines]
    assert run(".") == (moved, True)
    assert run(".") == (moved, False)
    views.write_text(views.read_text().replace("=1))", "=1))  # noqa: CEL101"))
    assert run(".") == ([], True)
    assert run(".") == ([], False)


def test_standard_input_is_kept_too(run: Run, project: Path) -> None:
    run(".")
    args = ("-", "--stdin-display-name=shop/views.py")
    text = (project / "shop/views.py").read_bytes()
    lines, parsed = run(*args, stdin=text)
    assert (places(lines), parsed) == (["shop/views.py:6:21: CEL101"], False)
    edited = text.replace(b"pk=1)", b"pk=1).pk")
    assert run(*args, stdin=edited) == ([], True)
    assert run(*args, stdin=edited) == ([], False)


@pytest.mark.parametrize("how", ["option", "table"])
def test_without_a_cache_all_is_parsed(run: Run, project: Path, how: str) -> None:
    args = ("--celery-no-cache", ".") if how == "option" else (".",)
    if how == "table":
        (project / "pyproject.toml").write_text("[tool.celery-patterns]\nno-cache = true\n")
    for _ in range(2):
        lines, parsed = run(*args)
        assert (places(lines), parsed) == (FOUND, True)
    assert not (project / CACHE_FOLDER).exists()


def test_a_folder_that_cannot_be_written(run: Run, project: Path) -> None:
    (project / CACHE_FOLDER).write_text("")
    for _ in range(2):
        lines, parsed = run(".")
        assert (places(lines), parsed) == (FOUND, True)
